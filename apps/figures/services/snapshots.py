"""One look at a tenant's demands, as the days before a morning have left them."""

import time
from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction

from apps.accounts.models import Tenant
from apps.clocks import selectors as clocks
from apps.common import clock
from apps.common.errors import Refused
from apps.common.periods import Period
from apps.figures.forecasting import HORIZON, VERSION, IsWorking, day_kinds, foretell
from apps.figures.models import Finding, Forecast, Snapshot
from apps.figures.selectors import class_labels, count_per_day, first_demand_day
from apps.figures.services.findings import (
    addresses,
    hot_spots,
    rising_topics,
    significant,
)
from apps.figures.services.gathering import ALL, Demands
from apps.places.models import Area

HISTORY_DAYS = 400  # a year and a bit: what is older says little about next week
SHOWN_DAYS = 56
LEVELS = 3  # the city, its districts, their streets
CLASS_LEAST = SHOWN_DAYS // 2  # a class is foretold where it comes every second day
FINDINGS_MOST = 100
KEPT_DAYS = 60


def take_all() -> int:
    """Will take today's look at every tenant that has none yet; gives how many were taken."""
    today = clock.today()
    missing = Tenant.objects.exclude(
        pk__in=Snapshot.objects.filter(on=today).values("tenant_id")
    ).filter(area__isnull=False)
    taken = [take_snapshot(tenant) for tenant in missing.order_by("pk")]
    forget_old()
    return sum(snapshot is not None for snapshot in taken)


@transaction.atomic
def take_snapshot(tenant: Tenant) -> Snapshot | None:
    """Will forecast the tenant's demands from today on and keep what is out of the ordinary.

    Counts whole days up to yesterday. None where no demand came before today. Locks the
    tenant, so that two runs of one morning leave one look, the first. A few seconds with
    300,000 cases.
    """
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    today, began = clock.today(), time.monotonic()
    found = Snapshot.objects.filter(tenant=tenant, on=today).first()
    oldest = first_demand_day(tenant)
    if found is not None or oldest is None or oldest >= today or tenant.area is None:
        return found
    first = max(oldest, today - timedelta(days=HISTORY_DAYS))
    period = Period(first, today - timedelta(days=1))
    depth = tenant.area.path.strip("/").count("/") + 1
    counts = count_per_day(tenant, period)
    demands = Demands(first, period.days, counts, depth=depth, levels=LEVELS)
    is_working = _working_days_of(tenant.area)
    kinds = day_kinds(is_working, first, period.days + HORIZON)
    labels = class_labels(tenant, period)
    areas = _areas(tenant.area, today)
    upper = {a.path: a for a in areas if a.path.count("/") - 1 < depth + LEVELS}
    rising = rising_topics(demands, upper, lambda day: _is_rest(is_working, day), labels)
    names = {a.path: a.name for a in areas}
    spots = hot_spots(demands, [a for a in areas if a.level.is_cell], names)
    ahead = [today + timedelta(days=n) for n in range(HORIZON)]
    snapshot = Snapshot.objects.create(
        tenant=tenant,
        on=today,
        first_day=first,
        case_count=demands.total,
        rest_days=[day.isoformat() for day in ahead if _is_rest(is_working, day)],
        tested=len(rising) + len(spots),
        method_version=VERSION,
        computed_at=clock.now(),
    )
    forecasts = list(_forecasts(demands, upper, kinds, labels))
    findings = [
        *significant(rising)[:FINDINGS_MOST],
        *significant(spots)[:FINDINGS_MOST],
        *addresses(tenant, period.last),
    ]
    for forecast in forecasts:
        forecast.snapshot = snapshot
    for finding in findings:
        finding.snapshot = snapshot
    Forecast.objects.bulk_create(forecasts, batch_size=500)
    Finding.objects.bulk_create(findings, batch_size=500)
    snapshot.took_ms = round(1000 * (time.monotonic() - began))
    snapshot.save(update_fields=["took_ms"])
    return snapshot


def forget_old() -> int:
    """Will delete looks older than ``KEPT_DAYS``; gives how many rows went."""
    since = clock.today() - timedelta(days=KEPT_DAYS)
    return Snapshot.objects.filter(on__lt=since).delete()[0]


def _forecasts(
    demands: Demands, areas: dict[str, Area], kinds: list[int], labels: dict[str, str]
) -> Iterator[Forecast]:
    for (path, class_code), counts in demands.series.items():
        shown = counts[-SHOWN_DAYS:]
        if path not in areas or (class_code != ALL and sum(shown) < CLASS_LEAST):
            continue
        told = foretell(counts, kinds)
        if told is None:
            return
        yield Forecast(
            area=areas[path],
            area_path=path,
            class_code=class_code,
            class_label=labels.get(class_code, class_code),
            method=told.method,
            history=shown,
            points=[[p.expected, p.low, p.high] for p in told.points],
            tested=told.tested.as_data(),
        )


def _areas(city: Area, day: date) -> list[Area]:
    below = Area.objects.valid_on(day).filter(path__startswith=city.path)
    return list(below.select_related("level").defer("boundary", "center"))


def _working_days_of(area: Area) -> IsWorking | None:
    """The area's working days; None where no calendar is kept: weekdays alone count then."""
    try:
        return clocks.work_calendar(clocks.get_revision(clocks.calendar_for(area))).is_working
    except Refused:
        return None


def _is_rest(is_working: IsWorking | None, day: date) -> bool:
    return not is_working(day) if is_working else day.weekday() > 4
