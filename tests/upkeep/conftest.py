"""A private server whose log is archived, with the schema of the tests in it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection
from environ import Env

from tests.cast import Cast
from tests.upkeep.factories import person

ROOT = Path(__file__).resolve().parent.parent.parent


def uri(values: dict[str, Any]) -> str:
    """The address of a database as its own programs take it."""
    port = f"&port={values['PORT']}" if values["PORT"] else ""
    return f"postgresql:///{values['NAME']}?user={values['USER']}&host={values['HOST']}{port}"


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Any]:
    """The running server; ``bin/_cluster.py`` is what ``bin/run`` starts it with."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory(prefix="cb-upkeep-") as folder:
        patch.syspath_prepend(str(ROOT / "bin"))
        from _cluster import Cluster

        Path(folder).chmod(0o711)
        data = Path(folder) / "city"
        cluster = Cluster(data, fast=True, redis=False, dies_with_us=True, archive=True)
        cluster.data.mkdir(mode=0o711)
        cluster.start()
        try:
            yield cluster
        finally:  # at once: a gentle stop hands the rest of the log over first
            os.kill(int((cluster.pg / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
            cluster.stop()


@pytest.fixture
def vault(server: Any, settings: Any, tmp_path: Path) -> Any:
    """Settings under which the server is backed up into places of this test."""
    environment = server.environment()
    folder = server.data.parent
    settings.BACKUP_DATABASE = Env.db_url_config(environment["CITYBRAIN_BACKUP_URL"])
    settings.BACKUP_PGDATA = environment["CITYBRAIN_BACKUP_PGDATA"]
    settings.BACKUP_RUN_AS = environment["CITYBRAIN_BACKUP_RUN_AS"]
    settings.BACKUP_CONFIGURATION = environment["CITYBRAIN_BACKUP_CONFIGURATION"]
    settings.BACKUP_DIR = str(folder / "first")
    settings.BACKUP_SECOND_DIR = str(folder / "second")
    settings.BACKUP_KEY_FILE = str(folder / "key" / "backup.key")
    settings.BACKUP_SETTINGS_DIR = str(folder / "settings")
    settings.BACKUP_SETTINGS_PATHS = []
    settings.BACKUP_MARK = str(tmp_path / "backup.done")
    settings.RESTORE_TEST_DIR = str(folder / "scratch")
    return settings


def copy_schema(server: Any) -> None:
    """Will give the server's database the schema and rows of the test database."""
    given = connection.get_connection_params()
    source = {
        "NAME": given["dbname"], "USER": given["user"], "HOST": given.get("host", ""),
        "PORT": given.get("port", ""),
    }  # fmt: skip
    target = {"NAME": "citybrain", "USER": "citybrain", "HOST": str(server.sockets), "PORT": ""}
    with subprocess.Popen(
        ["pg_dump", "--no-owner", "--no-privileges", "-d", uri(source)], stdout=subprocess.PIPE
    ) as dump:
        subprocess.run(
            ["psql", "-Xq", "-d", uri(target)],
            stdin=dump.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def ask(server: Any, query: str) -> str:
    """Will ask the server's database one thing."""
    values = {"NAME": "citybrain", "USER": "citybrain", "HOST": str(server.sockets), "PORT": ""}
    done = subprocess.run(
        ["psql", "-XAtq", "-d", uri(values), "-c", query],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def keepers(cast: Cast) -> Cast:
    """The town with somebody who keeps the platform, one who reads, one who writes runbooks."""
    for name in ("keeper", "reader", "writer"):
        cast.people[name] = person(name, name, cast.center)
    return cast
