"""Agents, what they did, and what stands at their desk."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.callcentre.enums import PresenceState
from apps.callcentre.models import Agent, AgentGroup, Leg, Presence
from apps.callcentre.permissions import LEAD, WATCH, within
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.hotline.models import Call

_BUSY = (PresenceState.RINGING, PresenceState.TALKING, PresenceState.WRAP_UP)


@dataclass
class DayOfAgent:
    """What an agent did on a day, seconds by state, cut at midnight and now."""

    agent: Agent
    day: date
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: int = 0

    @property
    def occupancy(self) -> float | None:
        """Share of ringing, talking and writing in the time the agent took calls."""
        busy = sum(self.seconds[state] for state in _BUSY)
        ready = busy + self.seconds[PresenceState.FREE]
        return busy / ready if ready else None

    @property
    def on_duty_s(self) -> float:
        """Everything but being off."""
        return sum(s for state, s in self.seconds.items() if state != PresenceState.OFF)


def list_agents(viewer: User) -> QuerySet[Agent]:
    """Will give the agents of bodies the viewer leads or watches, with state and skills."""
    now_open = Presence.objects.filter(ends_at=None)
    return (
        Agent.objects.filter(within(viewer, LEAD, WATCH, field="group__tenant_id"))
        .select_related("user", "group")
        .prefetch_related("skills__line", Prefetch("presences", now_open, to_attr="open_presences"))
        .order_by("group__name", "number")
    )


def get_agent(viewer: User, *, pk: int) -> Agent:
    """Will give an agent the viewer may see. Raises: NotFound."""
    agent = list_agents(viewer).filter(pk=pk).first()
    if agent is None:
        raise NotFound(_("没有这位话务员"))
    return agent


def list_groups(viewer: User, *rights: str) -> QuerySet[AgentGroup]:
    """Will give the groups of the bodies in which the viewer has one of the rights."""
    return AgentGroup.objects.filter(within(viewer, *(rights or (LEAD, WATCH))))


def find_agent_of(user: User) -> Agent | None:
    """Will give the agent a person is, if one."""
    return Agent.objects.select_related("group", "user").filter(user=user, is_active=True).first()


def ledger(viewer: User, *, period: Period, now: datetime) -> list[DayOfAgent]:
    """Will add up what agents did, by day and agent; an agent sees the own days only."""
    agents = {agent.pk: agent for agent in _ledger_agents(viewer)}
    found: dict[tuple[date, int], DayOfAgent] = {}

    def of(day: date, pk: int) -> DayOfAgent:
        return found.setdefault((day, pk), DayOfAgent(agents[pk], day))

    for row in _touching(agents, period):
        for day, seconds in _by_day(row, period, now):
            of(day, row.agent_id).seconds[row.state] += seconds
    talks = Leg.objects.filter(agent__in=agents, answered_at__isnull=False)
    for pk, at in talks.filter(
        answered_at__gte=period.start, answered_at__lt=period.end
    ).values_list("agent_id", "answered_at"):
        of(timezone.localtime(at).date(), pk).calls += 1
    return sorted(
        (day for day in found.values() if day.on_duty_s or day.calls),
        key=lambda d: (-d.day.toordinal(), d.agent.number),
    )


def spans_of(viewer: User, *, agent_id: int, period: Period) -> list[Presence]:
    """Will give the spans of an agent that touch a period. Raises: NotFound."""
    agents = {agent.pk: agent for agent in _ledger_agents(viewer)}
    if agent_id not in agents:
        raise NotFound(_("没有这位话务员"))
    return list(_touching({agent_id: agents[agent_id]}, period).select_related("leg__call__line"))


def free_colleagues(agent: Agent) -> list[Agent]:
    """Will give who of the body could take a call over now."""
    rows = (
        Presence.objects.filter(
            ends_at=None,
            state=PresenceState.FREE,
            agent__is_active=True,
            agent__group__tenant_id=agent.group.tenant_id,
        )
        .exclude(agent=agent)
        .select_related("agent__user")
    )
    return [row.agent for row in rows.order_by("agent__number")]


def open_legs(call: Call) -> list[Leg]:
    """Will give who is on a call now."""
    return list(
        Leg.objects.filter(call=call, ended_at=None).select_related("agent__user").order_by("pk")
    )


def _ledger_agents(viewer: User) -> QuerySet[Agent]:
    led = within(viewer, LEAD, WATCH, field="group__tenant_id")
    return Agent.objects.filter(led | Q(user=viewer)).select_related("user", "group")


def _touching(agents: dict[int, Agent], period: Period) -> QuerySet[Presence]:
    rows: Any = Presence.objects.filter(agent__in=agents, begins_at__lt=period.end)
    return rows.exclude(ends_at__lte=period.start).order_by("begins_at")


def _by_day(row: Presence, period: Period, now: datetime) -> list[tuple[date, float]]:
    begin = max(row.begins_at, period.start)
    end = min(row.ends_at or now, period.end)
    parts = []
    while begin < end:
        local = timezone.localtime(begin)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        stop = min(end, midnight)
        parts.append((local.date(), (stop - begin).total_seconds()))
        begin = stop
    return parts
