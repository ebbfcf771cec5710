"""Working time as arithmetic: plain Python, no database, no framework.

A calendar maps every moment to a *position*: the working time that has passed since a fixed
beginning. Positions are exact integers (microseconds), so "add two working hours" is an
addition followed by a search. The position of a day is a prefix sum: whole weeks, a part of
a week, and the sum of the differences that dated exceptions make; a deadline is found by
binary search over days.

Moments go in and come out aware (UTC out); days are the local days of the calendar's zone.
The zone must be free of daylight saving, as Asia/Shanghai has been since 1992.

What "N working days" means is the calendar's ``day_rule``:

``end_of_day`` (default)  the day of the start is not counted; the limit ends when working
    time ends on the Nth following working day. Natural days end at 24:00 of the Nth
    following day and are not moved when that day is a holiday: a limit in natural days is
    chosen because it shall not stop for one.
    Source: Civil Code of the PRC, article 201 (the first day is not counted) and article
    203 (the last day ends when business hours end).
``standard_minutes``  N standard days of working minutes, counted from the moment of the start.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_MINUTES = 24 * 60
DAY_US = 24 * HOUR_US
LAST_ORDINAL = date(9000, 1, 1).toordinal()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Working time of one day: (from, to) in minutes after local midnight, in order, apart.
Spans = tuple[tuple[int, int], ...]


class Unit(StrEnum):
    """What a limit is counted in."""

    CALENDAR_MINUTES = "calendar_minutes"
    CALENDAR_HOURS = "calendar_hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_MINUTES = "working_minutes"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"

    @property
    def is_working(self) -> bool:
        """Counts working time only."""
        return self.value.startswith("working")


class DayRule(StrEnum):
    """What a limit in days means; see the module."""

    END_OF_DAY = "end_of_day"
    STANDARD_MINUTES = "standard_minutes"


class NoWorkingTime(ValueError):
    """The calendar has not enough working time, ever, to reach the moment asked for."""


@dataclass(frozen=True)
class Limit:
    """An amount of time in a unit; negative amounts reach back (for warnings before due)."""

    amount: Decimal | int
    unit: str

    def microseconds(self, day_us: int) -> int:
        """Will give the length, taking a day as ``day_us``."""
        one = {"minutes": MINUTE_US, "hours": HOUR_US, "days": day_us}
        return int(Decimal(self.amount) * one[Unit(self.unit).value.split("_")[1]])


class RealTime:
    """Every microsecond counts."""

    def position(self, at: datetime) -> int:
        """Will give where a moment lies on the scale, in microseconds."""
        return (at - _EPOCH) // _MICROSECOND

    def moment(self, position: int) -> datetime:
        """Will give the moment of a position."""
        return _EPOCH + timedelta(microseconds=position)


REAL_TIME = RealTime()


def parse_spans(text: str) -> Spans:
    """Will read "09:00-12:00, 13:30-17:30"; an empty text is a day off.

    Raises: ValueError (not such a list, out of order, overlapping, or beyond 24:00).
    """
    spans = []
    for part in text.replace("，", ",").replace("：", ":").replace("–", "-").split(","):
        if not part.strip():
            continue
        first, _dash, last = part.partition("-")
        spans.append((_minutes(first), _minutes(last)))
    return check_spans(spans)


def check_spans(spans: Sequence[Sequence[int]]) -> Spans:
    """Will give the spans in order, or raise ValueError when they are no working day."""
    ordered = tuple(sorted((int(a), int(b)) for a, b in spans))
    for start, end in ordered:
        if not 0 <= start < end <= DAY_MINUTES:
            raise ValueError("a span must lie within one day and end after it starts")
    for (_a, end), (start, _b) in pairwise(ordered):
        if start < end:
            raise ValueError("spans overlap")
    return ordered


def format_spans(spans: Spans) -> str:
    """Will write what ``parse_spans`` reads."""
    return ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)


def _minutes(text: str) -> int:
    hour, _colon, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(minute) < 60):
        raise ValueError("a time of day is written like 09:00")
    return int(hour) * 60 + int(minute)


class WorkCalendar:
    """The working time of one place; also the ``Scale`` of working time.

    weekly: seven ``Spans``, Monday first. days: the dates that differ, with their spans
    (empty: a holiday). Immutable once built.
    """

    def __init__(
        self,
        *,
        weekly: Sequence[Spans],
        days: Mapping[date, Spans],
        zone: str = "Asia/Shanghai",
        day_rule: str = DayRule.END_OF_DAY,
    ) -> None:
        if len(weekly) != 7:
            raise ValueError("a week has seven days")
        self.zone = ZoneInfo(zone)
        self.day_rule = DayRule(day_rule)
        self.weekly = tuple(check_spans(spans) for spans in weekly)
        self.days = {day.toordinal(): check_spans(spans) for day, spans in days.items()}
        self.standard_day_us = max(_length(spans) for spans in self.weekly)
        self._week_us = [0, *accumulate(_length(spans) for spans in self.weekly)]
        self._week_days = [0, *accumulate(int(bool(spans)) for spans in self.weekly)]
        self._exceptions = sorted(self.days)
        changes = [(self.days[o], self.weekly[(o - 1) % 7]) for o in self._exceptions]
        self._us_change = [0, *accumulate(_length(new) - _length(old) for new, old in changes)]
        self._day_change = [0, *accumulate(bool(new) - bool(old) for new, old in changes)]

    # --- days ------------------------------------------------------------------------

    def spans_on(self, day: date) -> Spans:
        """Will give the working spans of a local day."""
        return self._spans(day.toordinal())

    def is_working(self, day: date) -> bool:
        """Will tell whether people work on a local day."""
        return bool(self.spans_on(day))

    def local_day(self, at: datetime) -> date:
        """Will give the local day of a moment."""
        return at.astimezone(self.zone).date()

    def end_of_work(self, day: date) -> datetime:
        """Will give the moment working time ends on a working day."""
        return self._at(day.toordinal(), self._spans(day.toordinal())[-1][1] * MINUTE_US)

    def working_day(self, day: date, number: int) -> date:
        """Will give the ``number``-th working day after ``day``, or before it if negative."""
        ordinal = day.toordinal()
        if number > 0:
            target = self._days_before(ordinal + 1) + number
        else:
            target = self._days_before(ordinal) + number + 1
        return date.fromordinal(self._first_day(self._days_before, target))

    # --- moments ---------------------------------------------------------------------

    def scale(self, unit: str) -> "Scale":
        """Will give the scale a unit is measured on: working time or real time."""
        return self if Unit(unit).is_working else REAL_TIME

    def position(self, at: datetime) -> int:
        """Will give the working time until a moment, in microseconds."""
        local = at.astimezone(self.zone)
        ordinal = local.toordinal()
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        passed = (local.replace(tzinfo=None) - midnight) // _MICROSECOND
        within = 0
        for start, end in self._spans(ordinal):
            within += max(0, min(passed, end * MINUTE_US) - start * MINUTE_US)
        return self._us_before(ordinal) + within

    def moment(self, position: int) -> datetime:
        """Will give the earliest moment at this position: the end of a span, not the next start."""
        ordinal = self._first_day(self._us_before, position)
        left = position - self._us_before(ordinal)
        for start, end in self._spans(ordinal):
            length = (end - start) * MINUTE_US
            if left <= length:
                return self._at(ordinal, start * MINUTE_US + left)
            left -= length
        raise NoWorkingTime(position)

    def add(self, at: datetime, limit: Limit) -> datetime:
        """Will give the moment ``limit`` after ``at`` (before it, for a negative amount).

        Raises: ValueError (a fraction of a day under the rule ``end_of_day``);
            NoWorkingTime.
        """
        unit = Unit(limit.unit)
        if not limit.amount:
            return at
        by_day = unit in (Unit.CALENDAR_DAYS, Unit.WORKING_DAYS)
        if by_day and self.day_rule == DayRule.END_OF_DAY:
            return self._add_days(at, limit)
        scale = self.scale(unit)
        day_us = self.standard_day_us if unit.is_working else DAY_US
        return scale.moment(scale.position(at) + limit.microseconds(day_us))

    def _add_days(self, at: datetime, limit: Limit) -> datetime:
        number = int(limit.amount)
        if number != limit.amount:
            raise ValueError("days are counted whole under this calendar's rule")
        day = self.local_day(at)
        if limit.unit == Unit.WORKING_DAYS:
            return self.end_of_work(self.working_day(day, number))
        return self._at(day.toordinal() + number, DAY_US)

    # --- prefix sums -----------------------------------------------------------------

    def _spans(self, ordinal: int) -> Spans:
        found = self.days.get(ordinal)
        return self.weekly[(ordinal - 1) % 7] if found is None else found

    def _us_before(self, ordinal: int) -> int:
        """Working microseconds of all days before this one (day 1 is a Monday)."""
        weeks, weekday = divmod(ordinal - 1, 7)
        changed = self._us_change[bisect_left(self._exceptions, ordinal)]
        return weeks * self._week_us[7] + self._week_us[weekday] + changed

    def _days_before(self, ordinal: int) -> int:
        weeks, weekday = divmod(ordinal - 1, 7)
        changed = self._day_change[bisect_left(self._exceptions, ordinal)]
        return weeks * self._week_days[7] + self._week_days[weekday] + changed

    def _first_day(self, before: Callable[[int], int], target: int) -> int:
        """The first day at whose end the prefix sum has reached ``target``."""
        low, high = 1, LAST_ORDINAL
        if before(high + 1) < target:
            raise NoWorkingTime(target)
        while low < high:
            middle = (low + high) // 2
            if before(middle + 1) >= target:
                high = middle
            else:
                low = middle + 1
        return low

    def _at(self, ordinal: int, microseconds: int) -> datetime:
        midnight = datetime.fromordinal(ordinal).replace(tzinfo=self.zone)
        return (midnight + timedelta(microseconds=microseconds)).astimezone(UTC)


#: A way to measure time: positions grow by one per microsecond that counts.
Scale = RealTime | WorkCalendar


def _length(spans: Spans) -> int:
    return sum(end - start for start, end in spans) * MINUTE_US
