"""What a caller may ask of a tile besides its address: a span of time and values of fields."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.onemap.selectors import OpenLayer
from apps.onemap.selectors.conditions import aware, with_values

MAX_CONDITIONS = 20
MAX_VALUE = 200  # characters
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class TileQuery:
    """What was asked, as text; ``limit`` checks it against a layer.

    since, until: ISO dates or times. where: (field, value) pairs; values of one field are
    alternatives, fields must all hold.
    """

    since: str = ""
    until: str = ""
    where: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.where)

    @property
    def is_of_days(self) -> bool:
        """Whether whole days are asked for, as the time slider does."""
        asked = [text for text in (self.since, self.until) if text]
        return bool(asked) and all(_DAY.fullmatch(text) for text in asked)

    @property
    def days(self) -> tuple[int | None, int | None]:
        """The first and the last day, since 2000-01-01; None: without end."""
        first, last = (
            (date.fromisoformat(text) - _FIRST_DAY).days if text else None
            for text in (self.since, self.until)
        )
        return first, last


def parse_query(asked: QueryDict) -> TileQuery:
    """Will read ``from``, ``to`` and ``where=field:value`` of an address.

    Raises: InvalidInput (``where``: not of that form, too many or too long).
    """
    pairs = []
    for text in asked.getlist("where"):
        name, colon, value = text.partition(":")
        if not colon or not name or len(value) > MAX_VALUE or "\x00" in value:
            raise InvalidInput(
                _("where 应为“字段:值”，值不超过 %(most)d 个字") % {"most": MAX_VALUE},
                field="where",
            )
        pairs.append((name, value))
    if len(pairs) > MAX_CONDITIONS:
        raise InvalidInput(_("where 最多 %(most)d 个") % {"most": MAX_CONDITIONS}, field="where")
    since, until = asked.get("from", ""), asked.get("to", "")
    return TileQuery(since[:40], until[:40], tuple(sorted(set(pairs))))


def limit(opened: OpenLayer, rows: QuerySet[Any], query: TileQuery) -> QuerySet[Any]:
    """Will give the rows within the span and with the values asked for.

    Raises: InvalidInput (``from``, ``to``: no time, or the layer has none; ``where``: no field
    that may be asked, or not a value of its kind).
    """
    if query.since or query.until:
        rows = _within(opened, rows, query)
    return with_values(opened, rows, query.where)


def _within(opened: OpenLayer, rows: QuerySet[Any], query: TileQuery) -> QuerySet[Any]:
    path = opened.layer.time_field
    if not path:
        name = "from" if query.since else "to"
        raise InvalidInput(_("这个图层没有时间，不能按时间筛选"), field=name)
    since = _moment("from", query.since, end=False) if query.since else None
    until = _moment("to", query.until, end=True) if query.until else None
    if since and until and until < since:
        raise InvalidInput(_("结束时间早于起始时间"), field="to")
    if since:
        rows = rows.filter(**{f"{path}__gte": since})
    return rows.filter(**{f"{path}__lte": until}) if until else rows


def _moment(name: str, text: str, *, end: bool) -> datetime:
    """A day counts from its first to its last moment in the city's zone."""
    try:
        # parse_datetime takes a day for its first moment, which would leave out the last day.
        if _DAY.fullmatch(text):
            first = aware(datetime.combine(date.fromisoformat(text), time.min))
            return first + timedelta(days=1, microseconds=-1) if end else first
        # A "+" that nobody escaped arrives as a blank.
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        if moment is None:
            raise ValueError(text)
        return aware(moment)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            _("%(name)s 应为 ISO 日期或时间，例如 2026-05-01") % {"name": name}, field=name
        ) from error
