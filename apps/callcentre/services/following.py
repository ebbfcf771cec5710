"""What the exchange reports of a call, written down as the agents' parts of it.

Called by the hotline within the transaction of the event, the call locked; locks the agents
concerned in the order of their keys. Events come late, twice and in any order: every moment of a
part is the earliest that was reported. An exchange that gives a call back to an agent who was on
it names the parts (``CallEvent.leg``), else a ring after the end of a part begins another.
Source: HL-04, HL-13.
"""

from datetime import datetime

from apps.callcentre.enums import Language
from apps.callcentre.models import Agent, CallNote, Leg
from apps.callcentre.services.presence import rebuild, tell_boards
from apps.callcentre.services.scores import feed_score
from apps.hotline.enums import CallEventKind, LegRole
from apps.hotline.models import Call
from apps.hotline.services import give_call
from apps.hotline.telephony import CallEvent

_OWN = (CallEventKind.ENDED, CallEventKind.KEYED)


def follow(call: Call, event: CallEvent) -> None:
    """Will write an event down where the body has agents; see above."""
    tenant_id = call.line.tenant_id
    crew = Agent.objects.filter(group__tenant_id=tenant_id)
    if not crew.exists():
        return
    named = crew.filter(user__username=event.agent).first() if event.agent else None
    on_it = set(Leg.objects.filter(call=call).values_list("agent_id", flat=True))
    concerned = on_it | ({named.pk} if named else set())
    agents = {
        agent.pk: agent
        for agent in Agent.objects.select_for_update(of=("self",))
        .select_related("group", "user")
        .filter(pk__in=concerned)
        .order_by("pk")
    }
    legs = list(Leg.objects.filter(call=call).order_by("rang_at", "pk"))
    if named is not None and event.kind not in _OWN:
        _write(call, event, agents[named.pk], legs)
    for leg in legs:
        _settle(leg, call)
    _hand_over(call, legs, agents)
    _note(call, event, legs)
    for pk, agent in agents.items():
        mine = [_first_moment(leg) for leg in legs if leg.agent_id == pk]
        if mine:
            rebuild(agent, since=min(mine))
    tell_boards(tenant_id)


def _write(call: Call, event: CallEvent, agent: Agent, legs: list[Leg]) -> None:
    leg = _find(event, agent, legs)
    if leg is None:
        leg = Leg(
            call=call,
            agent=agent,
            key=_key(event, agent, legs),
            role=event.role,
            rang_at=event.at,
            wrap_s=agent.group.wrap_s,
        )
        legs.append(leg)
    match event.kind:
        case CallEventKind.RINGING:
            leg.role = event.role
        case CallEventKind.ANSWERED:
            leg.answered_at = _earlier(leg.answered_at, event.at)
        case CallEventKind.JOINED:
            leg.joined_at = _earlier(leg.joined_at, event.at)
            leg.answered_at = _earlier(leg.answered_at, event.at)
        case CallEventKind.LEFT:
            leg.left_at = _earlier(leg.left_at, event.at)
        case CallEventKind.HELD | CallEventKind.RESUMED:
            told = [event.at.isoformat(), str(event.kind)]
            leg.holds = sorted([*(one for one in leg.holds if one != told), told])
    leg.rang_at = min(leg.rang_at, event.at)
    leg.save()


def _find(event: CallEvent, agent: Agent, legs: list[Leg]) -> Leg | None:
    mine = [leg for leg in legs if leg.agent_id == agent.pk]
    if event.leg:
        return next((leg for leg in mine if leg.key == event.leg), None)
    begun = [leg for leg in mine if leg.rang_at <= event.at]
    found = begun[-1] if begun else (mine[0] if mine else None)
    if found is None or event.kind != CallEventKind.RINGING or found.left_at is None:
        return found
    return found if event.at < found.left_at else None


def _key(event: CallEvent, agent: Agent, legs: list[Leg]) -> str:
    taken = {leg.key for leg in legs}
    name = event.leg or agent.user.username
    return name if name not in taken else f"{name[:40]}~{event.at.timestamp():.3f}"


def _settle(leg: Leg, call: Call) -> None:
    """A part ends when its agent leaves or with the call."""
    ends = [at for at in (leg.left_at, call.ended_at) if at is not None]
    ended_at = min(ends) if ends else None
    if ended_at != leg.ended_at:
        leg.ended_at = ended_at
        leg.save(update_fields=["ended_at"])


def _hand_over(call: Call, legs: list[Leg], agents: dict[int, Agent]) -> None:
    """The call is the agent's who is on it longest; after its end, of who was on it last."""
    theirs = [leg for leg in legs if leg.role != LegRole.CONSULT or leg.joined_at is not None]
    if not theirs:
        return
    talked = [leg for leg in theirs if leg.answered_at is not None]
    if call.ended_at is not None:
        owner = max(talked, key=_end_then_start, default=None)
        if owner is None:
            return  # missed: who let it ring stays named
    else:
        live = [leg for leg in theirs if leg.ended_at is None]
        answered = [leg for leg in live if leg.answered_at is not None]
        owner = min(answered, key=_start, default=None) or max(
            live, key=lambda leg: leg.rang_at, default=None
        )
    give_call(call=call, agent=agents[owner.agent_id].user if owner else None)


def _start(leg: Leg) -> datetime:
    return leg.joined_at or leg.answered_at or leg.rang_at


def _end_then_start(leg: Leg) -> tuple[float, float]:
    assert leg.ended_at is not None
    return leg.ended_at.timestamp(), -_start(leg).timestamp()


def _note(call: Call, event: CallEvent, legs: list[Leg]) -> None:
    is_keyed = event.kind == CallEventKind.KEYED and event.key in set("12345")
    language = event.language if event.language in Language.values else ""
    if not is_keyed and not language:
        return
    note, _made = CallNote.objects.select_for_update().get_or_create(call=call)
    if language:
        note.language = language
    if is_keyed and (note.scored_at is None or event.at < note.scored_at):
        note.score, note.scored_at = int(event.key), event.at
        on_it = [leg for leg in legs if leg.answered_at is not None]
        last = max(on_it, key=_start, default=None)
        note.scored_agent_id = last.agent_id if last else None
    note.save()
    feed_score(note)


def _first_moment(leg: Leg) -> datetime:
    moments = (leg.rang_at, leg.answered_at, leg.ended_at)
    return min(at for at in moments if at is not None)


def _earlier(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)
