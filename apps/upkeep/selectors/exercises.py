"""Drills, plans, tasks, and what the platform will need. Source: OP-21, OP-24, OP-26."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.upkeep.models import CapacitySample, EmergencyPlan, Exercise, Improvement, PlanRevision
from apps.upkeep.permissions import can_keep

TREND_DAYS = 183


def list_exercises(*, state: str = "") -> QuerySet[Exercise]:
    """Will list the drills, the latest planned first."""
    found = Exercise.objects.select_related("lead", "plan").order_by("-planned_on", "-pk")
    return found.filter(state=state) if state else found


def get_exercise(pk: int) -> Exercise:
    """Raises: NotFound."""
    found = list_exercises().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这次演练"))
    return found


def list_plans() -> QuerySet[EmergencyPlan]:
    """Will list the emergency plans with their wordings, newest first."""
    revisions = PlanRevision.objects.select_related("exercise").order_by("-number")
    return EmergencyPlan.objects.prefetch_related(Prefetch("revisions", revisions)).order_by(
        "title"
    )


def list_improvements(viewer: User, *, is_open: bool = False) -> QuerySet[Improvement]:
    """Will list the tasks, all for keepers, else the viewer's own; by when due."""
    found = Improvement.objects.select_related("owner", "exercise", "review", "item")
    if not can_keep(viewer):
        found = found.filter(owner=viewer)
    if is_open:
        found = found.filter(done_at=None)
    return found.order_by("done_at", "due_on", "pk")


@dataclass(frozen=True)
class Trend:
    """How one figure went. per_month: by least squares; full_on: when a disk would be full."""

    name: str
    first: float
    last: float
    per_month: float
    full_on: date | None = None


def trend_of(today: date | None = None) -> list[Trend]:
    """Will tell how every kept figure went in the last half-year, by name."""
    since = (today or clock.today()) - timedelta(days=TREND_DAYS)
    series: dict[str, list[tuple[int, float]]] = {}
    for sample in CapacitySample.objects.filter(on__gte=since).order_by("on"):
        for name, value in sample.figures.items():
            series.setdefault(name, []).append((sample.on.toordinal(), value))
    return [_trend(name, points) for name, points in sorted(series.items())]


def slope(points: Iterable[tuple[float, float]]) -> float:
    """Will give the slope of the line of least squares; 0 where there is none."""
    known = list(points)
    n = len(known)
    mean_x = sum(x for x, _y in known) / n
    mean_y = sum(y for _x, y in known) / n
    spread = sum((x - mean_x) ** 2 for x, _y in known)
    return sum((x - mean_x) * (y - mean_y) for x, y in known) / spread if spread else 0.0


def half_of(day: date) -> str:
    """Will give the half-year of a day: 2026H2."""
    return f"{day.year}H{1 if day.month <= 6 else 2}"


def _trend(name: str, points: list[tuple[int, float]]) -> Trend:
    a_day = slope(points)
    last_on, last = points[-1]
    full_on = None
    if name.startswith("disk_free_bytes") and a_day < 0:
        days = last / -a_day
        if days < 3660:
            full_on = date.fromordinal(last_on) + timedelta(days=int(days))
    return Trend(name, points[0][1], last, round(a_day * 30, 3), full_on)
