"""Preventive maintenance makes each order once, by the calendar and by a figure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.assets.models import Asset
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.ops import registry, services
from apps.ops.enums import OrderState
from apps.ops.models import FaultKind, MaintenancePlan, PlannedWork, WorkOrder
from apps.ops.registry import Meter
from apps.ops.services import PlanSpec
from tests.cast import Cast
from tests.ops import factories as make

CITY = ZoneInfo("Asia/Shanghai")


def spec(town: Cast, **changes: Any) -> PlanSpec:
    """Will give "clean the cameras of the east every three months"."""
    usual: dict[str, Any] = {
        "name": "镜头清洁", "text": "清洁护罩", "area": town.east, "beat": "months", "every": 3,
        "first_on": date(2027, 1, 31), "fault_kind": FaultKind.objects.get(code="upkeep"),
        "kind_id": make.the_camera().kind_id,
    }  # fmt: skip
    return PlanSpec(**(usual | changes))


def planned(town: Cast, **changes: Any) -> MaintenancePlan:
    """Will give such a plan, kept."""
    return services.save_plan(town.keeper, tenant=town.tenant, spec=spec(town, **changes))


def on(day: date) -> datetime:
    """Will give nine in the morning of a day of the city."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=CITY)


def test_orders_are_made_ahead_once_and_sent_to_the_contract(town: Cast) -> None:
    make.camera(town, "东区二号摄像机")
    make.camera(town, "西区摄像机", west=True)
    planned(town)
    with clock.at(on(date(2027, 1, 27))):
        assert services.make_due() == 0
    with clock.at(on(date(2027, 1, 28))):
        assert services.make_due() == 2
        assert services.make_due() == 0
    orders = WorkOrder.objects.select_related("case")
    assert {order.case.state for order in orders} == {OrderState.SENT}
    assert all(order.is_planned and order.source == "plan" for order in orders)
    with clock.at(on(date(2027, 4, 30))):
        # The orders of January are still open: the next turn is noted, not doubled.
        services.make_due()
    assert WorkOrder.objects.count() == 2
    assert PlannedWork.objects.filter(due_on=date(2027, 4, 30)).count() == 2


def test_turns_missed_while_nothing_ran_are_made_up_for_once(town: Cast) -> None:
    planned(town, beat="weeks", every=1)
    with clock.at(on(date(2027, 6, 1))):
        assert services.make_due() == 1
    assert PlannedWork.objects.get().due_on == date(2027, 5, 30)


def test_a_turn_whose_order_was_not_finished_is_made_by_the_next_run(
    town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.ops.services import planning

    planned(town)

    def killed(*_args: Any, **_given: Any) -> WorkOrder:
        raise ConnectionError("the worker was killed")

    with clock.at(on(date(2027, 1, 31))):
        with monkeypatch.context() as patch:
            patch.setattr(planning, "report_found", killed)
            with pytest.raises(ConnectionError):
                services.make_due()
        assert not PlannedWork.objects.exists()
        assert services.make_due() == 1


@pytest.fixture
def hours(town: Cast) -> Iterator[dict[str, Decimal]]:
    """A meter of hours run."""
    figure = {"now": Decimal(100)}

    def read(asset: Asset) -> Decimal | None:
        return figure["now"] if asset == make.the_camera() else None

    with registry.temporarily(meter=Meter("hours", "运行小时", read)):
        yield figure


def test_a_thing_is_looked_after_each_time_its_figure_has_grown(
    town: Cast, hours: dict[str, Decimal]
) -> None:
    planned(town, beat="meter", every=500, meter="hours", asset_id=make.the_camera().pk,
            kind_id=None)  # fmt: skip
    made = []
    with clock.at(on(date(2027, 3, 1))):
        for figure in (100, 599, 600, 1099, 20, 519, 520):
            hours["now"] = Decimal(figure)
            made.append(services.make_due())
    # From 100 to 600; the meter is replaced at 20; from 20 to 520.
    assert made == [0, 0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"text": ""}, "text"),
        ({"kind_id": None}, "kind"),
        ({"beat": "moons"}, "beat"),
        ({"every": 0}, "every"),
        ({"every": 121}, "every"),
        ({"ahead_days": 91}, "ahead_days"),
        ({"beat": "meter"}, "meter"),
        ({"meter": "hours"}, "meter"),
    ],
)
def test_a_plan_says_which_field_is_wrong(town: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        planned(town, **changes)
    assert refused.value.field == field
    with pytest.raises(NotAllowed):
        services.save_plan(town.repairer, tenant=town.tenant, spec=spec(town))


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    every=st.integers(1, 30),
    beat=st.sampled_from(["days", "weeks", "months"]),
    ahead=st.integers(0, 900),
    length=st.integers(0, 400),
)
def test_the_turns_of_a_span_are_those_counted_one_by_one(
    first: date, every: int, beat: str, ahead: int, length: int
) -> None:
    plan = MaintenancePlan(first_on=first, every=every, beat=beat)
    since = first + timedelta(days=ahead - 100)
    until = since + timedelta(days=length)
    slow, turn = [], 0
    while (day := services.day_of(plan, turn)) <= until:
        slow += [day] if day >= since else []
        turn += 1
    assert list(services.turns_between(plan, since, until)) == slow
