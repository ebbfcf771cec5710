"""What the wallboard and the report show, from rows. Bodies by the viewer's rights."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, F, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.callcentre.enums import PresenceState
from apps.callcentre.models import Presence
from apps.callcentre.permissions import WATCH, tenant_ids, within
from apps.callcentre.standard import (
    PROMPT,
    CallFact,
    Figures,
    Window,
    count,
    last_window,
    worst_window,
)
from apps.common.periods import Period
from apps.hotline.enums import CallDirection, CallState
from apps.hotline.models import Call, Line
from apps.hotline.registry import FirstAnswers, first_answers
from apps.hotline.selectors.calls import RINGING_MAX

WORST_OVER = timedelta(days=7)
#: Which calls a figure opens to.
KINDS = ("offered", "answered", "abandoned", "prompt", "late", "waiting")


@dataclass(frozen=True)
class Board:
    """One look at the centre. since: midnight of the city's day."""

    now: datetime
    waiting: list[Call]
    states: list[tuple[str, str, int]]
    agents: list[Presence]
    today: Figures
    wrap_s: float | None
    day: Window | None
    worst: Window | None
    media: list[FirstAnswers]

    @property
    def longest_wait_s(self) -> int:
        """How long the first of those who wait has waited, in seconds."""
        return int((self.now - self.waiting[0].rang_at).total_seconds()) if self.waiting else 0


@dataclass(frozen=True)
class ReportLine:
    """A day (or all days) of a line (or all lines)."""

    day: date | None
    line: Line | None
    figures: Figures
    worst: Window | None = None


def incoming(viewer: User, *, line_id: int | None = None) -> QuerySet[Call]:
    """Will give the calls that came in on lines of the viewer's bodies."""
    found = Call.objects.filter(within(viewer, WATCH, field="line__tenant_id"))
    found = found.filter(direction=CallDirection.IN)
    return found.filter(line_id=line_id) if line_id else found


def calls_behind(
    viewer: User, *, kind: str, period: Period, now: datetime, line_id: int | None = None
) -> QuerySet[Call]:
    """Will give the calls a figure counts, newest first; an unknown kind means offered."""
    found = incoming(viewer, line_id=line_id).select_related("line", "agent")
    if kind == "waiting":
        return _waiting(found, now)
    found = found.filter(rang_at__gte=period.start, rang_at__lt=period.end)
    found = found.filter(Q(answered_at__isnull=False) | Q(ended_at__isnull=False))
    prompt = Q(answered_at__lte=F("rang_at") + PROMPT)
    narrow = {
        "answered": Q(answered_at__isnull=False),
        "abandoned": Q(answered_at__isnull=True),
        "prompt": prompt,
        "late": Q(answered_at__gt=F("rang_at") + PROMPT),
    }
    return found.filter(narrow.get(kind, Q())).order_by("-rang_at", "-pk")


def board(viewer: User, *, now: datetime, line_id: int | None = None) -> Board:
    """Will look at the centre as it is."""
    calls = incoming(viewer, line_id=line_id)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    facts = _facts(calls.filter(rang_at__gte=now - WORST_OVER, rang_at__lte=now))
    bodies = within(viewer, WATCH, field="agent__group__tenant_id")
    agents = list(
        Presence.objects.filter(bodies, ends_at=None, agent__is_active=True)
        .exclude(state=PresenceState.OFF)
        .select_related("agent__user", "agent__group")
        .order_by("agent__group__name", "agent__number")
    )
    tally = defaultdict(int, dict.fromkeys(PresenceState.values, 0))
    for row in agents:
        tally[row.state] += 1
    wraps = Presence.objects.filter(
        bodies, state=PresenceState.WRAP_UP, begins_at__gte=midnight, ends_at__isnull=False
    ).aggregate(mean=Avg(F("ends_at") - F("begins_at")))["mean"]
    return Board(
        now=now,
        waiting=list(_waiting(calls.select_related("line"), now)),
        states=[
            (state.value, str(state.label), tally[state])
            for state in PresenceState
            if state != PresenceState.OFF
        ],
        agents=agents,
        today=count(fact for fact in facts if fact.rang_at >= midnight),
        wrap_s=wraps.total_seconds() if wraps is not None else None,
        day=last_window(facts, until=now),
        worst=worst_window(facts, start=now - WORST_OVER, until=now),
        media=first_answers(tenant_ids(viewer, WATCH), midnight, now),
    )


def report(
    viewer: User, *, period: Period, by_line: bool = False, line_id: int | None = None
) -> list[ReportLine]:
    """Will give the standard's figures: all together first, then by day and maybe by line."""
    calls = incoming(viewer, line_id=line_id).filter(
        rang_at__gte=period.start, rang_at__lt=period.end
    )
    lines = {line.pk: line for line in Line.objects.filter(within(viewer, WATCH))}
    sorted_in: dict[tuple[date, int], list[CallFact]] = defaultdict(list)
    facts = []
    for line_pk, rang_at, answered_at, ended_at in calls.order_by("rang_at").values_list(
        "line_id", "rang_at", "answered_at", "ended_at"
    ):
        fact = CallFact(rang_at, answered_at, ended_at)
        facts.append(fact)
        day = timezone.localtime(rang_at).date()
        sorted_in[day, line_pk if by_line else 0].append(fact)
    total = ReportLine(
        None, None, count(facts), worst_window(facts, start=period.start, until=period.end)
    )
    rows = [
        ReportLine(day, lines.get(line_pk), count(found))
        for (day, line_pk), found in sorted(sorted_in.items())
    ]
    return [total, *rows]


def lines_of(viewer: User, *rights: str) -> QuerySet[Line]:
    """Will give the lines of the bodies in which the viewer has one of the rights."""
    return Line.objects.filter(within(viewer, *rights)).order_by("code")


def _waiting(calls: QuerySet[Call], now: datetime) -> QuerySet[Call]:
    return calls.filter(
        state=CallState.RINGING, rang_at__gte=now - RINGING_MAX, rang_at__lte=now
    ).order_by("rang_at", "pk")


def _facts(calls: QuerySet[Call]) -> list[CallFact]:
    rows: Iterable[Any] = calls.order_by("rang_at").values_list(
        "rang_at", "answered_at", "ended_at"
    )
    return [CallFact(*row) for row in rows]
