"""What a caller may ask of a tile besides its address: a span of time and values of fields."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.onemap.enums import FieldKind
from apps.onemap.registry import LayerField
from apps.onemap.selectors import FIELD_PREFIX, OpenLayer

MAX_CONDITIONS = 20
MAX_VALUE = 200  # characters
_BIGGEST = 2**63 - 1
_TRUTHS = {"true": True, "false": False}


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
    chosen: dict[str, list[Any]] = {}
    for name, value in query.where:
        field = _askable(opened, name)
        chosen.setdefault(name, []).append(_value(field, value))
    if chosen:
        fields = [f for f in opened.fields if f.name in chosen]
        rows = opened.with_fields(rows, fields)
        rows = rows.filter(**{f"{FIELD_PREFIX}{n}__in": values for n, values in chosen.items()})
    return rows


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


def _askable(opened: OpenLayer, name: str) -> LayerField:
    """A masked field is not asked: answers would tell, value by value, what it hides."""
    field = next((f for f in opened.fields if f.name == name), None)
    if field is None or not field.filterable or name in opened.masked:
        raise InvalidInput(_("不能按字段“%(name)s”筛选") % {"name": name[:40]}, field="where")
    return field


def _value(field: LayerField, text: str) -> Any:
    try:
        return _converted(field.kind, text)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            _("字段“%(name)s”的筛选值不正确") % {"name": field.name}, field="where"
        ) from error


def _converted(kind: FieldKind, text: str) -> Any:
    match kind:
        case FieldKind.INTEGER:
            number = int(text)
            if abs(number) > _BIGGEST:
                raise ValueError(text)
            return number
        case FieldKind.NUMBER:
            return float(text)
        case FieldKind.BOOLEAN:
            if text not in _TRUTHS:
                raise ValueError(text)
            return _TRUTHS[text]
        case FieldKind.DATE:
            return date.fromisoformat(text)
        case FieldKind.TIME:
            return _aware(datetime.fromisoformat(text))
    return text


def _moment(name: str, text: str, *, end: bool) -> datetime:
    """A day counts from its first to its last moment in the city's zone."""
    try:
        # A "+" that nobody escaped arrives as a blank.
        moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
        day = None if moment else parse_date(text)
        if moment is None and day is None:
            raise ValueError(text)
        if day is not None:
            first = _aware(datetime.combine(day, time.min))
            return first + timedelta(days=1, microseconds=-1) if end else first
        assert moment is not None
        return _aware(moment)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            _("%(name)s 应为 ISO 日期或时间，例如 2026-05-01") % {"name": name}, field=name
        ) from error


def _aware(moment: datetime) -> datetime:
    local = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return local.astimezone(UTC)
