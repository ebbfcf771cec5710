"""Deadlines against a minute-by-minute simulation, and the days that trip programs up."""

import os
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.clocks.engine import Limit, NoWorkingTime, WorkCalendar, format_spans, parse_spans
from apps.clocks.ledger import Entry, Threshold, project
from tests.clocks.factories import SHANGHAI, local
from tests.clocks.oracle import Oracle

# CITYBRAIN_CLOCK_EXAMPLES=10000 is the long run.
EXAMPLES = int(os.environ.get("CITYBRAIN_CLOCK_EXAMPLES", "1000"))
OFFICE = ((540, 720), (810, 1050))
WEEK = [OFFICE] * 5 + [(), ()]
NATIONAL_DAY = {date(2026, 10, day): () for day in range(1, 8)}
MAKEUP = {date(2026, 9, 20): OFFICE, date(2026, 10, 10): OFFICE}
CALENDAR = WorkCalendar(weekly=WEEK, days={**NATIONAL_DAY, **MAKEUP})
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def aware(naive: datetime) -> datetime:
    return naive.replace(tzinfo=SHANGHAI)


spans = st.lists(st.integers(0, 96), min_size=0, max_size=4, unique=True).map(
    lambda marks: tuple(
        (a * 15, b * 15) for a, b in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False)
    )
)
weeks = st.lists(spans, min_size=7, max_size=7).filter(lambda w: sum(map(bool, w)) >= 3)
starts = st.integers(0, 14 * 1440).map(lambda m: datetime(2026, 9, 21) + timedelta(minutes=m))
exceptions = st.dictionaries(
    st.integers(0, 40).map(lambda n: date(2026, 9, 15) + timedelta(days=n)), spans, max_size=12
)
steps = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from(["switch", "extend"]), st.integers(1, 900)),
    max_size=6,
)


def as_history(start, drawn):
    """Random steps as alternating suspend/resume and extensions, with the ledger they make."""
    now, running, events = start, True, []
    entries = [Entry("run", aware(start), None)]
    for gap, what, minutes in drawn:
        now += timedelta(minutes=gap)
        if what == "extend":
            limit = Limit(minutes, "working_minutes")
            entries.insert(-1, Entry("extended", aware(now), aware(now), limit))
            events.append((now, "extend", minutes))
            continue
        last = entries.pop()
        entries.append(Entry(last.kind, last.from_at, aware(now), last.limit))
        running = not running
        entries.append(Entry("run" if running else "suspended", aware(now), None))
        events.append((now, "resume" if running else "suspend", 0))
    runs_first = sorted(entries, key=lambda e: e.from_at)
    return events, runs_first


@thorough
@given(weeks, exceptions, starts, st.integers(1, 4000), steps)
def test_ledger_equals_minute_by_minute_simulation(week, days, start, minutes, drawn):
    events, entries = as_history(start, drawn)
    first = next(i for i, e in enumerate(entries) if e.kind == "run")
    head = Entry(
        "run", entries[first].from_at, entries[first].to_at, Limit(minutes, "working_minutes")
    )
    ordered = [head, *entries[:first], *entries[first + 1 :]]
    due = project(ordered, WorkCalendar(weekly=week, days=days)).due_at
    expected = Oracle(week, days).due(start, minutes, events)
    assert due.astimezone(SHANGHAI).replace(tzinfo=None) == expected


@thorough
@given(weeks, exceptions, starts, st.integers(1, 12))
def test_working_days_equal_walking_from_day_to_day(week, days, start, number):
    due = WorkCalendar(weekly=week, days=days).add(aware(start), Limit(number, "working_days"))
    expected = Oracle(week, days).end_of_nth_day(start, number)
    assert due.astimezone(SHANGHAI).replace(tzinfo=None) == expected


@settings(max_examples=200, deadline=None, database=None)
@given(weeks, exceptions, starts, st.integers(0, 20000))
def test_position_counts_working_minutes(week, days, start, length):
    calendar, end = WorkCalendar(weekly=week, days=days), start + timedelta(minutes=length)
    counted = calendar.position(aware(end)) - calendar.position(aware(start))
    assert counted == Oracle(week, days).count(start, end) * 60_000_000


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        ("2026-09-29 10:00", 2, "working_days", "2026-10-08 17:30"),  # over the National Day week
        ("2026-10-08 09:00", 2, "working_days", "2026-10-10 17:30"),  # the make-up Saturday counts
        ("2026-09-18 20:00", 1, "working_days", "2026-09-20 17:30"),  # the make-up Sunday counts
        ("2026-10-03 12:00", 1, "working_days", "2026-10-08 17:30"),  # begun on a holiday
        ("2026-11-20 07:00", 1, "working_days", "2026-11-23 17:30"),  # the first day never counts
        ("2026-11-20 17:00", 1, "working_hours", "2026-11-23 09:30"),
        ("2026-11-20 11:30", 1, "working_hours", "2026-11-20 14:00"),  # lunch does not count
        ("2026-11-20 09:00", 3, "working_hours", "2026-11-20 12:00"),  # the end, not after lunch
        ("2026-11-20 23:50", 30, "calendar_minutes", "2026-11-21 00:20"),
        ("2026-11-20 10:00", 24, "calendar_hours", "2026-11-21 10:00"),
        ("2026-11-20 10:00", 2, "calendar_days", "2026-11-23 00:00"),  # 24:00 of the second day
        ("2026-12-31 17:30", 10, "working_minutes", "2027-01-01 09:10"),
        ("2026-11-20 10:00", Decimal("1.5"), "working_hours", "2026-11-20 11:30"),
        ("2026-11-25 17:30", -1, "working_days", "2026-11-24 17:30"),  # warning the day before
        ("2026-11-23 17:30", -1, "working_days", "2026-11-20 17:30"),
        ("2026-11-25 17:30", -4, "working_hours", "2026-11-25 12:00"),
    ],
)
def test_known_days(start, amount, unit, due):
    assert CALENDAR.add(local(start), Limit(amount, unit)) == local(due)


def test_standard_minutes_rule_counts_from_the_moment():
    calendar = WorkCalendar(weekly=WEEK, days={}, day_rule="standard_minutes")
    due = calendar.add(local("2026-11-20 14:30"), Limit(1, "working_days"))
    assert due == local("2026-11-23 14:30")


def test_round_the_clock_calendar_equals_real_time():
    calendar = WorkCalendar(weekly=[((0, 1440),)] * 7, days={})
    start = local("2026-11-20 23:59")
    assert calendar.add(start, Limit(48, "working_hours")) == start + timedelta(hours=48)


def test_a_calendar_without_working_time_says_so():
    empty = WorkCalendar(weekly=[()] * 7, days={})
    with pytest.raises(NoWorkingTime):
        empty.add(local("2026-11-20 10:00"), Limit(1, "working_minutes"))


def test_part_of_a_day_is_refused_where_days_are_whole():
    with pytest.raises(ValueError, match="whole"):
        CALENDAR.add(local("2026-11-20 10:00"), Limit(Decimal("0.5"), "working_days"))


def test_hurry_keeps_a_share_of_what_is_left():
    start = local("2026-11-20 09:00")
    entries = [
        Entry("run", start, None, Limit(4, "working_hours")),
        Entry("hurried", local("2026-11-20 10:00"), None, factor=Decimal("0.5")),
    ]
    assert project(entries, CALENDAR).due_at == local("2026-11-20 11:30")


def test_a_hurry_up_gives_no_time_when_a_later_calendar_left_nothing_to_hurry():
    """Found by the walk in test_minutes: the day off became a workday afterwards."""
    entries = [
        Entry("run", local("2026-11-20 09:00"), None, Limit(4, "working_hours")),
        Entry("hurried", local("2026-11-21 18:00"), None, factor=Decimal("0.5")),
    ]
    assert project(entries, CALENDAR).due_at == local("2026-11-20 14:30")


def test_another_limit_counts_from_the_start_on_its_own_scale():
    entries = [
        Entry(
            "run", local("2026-11-20 09:00"), local("2026-11-20 10:00"), Limit(5, "working_days")
        ),
        Entry("suspended", local("2026-11-20 10:00"), local("2026-11-20 13:00")),
        Entry("run", local("2026-11-20 13:00"), None),
        Entry("relimited", local("2026-11-20 14:00"), None, Limit(24, "calendar_hours")),
    ]
    assert project(entries, CALENDAR).due_at == local("2026-11-21 12:00")


def test_fraction_of_the_budget_skips_the_suspension():
    entries = [
        Entry(
            "run", local("2026-11-20 09:00"), local("2026-11-20 10:00"), Limit(2, "working_hours")
        ),
        Entry("suspended", local("2026-11-20 10:00"), local("2026-11-23 09:00")),
        Entry("run", local("2026-11-23 09:00"), None),
    ]
    projection = project(entries, CALENDAR)
    assert projection.threshold_at(Threshold("y", fraction=Decimal("0.75"))) == local(
        "2026-11-23 09:30"
    )
    assert projection.threshold_at(Threshold("h", fraction=Decimal("0.5"))) == local(
        "2026-11-20 10:00"
    )


@pytest.mark.parametrize(
    "text", ["9", "09:00", "12:00-09:00", "09:00-12:00,11:00-13:00", "23:00-25:00"]
)
def test_bad_spans_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  every kind of mistake is a ValueError
        parse_spans(text)


def test_spans_are_written_as_they_are_read():
    assert format_spans(parse_spans("13:30-24:00，9:00-12:00")) == "09:00-12:00, 13:30-24:00"
