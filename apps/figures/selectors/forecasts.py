"""The newest look at the demands, as far as a viewer reaches (MT-24)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.figures.enums import FindingKind
from apps.figures.models import Finding, Forecast, Snapshot
from apps.figures.selectors.reach import PERMISSION
from apps.places.models import Area


@dataclass(frozen=True)
class Day:
    """One day of a chart. count: what came; expected, low, high: what is foretold."""

    on: date
    count: int | None = None
    expected: float | None = None
    low: int | None = None
    high: int | None = None
    is_rest: bool = False


@dataclass(frozen=True)
class Week:
    """Seven days in a row. count: came; expected: foretold."""

    first: date
    last: date
    count: int | None = None
    expected: int | None = None


def find_snapshot(viewer: User) -> Snapshot | None:
    """Will give the newest look at the demands of the viewer's tenants, None before the first."""
    scope = scope_for(viewer, PERMISSION)
    found = Snapshot.objects.select_related("tenant")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    return found.order_by("-on", "tenant_id").first()


def list_forecasts(viewer: User, snapshot: Snapshot) -> QuerySet[Forecast]:
    """Will give the forecasts of the areas the viewer reaches, wider areas first."""
    found = Forecast.objects.filter(_reached(viewer), snapshot=snapshot)
    return found.select_related("area").defer("area__boundary").order_by("area__code", "class_code")


def list_findings(viewer: User, snapshot: Snapshot, kind: FindingKind) -> list[Finding]:
    """Will give what was found of a kind where the viewer reaches, rarest first."""
    found = Finding.objects.filter(_reached(viewer), snapshot=snapshot, kind=kind)
    return list(found.select_related("area").defer("area__boundary").order_by("id"))


def boundaries_of(area_ids: list[int]) -> dict[int, str]:
    """Will give the boundaries of areas as GeoJSON geometry (WGS 84), simplified to about 5 m."""
    found = Area.objects.filter(pk__in=area_ids, boundary__isnull=False)
    return {
        area.pk: area.boundary.simplify(0.00005, preserve_topology=True).geojson
        for area in found.only("boundary")
        if area.boundary is not None
    }


def _reached(viewer: User) -> Q:
    return area_scope_q(scope_for(viewer, PERMISSION), field="area_path")


def days_of(forecast: Forecast) -> list[Day]:
    """Will lay out the last weeks and the days to come in order."""
    start = forecast.snapshot.on
    rests = set(forecast.snapshot.rest_days)
    first = start - timedelta(days=len(forecast.history))
    past = [Day(first + timedelta(days=n), count=count) for n, count in enumerate(forecast.history)]
    ahead = [
        Day(
            start + timedelta(days=n),
            expected=expected,
            low=low,
            high=high,
            is_rest=(start + timedelta(days=n)).isoformat() in rests,
        )
        for n, (expected, low, high) in enumerate(forecast.points)
    ]
    return past + ahead


def weeks_of(days: list[Day]) -> list[Week]:
    """Will sum up the last four weeks and those to come, seven days each."""
    past = [day for day in days if day.count is not None][-28:]
    ahead = [day for day in days if day.count is None]
    weeks = []
    for part in (past, ahead):
        for at in range(0, len(part) - 6, 7):
            seven = part[at : at + 7]
            if part is past:
                total = sum(day.count or 0 for day in seven)
                weeks.append(Week(seven[0].on, seven[-1].on, count=total))
            else:
                told = round(sum(day.expected or 0.0 for day in seven))
                weeks.append(Week(seven[0].on, seven[-1].on, expected=told))
    return weeks
