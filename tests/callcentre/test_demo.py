"""The demo's call centre: a ledger without gaps, calls, rosters, inspections. Source: HL-04."""

import itertools

import pytest

from apps.callcentre.models import (
    Agent,
    AgentGroup,
    DutySlot,
    Inspection,
    Leg,
    Presence,
    QualityScore,
    ScriptVersion,
)
from apps.callcentre.selectors.board import board
from apps.demo.stages.callcentre import CALLS_A_DAY, load_callcentre
from apps.hotline.models import Call
from tests.callcentre.conftest import NINE, Centre, later
from tests.cast import ROLES, _person


@pytest.mark.django_db
def test_the_demo_centre_is_alive(centre: Centre) -> None:
    Agent.objects.all().delete()
    AgentGroup.objects.all().delete()
    center = centre.cast.center
    ROLES.setdefault("scribe", ["callcentre.write_scripts", "callcentre.approve_scripts"])
    for name, role in [
        ("acceptor2", "acceptor"),
        ("acceptor3", "acceptor"),
        ("shift-leader1", "shift_leader"),
        ("quality1", "quality_inspector"),
        ("quality2", "quality_inspector"),
        ("editor1", "scribe"),
    ]:
        user = _person(name, name, role, center)
        user.tenant = centre.cast.tenant
        user.save(update_fields=["tenant"])
    until = later(6 * 3600)
    agents, calls = load_callcentre(tenant="testville", until=until, seed=7)
    assert agents == 3
    assert 7 * CALLS_A_DAY < calls == Call.objects.count()
    for agent in Agent.objects.all():
        spans = list(Presence.objects.filter(agent=agent).order_by("begins_at"))
        assert spans[-1].ends_at is None
        assert all(a.ends_at == b.begins_at for a, b in itertools.pairwise(spans))
    seen = board(centre.leader, now=until)
    assert seen.today.offered > 20
    assert {state: n for state, _label, n in seen.states}["talking"] == 1
    assert seen.worst is not None
    assert Leg.objects.exclude(answered_at=None).count() > 300
    assert DutySlot.objects.filter(day__gt=NINE.date()).exists()
    assert set(QualityScore.objects.values_list("kind", flat=True)) == {"first", "calibration"}
    assert Inspection.objects.filter(state="appealed").count() == 1
    assert ScriptVersion.objects.filter(state="approved").count() == 2
