"""What kind of day a date is to those who call."""

from datetime import date, timedelta
from typing import Protocol

SUNDAY, MIDWEEK, FRIDAY = 6, 2, 4


class WorkingDays(Protocol):
    """Whatever can tell the working time of a date; empty: nobody works."""

    def spans_on(self, day: date) -> object: ...


def day_kinds(calendar: WorkingDays | None, first: date, days: int) -> list[int]:
    """Will give the kind of each day: its weekday, 0 Monday, unless the calendar changes it.

    A holiday on a working weekday counts as a Sunday, a make-up workday (调休) as a Wednesday.
    """
    return [_kind(calendar, first + timedelta(days=n)) for n in range(days)]


def _kind(calendar: WorkingDays | None, day: date) -> int:
    weekday = day.weekday()
    if calendar is None:
        return weekday
    is_working = bool(calendar.spans_on(day))
    if weekday <= FRIDAY:
        return weekday if is_working else SUNDAY
    return MIDWEEK if is_working else weekday
