"""Who is next and why; calls held, handed on, of three; the key afterwards (HL-04, HL-13)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.callcentre.errors import NotOnCall
from apps.callcentre.models import CallNote, Leg, Presence
from apps.callcentre.services import (
    AgentSpec,
    SkillSpec,
    call_back,
    control,
    feed_scores,
    refresh_ledgers,
    route_waiting,
    save_agent,
    withdraw_late,
)
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.hotline.adapters.simulator import Exchange
from apps.hotline.models import Call
from apps.hotline.services import register_demand
from apps.matters.models import Evaluation
from tests.callcentre.conftest import Centre, later
from tests.hotline.factories import PHONE, intake

pytestmark = pytest.mark.django_db


def state_of(centre: Centre) -> list[str]:
    rows = Presence.objects.filter(ends_at=None, agent__in=centre.agents).order_by("agent")
    return [row.state for row in rows]


def ring(seconds: int = 60, **more: Any) -> Call:
    with clock.at(later(seconds)):
        return Exchange().ring(line="12345", phone=PHONE, **more)


def test_the_longest_idle_is_next_and_it_says_why(centre: Centre) -> None:
    centre.sit()
    call = ring()
    with clock.at(later(61)):
        assert route_waiting() == 1
        assert route_waiting() == 0
    call.refresh_from_db()
    leg = Leg.objects.get()
    assert call.agent == centre.agents[0].user
    assert leg.why["chosen"] == {"agent": "800", "idle_s": 61, "level": 1, "tried": False}
    assert [one["agent"] for one in leg.why["others"]] == ["801", "802"]
    assert state_of(centre) == ["ringing", "free", "free"]


def test_who_does_not_answer_loses_it_to_the_next(centre: Centre) -> None:
    centre.sit()
    call = ring()
    with clock.at(later(61)):
        route_waiting()
    with clock.at(later(70)):
        assert withdraw_late() == 0
    with clock.at(later(76)):
        assert withdraw_late() == 1
        assert route_waiting() == 1
    call.refresh_from_db()
    assert call.agent == centre.agents[1].user
    assert state_of(centre) == ["free", "ringing", "free"]


def test_a_language_is_asked_of_those_who_speak_it(centre: Centre) -> None:
    third = centre.agents[2]
    spec = AgentSpec(third.user, centre.group, "802", (SkillSpec(language="en", level=4),))
    save_agent(SYSTEM, spec=spec, agent_id=third.pk)
    centre.sit()
    call = ring(language="en")
    with clock.at(later(62)):
        assert route_waiting() == 1
        call.refresh_from_db()
        assert call.agent == third.user
        ring(62, language="mn")
        assert route_waiting() == 0  # nobody speaks it: it goes on ringing for all


def test_a_call_is_held_consulted_joined_and_handed_on(centre: Centre) -> None:
    centre.sit()
    first, second, third = centre.agents
    exchange, call = Exchange(), ring()
    with clock.at(later(62)):
        route_waiting()
        with pytest.raises(NotOnCall):
            control(first.user, call_id=call.pk, deed="hold")
        exchange.answer(exchange_id=call.exchange_id, agent=first.user.username)
    with clock.at(later(90)):
        control(first.user, call_id=call.pk, deed="consult", to_id=second.pk)
        with pytest.raises(Refused, match="尚未接听"):
            control(first.user, call_id=call.pk, deed="join")
        with pytest.raises(Refused, match="不空闲"):
            control(first.user, call_id=call.pk, deed="transfer", to_id=second.pk)
        exchange.answer(exchange_id=call.exchange_id, agent=second.user.username)
    call.refresh_from_db()
    assert call.agent == first.user  # the one who is asked has not taken over
    with clock.at(later(120)):
        control(first.user, call_id=call.pk, deed="join")
    call.refresh_from_db()
    assert call.agent == first.user
    assert state_of(centre) == ["talking", "talking", "free"]
    with clock.at(later(150)):
        control(first.user, call_id=call.pk, deed="complete")
    call.refresh_from_db()
    assert call.agent == second.user
    assert state_of(centre) == ["wrap_up", "talking", "free"]
    with clock.at(later(180)):
        control(second.user, call_id=call.pk, deed="transfer", to_id=third.pk)
        exchange.answer(exchange_id=call.exchange_id, agent=third.user.username)
    with clock.at(later(240)):
        exchange.hang_up(exchange_id=call.exchange_id)
        refresh_ledgers()
    call.refresh_from_db()
    assert call.agent == third.user
    assert state_of(centre) == ["free", "free", "wrap_up"]
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "callcentre.consult",
        "callcentre.join",
        "callcentre.complete",
        "callcentre.transfer",
    }


def test_wrong_deeds_and_strangers_are_refused(centre: Centre) -> None:
    centre.sit()
    call = ring(agent="acceptor")
    with pytest.raises(InvalidInput) as refused:
        control(centre.agents[0].user, call_id=call.pk, deed="explode")
    assert refused.value.field == "deed"
    with pytest.raises(NotFound):
        control(centre.stranger, call_id=call.pk, deed="hold")
    with pytest.raises(NotFound):
        call_back(centre.stranger, call_id=call.pk)


def test_a_missed_caller_is_called_back(centre: Centre) -> None:
    call = ring(agent="acceptor")
    with clock.at(later(80)):
        Exchange().hang_up(exchange_id=call.exchange_id)
        name = call_back(centre.agents[0].user, call_id=call.pk)
    made = Call.objects.get(exchange_id=name)
    assert (made.direction, made.phone, made.agent) == ("out", PHONE, centre.agents[0].user)


def test_the_first_key_scores_the_acceptor_once(centre: Centre) -> None:
    centre.sit()
    first = centre.agents[0]
    exchange, call = Exchange(), ring(agent="acceptor")
    with clock.at(later(70)):
        exchange.answer(exchange_id=call.exchange_id, agent="acceptor")
    with clock.at(later(200)):
        exchange.hang_up(exchange_id=call.exchange_id)
        exchange.press(exchange_id=call.exchange_id, key="2")
    with clock.at(later(201)):
        exchange.press(exchange_id=call.exchange_id, key="5")
        note = CallNote.objects.get()
        assert (note.score, note.scored_agent, note.is_fed) == (2, first, False)
    case = register_demand(
        first.user, tenant=centre.cast.tenant, intake=intake(), call_id=call.pk
    ).case
    assert (feed_scores(), feed_scores()) == (1, 0)
    score = Evaluation.objects.get(case=case)
    assert (score.target, score.source, score.score) == ("acceptance", "keypad", 2)
    assert score.subject_name == "陈静"


def test_the_desk_still_opens(centre: Centre, client: Client) -> None:
    client.force_login(centre.agents[0].user)
    ring(agent="acceptor")
    assert client.get(reverse("hotline:desk-incoming")).status_code == 200
