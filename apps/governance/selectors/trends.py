"""Governance indicators month by month, and which go together (态势研判、关联挖掘). GR-15."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import (
    Count,
    DateField,
    F,
    Func,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Cast, TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.fieldwork.enums import PatrolState
from apps.fieldwork.models import Patrol
from apps.governance import permissions
from apps.governance.correlation import Tie, ties
from apps.governance.models import Dispute
from apps.matters.enums import TaskKind
from apps.matters.models import Case, Task
from apps.places.models import Area
from apps.places.selectors import list_areas
from apps.registry.models import RegistryFile, VisitDue

MONTHS = 12


@dataclass(frozen=True)
class Series:
    """One indicator: what it is, and its rows with ``area_path`` and a moment."""

    code: str
    label: Promise
    rows: Callable[[Q], QuerySet[Case] | QuerySet[Task]]
    moment: str
    path: str
    tenant: str = "tenant_id"


@dataclass(frozen=True)
class Trend:
    """One indicator over the months, of the whole area. change: percent to the month before."""

    code: str
    label: str
    values: list[int]
    change: float | None


@dataclass(frozen=True)
class Trends:
    """What the page shows. months: first days, the oldest first."""

    months: list[date]
    trends: list[Trend]
    ties: list[tuple[Tie, str, str]]
    areas: int


def _series() -> list[Series]:
    return [
        Series("cases", _("登记案件"), lambda q: Case.objects.filter(q), "opened_at", "area_path"),
        Series(
            "late",
            _("超期办结"),
            lambda q: Task.objects.filter(q, kind=TaskKind.MAIN, was_late=True),
            "done_at",
            "case__area_path",
            "case__tenant_id",
        ),
        Series(
            "redone",
            _("重办案件"),
            lambda q: Case.objects.filter(q, round__gt=1),
            "opened_at",
            "area_path",
        ),
        Series(
            "disputes",
            _("矛盾纠纷"),
            lambda q: Dispute.objects.filter(q),  # type: ignore[return-value,arg-type]
            "created_at",
            "case__area_path",
        ),
        Series(
            "missed",
            _("未完成巡查"),
            lambda q: Patrol.objects.filter(  # type: ignore[return-value,arg-type]
                q, state__in=[PatrolState.MISSED, PatrolState.PARTIAL]
            ),
            "starts_at",
            "area_path",
        ),
        Series(
            "visits",
            _("超期走访"),
            lambda q: VisitDue.objects.filter(  # type: ignore[return-value,arg-type]
                q, dropped_at__isnull=True, due_on__lt=clock.today()
            ).filter(Q(visit__isnull=True) | Q(visit__happened_at__date__gt=F("due_on"))),
            "due_on",
            "enrolment__area_path",
            "enrolment__tenant_id",
        ),
        Series(
            "files",
            _("新建档案"),
            lambda q: RegistryFile.objects.filter(q),  # type: ignore[return-value,arg-type]
            "created_at",
            "area_path",
        ),
    ]


def read(viewer: User, area: Area) -> Trends:
    """Will read twelve months of an area the viewer may see, one statement per indicator.

    The current month is left out: it is not over.
    """
    months = last_months(clock.today(), MONTHS)
    below = [a.pk for a in list_areas(parent_id=area.pk)]
    by_area: dict[str, dict[int, list[int]]] = {}
    trends = []
    for one in _series():
        counted = _count(viewer, one, area, months)
        by_area[one.code] = {pk: counted.get(pk, [0] * len(months)) for pk in below or [0]}
        values = [sum(row[n] for row in counted.values()) for n in range(len(months))]
        trends.append(Trend(one.code, str(one.label), values, _change(values)))
    labels = {trend.code: trend.label for trend in trends}
    found = [(tie, labels[tie.one], labels[tie.other]) for tie in ties(by_area)]
    return Trends(months, trends, found, len(below))


def last_months(today: date, count: int) -> list[date]:
    """Will give the first days of so many months before this one, the oldest first."""
    first = today.replace(day=1).toordinal()
    found: list[date] = []
    while len(found) < count:
        day = date.fromordinal(first - 1).replace(day=1)
        found.append(day)
        first = day.toordinal()
    return found[::-1]


def _count(viewer: User, one: Series, area: Area, months: list[date]) -> dict[int, list[int]]:
    """By the key of the area directly below, 0 for what lies in none of them."""
    scope = scope_for(viewer, permissions.SITUATION)
    whose = Q() if scope.everything else Q(**{f"{one.tenant}__in": scope.tenant_ids})
    inside = Q(**{f"{one.path}__startswith": area.path})
    piece = Func(
        F(one.path),
        Value("/"),
        Value(area.path.strip("/").count("/") + 3),
        function="split_part",
        output_field=TextField(),
    )
    end = clock.today().replace(day=1)
    rows = (
        one.rows(whose & inside)
        .order_by()
        .annotate(month=Cast(TruncMonth(one.moment), DateField()), piece=piece)
        .filter(month__gte=months[0], month__lt=end)
        .values("month", "piece")
        .annotate(n=Count("pk"))
    )
    place = {month: number for number, month in enumerate(months)}
    found: dict[int, list[int]] = {}
    for row in rows:
        key = int(row["piece"] or 0)
        found.setdefault(key, [0] * len(months))[place[row["month"]]] += row["n"]
    return found


def _change(values: list[int]) -> float | None:
    return round((values[-1] - values[-2]) / values[-2] * 100, 1) if values[-2] else None
