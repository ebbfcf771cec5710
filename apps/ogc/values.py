"""Values of fields as callers write them, and as they go out.

Source: RFC 3339 for times; OGC 17-069r4 section 7.15.4 for ``datetime``.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as midnight
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.onemap.enums import FieldKind

MOST_TEXT = 500
_OPEN = {"", ".."}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Span:
    """A stretch of time, both ends belonging to it; None: open."""

    begin: datetime | None
    end: datetime | None


def parse_span(text: str, *, field: str = "datetime") -> Span:
    """Will read a moment, a day, or two of them with a slash between; ``..`` or nothing: open.

    A day is one of the city's calendar and lasts until its end. Raises: InvalidInput.
    """
    first, slash, last = text.partition("/")
    if not slash:
        if first in _OPEN:
            raise _bad_time(text, field)
        return _moment(first, field)
    begin = None if first in _OPEN else _moment(first, field).begin
    end = None if last in _OPEN else _moment(last, field).end
    if begin is not None and end is not None and begin > end:
        raise InvalidInput(_("%(field)s 的开始时间晚于结束时间") % {"field": field}, field=field)
    return Span(begin, end)


def cast(value: Any, kind: FieldKind, *, field: str) -> Any:
    """Will turn what a caller wrote, text or JSON, into a value of a field's kind.

    Raises: InvalidInput naming the field.
    """
    match kind:
        case FieldKind.INTEGER:
            return _integer(value, field)
        case FieldKind.NUMBER:
            return _number(value, field)
        case FieldKind.BOOLEAN:
            return _boolean(value, field)
        case FieldKind.DATE:
            return _day(value, field)
        case FieldKind.TIME:
            if not isinstance(value, str):
                raise _bad_time(str(value)[:40], field)
            return _moment(value, field).begin
    if not isinstance(value, str) or len(value) > MOST_TEXT or "\x00" in value:
        raise InvalidInput(
            _("字段“%(field)s”的值应为不超过 %(most)d 字的文本")
            % {"field": field, "most": MOST_TEXT},
            field=field,
        )
    return value


def plain(value: Any) -> Any:
    """Will turn a value of a row into what JSON holds: times in UTC, decimals as numbers."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case dict() | list():
            return value
    return str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=plain)


def json_text(value: Any) -> str:
    """Will write one value as JSON. Texts and whole numbers, which most values are, go past the
    encoder: setting it up costs more than they do."""
    kind = type(value)
    if kind is str:
        return str(encode_basestring(value))
    return str(value) if kind is int else _ENCODER.encode(value)


def local_day(at: datetime | None) -> date | None:
    """Will give the day of the city a moment falls on."""
    return timezone.localtime(at).date() if at is not None else None


def _moment(text: str, field: str) -> Span:
    try:
        if _DAY.fullmatch(text):
            return _whole_day(parse_date(text), text, field)
        # A plus sign in an address that was not escaped arrives as a blank.
        found = parse_datetime(text.replace(" ", "+") if text.count("T") else text)
        if found is None:
            raise _bad_time(text, field)
        if timezone.is_naive(found):
            found = timezone.make_aware(found)
        found = found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _bad_time(text, field) from error
    return Span(found, found)


def _whole_day(day: date | None, text: str, field: str) -> Span:
    if day is None:
        raise _bad_time(text, field)
    begin = timezone.make_aware(datetime.combine(day, midnight.min)).astimezone(UTC)
    return Span(begin, begin + timedelta(days=1, microseconds=-1))


def _day(value: Any, field: str) -> date:
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(
            _("字段“%(field)s”的值应为日期，如 2026-01-31") % {"field": field}, field=field
        )
    return found


def _integer(value: Any, field: str) -> int:
    try:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        found = _LARGEST + 1
    if abs(found) > _LARGEST:
        raise InvalidInput(_("字段“%(field)s”的值应为整数") % {"field": field}, field=field)
    return found


def _number(value: Any, field: str) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = float("nan")
    if found != found or found in {float("inf"), float("-inf")}:
        raise InvalidInput(_("字段“%(field)s”的值应为数") % {"field": field}, field=field)
    return found


def _boolean(value: Any, field: str) -> bool:
    words = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise InvalidInput(_("字段“%(field)s”的值应为 true 或 false") % {"field": field}, field=field)


def _bad_time(text: str, field: str) -> InvalidInput:
    return InvalidInput(
        _("%(field)s 的时间“%(text)s”无法识别，应如 2026-01-31 或 2026-01-31T08:00:00Z")
        % {"field": field, "text": text[:60]},
        field=field,
    )
