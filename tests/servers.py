"""A plugin: every worker of a run has servers of its own.

The first one uses those ``bin/test`` started. Each further one starts its own, because tests
of the log's seals wait until no transaction is open anywhere in the database server, and others
stop hearing each other only when Redis is not shared either.
"""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

_servers = ExitStack()


def _bring_servers() -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "bin"))
    from _cluster import throw_away

    cluster = _servers.enter_context(throw_away(fast=True))
    os.environ.update(cluster.environment(), CITYBRAIN_MEDIA_ROOT=str(cluster.data / "media"))


def pytest_unconfigure() -> None:
    """Will stop what was started."""
    _servers.close()


# Before the settings are read, which is before any hook.
if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0":
    _bring_servers()
