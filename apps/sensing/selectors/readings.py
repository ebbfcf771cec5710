"""What devices report, for pages and files: the newest, a span of it with its gaps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.common import clock
from apps.sensing.enums import FieldKind
from apps.sensing.models import Datastream, DayFigure, Device, HourFigure, IntakeRefusal
from apps.sensing.partitions import begin_of
from apps.sensing.permissions import can_keep_profiles

#: Points of a curve; more are drawn as means of equal spans.
MOST_POINTS = 1500
#: No reading for so many reporting cycles is a gap in the curve.
GAP_CYCLES = 2.5
_POINTS = """
    select date_bin(%(width)s, at, %(since)s) as slot,
        avg(value) filter (where quality in (0, 3)),
        max(value) filter (where quality = 1), max(flaw) filter (where quality = 1)
    from sensing_reading
    where series_id = %(series)s and at >= %(since)s and at < %(until)s
    group by slot order by slot
"""
_ROWS = """
    select r.at, f.code, r.value, r.label, r.quality, r.flaw
    from sensing_reading r
    join sensing_datastream s on s.id = r.series_id
    join sensing_profilefield f on f.id = s.field_id
    where s.device_id = %s and r.at >= %s and r.at < %s
    order by r.at, f.position
"""


@dataclass(frozen=True)
class Point:
    """One point of a curve. value: None in a gap; suspect: a doubted value, flaw: why."""

    at: datetime
    value: float | None
    suspect: float | None = None
    flaw: int | None = None


@dataclass(frozen=True)
class Curve:
    """A series over a span. grain: "reading", "hour" or "day"."""

    series: Datastream
    points: list[Point]
    grain: str

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return any(point.value is not None or point.suspect is not None for point in self.points)


def latest_of(device: Device) -> QuerySet[Datastream]:
    """Will list the series of a device with their newest reading, in the profile's order."""
    return (
        Datastream.objects.filter(device=device)
        .select_related("field", "latest", "device__profile")
        .order_by("field__position", "pk")
    )


def curves_of(device: Device, *, since: datetime, until: datetime) -> list[Curve]:
    """Will give a curve per number the device reports that has any point in the span.

    Up to three days readings, up to 92 days hours, beyond that days. A gap is a point without a
    value, so that no line is drawn across it.
    """
    numbers = latest_of(device).filter(field__kind=FieldKind.NUMBER)
    found = (curve_of(series, since=since, until=until) for series in numbers)
    return [curve for curve in found if curve.is_drawn]


def curve_of(series: Datastream, *, since: datetime, until: datetime) -> Curve:
    """Will give the curve of one series, as ``curves_of`` does, also where it has no point.

    series: with its device's profile.
    """
    span = until - since
    if span <= timedelta(days=3):
        points = _readings(series.pk, since, until)
        cycle = timedelta(seconds=series.device.profile.report_every_s)
        gap, grain = GAP_CYCLES * max(cycle, _usual_step(points)), "reading"
    elif span <= timedelta(days=92):
        points, gap, grain = _hours(series.pk, since, until), timedelta(hours=1), "hour"
    else:
        points, gap, grain = _days(series.pk, since, until), timedelta(days=1), "day"
    return Curve(series, list(_with_gaps(points, gap)), grain)


def rows_of(device: Device, *, since: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    """Will give every reading of a span: time, field code, value, label, quality, flaw."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [device.pk, since, until])
        while rows := cursor.fetchmany(2000):
            yield from rows


def list_refusals(viewer: User, *, reason: str = "", node: str = "") -> QuerySet[IntakeRefusal]:
    """Will list what was refused of the viewer's devices, newest day first.

    What names no device of anybody is seen by those who keep the profiles.
    """
    theirs = Device.objects.filter(reach_q(viewer, "asset__"), node=OuterRef("node"))
    seen: Any = Exists(theirs)
    if can_keep_profiles(viewer):
        seen |= ~Exists(Device.objects.filter(node=OuterRef("node")))
    found = IntakeRefusal.objects.filter(seen)
    if reason:
        found = found.filter(reason=reason)
    if node:
        found = found.filter(node__startswith=node)
    return found


def refusals_of(device: Device) -> QuerySet[IntakeRefusal]:
    """Will list what was refused of one device in the last week."""
    since = clock.today() - timedelta(days=7)
    return IntakeRefusal.objects.filter(node=device.node, day__gte=since)


def _usual_step(points: list[Point]) -> timedelta:
    """What mostly lies between two points: some devices report more rarely than they should."""
    steps = [after.at - before.at for before, after in pairwise(points)]
    return median_low(steps) if steps else timedelta()


def _width(since: datetime, until: datetime) -> timedelta:
    return max(timedelta(seconds=1), (until - since) / MOST_POINTS)


def _readings(series_id: int, since: datetime, until: datetime) -> list[Point]:
    with connection.cursor() as cursor:
        wanted: dict[str, Any] = {
            "series": series_id,
            "since": since,
            "until": until,
            "width": _width(since, until),
        }
        cursor.execute(_POINTS, wanted)
        return [Point(*row) for row in cursor.fetchall()]


def _hours(series_id: int, since: datetime, until: datetime) -> list[Point]:
    found = HourFigure.objects.filter(series_id=series_id, hour__gte=since, hour__lt=until)
    return [Point(figure.hour, figure.mean) for figure in found.order_by("hour")]


def _days(series_id: int, since: datetime, until: datetime) -> list[Point]:
    first, last = timezone.localdate(since), timezone.localdate(until)
    found = DayFigure.objects.filter(series_id=series_id, day__gte=first, day__lte=last)
    return [Point(begin_of(figure.day), figure.mean) for figure in found.order_by("day")]


def _with_gaps(points: list[Point], gap: timedelta) -> Iterator[Point]:
    before: Point | None = None
    for point in points:
        if before is not None and point.at - before.at > gap:
            yield Point(before.at + (point.at - before.at) / 2, None)
        yield point
        before = point
