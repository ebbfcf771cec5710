"""Alarms over the log: judged once, told to the right administrator, closed with a reason."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from apps.accounts.models import Tenant, User
from apps.audit import context
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.evidence import selectors, services
from apps.evidence.enums import AlarmState, Outcome, Watch
from apps.evidence.models import Alarm, AlarmBookmark, AlarmRule
from apps.evidence.services import RuleSettings
from tests.cast import Cast, build_cast
from tests.evidence.factories import administrator, seal

pytestmark = pytest.mark.django_db(transaction=True)
CITY = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Tests of the night choose their hour; the others shall not run into it."""
    with clock.at(at(12)):
        yield


@pytest.fixture
def town() -> Cast:
    """The town with its three administrators, and nothing yet to be judged."""
    cast = build_cast()
    for kind in ("system_admin", "security_admin", "audit_admin"):
        cast.people[kind] = administrator(cast, kind)
    seal()
    services.watch_log()
    Alarm.objects.all().delete()
    return cast


def does(actor: Any, action: str, times: int = 1, ip: str = "", **data: Any) -> None:
    token = context.enter(context.RequestContext(ip=ip or None))
    for number in range(times):
        audit.record(actor, action, object_type="case", object_id=number, data=data)
    context.leave(token)


def watch() -> list[Alarm]:
    seal()
    services.watch_log()
    return list(Alarm.objects.order_by("pk"))


def at(hour: int) -> datetime:
    return clock.now().astimezone(CITY).replace(hour=hour, minute=0)


def test_each_rule_raises_its_alarm(town: Cast) -> None:
    does(town.handler, "cases.exported", 5)
    does(town.head, "people.exported", 1, count=1500)
    does(town.head, "cases.exported", 1, rows=600)
    does(town.colleague, "access.denied", 10)
    does(town.acceptor, "phone.revealed", 8)
    does(town.acceptor, "hotline.reveal_reporter", 12)
    does(town.handler_west, "case.form_revealed", 3, area=town.east.path)
    does(town.handler, "case.form_revealed", 3, area=town.east.path)
    does(audit.SYSTEM, "sign_in.failed", 10, ip="10.1.2.3")
    does(town.head, "change.alone")
    does(audit.SYSTEM, "checkpoint.disputed")
    with clock.at(at(23)):
        does(town.publisher, "rule_table.published", 3)
    with clock.at(at(12)):
        does(town.author, "rule_table.published", 3)
    raised = {(alarm.rule.code, alarm.subject) for alarm in watch()}
    assert raised == {
        ("bulk-export", "王强"),
        ("large-export", "李建国"),
        ("denied", "孙丽"),
        ("many-reveals", "陈静"),
        ("other-area", "吴涛"),
        ("sign-in-failed", "10.1.2.3"),
        ("acted-alone", "李建国"),
        ("evidence-broken", "系统"),
        ("night-work", "高明"),
    }
    export = Alarm.objects.get(rule__code="large-export")
    assert selectors.explain(export) == "李建国在60分钟内导出2100行，达到2000行的上限"
    assert selectors.entries_of(export).count() == 2


def test_below_the_threshold_or_spread_out_nothing_is_raised(town: Cast) -> None:
    does(town.handler, "cases.exported", 4)
    for hours in range(6):
        with clock.at(clock.now() - timedelta(hours=hours * 2)):
            does(town.head, "cases.exported", 1)
    assert watch() == []


def test_what_goes_on_over_several_seals_is_one_alarm(town: Cast) -> None:
    does(town.handler, "cases.exported", 3)
    assert watch() == []
    does(town.handler, "cases.exported", 3)
    [alarm] = watch()
    does(town.handler, "cases.exported", 2)
    [alarm] = watch()
    assert (alarm.count, selectors.entries_of(alarm).count()) == (8, 8)
    services.close_alarm(
        town.security_admin, alarm_id=alarm.pk, outcome=Outcome.JUSTIFIED, reason="月报"
    )
    does(town.handler, "cases.exported", 4)
    assert len(watch()) == 1
    does(town.handler, "cases.exported", 1)
    assert len(watch()) == 2


def test_an_administrator_from_a_new_address(town: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=3)):
        does(town.system_admin, "sign_in.succeeded", ip="10.0.0.5")
    does(town.system_admin, "sign_in.succeeded", ip="10.0.0.5")
    does(town.handler, "sign_in.succeeded", ip="10.0.0.9")
    assert watch() == []
    does(town.system_admin, "sign_in.succeeded", ip="10.0.0.77")
    [alarm] = watch()
    assert (alarm.rule.code, alarm.watch) == ("new-address", Watch.AUDIT)


def test_two_workers_judge_an_entry_once(town: Cast) -> None:
    does(town.handler, "cases.exported", 6)
    seal()
    start, raised = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        raised.append(services.watch_log())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    services.watch_log()
    assert Alarm.objects.count() == 1
    assert sum(raised) <= 1


def test_a_worker_that_dies_leaves_the_bookmark_and_no_alarm(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    does(town.handler, "cases.exported", 6)
    seal()
    before = AlarmBookmark.objects.get().seal
    with monkeypatch.context() as broken:
        broken.setattr("apps.notices.services.notify", lambda **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.watch_log()
    assert AlarmBookmark.objects.get().seal == before
    assert not Alarm.objects.exists()
    assert services.watch_log() == 1


def test_old_history_raises_nothing_the_first_time() -> None:
    cast = build_cast()
    with clock.at(clock.now() - timedelta(days=5)):
        does(cast.handler, "cases.exported", 9)
        seal()
    assert watch() == []


def test_the_three_administrators_watch_one_another(town: Cast) -> None:
    for kind in ("system_admin", "security_admin", "audit_admin", "handler"):
        does(town.people[kind], "access.denied", 10)
    alarms = {alarm.subject: alarm for alarm in watch()}
    assert {name: alarm.watch for name, alarm in alarms.items()} == {
        "system_admin": Watch.AUDIT,
        "security_admin": Watch.AUDIT,
        "audit_admin": Watch.SECURITY,
        "王强": Watch.SECURITY,
    }
    seen = {
        kind: {a.subject for a in selectors.list_alarms(town.people[kind])}
        for kind in ("system_admin", "security_admin", "audit_admin")
    }
    assert seen == {
        "system_admin": set(),
        "security_admin": {"audit_admin", "王强"},
        "audit_admin": {"system_admin", "security_admin", "王强"},
    }
    assert town.audit_admin.notices.filter(kind="alarm").count() == 2
    assert town.security_admin.notices.filter(kind="alarm").count() == 2
    with pytest.raises(NotFound):
        services.see_alarm(town.security_admin, alarm_id=alarms["security_admin"].pk)
    with pytest.raises(NotFound):
        services.see_alarm(town.audit_admin, alarm_id=alarms["王强"].pk)
    with pytest.raises(NotFound):
        services.see_alarm(town.handler, alarm_id=alarms["王强"].pk)


def test_security_sees_only_the_people_of_its_bodies(town: Cast) -> None:
    elsewhere = Tenant.objects.create(code="other", name="邻市", area=town.city)
    stranger = User.objects.create_user(username="stranger", password="x", full_name="邻人")
    User.objects.filter(pk=stranger.pk).update(tenant=elsewhere)
    does(stranger, "access.denied", 10)
    [alarm] = watch()
    assert not selectors.list_alarms(town.security_admin).exists()
    assert not town.security_admin.notices.exists()
    with pytest.raises(NotFound):
        services.see_alarm(town.security_admin, alarm_id=alarm.pk)
    assert selectors.list_alarms(town.audit_admin).get() == alarm


def test_looked_at_then_closed_with_a_reason(town: Cast) -> None:
    does(town.handler, "access.denied", 10)
    [alarm] = watch()
    services.see_alarm(town.security_admin, alarm_id=alarm.pk)
    with pytest.raises(Refused, match="已有人"):
        services.see_alarm(town.security_admin, alarm_id=alarm.pk)
    for outcome, reason, field in ((Outcome.JUSTIFIED, " ", "reason"), ("x", "说明", "outcome")):
        with pytest.raises(InvalidInput) as refusal:
            services.close_alarm(
                town.security_admin, alarm_id=alarm.pk, outcome=outcome, reason=reason
            )
        assert refusal.value.field == field
    closed = services.close_alarm(
        town.security_admin, alarm_id=alarm.pk, outcome=Outcome.VIOLATION, reason="已谈话"
    )
    assert (closed.state, closed.closed_by) == (AlarmState.CLOSED, town.security_admin)
    with pytest.raises(Refused, match="已关闭"):
        services.close_alarm(
            town.security_admin, alarm_id=alarm.pk, outcome=Outcome.VIOLATION, reason="再次"
        )
    actions = AuditEntry.objects.filter(object_type="evidence.alarm").values_list("action")
    assert {a for (a,) in actions} == {"alarm.seen", "alarm.closed"}


def test_setting_a_rule_is_watched_by_the_auditor(town: Cast) -> None:
    wanted = RuleSettings(is_on=True, threshold=2, window_minutes=5)
    with pytest.raises(NotAllowed):
        services.set_rule(town.audit_admin, code="denied", wanted=wanted)
    services.set_rule(town.security_admin, code="denied", wanted=wanted)
    entry = AuditEntry.objects.get(action="alarm_rule.changed")
    assert (entry.data["before"]["threshold"], entry.data["after"]["threshold"]) == (10, 2)
    [alarm] = watch()
    assert (alarm.rule.code, alarm.watch) == ("rules-changed", Watch.AUDIT)
    does(town.handler, "access.denied", 2)
    assert watch()[-1].rule.code == "denied"


@pytest.mark.django_db
def test_a_rule_out_of_range_is_refused(cast: Cast) -> None:
    security = administrator(cast, "security_admin")
    for code, changes, field in (
        ("denied", {"threshold": 0}, "threshold"),
        ("denied", {"window_minutes": 50_000}, "window_minutes"),
        ("denied", {"from_hour": 3}, "from_hour"),
        ("night-work", {"from_hour": 24, "to_hour": 6}, "from_hour"),
        ("night-work", {}, "from_hour"),
    ):
        values: dict[str, Any] = {"is_on": True, "threshold": 3, "window_minutes": 60} | changes
        with pytest.raises(InvalidInput) as refusal:
            services.set_rule(security, code=code, wanted=RuleSettings(**values))
        assert refusal.value.field == field


def test_a_rule_switched_off_raises_nothing(town: Cast) -> None:
    AlarmRule.objects.filter(code="denied").update(is_on=False)
    does(town.handler, "access.denied", 30)
    assert watch() == []
