"""When a job runs: spans of the week in the city's time. Pure but for the zone."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z|24:00\Z")
MOST_SPANS = 14


def check_hours(told: Any) -> list[dict[str, Any]]:
    """Will give spans as they are kept. Raises: InvalidInput (field "hours")."""
    if not isinstance(told, list) or len(told) > MOST_SPANS:
        raise _wrong()
    return [_span(one) for one in told]


def is_within(hours: Sequence[Mapping[str, Any]], moment: datetime) -> bool:
    """Will tell whether a moment lies in one of the spans; always where there is none.

    A span whose end is not after its begin goes on over midnight.
    """
    if not hours:
        return True
    local = timezone.localtime(moment)
    text, day = f"{local:%H:%M}", local.weekday()
    return any(_holds(one, text, day) for one in hours)


def _holds(span: Mapping[str, Any], text: str, day: int) -> bool:
    begin, end = span["from"], span["to"]
    if begin < end:
        return day in span["days"] and begin <= text < end
    return (day in span["days"] and text >= begin) or ((day - 1) % 7 in span["days"] and text < end)


def _span(told: Any) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        raise _wrong()
    days, begin, end = told.get("days"), told.get("from"), told.get("to")
    if not isinstance(days, list) or not days or not set(days) <= set(range(7)):
        raise _wrong()
    for text in (begin, end):
        if not isinstance(text, str) or not _TIME.match(text):
            raise _wrong()
    return {"days": sorted(set(days)), "from": begin, "to": end}


def _wrong() -> InvalidInput:
    return InvalidInput(_("运行时段须写明星期和起止时间（如 08:00）"), field="hours")
