"""How a deadline came about, laid out for a page: limit, calendar, lines, days, marks.

Everything is computed anew from the ledger and from the calendar revision the clock keeps, so
the page proves the deadline instead of repeating it. Called by the page and the API of a case.
Source: SL-02, SL-04.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.clocks.engine import MINUTE_US, Limit, Unit, WorkCalendar, format_spans
from apps.clocks.enums import ClockState, DayKind, IntervalKind, LimitUnit
from apps.clocks.ledger import Projection
from apps.clocks.models import Calendar, CalendarDay, Clock, ClockInterval, ClockTimer
from apps.clocks.selectors import (
    Remaining,
    duration_text,
    explain,
    limit_text,
    projection_of,
    remaining,
    work_calendar,
)
from apps.common import clock as city_clock

#: A page shows no more days than this; a limit of years is told by its sums.
MOST_DAYS = 400


@dataclass(frozen=True)
class Row:
    """One line of the ledger. request: what the decision came from, "request:12" or empty."""

    sequence: int
    round: int
    kind: str
    label: str
    amount: str
    from_at: datetime
    to_at: datetime | None
    reason: str
    by_name: str
    request: str
    due_before: datetime | None
    due_after: datetime
    revision: int


@dataclass(frozen=True)
class Day:
    """One day, or several like it in a row.

    kind: work, makeup, rest or holiday. spans: "09:00-12:00, 13:30-17:30". counted, total:
    minutes of this day that used up the limit, and of all days so far. until: of several days.
    """

    on: date
    until: date | None
    kind: str
    name: str
    spans: str
    counted: int
    total: int
    notes: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many days the row stands for."""
        return 1 if self.until is None else (self.until - self.on).days + 1


@dataclass(frozen=True)
class Mark:
    """A threshold: its rule in words, its moment, and when it was acted on."""

    code: str
    level: str
    level_label: str
    rule: str
    at: datetime | None
    fired_at: datetime | None
    occurrence: int
    last_error: str


@dataclass(frozen=True)
class Statement:
    """All a page needs to prove one deadline. budget, spent, left: minutes on its own scale."""

    clock: Clock
    calendar_name: str
    revision: int
    newest_revision: int
    limit: str
    is_working: bool
    rule: str
    rows: list[Row]
    days: list[Day]
    skipped: list[Day]
    makeups: list[Day]
    marks: list[Mark]
    budget: int
    spent: int
    left: int
    stands: Remaining
    sentences: list[str]

    @property
    def calendar_has_changed(self) -> bool:
        """Whether the calendar was edited after this clock took it over."""
        return self.newest_revision > self.revision


def statement_of(clock: Clock) -> Statement:
    """Will lay out one clock; about seven queries."""
    working = work_calendar(clock.calendar_revision)
    projection = projection_of(clock)
    days = list(_days(clock, projection, working))
    now = city_clock.now()
    until = clock.stopped_at or now
    spent = projection.consumed(until) // MINUTE_US
    budget = projection.budget // MINUTE_US
    return Statement(
        clock=clock,
        calendar_name=clock.calendar.name,
        revision=clock.calendar_revision.number,
        newest_revision=clock.calendar.revision,
        limit=limit_text(clock.limit),
        is_working=Unit(clock.limit_unit).is_working,
        rule=_rule(clock, working),
        rows=_rows(clock),
        days=_folded(days),
        skipped=_folded([d for d in days if d.kind == "holiday"]),
        makeups=[d for d in days if d.kind == "makeup"],
        marks=_marks(clock, projection),
        budget=budget,
        spent=spent,
        left=budget - spent,
        stands=remaining(clock, now),
        sentences=explain(clock),
    )


def _rule(clock: Clock, working: WorkCalendar) -> str:
    unit = Unit(clock.limit_unit)
    if unit == Unit.WORKING_DAYS and working.day_rule == "end_of_day":
        return _("起算当天不计，从下一个工作日数起，数到最后一个工作日下班为止")
    if unit == Unit.CALENDAR_DAYS and working.day_rule == "end_of_day":
        return _("起算当天不计，从次日数起，数到最后一天24时为止，节假日不顺延")
    if unit.is_working:
        return _("从起算时刻起只累计工作时间，节假日、休息日和非工作时段不计")
    return _("从起算时刻起连续累计，节假日也计算在内")


def _rows(clock: Clock) -> list[Row]:
    lines = clock.intervals.select_related("calendar_revision").order_by("sequence")
    return [_row(line) for line in lines]


def _row(line: ClockInterval) -> Row:
    amount = ""
    if line.amount is not None:
        amount = limit_text(Limit(line.amount, line.unit))
    elif line.factor is not None:
        amount = f"× {line.factor.normalize():f}"
    label = IntervalKind(line.kind).label
    if line.kind == IntervalKind.RUN and line.sequence > 1:
        label = _("恢复计时") if line.amount is None else _("重新起算")
    return Row(
        sequence=line.sequence,
        round=line.round,
        kind=line.kind,
        label=str(label),
        amount=amount,
        from_at=line.from_at,
        to_at=line.to_at if line.kind in (IntervalKind.RUN, IntervalKind.SUSPENDED) else None,
        reason=line.reason,
        by_name=line.by_name,
        request=line.request,
        due_before=line.due_before,
        due_after=line.due_after,
        revision=line.calendar_revision.number,
    )


# --- Days ----------------------------------------------------------------------------


def _days(clock: Clock, projection: Projection, working: WorkCalendar) -> Iterator[Day]:
    """Walks from the day of the start to the day of the deadline."""
    named = names_of(clock.calendar)
    first, last = working.local_day(clock.started_at), working.local_day(clock.due_at)
    is_suspended = clock.state == ClockState.SUSPENDED
    if clock.state == ClockState.STOPPED:
        # What was left when it stopped would have led to the deadline: the days prove that.
        *earlier, (began, _ended) = projection.runs
        projection = replace(projection, runs=(*earlier, (began, None)))
    last = max(last, working.local_day(projection.runs[-1][0]))
    total, number = 0, 0
    for offset in range(min((last - first).days + 1, MOST_DAYS)):
        on = first + timedelta(days=offset)
        start, end = _bounds(on, working)
        counted = _counted(projection, start, end) // MINUTE_US
        total += counted
        spans = working.spans_on(on)
        number += bool(spans) and offset > 0
        notes = []
        if on == first:
            notes.append(_("起算日"))
        elif spans and clock.limit_unit == LimitUnit.WORKING_DAYS:
            notes.append(_("第%(n)d个工作日") % {"n": number})
        if any(a < end and (b is None or b > start) for a, b in _pauses(projection)):
            notes.append(_("有挂起"))
        if clock.stopped_at is not None and on == working.local_day(clock.stopped_at):
            notes.append(_("停止计时"))
        if on == working.local_day(clock.due_at) and not is_suspended:
            notes.append(_("到期日"))
        kind, name = _kind_of(on, working, named.get(on))
        yield Day(on, None, kind, name, format_spans(spans), counted, total, tuple(notes))


def _counted(projection: Projection, start: datetime, end: datetime) -> int:
    """What the runs used up between two moments, up to the deadline."""
    limit = projection.due_at
    position = projection.scale.position
    used = 0
    for a, b in projection.runs:
        since = max(a, start)
        until = min(end, limit if b is None else min(b, limit))
        if since < until:
            used += position(until) - position(since)
    return used


def _pauses(projection: Projection) -> Iterator[tuple[datetime, datetime | None]]:
    """The gaps between the runs; the last one is open while the clock is suspended."""
    for number, (_start, end) in enumerate(projection.runs):
        if end is None:
            continue
        follows = projection.runs[number + 1][0] if number + 1 < len(projection.runs) else None
        yield end, follows


def _bounds(on: date, working: WorkCalendar) -> tuple[datetime, datetime]:
    start = datetime.combine(on, time.min, tzinfo=working.zone)
    return start, start + timedelta(days=1)


def names_of(calendar: Calendar) -> dict[date, CalendarDay]:
    """Will give the dates of a calendar and its parents that differ, with their names."""
    found: dict[date, CalendarDay] = {}
    each: Calendar | None = calendar
    while each is not None:
        for day in each.dated.all():
            found.setdefault(day.on, day)
        each = each.parent
    return found


def _kind_of(on: date, working: WorkCalendar, day: CalendarDay | None) -> tuple[str, str]:
    """By the revision the clock keeps; the name is today's, where the two agree."""
    spans = working.spans_on(on)
    dated = working.days.get(on.toordinal())
    weekday = date_format(on, "l")
    if dated is None:
        return ("work" if spans else "rest"), weekday
    kind = "makeup" if dated else "holiday"
    agrees = day is not None and (day.kind == DayKind.MAKEUP) == bool(dated)
    return kind, day.name if agrees and day is not None else weekday


def _folded(days: Sequence[Day]) -> list[Day]:
    """Days off in a row become one line: "10月1日 至 10月7日 国庆节"."""
    folded: list[Day] = []
    for _key, group in groupby(days, lambda d: (d.kind, d.name if d.kind == "holiday" else "")):
        same = list(group)
        if same[0].kind in ("work", "makeup") or any(d.counted or d.notes for d in same):
            folded += same
            continue
        run = [same[0]]
        for day in same[1:]:
            last = run[-1].until or run[-1].on
            if day.on == last + timedelta(days=1):
                name = run[-1].name if day.name == run[-1].name else _("休息日")
                run[-1] = replace(run[-1], until=day.on, name=name)
            else:
                run.append(day)
        folded += run
    return folded


# --- Marks ---------------------------------------------------------------------------


def _marks(clock: Clock, projection: Projection) -> list[Mark]:
    marks = []
    for timer in clock.timers.all():
        threshold = timer.threshold
        at = timer.due_at
        if at is None and threshold is not None:
            at = projection.threshold_at(threshold)
        marks.append(
            Mark(
                code=timer.code,
                level=timer.level,
                level_label=timer.get_level_display(),
                rule=_mark_rule(timer),
                at=at,
                fired_at=timer.fired_at,
                occurrence=timer.occurrence,
                last_error=timer.last_error,
            )
        )
    return sorted(marks, key=lambda mark: (mark.at or clock.due_at, mark.code))


def _mark_rule(timer: ClockTimer) -> str:
    if timer.fraction is not None:
        return _("时限用去%(share)s时") % {"share": f"{timer.fraction * 100:.0f}%"}
    if timer.offset_amount is None:
        return _("挂起到期提醒")
    if not timer.offset_amount:
        return _("到期时")
    words = {"limit": limit_text(Limit(abs(timer.offset_amount), timer.offset_unit))}
    return _("到期前%(limit)s") % words if timer.offset_amount < 0 else _("到期后%(limit)s") % words


def minutes_text(minutes: int) -> str:
    """Will write minutes as "37 小时 30 分"; overdue ones with a sign."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        return sign + (duration_text(timedelta(minutes=rest)) if rest else "0")
    words = {"h": hours, "m": rest}
    told = _("%(h)d 小时 %(m)d 分") % words if rest else _("%(h)d 小时") % words
    return sign + told
