"""A real server: backed up, lost, restored to a moment; a restore tried by itself. OP-23, PF-08."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.audit.services import SYSTEM
from apps.upkeep import services
from apps.upkeep.enums import BackupKind, WorkState
from apps.upkeep.models import BackupRun
from apps.upkeep.services.restores import restore_city
from apps.upkeep.vault import database
from apps.upkeep.vault.errors import VaultError
from apps.upkeep.vault.places import places
from tests.upkeep.conftest import ask, copy_schema

pytestmark = pytest.mark.django_db


def upload(settings: Any, name: str, content: bytes) -> Path:
    file = Path(settings.MEDIA_ROOT) / "files" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def moment(server: Any) -> datetime:
    return datetime.fromisoformat(ask(server, "select clock_timestamp()")).astimezone(UTC)


@pytest.mark.slow
def test_a_lost_city_comes_back_as_it_was_at_a_moment(server: Any, vault: Any) -> None:
    ask(server, "create table told (id int primary key)")
    ask(server, "insert into told values (1)")
    upload(vault, "ab/one.jpg", b"one" * 1000)
    services.ask_backup(SYSTEM, kind=BackupKind.FULL)
    run = services.run_next_backup()
    assert run is not None
    assert (run.state, run.error) == (WorkState.DONE, "")
    assert [copy.place for copy in run.copies.order_by("place")] == [1, 2]
    assert len(run.digest) == 64
    assert Path(vault.BACKUP_MARK).exists()

    ask(server, "insert into told values (2)")
    upload(vault, "cd/two.jpg", b"two" * 1000)
    services.keep_files()
    target = moment(server)
    ask(server, "insert into told values (3)")
    ask(server, "select pg_switch_wal()")
    ask(server, "insert into told values (4)")
    ask(server, "select pg_switch_wal()")
    shutil.rmtree(vault.MEDIA_ROOT)

    folder = server.data.parent / "again"
    done = restore_city(folder, to=target, number=2)
    with database.running(folder / "pg") as sockets:
        assert database.ask(sockets, "select array_agg(id order by id) from told") == "{1,2}"
    assert done.files == 2
    assert (folder / "media/files/cd/two.jpg").read_bytes() == b"two" * 1000
    assert (folder / "secret_key").read_text() == vault.SECRET_KEY
    # What lies in the places tells nothing to who takes them away.
    for place in places():
        held = [file for file in place.folder.rglob("*") if file.is_file()]
        assert held
        assert all(b"oneone" not in file.read_bytes() for file in held)
    with pytest.raises(VaultError, match="不是空的"):
        restore_city(folder, to=target)
    with pytest.raises(VaultError, match="没有备份"):
        restore_city(server.data.parent / "never", to=target - timedelta(days=400))


@pytest.mark.slow
def test_a_restore_is_tried_and_written_down(server: Any, vault: Any) -> None:
    vault.BACKUP_SECOND_DIR = ""
    copy_schema(server)
    services.ask_backup(SYSTEM, kind=BackupKind.INCREMENTAL)
    run = services.run_next_backup()
    assert run is not None
    assert run.state == WorkState.DONE, run.error
    # The rows of this test are not committed: the server's copy cannot have them.
    BackupRun.objects.filter(pk=run.pk).update(expected={"matters.Case": 0, "alarms.Alarm": 5})
    services.ask_restore_test(SYSTEM)
    test = services.run_next_restore_test()
    assert test is not None
    # Everything fits but for the five alarms that are not there.
    assert (test.is_good, test.state) == (False, WorkState.FAILED)
    assert test.error == "alarms.Alarm 只有0行，备份前有5行"
    assert test.log_is_whole
    assert test.restore_s > 0
    assert not Path(vault.RESTORE_TEST_DIR).exists()
