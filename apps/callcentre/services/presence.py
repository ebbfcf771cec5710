"""What agents say of themselves, and the ledger of what they did. Source: HL-04, HL-09."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.callcentre import permissions
from apps.callcentre.enums import BreakReason, MarkKind, PresenceState
from apps.callcentre.errors import SeatTaken
from apps.callcentre.models import Agent, Mark, Presence
from apps.callcentre.presence import Part, Said, Span, fold
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.notices import services as notices

#: Marks and parts of calls older than this cannot change what an agent does now.
LOOK_BACK = timedelta(days=1)
TOPIC = "callcentre"


@transaction.atomic
def declare(actor: User, *, agent_id: int, kind: str, reason: str = "", place: str = "") -> Agent:
    """Will note that an agent is free, pauses, goes off or has finished writing.

    actor: the agent, or a shift leader of the same body. place: where the agent sits down;
    needed for the first "free" of a duty. The same said twice changes nothing. Locks the agent;
    tells the wallboards.

    Raises: NotFound; NotAllowed; InvalidInput (fields "kind", "reason", "place"); SeatTaken
        (the agent sits elsewhere, or somebody sits there); Refused (off during a call).
    """
    agent = lock_agent(agent_id)
    if actor.pk != agent.user_id:
        permissions.require(actor, permissions.LEAD, agent.group.tenant_id)
    elif not actor.has_perm(permissions.TAKE):
        raise NotAllowed(_("您没有接听来电的权限"))
    now = clock.now()
    current = current_of(agent)
    _check(agent, current, kind, reason)
    before = audit.snapshot(agent, "place") | {"state": current.state if current else "off"}
    _sit_down(agent, kind, place)
    Mark.objects.get_or_create(
        agent=agent, at=now, kind=kind, reason=reason, defaults={"by": actor}
    )
    rebuild(agent, since=now)
    made = current_of(agent)
    after = audit.snapshot(agent, "place") | {"state": made.state if made else "off"}
    if before != after:
        audit.record(
            actor,
            "callcentre.state_declared",
            object_type="agent",
            object_id=agent.pk,
            object_label=agent.number,
            data={"kind": kind, "reason": reason, **audit.changes(before, after)},
        )
        tell_boards(agent.group.tenant_id)
    return agent


def lock_agent(agent_id: int) -> Agent:
    """Will lock an agent until commit. Raises: NotFound."""
    agent = (
        Agent.objects.select_for_update(of=("self",))
        .select_related("group", "user")
        .filter(pk=agent_id)
        .first()
    )
    if agent is None:
        raise NotFound(_("没有这位话务员"))
    return agent


def current_of(agent: Agent) -> Presence | None:
    """Will give what the agent is doing; None before the first duty."""
    return Presence.objects.filter(agent=agent, ends_at=None).first()


def rebuild(agent: Agent, *, since: datetime) -> bool:
    """Will make the ledger anew from shortly before ``since``; True where something changed.

    The agent must be locked. What was before stays as it is. Tells the agent's desk.
    """
    known = Presence.objects.filter(agent=agent)
    floor = (
        known.filter(begins_at__lt=since)
        .order_by("-begins_at")
        .values_list("begins_at", flat=True)
        .first()
    )
    since = floor or since
    spans = fold(
        _said(agent, since), _parts(agent, since), since=since, until=max(clock.now(), since)
    )
    stored = [
        Span(row.state, row.begins_at, row.ends_at, row.reason, row.leg_id or 0)
        for row in known.filter(begins_at__gte=since).order_by("begins_at")
    ]
    if stored == spans:
        return False
    known.filter(begins_at__gte=since).delete()
    Presence.objects.bulk_create(
        Presence(
            agent=agent,
            state=span.state,
            reason=span.reason,
            begins_at=span.begins_at,
            ends_at=span.ends_at,
            leg_id=span.leg_id or None,
        )
        for span in spans
    )
    notices.tell_pages([agent.user_id], topic="call", data={})  # the desk shows the own state
    return True


def refresh_ledgers() -> int:
    """Will end what only time ends: writing after a call, and talks nobody reported the end of.

    Safe to run at any time; gives how many agents changed.
    """
    passing = (PresenceState.WRAP_UP, PresenceState.RINGING, PresenceState.TALKING)
    open_rows = Presence.objects.filter(ends_at=None, state__in=passing)
    changed = 0
    for agent_id, begins_at in open_rows.order_by("agent").values_list("agent", "begins_at"):
        with transaction.atomic():
            agent = lock_agent(agent_id)
            if rebuild(agent, since=begins_at):
                changed += 1
                tell_boards(agent.group.tenant_id)
    return changed


def tell_boards(tenant_id: int) -> None:
    """Will have the wallboards of a body look again, after commit."""
    watching = users_with_permission(permissions.WATCH).filter(tenant_id=tenant_id)
    notices.tell_pages(watching.values_list("pk", flat=True), topic=TOPIC, data={})


def _check(agent: Agent, current: Presence | None, kind: str, reason: str) -> None:
    if kind not in MarkKind.values:
        raise InvalidInput(_("没有这种座席操作"), field="kind")
    if reason not in BreakReason.values or bool(reason) != (kind == MarkKind.BREAK):
        raise InvalidInput(_("请选择小休原因"), field="reason")
    if not agent.is_active:
        raise Refused(_("该话务员已停用"))
    busy = current is not None and current.state in (PresenceState.TALKING, PresenceState.RINGING)
    if kind == MarkKind.OFF and busy:
        raise Refused(_("通话或振铃中不能签退"))


def _sit_down(agent: Agent, kind: str, place: str) -> None:
    place = place.strip()
    if kind == MarkKind.OFF:
        agent.place = ""
    elif agent.place and place and place != agent.place:
        raise SeatTaken(_("已在座席 %s 签入，请先签退") % agent.place, field="place")
    elif not agent.place:
        if not place or len(place) > 30:
            raise InvalidInput(_("请填写座席位（30 字以内）"), field="place")
        if Agent.objects.filter(group=agent.group, place=place).exclude(pk=agent.pk).exists():
            raise SeatTaken(_("座席 %s 已有人签入") % place, field="place")
        agent.place = place
    agent.save(update_fields=["place"])


def _said(agent: Agent, since: datetime) -> list[Said]:
    marks = Mark.objects.filter(agent=agent)
    earlier = since - LOOK_BACK
    last = marks.filter(at__lt=earlier).exclude(kind=MarkKind.WRAPPED).order_by("-at").first()
    found = [*([last] if last else []), *marks.filter(at__gte=earlier)]
    return [Said(mark.at, mark.kind, mark.reason) for mark in found]


def _parts(agent: Agent, since: datetime) -> list[Part]:
    legs = agent.legs.filter(rang_at__gte=since - LOOK_BACK)
    return [Part(leg.rang_at, leg.answered_at, leg.ended_at, leg.wrap_s, leg.pk) for leg in legs]
