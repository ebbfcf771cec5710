"""Who sits when, what a week needs, and swaps. Source: HL-09."""

import math
from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEntry
from apps.callcentre.erlang import Aim, needed, served, waits
from apps.callcentre.models import DeskShift, DutySlot
from apps.callcentre.selectors import rosters as plans
from apps.callcentre.services import ask_swap, assign, copy_week, rule_swap, save_shift, unassign
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.models import Call
from tests.callcentre.conftest import NINE, Centre

MONDAY = date(2026, 11, 23)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 40), st.integers(1, 60))
def test_erlang_c_is_what_its_sum_says(erlangs: float, agents: int) -> None:
    """A slow oracle: the textbook's sum over exact powers and factorials."""
    if agents <= erlangs:
        assert waits(agents, erlangs) == 1.0
        return
    top = erlangs**agents / math.factorial(agents) * agents / (agents - erlangs)
    below = sum(erlangs**k / math.factorial(k) for k in range(agents))
    assert waits(agents, erlangs) == pytest.approx(top / (below + top), rel=1e-9)


def test_a_known_case_of_the_tables() -> None:
    # 100 calls in 30 min of 180 s are 10 erlang; 80 % within 20 s takes 14 agents (the tables).
    assert needed(100, 180, Aim(0.8, 20, 0)) == 14
    assert served(14, 10, handling_s=180, within_s=20) == pytest.approx(0.888, abs=0.001)
    assert served(13, 10, handling_s=180, within_s=20) < 0.8
    assert needed(100, 180, Aim(0.8, 20, 0.3)) == 20
    assert (needed(0, 180, Aim()), needed(1, 0, Aim())) == (0, 0)


@pytest.fixture
def shifts(centre: Centre) -> list[DeskShift]:
    tenant = centre.cast.tenant
    return [
        save_shift(
            centre.leader, tenant=tenant, name=name, starts_at=time(begin), ends_at=time(end)
        )
        for name, begin, end in [("早班", 8, 16), ("中班", 14, 22), ("夜班", 22, 8)]
    ]


@pytest.mark.django_db
def test_a_week_is_planned_copied_and_never_clashes(
    centre: Centre, shifts: list[DeskShift]
) -> None:
    first = centre.agents[0]
    early, middle, night = shifts
    with clock.at(NINE):
        slot = assign(centre.leader, agent_id=first.pk, shift_id=early.pk, day=MONDAY)
        assert assign(centre.leader, agent_id=first.pk, shift_id=early.pk, day=MONDAY) == slot
        with pytest.raises(Refused, match="已有排班"):
            assign(centre.leader, agent_id=first.pk, shift_id=middle.pk, day=MONDAY)
        late = assign(centre.leader, agent_id=first.pk, shift_id=night.pk, day=MONDAY)
        assert late.ends_at - late.begins_at == timedelta(hours=10)
        week = timedelta(days=7)
        assign(centre.leader, agent_id=first.pk, shift_id=middle.pk, day=MONDAY + week)
        tenant = centre.cast.tenant
        done = copy_week(centre.leader, tenant=tenant, source=MONDAY, target=MONDAY + week)
        assert (done.made, done.clashed) == (1, 1)
        again = copy_week(centre.leader, tenant=tenant, source=MONDAY, target=MONDAY + week)
        assert (again.made, again.clashed) == (0, 1)
        with pytest.raises(InvalidInput):
            copy_week(centre.leader, tenant=tenant, source=MONDAY, target=MONDAY)
        for stranger in (centre.agents[1].user, centre.stranger):
            with pytest.raises(NotAllowed):
                assign(stranger, agent_id=first.pk, shift_id=early.pk, day=MONDAY)
            with pytest.raises(NotAllowed):
                unassign(stranger, slot_id=slot.pk)
        unassign(centre.leader, slot_id=slot.pk)
        unassign(centre.leader, slot_id=slot.pk)
    assert DutySlot.objects.count() == 3
    assert AuditEntry.objects.filter(action="callcentre.duty_cancelled").count() == 1


@pytest.mark.django_db
def test_a_swap_is_asked_and_ruled_by_somebody_else(
    centre: Centre, shifts: list[DeskShift]
) -> None:
    first, second, third = centre.agents
    with clock.at(NINE):
        slot = assign(centre.leader, agent_id=first.pk, shift_id=shifts[0].pk, day=MONDAY)
        assign(centre.leader, agent_id=third.pk, shift_id=shifts[1].pk, day=MONDAY)
        with pytest.raises(NotFound):
            ask_swap(second.user, slot_id=slot.pk, to_id=third.pk, reason="家中有事")
        with pytest.raises(Refused, match="已有排班"):
            ask_swap(first.user, slot_id=slot.pk, to_id=third.pk, reason="家中有事")
        with pytest.raises(InvalidInput) as refused:
            ask_swap(first.user, slot_id=slot.pk, to_id=second.pk, reason=" ")
        assert refused.value.field == "reason"
        swap = ask_swap(first.user, slot_id=slot.pk, to_id=second.pk, reason="家中有事")
        with pytest.raises(Refused):
            ask_swap(first.user, slot_id=slot.pk, to_id=second.pk, reason="家中有事")
        for wrong in (first.user, centre.stranger, centre.inspector):
            with pytest.raises(NotAllowed):
                rule_swap(wrong, swap_id=swap.pk, agrees=True)
        rule_swap(centre.leader, swap_id=swap.pk, agrees=True)
        with pytest.raises(Refused, match="已审批"):
            rule_swap(centre.leader, swap_id=swap.pk, agrees=False)
    slot.refresh_from_db()
    assert slot.agent == second
    entry = AuditEntry.objects.get(action="callcentre.swap_ruled")
    assert entry.data["before"]["agent"] != entry.data["after"]["agent"]


@pytest.mark.django_db
def test_the_need_follows_four_weeks_and_gaps_are_shown(
    centre: Centre, shifts: list[DeskShift], client: Client
) -> None:
    # Forty calls on each of four Mondays between 09:00 and 09:30, 120 s each.
    for week in range(1, 5):
        rang = NINE.replace(day=23) - week * timedelta(days=7)
        Call.objects.bulk_create(
            Call(
                exchange_id=f"f-{week}-{n}", direction="in", state="ended", line=centre.line,
                rang_at=rang, answered_at=rang, ended_at=rang + timedelta(seconds=120),
            )
            for n in range(40)
        )  # fmt: skip
    with clock.at(NINE.replace(day=23)):
        assign(centre.leader, agent_id=centre.agents[0].pk, shift_id=shifts[0].pk, day=MONDAY)
        expected = plans.forecast(centre.leader, monday=MONDAY)
        assert (expected.calls, expected.handling_s) == ({(0, 18): 40.0}, 120.0)
        slots = list(plans.week_slots(centre.leader, monday=MONDAY))
        rows = dict(plans.staffing(expected, slots, monday=MONDAY, aim=Aim()))
        cell = rows["09:00"][0]
        assert cell.need == needed(40, 120, Aim()) > 4
        assert (cell.planned, cell.gap, cell.look) == (1, cell.need - 1, "short")
        assert rows["16:00"][0].planned == 0
        client.force_login(centre.leader)
        page = client.get(reverse("callcentre:roster"), {"week": str(MONDAY)}).content.decode()
        assert f"缺 {cell.gap}" in page
        assert "Erlang C" in page
        posted = client.post(
            reverse("callcentre:roster-deed", args=["assign"]),
            {
                "week": str(MONDAY), "agent": centre.agents[1].pk, "shift": shifts[0].pk,
                "days": [str(MONDAY), str(MONDAY + timedelta(days=1))],
            },
        )  # fmt: skip
        assert posted.status_code == 302
        assert DutySlot.objects.filter(agent=centre.agents[1]).count() == 2
        client.force_login(centre.agents[1].user)
        own = client.get(reverse("callcentre:roster"), {"week": str(MONDAY)}).content.decode()
        assert "早班" in own
        assert "Erlang C" not in own
        assert client.get(reverse("callcentre:swaps")).status_code == 200
        client.force_login(centre.stranger)
        far = client.get(reverse("callcentre:roster"), {"week": str(MONDAY)}).content.decode()
        assert "早班" not in far
