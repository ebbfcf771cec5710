"""When backups are due, who may order them, what becomes of one that fails. OP-23."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection
from django.test import Client

from apps.alarms.enums import Level
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.upkeep import services, watching
from apps.upkeep.enums import BackupKind, Occasion, Rhythm, WorkState
from apps.upkeep.errors import AlreadyAsked
from apps.upkeep.models import BackupPolicy, BackupRun, RestoreTest
from apps.upkeep.services.backups import PolicySpec, last_due
from tests.cast import Cast

CITY = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def made(codes: list[str], when: datetime, state: str = WorkState.DONE, error: str = "") -> None:
    BackupRun.objects.create(
        occasion=Occasion.SCHEDULE, kind=BackupKind.FULL, policies=codes, state=state,
        asked_at=when, started_at=when, ended_at=when, error=error,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rhythm", "now", "due"),
    [
        (Rhythm.HOURLY, "2026-11-22 08:59", "2026-11-22 08:00"),
        (Rhythm.DAILY, "2026-11-22 00:59", "2026-11-21 01:00"),
        (Rhythm.DAILY, "2026-11-22 01:00", "2026-11-22 01:00"),
        (Rhythm.WEEKLY, "2026-11-22 00:59", "2026-11-15 01:00"),  # a Sunday
        (Rhythm.WEEKLY, "2026-11-25 12:00", "2026-11-22 01:00"),
    ],
)
def test_when_a_policy_was_last_due(rhythm: str, now: str, due: str) -> None:
    policy = BackupPolicy(rhythm=rhythm, at=time(1), weekday=6)
    assert last_due(policy, at(now)) == at(due)


def test_each_clause_is_a_policy_and_one_backup_serves_several(db: None) -> None:
    assert services.ensure_policies() == 3
    assert services.ensure_policies() == 0
    sunday = at("2026-11-22 01:10")
    assert [policy.code for policy in services.due_policies(sunday)] == [
        "daily", "hourly", "weekly",
    ]  # fmt: skip
    made(["daily", "hourly", "weekly"], sunday)
    assert services.due_policies(at("2026-11-22 01:50")) == []
    assert [policy.code for policy in services.due_policies(at("2026-11-22 02:00"))] == ["hourly"]
    BackupPolicy.objects.filter(code="hourly").update(is_on=False)
    assert services.due_policies(at("2026-11-22 02:00")) == []


def test_a_policy_is_changed_by_its_keepers_only(keepers: Cast) -> None:
    services.ensure_policies()
    spec = PolicySpec("每日全量", BackupKind.FULL, Rhythm.DAILY, time(2), None, 30, True)
    with pytest.raises(NotAllowed):
        services.save_policy(keepers.reader, code="daily", spec=spec)
    services.save_policy(keepers.keeper, code="daily", spec=spec)
    entry = AuditEntry.objects.latest("pk")
    assert entry.action == "backup_policy.changed"
    assert (entry.data["before"]["keep_days"], entry.data["after"]["keep_days"]) == (14, 30)
    for change, field in (({"at": None}, "at"), ({"keep_days": 0}, "keep_days")):
        wrong = PolicySpec(**(spec.__dict__ | change))
        with pytest.raises(InvalidInput) as refusal:
            services.save_policy(keepers.keeper, code="daily", spec=wrong)
        assert refusal.value.field == field


def test_what_is_asked_for_waits_once(keepers: Cast) -> None:
    with pytest.raises(NotAllowed):
        services.ask_backup(keepers.reader)
    with pytest.raises(InvalidInput):
        services.ask_backup(keepers.keeper, kind="whatever")
    services.ask_backup(keepers.keeper)
    with pytest.raises(AlreadyAsked):
        services.ask_backup(keepers.keeper)
    services.ask_restore_test(keepers.keeper)
    with pytest.raises(AlreadyAsked):
        services.ask_restore_test(keepers.keeper)
    assert BackupRun.objects.count() == RestoreTest.objects.count() == 1


def test_a_backup_that_fails_says_why(keepers: Cast, settings: Any, tmp_path: Any) -> None:
    settings.BACKUP_DIR = str(tmp_path)
    settings.BACKUP_KEY_FILE = str(tmp_path / "key")
    services.ask_backup(keepers.keeper)
    run = services.run_next_backup()
    assert run is not None
    assert (run.state, run.digest) == (WorkState.FAILED, "")
    assert "同一位置" in run.error
    assert services.run_next_backup() is None
    services.ask_restore_test(SYSTEM)
    test = services.run_next_restore_test()
    assert test is not None
    assert (test.is_good, test.error) == (False, "还没有可用的备份")


def test_a_killed_run_is_found_and_told(db: None) -> None:
    moment = clock.now()
    dead = BackupRun.objects.create(
        occasion=Occasion.SCHEDULE, kind=BackupKind.FULL, state=WorkState.RUNNING,
        asked_at=moment, started_at=moment,
    )  # fmt: skip
    assert services.run_next_backup() is None
    dead.refresh_from_db()
    assert (dead.state, dead.error) == (WorkState.FAILED, "备份进程中断")


def test_two_processes_never_back_up_at_once(db: None) -> None:
    services.ask_backup(SYSTEM)
    values = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: values[name] for name in names if name in values}) as rival:
        rival.execute("select pg_advisory_lock(7120071)")
        assert services.run_next_backup() is None
    assert BackupRun.objects.get().state == WorkState.ASKED


def test_late_and_failed_backups_are_troubles_that_end(db: None, settings: Any) -> None:
    assert watching.backups([]).troubles == ()
    settings.BACKUP_ENABLED = True
    services.ensure_policies()
    noon = at("2026-11-23 12:50")
    with clock.at(noon):
        seen = watching.backups([])
        assert {(t.kind, t.key, t.level) for t in seen.troubles} == {
            ("backup_late", "每日全量", Level.RED),
            ("backup_late", "每小时增量", Level.ORANGE),
            ("backup_late", "每周全量", Level.RED),
        }
        made(["daily", "hourly", "weekly"], noon - timedelta(minutes=5))
        assert list(watching.backups([]).troubles) == []
        made(["hourly"], noon, WorkState.FAILED, "磁盘已满")
        [trouble] = watching.backups([]).troubles
        assert (trouble.kind, "磁盘已满" in trouble.sentence) == ("backup_failed", True)


def test_pages_show_and_order_backups(keepers: Cast, settings: Any) -> None:
    settings.BACKUP_ENABLED = True
    services.ensure_policies()
    made(["daily"], clock.now(), WorkState.FAILED, "<b>磁盘</b>已满")
    client = Client()
    client.force_login(keepers.keeper)
    text = client.get("/upkeep/backups/").content.decode()
    assert "每小时增量" in text
    assert "&lt;b&gt;磁盘" in text
    assert client.get("/upkeep/backups/?state=done").status_code == 200
    assert client.get("/upkeep/backups/export/").headers["Content-Type"].endswith("sheet")
    assert client.post("/upkeep/backups/ask/full/").status_code == 302
    assert client.post("/upkeep/backups/ask/test/").headers["Location"] == "/upkeep/restores/"
    assert client.post("/upkeep/backups/ask/other/").status_code == 404
    assert "等待执行" in client.get("/upkeep/restores/").content.decode()
    form = {"name": "每日", "kind": "full", "rhythm": "daily", "at": "", "keep_days": "3"}
    answer = client.post("/upkeep/backups/policies/daily/", form)
    assert (answer.status_code, "请填写执行时间" in answer.content.decode()) == (422, True)
    assert client.post("/upkeep/backups/policies/daily/", form | {"at": "03:00"}).status_code == 302
    assert client.get("/upkeep/backups/policies/nothing/").status_code == 404


def test_pages_are_closed_to_others(keepers: Cast) -> None:
    client = Client()
    assert client.get("/upkeep/backups/").status_code == 302
    client.force_login(keepers.handler)
    assert client.get("/upkeep/backups/").status_code == 403
    client.force_login(keepers.reader)
    assert client.get("/upkeep/backups/").status_code == 200
    assert client.post("/upkeep/backups/ask/full/").status_code == 403
