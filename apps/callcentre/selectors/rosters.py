"""The week's plan, what it would need, and where somebody is missing. Source: HL-09."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Avg, F, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.callcentre.enums import PresenceState
from apps.callcentre.erlang import Aim, needed
from apps.callcentre.models import Agent, DeskShift, DutySlot, Presence, SwapRequest
from apps.callcentre.permissions import LEAD, WATCH, within
from apps.common import clock
from apps.hotline.enums import CallDirection
from apps.hotline.models import Call

WEEKS = 4
HALF_HOURS = 48
WEEK = timedelta(days=7)
#: What a call takes where none was measured yet: talk and writing.
HANDLING_S = 240.0


@dataclass(frozen=True)
class Cell:
    """One half hour of one day. calls: expected; need: agents; planned: on the roster."""

    calls: float
    need: int
    planned: int

    @property
    def gap(self) -> int:
        """How many are missing; negative: too many."""
        return self.need - self.planned

    @property
    def look(self) -> str:
        """short, even, over, or nothing where nobody is needed, for the colour."""
        if not self.need:
            return ""
        return "short" if self.gap > 0 else "over" if self.gap < -2 else "even"


@dataclass(frozen=True)
class Forecast:
    """Expected calls of a week by day (0 Monday) and half hour, and what a call takes."""

    calls: dict[tuple[int, int], float]
    handling_s: float
    counted: int
    is_measured: bool


def week_slots(viewer: User, *, monday: date) -> QuerySet[DutySlot]:
    """Will give the duties of a week in the bodies the viewer leads, watches or works in."""
    own = Agent.objects.filter(user=viewer, is_active=True).values("group__tenant")
    seen = DutySlot.objects.filter(
        within(viewer, LEAD, WATCH, field="agent__group__tenant_id")
    ) | DutySlot.objects.filter(agent__group__tenant__in=own)
    return (
        seen.filter(day__gte=monday, day__lt=monday + WEEK)
        .select_related("agent__user", "agent__group", "shift")
        .order_by("agent__group__name", "agent__number", "begins_at")
    )


def list_shifts(viewer: User) -> QuerySet[DeskShift]:
    """Will give the shifts of the bodies the viewer leads or watches."""
    return DeskShift.objects.filter(within(viewer, LEAD, WATCH))


def forecast(viewer: User, *, monday: date) -> Forecast:
    """Will expect of a week the mean of the last four before it that are over.

    Calls count in the half hour they came in, in the city's time. handling_s: mean talk and
    mean writing of these weeks.
    """
    end = _midnight(min(monday, _this_monday()))
    start = end - WEEKS * WEEK
    calls = Call.objects.filter(
        within(viewer, LEAD, WATCH, field="line__tenant_id"),
        direction=CallDirection.IN,
        rang_at__gte=start,
        rang_at__lt=end,
    )
    tally: dict[tuple[int, int], float] = defaultdict(float)
    counted = 0
    for at in calls.values_list("rang_at", flat=True):
        local = timezone.localtime(at)
        tally[local.weekday(), local.hour * 2 + local.minute // 30] += 1 / WEEKS
        counted += 1
    talked = calls.filter(answered_at__isnull=False, ended_at__isnull=False)
    talk = talked.aggregate(mean=Avg(F("ended_at") - F("answered_at")))["mean"]
    written = Presence.objects.filter(
        within(viewer, LEAD, WATCH, field="agent__group__tenant_id"),
        state=PresenceState.WRAP_UP,
        begins_at__gte=start,
        begins_at__lt=end,
        ends_at__isnull=False,
    ).aggregate(mean=Avg(F("ends_at") - F("begins_at")))["mean"]
    taken = sum(mean.total_seconds() for mean in (talk, written) if mean is not None)
    return Forecast(dict(tally), taken or HANDLING_S, counted, taken > 0)


def staffing(
    expected: Forecast, slots: list[DutySlot], *, monday: date, aim: Aim
) -> list[tuple[str, list[Cell]]]:
    """Will give by half hour the need and the plan of the seven days."""
    planned: dict[tuple[int, int], int] = defaultdict(int)
    for slot in slots:
        at = slot.begins_at
        while at < slot.ends_at:
            local = timezone.localtime(at)
            planned[(local.date() - monday).days, local.hour * 2 + local.minute // 30] += 1
            at += timedelta(minutes=30)
    rows = []
    for half in range(HALF_HOURS):
        cells = [
            Cell(
                calls := expected.calls.get((day, half), 0.0),
                needed(calls, expected.handling_s, aim),
                planned[day, half],
            )
            for day in range(7)
        ]
        rows.append((f"{half // 2:02d}:{half % 2 * 30:02d}", cells))
    return rows


def list_swaps(viewer: User) -> QuerySet[SwapRequest]:
    """Will give the requests of the bodies the viewer leads, else the own ones, newest first."""
    led = SwapRequest.objects.filter(within(viewer, LEAD, field="slot__agent__group__tenant_id"))
    found = led | SwapRequest.objects.filter(asked_by=viewer)
    return found.select_related(
        "slot__agent__user", "slot__shift", "to__user", "asked_by"
    ).order_by("-asked_at", "-pk")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def _this_monday() -> date:
    today = clock.today()
    return today - timedelta(days=today.weekday())
