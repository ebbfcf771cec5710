"""Who is offered a waiting call: the agent idle longest of those with the skill.

A choice is written down with its reasons before the exchange is told, so that no two calls are
offered to one agent; the exchange is called outside any transaction. An offer it does not take
is taken back at once and made again after a while; one whose writer died stays until the ring
is over. Source: HL-01, HL-09.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.callcentre.enums import PresenceState
from apps.callcentre.models import Agent, CallNote, Leg, Presence
from apps.callcentre.services.presence import current_of, lock_agent, rebuild, tell_boards
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.http import CallFailed
from apps.hotline.enums import CallDirection, CallEventKind, CallState, LegRole
from apps.hotline.models import Call
from apps.hotline.selectors.calls import RINGING_MAX
from apps.hotline.services import apply_event, give_call
from apps.hotline.telephony import CallEvent, exchange

logger = logging.getLogger(__name__)
#: So long an exchange that did not take an offer is left alone with that call.
AGAIN_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class Candidate:
    """A free agent as the choice saw them. level: 0 where the skill is missing."""

    agent: Agent
    idle_s: int
    level: int
    tried: bool

    def told(self) -> dict[str, Any]:
        """Will give it as kept with the choice: plain values, no names."""
        return {
            "agent": self.agent.number,
            "idle_s": self.idle_s,
            "level": self.level,
            "tried": self.tried,
        }


def candidates(call: Call, *, now: datetime) -> list[Candidate]:
    """Will give the free agents of the call's body, who is next first.

    Order: with the skill for line and language; not yet rung in vain by this call; idle
    longest; the higher level.
    """
    note = CallNote.objects.filter(call=call).first()
    language = note.language if note else ""
    free = (
        Presence.objects.filter(
            ends_at=None,
            state=PresenceState.FREE,
            agent__is_active=True,
            agent__group__tenant_id=call.line.tenant_id,
        )
        .select_related("agent__user", "agent__group")
        .prefetch_related("agent__skills")
    )
    tried = set(Leg.objects.filter(call=call).values_list("agent_id", flat=True))
    found = [
        Candidate(
            agent=row.agent,
            idle_s=max(0, int((now - row.begins_at).total_seconds())),
            level=_level(row.agent, call.line_id, language),
            tried=row.agent_id in tried,
        )
        for row in free
    ]
    return sorted(found, key=lambda c: (c.level == 0, c.tried, -c.idle_s, -c.level, c.agent.pk))


def route_waiting(*, now: datetime | None = None) -> int:
    """Will offer every waiting call to the next agent; gives how many were offered.

    Oldest first. Where nobody free has the skill the call goes on ringing for all.
    """
    now = now or clock.now()
    waiting = Call.objects.select_related("line").filter(
        state=CallState.RINGING,
        direction=CallDirection.IN,
        agent=None,
        rang_at__gte=now - RINGING_MAX,
    )
    offered = 0
    for call in waiting.order_by("rang_at", "pk"):
        chosen = _reserve(call.pk, now)
        if chosen is None:
            continue
        if _tell_exchange("offer", call.exchange_id, chosen):
            offered += 1
        else:
            _take_back(call, chosen)
    return offered


def withdraw_late(*, now: datetime | None = None) -> int:
    """Will take calls from agents who let them ring too long; gives how many."""
    now = now or clock.now()
    ringing = Leg.objects.select_related("call__line", "agent__user", "agent__group").filter(
        answered_at=None, ended_at=None, role=LegRole.FIRST, call__state=CallState.RINGING
    )
    late = 0
    for leg in ringing.exclude(why={}):
        if now - leg.rang_at >= timedelta(seconds=leg.agent.group.ring_s):
            late += 1
            name = leg.agent.user.username
            if not _tell_exchange("withdraw", leg.call.exchange_id, name):
                _take_back(leg.call, name)
    return late


@transaction.atomic
def _reserve(call_id: int, now: datetime) -> str | None:
    """Writes the choice down and gives the login name of whom to ring; None: nobody."""
    call = Call.objects.select_for_update(of=("self",)).select_related("line").get(pk=call_id)
    if call.agent_id is not None or call.state != CallState.RINGING:
        return None
    if Leg.objects.filter(call=call, why__failed=True, left_at__gt=now - AGAIN_AFTER).exists():
        return None  # the exchange did not take it just now
    found = candidates(call, now=now)
    for place, candidate in enumerate(found):
        if candidate.level == 0:
            return None
        agent = lock_agent(candidate.agent.pk)
        current = current_of(agent)
        if current is None or current.state != PresenceState.FREE:
            continue  # another call was quicker
        name = agent.user.username
        used = Leg.objects.filter(call=call, key=name).exists()
        Leg.objects.create(
            call=call,
            agent=agent,
            key=f"{name[:40]}~{now.timestamp():.3f}" if used else name,
            rang_at=now,
            wrap_s=agent.group.wrap_s,
            why={
                "rule": "longest_idle",
                "chosen": candidate.told(),
                "others": [other.told() for other in found if other is not candidate][:20],
                "place": place + 1,
            },
        )
        give_call(call=call, agent=agent.user)
        rebuild(agent, since=now)
        tell_boards(call.line.tenant_id)
        return name
    return None


def _level(agent: Agent, line_id: int, language: str) -> int:
    fitting = [
        skill.level
        for skill in agent.skills.all()
        if skill.line_id in (None, line_id) and skill.language == language
    ]
    return max(fitting, default=0)


def _tell_exchange(command: str, exchange_id: str, agent: str) -> bool:
    try:
        getattr(exchange(), command)(exchange_id=exchange_id, agent=agent)
    except (CallFailed, DomainError, OSError) as error:
        logger.warning("the exchange did not take %s of %s: %s", command, exchange_id, error)
        return False
    return True


@transaction.atomic
def _take_back(call: Call, agent: str) -> None:
    """The agent is free again and the call waits; what the exchange says later still counts."""
    locked = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    leg = Leg.objects.filter(
        call=locked, agent__user__username=agent, answered_at=None, ended_at=None
    ).last()
    if leg is None:
        return
    leg.why = leg.why | {"failed": True}
    leg.save(update_fields=["why"])
    left = CallEvent(
        kind=CallEventKind.LEFT,
        exchange_id=call.exchange_id,
        line=call.line.number,
        at=clock.now(),
        agent=agent,
        leg=leg.key,
    )
    apply_event(left)
