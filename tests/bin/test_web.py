"""What a process of the web is forked from."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOOK = """
import gc
import threading
import citybrain.wsgi
from django.db import connections
from django.template import engines

assert [one.alias for one in connections.all() if one.connection is not None] == []
assert threading.active_count() == 1
assert gc.isenabled() and gc.get_freeze_count() > 100_000
loader = engines["django"].engine.template_loaders[0]
assert "portal/base.html" in loader.get_template_cache, "templates are loaded by each by itself"
"""


def test_nothing_is_connected_or_running_before_the_fork() -> None:
    """A connection or a thread of the first process would be shared or lost (decision 0105)."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "citybrain.settings.local",
            # a tree that was only tested has collected no files yet, and WhiteNoise says so
            "PYTHONWARNINGS": "ignore:No directory at",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
