"""A year of a calendar laid out for a page."""

import calendar as month_grid
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format

from apps.clocks.engine import WorkCalendar, format_spans
from apps.clocks.enums import DayKind
from apps.clocks.models import Calendar, CalendarDay
from apps.common import clock


@dataclass(frozen=True)
class DayCell:
    """One day. kind: work, rest, holiday or makeup; name and spans for people."""

    on: date
    kind: str
    name: str
    spans: str
    is_today: bool


@dataclass(frozen=True)
class Month:
    """A month as weeks from Monday to Sunday; None where the week reaches into another month."""

    first: date
    name: str
    weeks: list[list[DayCell | None]]
    working_days: int


def months_of(calendar: Calendar, working: WorkCalendar, year: int) -> list[Month]:
    """Will lay out the twelve months of a year; as many queries as the calendar has parents."""
    named = _named_days(calendar, year)
    return [_month(working, named, date(year, number, 1)) for number in range(1, 13)]


def _named_days(calendar: Calendar, year: int) -> dict[date, CalendarDay]:
    found: dict[date, CalendarDay] = {}
    each: Calendar | None = calendar
    while each is not None:
        for day in each.dated.filter(on__year=year):
            found.setdefault(day.on, day)
        each = each.parent
    return found


def _month(working: WorkCalendar, named: dict[date, CalendarDay], first: date) -> Month:
    today = clock.today()
    blank, length = month_grid.monthrange(first.year, first.month)
    cells: list[DayCell | None] = [None] * blank
    for offset in range(length):
        on = first + timedelta(days=offset)
        cells.append(_cell(on, working, named.get(on), today))
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[at : at + 7] for at in range(0, len(cells), 7)]
    working_days = sum(cell is not None and cell.kind in ("work", "makeup") for cell in cells)
    return Month(first, date_format(first, "F"), weeks, working_days)


def _cell(on: date, working: WorkCalendar, day: CalendarDay | None, today: date) -> DayCell:
    spans = working.spans_on(on)
    kind = "work" if spans else "rest"
    if day is not None:
        kind = "makeup" if day.kind == DayKind.MAKEUP else "holiday"
    return DayCell(on, kind, day.name if day else "", format_spans(spans), on == today)
