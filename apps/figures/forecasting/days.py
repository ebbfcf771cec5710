"""What kind of day a date is to those who call."""

from collections.abc import Callable
from datetime import date, timedelta

SUNDAY, MIDWEEK, FRIDAY = 6, 2, 4


#: Tells whether people work on a date.
IsWorking = Callable[[date], bool]


def day_kinds(is_working: IsWorking | None, first: date, days: int) -> list[int]:
    """Will give the kind of each day: its weekday, 0 Monday, unless the calendar changes it.

    A holiday on a working weekday counts as a Sunday, a make-up workday (调休) as a Wednesday.
    """
    return [_kind(is_working, first + timedelta(days=n)) for n in range(days)]


def _kind(is_working: IsWorking | None, day: date) -> int:
    weekday = day.weekday()
    if is_working is None:
        return weekday
    if weekday <= FRIDAY:
        return weekday if is_working(day) else SUNDAY
    return MIDWEEK if is_working(day) else weekday
