"""Moments in the forms other systems write them. Without a zone they are the city's time."""

from datetime import UTC, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from apps.gateway.enums import DateFormat

_PATTERNS = {
    DateFormat.STAMP: "%Y-%m-%d %H:%M:%S",
    DateFormat.DAY: "%Y-%m-%d",
    DateFormat.COMPACT: "%Y%m%d%H%M%S",
}
_PER_SECOND = {DateFormat.SECONDS: 1, DateFormat.MILLISECONDS: 1000}


def read_moment(value: Any, form: DateFormat) -> datetime | None:
    """Will read a moment written in a form; None where it is not."""
    try:
        if form in _PER_SECOND:
            return _from_epoch(value, _PER_SECOND[form])
        if not isinstance(value, str) or len(value) > 40:
            return None
        if form == DateFormat.ISO:
            return _from_iso(value)
        zone = timezone.get_default_timezone()
        return datetime.strptime(value, _PATTERNS[form]).replace(tzinfo=zone)
    except (ValueError, OverflowError, OSError):
        return None


def write_moment(moment: datetime, form: DateFormat) -> str | int:
    """Will write an aware moment in a form."""
    if form in _PER_SECOND:
        return int(moment.timestamp() * _PER_SECOND[form])
    local = timezone.localtime(moment, timezone.get_default_timezone())
    if form == DateFormat.ISO:
        return local.isoformat(timespec="seconds")
    return local.strftime(_PATTERNS[form])


def _from_epoch(value: Any, per_second: int) -> datetime | None:
    is_digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16
    if not is_digits and (isinstance(value, bool) or not isinstance(value, int | float)):
        return None
    return datetime.fromtimestamp(float(value) / per_second, tz=UTC)


def _from_iso(value: str) -> datetime | None:
    moment = parse_datetime(value)
    if moment is None:
        day = parse_date(value)
        moment = datetime.combine(day, time.min) if day is not None else None
    if moment is None:
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
