import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.clocks import selectors, services
from apps.clocks.engine import Limit
from apps.clocks.notice import NoticeDay
from apps.common import rows
from apps.common.errors import InvalidInput, Refused
from tests.clocks.factories import default_calendar, local, running_clock

pytestmark = pytest.mark.django_db


def test_open_sets_the_deadline_and_one_line():
    clock = running_clock(default_calendar())
    assert clock.due_at == local("2026-11-27 17:30")
    assert clock.intervals.get().due_after == clock.due_at
    assert selectors.projection_of(clock).due_at == clock.due_at


def test_a_second_clock_of_the_name_is_refused_until_the_first_stops():
    clock = running_clock(default_calendar())
    with pytest.raises(Refused):
        running_clock(clock.calendar)
    services.stop(clock, at=local("2026-11-20 15:00"), outcome="done")
    assert running_clock(clock.calendar).pk != clock.pk


@pytest.mark.parametrize(
    "limit",
    [
        Limit(0, "working_days"),
        Limit(-1, "working_hours"),
        Limit(1, "weeks"),
        Limit(Decimal("1.5"), "working_days"),
    ],
)
def test_a_limit_that_cannot_be_counted_is_refused(limit):
    with pytest.raises(InvalidInput):
        running_clock(default_calendar(), limit=limit)


def test_suspended_time_does_not_count():
    clock = running_clock(
        default_calendar(), limit=Limit(4, "working_hours"), at="2026-11-20 09:00"
    )
    clock = services.suspend(clock, at=local("2026-11-20 10:00"), reason="等市民补材料", by=SYSTEM)
    assert (clock.state, clock.due_at) == ("suspended", local("2026-11-20 14:30"))
    clock = services.resume(clock, at=local("2026-11-23 09:00"), by=SYSTEM)
    assert (clock.state, clock.due_at) == ("running", local("2026-11-23 12:00"))
    assert [i.kind for i in clock.intervals.all()] == ["run", "suspended", "run"]


def test_suspending_twice_and_resuming_a_running_clock_are_refused():
    clock = running_clock(default_calendar())
    with pytest.raises(Refused):
        services.resume(clock, at=local("2026-11-20 15:00"), by=SYSTEM)
    services.suspend(clock, at=local("2026-11-20 15:00"), reason="停", by=SYSTEM)
    with pytest.raises(Refused):
        services.suspend(clock, at=local("2026-11-20 15:01"), reason="停", by=SYSTEM)


def test_a_reason_is_required():
    clock, at = running_clock(default_calendar()), local("2026-11-20 15:00")
    for deed in (
        lambda: services.suspend(clock, at=at, reason=" ", by=SYSTEM),
        lambda: services.extend(clock, at=at, reason="", by=SYSTEM, amount=1, unit="working_days"),
        lambda: services.hurry(clock, at=at, reason="", by=SYSTEM, factor=Decimal("0.5")),
        lambda: services.recompute(clock, at=at, reason="", by=SYSTEM),
        lambda: services.restart(clock, at=at, reason="", by=SYSTEM),
    ):
        with pytest.raises(InvalidInput) as refusal:
            deed()
        assert refusal.value.field == "reason"


def test_extension_counts_from_the_deadline():
    clock = running_clock(default_calendar())
    clock = services.extend(
        clock,
        amount=10,
        unit="working_days",
        reason="情况复杂",
        at=local("2026-11-26 10:00"),
        by=SYSTEM,
    )
    assert clock.due_at == local("2026-12-11 17:30")


def test_working_and_natural_time_do_not_mix():
    clock = running_clock(default_calendar())
    with pytest.raises(InvalidInput) as refusal:
        services.extend(
            clock,
            amount=1,
            unit="calendar_days",
            reason="r",
            at=local("2026-11-26 10:00"),
            by=SYSTEM,
        )
    assert refusal.value.field == "unit"


def test_hurry_by_a_new_limit_must_shorten():
    clock, at = running_clock(default_calendar()), local("2026-11-23 09:00")
    with pytest.raises(Refused), transaction.atomic():
        services.hurry(clock, at=at, reason="急", by=SYSTEM, limit=Limit(30, "working_days"))
    clock = services.hurry(clock, at=at, reason="急", by=SYSTEM, limit=Limit(4, "working_hours"))
    assert clock.due_at == local("2026-11-23 14:30")
    assert clock.intervals.count() == 2


def test_another_limit_counts_from_the_start_and_arms_the_timers():
    clock, at = running_clock(default_calendar()), local("2026-11-23 09:00")
    clock = services.change_limit(
        clock, limit=Limit(24, "calendar_hours"), at=at, reason="改为应急类", by=SYSTEM
    )
    assert clock.due_at == local("2026-11-21 14:05")
    assert clock.limit == Limit(Decimal(24), "calendar_hours")
    assert clock.timers.get(code="expiry").due_at == clock.due_at
    assert "时限改为 24 小时" in selectors.explain(clock)[1]
    with pytest.raises(Refused):
        services.change_limit(clock, limit=clock.limit, at=at, reason="同", by=SYSTEM)


def test_hurry_with_nothing_left_is_refused():
    clock = running_clock(default_calendar())
    with pytest.raises(Refused):
        services.hurry(
            clock, at=local("2026-11-30 09:00"), reason="急", by=SYSTEM, factor=Decimal("0.5")
        )


def test_stop_in_time_and_late():
    clock = running_clock(default_calendar())
    stopped = services.stop(clock, at=clock.due_at, outcome="done")
    assert (stopped.state, stopped.breached_at) == ("stopped", None)
    late = running_clock(clock.calendar, name="late")
    stopped = services.stop(late, at=late.due_at + timedelta(seconds=1), outcome="done")
    assert stopped.breached_at == late.due_at
    with pytest.raises(Refused):
        services.stop(late, at=late.due_at, outcome="done")


def test_stop_while_suspended_is_judged_by_the_suspension():
    clock = running_clock(default_calendar())
    services.suspend(clock, at=local("2026-11-20 15:00"), reason="停", by=SYSTEM)
    stopped = services.stop(clock, at=local("2027-01-20 15:00"), outcome="void")
    assert stopped.breached_at is None


def test_restart_begins_a_new_round_and_keeps_the_old():
    clock = running_clock(default_calendar())
    services.stop(clock, at=local("2026-11-24 10:00"), outcome="done")
    clock = services.restart(clock, at=local("2026-11-24 11:00"), reason="回访不满意", by=SYSTEM)
    assert (clock.round, clock.state, clock.due_at) == (2, "running", local("2026-12-01 17:30"))
    assert clock.intervals.filter(round=1).count() == 1


def test_an_earlier_moment_is_refused_but_a_small_skew_is_not():
    clock = running_clock(default_calendar())
    with pytest.raises(InvalidInput):
        services.suspend(clock, at=local("2026-11-20 14:00"), reason="停", by=SYSTEM)
    clock = services.suspend(
        clock, at=clock.started_at - timedelta(seconds=5), reason="停", by=SYSTEM
    )
    assert clock.intervals.first().to_at == clock.started_at


def test_editing_the_calendar_leaves_running_clocks_alone_until_recomputed():
    calendar = default_calendar()
    clock = running_clock(calendar)
    with pytest.raises(Refused):
        services.recompute(clock, reason="没有变", by=SYSTEM, at=local("2026-11-20 15:00"))
    services.set_day(
        SYSTEM,
        calendar_id=calendar.pk,
        day=NoticeDay(date(2026, 11, 25), "holiday", "台风停工"),
        reason="市政府通知",
    )
    clock.refresh_from_db()
    assert clock.due_at == selectors.projection_of(clock).due_at == local("2026-11-27 17:30")
    assert running_clock(calendar, name="later").due_at == local("2026-11-30 17:30")
    clock = services.recompute(clock, reason="台风", by=SYSTEM, at=local("2026-11-26 09:00"))
    assert clock.due_at == selectors.projection_of(clock).due_at == local("2026-11-30 17:30")
    assert AuditEntry.objects.filter(action="clock.recomputed").count() == 1


def test_extension_lifts_a_breach_that_lies_ahead_again():
    clock = running_clock(default_calendar())
    type(clock).objects.filter(pk=clock.pk).update(breached_at=clock.due_at)
    clock = services.extend(
        clock, amount=5, unit="working_days", reason="补批", at=local("2026-11-30 09:00"), by=SYSTEM
    )
    assert clock.breached_at is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clocks_clockinterval SET reason = 'x'",
        "UPDATE clocks_clockinterval SET from_at = now(), to_at = now()",
        "DELETE FROM clocks_clockinterval",
        "UPDATE clocks_calendarrevision SET number = 9",
        "DELETE FROM clocks_calendarrevision",
    ],
)
def test_the_database_refuses_to_rewrite_history(sql):
    running_clock(default_calendar())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)


def test_explanation_tells_the_whole_story():
    clock = running_clock(default_calendar())
    clock = services.suspend(
        clock, at=local("2026-11-23 09:10"), reason="等待市民补充材料", by=SYSTEM
    )
    clock = services.resume(clock, at=local("2026-11-24 09:10"), by=SYSTEM)
    told = selectors.explain(clock)
    assert told[0] == "11月20日 14:05 开始计时，时限 5 个工作日（澜州市工作日历）"
    assert told[1] == "11月23日 09:10 挂起：等待市民补充材料（系统）"
    assert told[-1] == "应于 11月30日 17:30 前办结"


@pytest.mark.parametrize(
    ("left", "state", "text", "level"),
    [
        (timedelta(hours=3, minutes=20), "running", "剩 3 小时 20 分", "soon"),
        (timedelta(days=2, hours=4, minutes=9), "running", "剩 2 天 4 小时", "ok"),
        (timedelta(seconds=30), "running", "剩 不到 1 分", "soon"),
        (-timedelta(days=1, hours=2), "running", "超 1 天 2 小时", "over"),
        (-timedelta(days=1), "suspended", "已暂停", "paused"),
        (timedelta(days=1), "stopped", "已结束", "done"),
    ],
)
def test_remaining_in_words(left, state, text, level):
    now = local("2026-11-20 10:00")
    assert selectors.remaining_text(now + left, state, now) == selectors.Remaining(text, level)


def test_clocks_of_many_subjects_in_one_query(django_assert_num_queries):
    calendar = default_calendar()
    for subject in (1, 2):
        running_clock(calendar, subject_id=subject)
    with django_assert_num_queries(1):
        found = selectors.clocks_of("test.case", [1, 2, 3])
    assert [len(found[pk]) for pk in (1, 2, 3)] == [1, 1, 0]


def test_due_soon_and_overdue_lists():
    clock = running_clock(default_calendar())
    at = clock.due_at - timedelta(hours=1)
    assert list(selectors.list_due_soon("test.case", until=clock.due_at)) == [clock]
    assert not selectors.list_overdue("test.case", at=at)
    assert list(selectors.list_overdue("test.case", at=at + timedelta(hours=2))) == [clock]


def test_every_kind_of_line_is_told():
    calendar = default_calendar()
    clock = running_clock(calendar)
    at = local("2026-11-23 09:00")
    services.hurry(clock, at=at, reason="领导批示", by=SYSTEM, factor=Decimal("0.5"))
    services.hurry(clock, at=at, reason="突发", by=SYSTEM, limit=Limit(2, "working_hours"))
    services.extend(clock, amount=1, unit="working_days", reason="复杂", at=at, by=SYSTEM)
    services.set_day(
        SYSTEM,
        calendar_id=calendar.pk,
        day=NoticeDay(date(2026, 11, 24), "holiday", "停工"),
        reason="r",
    )
    services.recompute(clock, reason="停工", by=SYSTEM, at=at)
    services.restart(clock, reason="重办", by=SYSTEM, at=at)
    clock = services.stop(clock, at=local("2026-12-30 09:00"), outcome="done")
    told = selectors.explain(clock)
    assert told[1:] == [
        "11月23日 09:00 加急，剩余时限缩至 50%：领导批示（系统），到期时间改为 11月25日 14:00",
        "11月23日 09:00 加急，限 2 个工作小时：突发（系统），到期时间改为 11月23日 11:00",
        "11月23日 09:00 延期 1 个工作日：复杂（系统），到期时间改为 11月24日 17:30",
        "11月23日 09:00 按日历第 2 版重新计算：停工（系统），到期时间 11月25日 17:30",
        "11月23日 09:00 重新开始计时：重办，时限 5 个工作日（澜州市工作日历）",
        "12月30日 09:00 停止计时，应于 12月1日 17:30 前办结，已超时",
    ]
    assert selectors.remaining(clock).text == "超时办结"


@pytest.mark.django_db(transaction=True)
def test_two_officers_suspending_at_once_one_is_refused():
    clock = running_clock(default_calendar())
    outcomes, start = [], threading.Barrier(2)

    def act():
        start.wait()
        try:
            services.suspend(clock, at=local("2026-11-23 09:00"), reason="停", by=SYSTEM)
            outcomes.append("done")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert clock.intervals.count() == 2


def test_in_a_deed_a_clock_is_one_object_from_its_first_lock_on():
    clock = running_clock(default_calendar(), limit=Limit(4, "working_hours"))
    subject = (clock.subject_type, clock.subject_id)
    with rows.in_order():
        [held] = services.hold_open(*subject)
        paused = services.suspend(clock, at=local("2026-11-20 15:00"), reason="等材料", by=SYSTEM)
        assert paused is held
        with CaptureQueriesContext(connection) as asked:
            resumed = services.resume(held, at=local("2026-11-20 15:30"), by=SYSTEM)
        assert not [q for q in asked.captured_queries if 'FROM "clocks_clock"' in q["sql"]]
        services.stop(resumed, at=local("2026-11-20 15:40"), outcome="done")
        assert services.hold_open(*subject) == []
    clock.refresh_from_db()
    assert (clock.state, clock.outcome) == ("stopped", "done")
    assert [line.kind for line in clock.intervals.all()] == ["run", "suspended", "run"]
    assert selectors.projection_of(clock).due_at == clock.due_at


def test_in_a_deed_a_clock_started_meanwhile_is_among_the_open_ones():
    calendar = default_calendar()
    first = running_clock(calendar)
    subject = (first.subject_type, first.subject_id)
    with rows.in_order():
        rows.foresee(*services.open_questions(*subject))
        rows.ask(("select 1", []))
        second = running_clock(calendar, name="another")
        assert services.hold_open(*subject) == [first, second]
        third = running_clock(calendar, name="third")
        assert services.hold_open(*subject) == [first, second, third]


def test_a_clock_taken_back_with_its_savepoint_is_read_anew():
    clock = running_clock(default_calendar())

    @transaction.atomic
    def fail():
        services.stop(clock, at=local("2026-11-20 15:00"), outcome="done")
        raise ZeroDivisionError

    with rows.in_order():
        services.hold_open(clock.subject_type, clock.subject_id)
        with pytest.raises(ZeroDivisionError):
            fail()
        [held] = services.hold_open(clock.subject_type, clock.subject_id)
        assert held.state == "running"
    clock.refresh_from_db()
    assert clock.state == "running"
