"""The rows of a product, from the roll-ups of readings; never single readings. Source: IO-05.

A mean over several devices weighs each by the readings that count in it. Suspect readings are
counted in ``readings`` and in no mean. An hour or a day without any figure has no row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput, TooMany
from apps.common.patience import OutOfTime, answered_within
from apps.places.models import Area
from apps.products.enums import Grain, Step
from apps.products.models import DataProduct
from apps.products.selectors import require_sound

#: Days of the city that are read at once.
LONGEST = {Step.HOUR: 31, Step.DAY: 1096}
PATIENCE_S = 20
_EARLIEST, _LATEST = date(1990, 1, 1), date(2199, 12, 31)
_FIGURES = {Step.HOUR: ("sensing_hourfigure", "hour"), Step.DAY: ("sensing_dayfigure", "day")}
_SELECT = """
    with series as materialized (
        select s.id, {key} as place
        from sensing_datastream s
        join sensing_profilefield f on f.id = s.field_id
        join sensing_device d on d.id = s.device_id
        join assets_asset a on a.id = d.asset_id
        join places_area r on r.id = a.area_id
        where f.code = %(field)s and f.profile_id = any(%(profiles)s)
            and r.path like %(within)s
    )
    select g.{at}, s.place, sum(g.total) / nullif(sum(g.counted), 0), min(g.low), max(g.high),
        count(*), sum(g.count), sum(g.counted)
    from series s
    join {figures} g on g.series_id = s.id
    where s.place is not null and g.{at} >= %(since)s and g.{at} < %(until)s
    group by g.{at}, s.place
    order by g.{at} desc, s.place
"""
#: Of a row by area: the part of the product's area the thing stands in.
_PART = """(
    select p.id from places_area p
    where p.id = any(%(parts)s) and starts_with(r.path, p.path)
)"""
_NAMES = """
    select d.id, d.node, a.name from sensing_device d
    join assets_asset a on a.id = d.asset_id where d.id = any(%s)
"""


@dataclass(frozen=True)
class Span:
    """Days of the city, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Row:
    """at: beginning of the hour, or the day. code, name: of the device or the area.

    mean, low, high: in the product's unit, None where no reading counts. devices: that have a
    figure. readings: all, suspect ones included. share: of them that count, 0 to 1.
    """

    at: datetime | date
    code: str
    name: str
    mean: float | None
    low: float | None
    high: float | None
    devices: int
    readings: int
    share: float


def check_span(product: DataProduct, span: Span) -> None:
    """Raises: InvalidInput (field "since": after the end; "until": more days than are read)."""
    if not span.first >= _EARLIEST or not span.last <= _LATEST:
        raise InvalidInput(_("日期超出范围"), field="until" if span.last > _LATEST else "since")
    if span.first > span.last:
        raise InvalidInput(_("开始日期不能晚于结束日期"), field="since")
    most = LONGEST[Step(product.step)]
    if (span.last - span.first).days + 1 > most:
        raise InvalidInput(_("一次最多读取 %(days)d 天") % {"days": most}, field="until")


def rows_of(
    product: DataProduct, span: Span, *, start: int = 0, count: int | None = None
) -> Iterator[Row]:
    """Will give the rows of a span, the newest first, then by device or area.

    start, count: a part of them; count None: all.
    Raises: InvalidInput, as ``check_span``; Refused, as ``require_sound``; TooMany (not reckoned
        within ``PATIENCE_S``).
    """
    check_span(product, span)
    require_sound(product)
    parts = parts_of(product, span)
    figures, at = _FIGURES[Step(product.step)]
    is_device = product.grain == Grain.DEVICE
    sql = _SELECT.format(figures=figures, at=at, key="d.id" if is_device else _PART)
    wanted: dict[str, Any] = {
        "field": product.field_code,
        "profiles": list(product.profiles.values_list("pk", flat=True)),
        "within": f"{product.area.path}%",
        "parts": list(parts),
        "since": _edge(product, span.first),
        "until": _edge(product, span.last + timedelta(days=1)),
        "start": start,
        "count": count,
    }
    found = _asked(f"{sql} offset %(start)s limit %(count)s", wanted)
    names = _device_names({row[1] for row in found}) if is_device else parts
    for moment, place, mean, low, high, devices, readings, counted in found:
        code, name = names[place]
        share = counted / readings if readings else 0.0
        yield Row(moment, code, name, mean, low, high, devices, readings, round(share, 4))


def parts_of(product: DataProduct, span: Span) -> dict[int, tuple[str, str]]:
    """Will give code and name of the areas right below the product's on some day of the span.

    By id; the product's own where there are none below. Nothing for rows by device.
    """
    if product.grain == Grain.DEVICE:
        return {}
    in_force = Q(valid_to=None) | Q(valid_to__gt=span.first)
    below = Area.objects.filter(
        in_force, parent_id=product.area_id, valid_from__lte=span.last
    ).defer("boundary")
    areas = list(below.order_by("code")) or [product.area]
    return {area.pk: (area.code, area.name) for area in areas}


def _asked(sql: str, wanted: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        with answered_within(PATIENCE_S), connection.cursor() as cursor:
            cursor.execute(sql, wanted)
            return cursor.fetchall()
    except OutOfTime as error:
        said = {"seconds": PATIENCE_S}
        raise TooMany(_("没有在 %(seconds)d 秒内算完，请缩短日期") % said) from error


def _device_names(ids: set[int]) -> dict[int, tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [sorted(ids)])
        return {pk: (node, name) for pk, node, name in cursor.fetchall()}


def _edge(product: DataProduct, day: date) -> datetime | date:
    if product.step == Step.DAY:
        return day
    return timezone.make_aware(datetime.combine(day, time.min))
