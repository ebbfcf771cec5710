"""A deadline acts by itself: it warns before and supervises after, once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from apps.clocks.models import Clock, ClockTimer
from apps.clocks.services import fire_due
from apps.clocks.services.timers import waiting
from apps.common import clock
from apps.matters.models import CaseEvent, MatterVersion, Order
from apps.notices.models import Notice
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


def test_an_expired_clock_supervises_once_and_tells_the_superior(cast: Cast) -> None:
    case = make.handling(cast)
    with clock.at(case.due_at + timedelta(minutes=1)):
        fire_due(limit=100)
        fire_due(limit=100)
    order = Order.objects.get(case=case)
    assert order.kind == "supervise"
    assert order.cause == "clock:handle:expiry"
    assert CaseEvent.objects.filter(case=case, action="overdue").count() == 1
    told = Notice.objects.filter(kind="overdue").values_list("recipient__username", flat=True)
    assert set(told) == {"supervisor"}


def test_the_unit_is_warned_one_working_day_before(cast: Cast) -> None:
    case = make.handling(cast)
    with clock.at(case.due_at - timedelta(hours=1)):
        fire_due(limit=100)
    assert CaseEvent.objects.filter(case=case, action="due_soon").count() == 1
    assert Notice.objects.filter(kind="due_soon", recipient=cast.handler).count() == 1
    assert not Order.objects.filter(case=case).exists()


def test_an_ended_case_is_left_in_peace(cast: Cast) -> None:
    case = make.closed(cast)
    with clock.at(clock.now() + timedelta(days=60)):
        fire_due(limit=100)
    assert not Order.objects.filter(case=case).exists()


def test_the_unit_answers_the_order(cast: Cast) -> None:
    case = make.handling(cast)
    make.act(cast.supervisor, case, "supervise", {"text": "请今日反馈"})
    make.act(cast.handler, case, "reply_order", {"reply": "今日完成"})
    assert Order.objects.get(case=case).reply == "今日完成"


def test_many_cases_are_supervised_in_few_queries(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    """A batch reads what it needs once; most statements are rows that travel together."""
    cases = [make.handling(cast) for _number in range(8)]
    ClockTimer.objects.exclude(code="expiry").update(fired_at=clock.now(), claimable_at=None)
    with clock.at(cases[-1].due_at + timedelta(minutes=1)), django_assert_max_num_queries(160):
        assert fire_due(limit=100) == 8
    assert Order.objects.filter(cause="clock:handle:expiry").count() == 8
    assert Notice.objects.filter(kind="order", recipient=cast.handler).count() == 8


def test_one_bad_case_does_not_stop_the_others(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = make.handling(cast), make.handling(cast)
    ClockTimer.objects.exclude(code="expiry").update(fired_at=clock.now(), claimable_at=None)
    blank = MatterVersion.objects.create(
        matter_type=bad.matter_type, number=99, body={"no": "definition"}
    )
    type(bad).objects.filter(pk=bad.pk).update(version=blank)
    with clock.at(good.due_at + timedelta(minutes=1)):
        assert fire_due(limit=100) == 1
    assert Order.objects.filter(case=good).count() == 1
    failed = ClockTimer.objects.get(clock__subject_id=bad.pk, clock__name="handle", code="expiry")
    assert failed.attempts == 1
    assert "clock timer failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_case_in_somebodys_hands_is_left_for_a_moment(cast: Cast) -> None:
    held, free = make.handling(cast), make.handling(cast)
    ClockTimer.objects.exclude(code="expiry").update(fired_at=clock.now(), claimable_at=None)
    late, fired = held.due_at + timedelta(minutes=1), []

    def scan() -> None:
        try:
            with clock.at(late):
                fired.append(fire_due(limit=100))
        finally:
            connection.close()

    with transaction.atomic():
        type(held).objects.select_for_update().get(pk=held.pk)
        scanner = threading.Thread(target=scan)
        scanner.start()
        scanner.join(timeout=20)
        assert fired == [1]
    assert Order.objects.filter(case=free).exists()
    with clock.at(late + timedelta(seconds=3)):
        assert fire_due(limit=100) == 1


def test_the_scanner_finds_what_is_due_by_the_index(cast: Cast) -> None:
    """Among thousands of timers that wait, the plan is the partial index, never the table."""
    case = make.handling(cast)
    waiting_clock = Clock.objects.get(subject_id=case.pk, name="handle")
    ClockTimer.objects.bulk_create(
        ClockTimer(
            clock=waiting_clock,
            code=f"later-{number}",
            level="yellow",
            due_at=case.due_at + timedelta(days=1, minutes=number),
            claimable_at=case.due_at + timedelta(days=1, minutes=number),
        )
        for number in range(5000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze clocks_clocktimer")
    plan = waiting(case.due_at)[:50].explain()
    assert "clock_timer_waiting" in plan
    assert "Seq Scan on clocks_clocktimer" not in plan
