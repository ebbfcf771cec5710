"""A real standby of the city: read, refused, promoted, written. PF-08."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.common import standby
from apps.upkeep import selectors, services
from apps.upkeep.models import CapacitySample
from tests.cast import Cast
from tests.upkeep.conftest import ask, copy_schema

LIMIT_S = 60


@contextmanager
def standby_of(server: Any) -> Iterator[Any]:
    """A streaming standby, made by pg_basebackup and started as ``bin/run`` starts a server."""
    from _cluster import Cluster, postgres_programs

    with TemporaryDirectory(prefix="cb-standby-") as folder:
        Path(folder).chmod(0o711)
        copy = Cluster(
            Path(folder) / "copy", fast=True, redis=False, dies_with_us=True, archive=True
        )
        copy.data.mkdir(mode=0o711)
        command = [str(postgres_programs("") / "pg_basebackup"), "-D", str(copy.pg), "-R"]
        command += ["-h", str(server.sockets), "-U", "citybrain", "-X", "stream"]
        command += ["--checkpoint=fast", "--no-sync"]
        subprocess.run([*copy.prefix_in(copy.pg), *command], cwd="/", check=True)
        copy.start()
        try:
            yield copy
        finally:
            os.kill(int((copy.pg / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
            copy.stop()


@contextmanager
def pointed_at(server: Any) -> Iterator[None]:
    """The portal works on this server until the block ends."""
    own = dict(connection.settings_dict)
    there = {"NAME": "citybrain", "USER": "citybrain", "HOST": str(server.sockets), "PORT": ""}
    connection.close()
    connection.settings_dict.update(there)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(own)


def comes_true(asked: Any) -> bool:
    deadline = time.monotonic() + LIMIT_S
    while not (found := asked()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(found)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_portal_reads_from_a_standby_and_writes_once_it_is_promoted(
    server: Any, keepers: Cast
) -> None:
    standby.forget()
    client = Client()
    client.force_login(keepers.keeper)
    copy_schema(server)
    with pointed_at(server):
        first = services.note_server()
    assert first is not None
    with standby_of(server) as copy, pointed_at(copy):
        page = client.get("/upkeep/backups/")
        assert page.status_code == 200
        assert "系统处于只读状态：可以查看，暂时不能提交" in page.content.decode()
        assert client.get("/readyz").json() == {"status": "read_only"}
        # What the first server takes is read here a moment later.
        ask(server, "insert into upkeep_capacitysample values ('2026-01-02', '{\"a\": 1}')")
        assert comes_true(CapacitySample.objects.filter(on="2026-01-02").exists)
        refused = client.post("/upkeep/backups/ask/full/")
        assert (refused.status_code, refused["Retry-After"]) == (503, "60")
        assert "刚才的操作没有保存" in refused.content.decode()
        assert selectors.list_runs().count() == 0
        assert services.note_server() is None

        assert ask(copy, "select pg_promote()") == "t"
        assert comes_true(lambda: not standby.is_read_only() or selectors.list_runs().exists())
        taken_over = services.note_server()
        assert taken_over is not None
        assert (taken_over.system, taken_over.timeline) == (first.system, first.timeline + 1)
        assert client.post("/upkeep/backups/ask/full/").status_code == 302
        assert selectors.list_runs().count() == 1
        assert "只读状态" not in client.get("/upkeep/backups/").content.decode()
    assert ask(server, "select count(*) from upkeep_backuprun") == "0"
    standby.forget()
