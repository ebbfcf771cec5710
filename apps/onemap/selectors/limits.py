"""Which rows of a layer are looked at: a box, days, values. Read from an address."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput, TooMany
from apps.common.patience import OutOfTime, answered_within
from apps.onemap.selectors.conditions import with_values
from apps.onemap.selectors.layers import OpenLayer

MOST_LAYERS = 60
MOST_CONDITIONS = 60
PATIENCE_SECONDS = 8
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@dataclass(frozen=True)
class Limits:
    """What is asked of a layer.

    box: west, south, east, north in degrees, WGS 84. since, until: days, both included; a layer
    without a time is not limited by them. where: (field, value) pairs, see ``conditions``; a
    field named "layer/field" is meant for that layer alone.
    """

    box: tuple[float, float, float, float] | None = None
    since: date | None = None
    until: date | None = None
    where: tuple[tuple[str, str], ...] = field(default=())

    def of(self, code: str) -> "Limits":
        """Will give the same for one layer of several, without what is meant for the others."""
        prefix = f"{code}/"
        mine = [(n.removeprefix(prefix), v) for n, v in self.where if _is_for(n, prefix)]
        return replace(self, where=tuple(mine))


def read_limits(query: Mapping[str, str], where: Sequence[str] = ()) -> Limits:
    """Will read ``bbox``, ``from`` and ``to`` of an address and its ``where`` pairs.

    Raises: InvalidInput.
    """
    since, until = _day(query, "from"), _day(query, "to")
    if since and until and until < since:
        raise InvalidInput(_("结束日期早于开始日期"), field="to")
    if len(where) > MOST_CONDITIONS:
        raise InvalidInput(_("筛选条件最多 %(most)d 个") % {"most": MOST_CONDITIONS}, field="where")
    pairs = tuple(_pair(text) for text in where)
    return Limits(read_box(query.get("bbox", "")), since, until, pairs)


def read_box(text: str) -> tuple[float, float, float, float] | None:
    """Will read "west,south,east,north"; None for nothing.

    Raises: InvalidInput (no four numbers, or not on the globe).
    """
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(_("地图范围应为“西,南,东,北”四个数"), field="bbox") from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidInput(_("地图范围不正确"), field="bbox")
    return (west, south, east, north)


def read_codes(text: str) -> list[str]:
    """Will read the codes of layers, each once, in their order.

    Raises: InvalidInput (not codes, or more than 60).
    """
    codes = list(dict.fromkeys(part for part in text.split(",") if part))
    if len(codes) > MOST_LAYERS or not all(_CODE.fullmatch(code) for code in codes):
        raise InvalidInput(_("图层的选择不正确"), field="layers")
    return codes


def limited(opened: OpenLayer, limits: Limits) -> QuerySet[Any]:
    """Will give the viewer's rows within the limits, without order.

    Raises: InvalidInput (a value of a field the viewer has not, or that is not of its kind).
    """
    rows = opened.rows
    layer = opened.layer
    if limits.box:
        box = Polygon.from_bbox(limits.box)
        box.srid = 4326
        rows = rows.filter(**{f"{layer.geometry_field}__intersects": box})
    if layer.time_field and limits.since:
        rows = rows.filter(**{f"{layer.time_field}__gte": _start_of(limits.since)})
    if layer.time_field and limits.until:
        after = _start_of(limits.until + timedelta(days=1))
        rows = rows.filter(**{f"{layer.time_field}__lt": after})
    return with_values(opened, rows, limits.where)


@contextmanager
def patient() -> Iterator[None]:
    """Will give up what the database has not answered within 8 seconds.

    Raises: TooMany (it took longer; nothing was changed).
    """
    try:
        with answered_within(PATIENCE_SECONDS):
            yield
    except OutOfTime as error:
        raise TooMany(
            _("范围内数据太多，没有在 %(seconds)d 秒内算完，请缩小范围或关闭部分图层")
            % {"seconds": PATIENCE_SECONDS},
            code="too_slow",
        ) from error


def _is_for(name: str, prefix: str) -> bool:
    return name.startswith(prefix) or "/" not in name


def _pair(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name or len(text) > 300:
        raise InvalidInput(_("筛选条件应为“字段:值”"), field="where")
    return name, value


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        raise InvalidInput(_("日期应写成 2026-01-31 的形式"), field=name)
    return found


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
