"""The ledger of what agents did has no gaps and no overlaps. Source: HL-04, HL-09."""

import itertools
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEntry
from apps.callcentre.errors import SeatTaken
from apps.callcentre.models import Agent, Leg, Presence
from apps.callcentre.presence import Part, Said, fold, state_at
from apps.callcentre.services import declare, refresh_ledgers
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.hotline.enums import CallEventKind as Kind
from apps.hotline.models import Call
from apps.hotline.services import apply_event
from apps.hotline.telephony import CallEvent
from tests.callcentre.conftest import NINE, Centre, later

MINUTES = st.integers(0, 180)


@st.composite
def duties(draw: st.DrawFn) -> tuple[list[Said], list[Part]]:
    """Will draw what was said and answered in three hours, in no order."""
    said = draw(
        st.lists(
            st.builds(
                lambda m, kind: Said(
                    NINE + timedelta(minutes=m), kind, "rest" if kind == "break" else ""
                ),
                MINUTES,
                st.sampled_from(["free", "break", "off", "wrapped"]),
            ),
            max_size=8,
        )
    )
    parts = []
    for number in range(draw(st.integers(0, 5))):
        rang = NINE + timedelta(minutes=draw(MINUTES))
        answered = draw(st.none() | st.integers(0, 12))
        ended = draw(st.none() | st.integers(0, 40))
        parts.append(
            Part(
                rang_at=rang,
                answered_at=None if answered is None else rang + timedelta(minutes=answered),
                ended_at=None if ended is None else rang + timedelta(minutes=ended),
                wrap_s=draw(st.sampled_from([0, 30, 600])),
                leg_id=number + 1,
            )
        )
    return said, parts


@settings(max_examples=60, deadline=None)
@given(duties(), st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_one_gapless_ledger(
    duty: tuple[list[Said], list[Part]], dice: random.Random
) -> None:
    said, parts = duty
    until = NINE + timedelta(hours=8)
    spans = fold(said, parts, since=NINE, until=until)
    mixed = [*said, *said]
    dice.shuffle(mixed)
    assert fold(mixed, dice.sample(parts, len(parts)), since=NINE, until=until) == spans
    assert spans[0].begins_at == NINE
    assert spans[-1].ends_at is None
    for one, other in itertools.pairwise(spans):
        assert one.ends_at == other.begins_at
        assert one.begins_at < one.ends_at
    # A slow oracle: what the rule says of every half minute is what the ledger says.
    marks = sorted(said, key=lambda mark: (mark.at, mark.kind, mark.reason))
    for step in range(0, 8 * 120, 7):
        at = NINE + timedelta(seconds=30 * step)
        covering = [s for s in spans if s.begins_at <= at and (s.ends_at is None or at < s.ends_at)]
        assert len(covering) == 1
        assert covering[0].state == state_at(at, marks, parts)[0]


def ledger(agent: Agent) -> list[tuple[str, datetime, datetime | None]]:
    rows = Presence.objects.filter(agent=agent).order_by("begins_at")
    return [(row.state, row.begins_at, row.ends_at) for row in rows]


def event(kind: Kind, seconds: int, agent: str = "", **more: str) -> CallEvent:
    return CallEvent(
        kind, "pbx-1", "12345", later(seconds), agent=agent, phone="13812345678", **more
    )


STORY = [
    event(Kind.RINGING, 60),
    event(Kind.RINGING, 62, "acceptor"),
    event(Kind.ANSWERED, 70, "acceptor"),
    event(Kind.HELD, 90, "acceptor"),
    event(Kind.RESUMED, 100, "acceptor"),
    event(Kind.ENDED, 250),
]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_events_late_and_twice_write_the_same_rows(centre: Centre, seed: int) -> None:
    centre.sit()
    told = [*STORY, *STORY]
    random.Random(seed).shuffle(told)
    with clock.at(later(400)):
        for one in told:
            apply_event(one)
        refresh_ledgers()
    first = centre.agents[0]
    assert ledger(first) == [
        ("free", NINE, later(62)),
        ("ringing", later(62), later(70)),
        ("talking", later(70), later(250)),
        ("wrap_up", later(250), later(280)),
        ("free", later(280), None),
    ]
    assert Leg.objects.get().holds == [
        [later(90).isoformat(), "held"],
        [later(100).isoformat(), "resumed"],
    ]
    assert Call.objects.get().agent == first.user


@pytest.mark.django_db
def test_writing_ends_by_word_or_by_time(centre: Centre) -> None:
    centre.sit()
    agent = centre.agents[0]
    with clock.at(later(255)):
        for one in STORY:
            apply_event(one)
        assert ledger(agent)[-1][0] == "wrap_up"
    with clock.at(later(262)):
        declare(agent.user, agent_id=agent.pk, kind="wrapped")
        declare(agent.user, agent_id=agent.pk, kind="wrapped")
    assert ledger(agent)[-2:] == [
        ("wrap_up", later(250), later(262)),
        ("free", later(262), None),
    ]
    assert AuditEntry.objects.filter(action="callcentre.state_declared").count() == 4


@pytest.mark.django_db
def test_one_seat_each_and_nobody_else_speaks_for_them(centre: Centre) -> None:
    centre.sit()
    first, second, _third = centre.agents
    with pytest.raises(SeatTaken, match="A1"):
        declare(first.user, agent_id=first.pk, kind="free", place="B9")
    with pytest.raises(InvalidInput) as refused:
        declare(first.user, agent_id=first.pk, kind="break")
    assert refused.value.field == "reason"
    with pytest.raises(NotAllowed):
        declare(second.user, agent_id=first.pk, kind="off")
    with pytest.raises(NotAllowed):
        declare(centre.stranger, agent_id=first.pk, kind="off")
    with pytest.raises(NotFound):
        declare(centre.leader, agent_id=0, kind="off")
    with clock.at(later(65)):
        apply_event(event(Kind.RINGING, 62, "acceptor"))
        with pytest.raises(Refused):
            declare(first.user, agent_id=first.pk, kind="off")
    declare(centre.leader, agent_id=second.pk, kind="off")
    second.refresh_from_db()
    assert second.place == ""
    with pytest.raises(SeatTaken):
        declare(second.user, agent_id=second.pk, kind="free", place="A1")
