"""A deadline acts by itself: it warns before and supervises after, once."""

from datetime import timedelta

import pytest

from apps.clocks.services import fire_due
from apps.common import clock
from apps.matters.models import CaseEvent, Order
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
