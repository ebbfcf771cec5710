"""A case classed anew gets the limit the rules give that class, with a line in the ledger."""

from datetime import timedelta
from typing import Any

import pytest

from apps.clocks import selectors as clock_reads
from apps.clocks.enums import IntervalKind
from apps.clocks.models import Clock, ClockInterval
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.matters.clockwork import active_clocks
from apps.matters.models import Case
from apps.notices.models import Notice
from apps.rules import services as rules
from apps.rules.models import RuleTable
from tests.cast import Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(cast: Cast) -> None:
    """Manhole covers within five working days, road damage within two."""
    table = RuleTable.objects.get(code="hotline-dispatch")
    rows = [
        {
            "key": key,
            "cells": {"class": {"op": "in", "values": [code]}},
            "outputs": {"unit": cast.east_works.code, "limit": limit},
        }
        for key, code, limit in (
            ("cover", "road.manhole", "5个工作日"),
            ("damage", "road.damage", "2个工作日"),
        )
    ]
    body = {
        "hit_policy": "first",
        "inputs": ["class"],
        "outputs": ["unit", "limit"],
        "rows": rows,
    }
    draft = rules.save_draft(cast.author, table=table, body=body)
    table.test_cases.all().delete()  # the case of the cast asks for a district
    rules.add_test_case(
        cast.author,
        table=table,
        name="路面",
        facts={"class": "road.damage"},
        expected=[rows[1]["outputs"]],
    )
    rules.submit(cast.author, version=draft)
    rules.publish(cast.publisher, version=draft)


def correct(cast: Cast, case: Case, class_code: str, **changes: Any) -> Case:
    """Will correct the class of a case, and nothing else of it."""
    data = {
        "class_code": class_code,
        "priority": case.priority,
        "address": case.address,
        "lon": case.point.x,
        "lat": case.point.y,
        "reason": "现场核实为路面破损",
    }
    return make.act(cast.dispatcher, case, "correct", data | changes)


def handle_clock(case: Case) -> Clock:
    return active_clocks(case)["handle"]


def test_the_limit_follows_the_class_with_a_line_and_its_reason(cast: Cast) -> None:
    before = make.handling(cast)
    case = correct(cast, before, "road.damage")
    found = handle_clock(case)
    assert (found.limit_amount, found.limit_unit) == (2, "working_days")
    assert case.due_at == found.due_at < before.due_at  # type: ignore[operator]
    assert case.tasks.get().due_at == case.due_at
    line = ClockInterval.objects.get(clock=found, kind=IntervalKind.RELIMITED)
    assert line.reason == "规则时限由5个工作日变为2个工作日：现场核实为路面破损"
    assert line.by_name == "刘洋"
    assert any("时限改为 2 个工作日" in told for told in clock_reads.explain(found))
    event = case.events.get(action="correct")
    assert event.data["limit"] == {"before": "5个工作日", "after": "2个工作日"}
    assert event.decision == case.proposal
    assert Notice.objects.filter(title__startswith="办理时限已变更").exists()


def test_the_time_spent_stays_spent_and_there_and_back_is_as_before(cast: Cast) -> None:
    before = make.handling(cast)
    with clock.at(clock.now() + timedelta(hours=30)):
        case = correct(cast, before, "road.damage")
        assert case.due_at < before.due_at  # type: ignore[operator]
        case = correct(cast, case, "road.manhole")
    assert case.due_at == before.due_at


def test_another_class_with_the_same_limit_leaves_the_clock_alone(cast: Cast) -> None:
    case = make.dispatched(cast)
    correct(cast, case, "road.manhole", priority="high")
    assert not ClockInterval.objects.filter(kind=IntervalKind.RELIMITED).exists()


def test_a_limit_set_by_hand_stays_while_the_rules_stay(cast: Cast) -> None:
    data = make.dispatch_data(cast, limit_amount=9)
    case = make.act(cast.dispatcher, make.accepted(cast), "dispatch", data)
    case = correct(cast, case, "road.manhole", priority="high")
    assert handle_clock(case).limit_amount == 9
    assert handle_clock(correct(cast, case, "road.damage")).limit_amount == 2


def test_before_dispatch_only_the_proposal_changes(cast: Cast) -> None:
    case = make.accepted(cast)
    case = correct(cast, case, "road.damage")
    assert case.proposal is not None
    assert case.proposal.outputs[0]["limit"] == "2个工作日"
    assert "handle" not in active_clocks(case)
    assert "limit" not in case.events.get(action="correct").data


def test_it_needs_a_reason_and_the_right(cast: Cast) -> None:
    case = make.handling(cast)
    with pytest.raises(InvalidInput, match="更正理由"):
        correct(cast, case, "road.damage", reason="")
    with pytest.raises(NotAllowed):
        make.act(cast.outsider, case, "correct", {"class_code": "road.damage"})
    assert handle_clock(case).limit_amount == 5


def test_the_same_key_changes_the_limit_once(cast: Cast) -> None:
    case = make.handling(cast)
    data = {"class_code": "road.damage", "priority": "normal", "reason": "路面"}
    for _time in range(2):
        make.act(cast.dispatcher, case, "correct", data, key="k-correct")
    assert ClockInterval.objects.filter(kind=IntervalKind.RELIMITED).count() == 1
