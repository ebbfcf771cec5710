"""The ledger against a walk through every minute: 10,000 random lives of a clock.

The walk knows nothing of prefix sums, positions or search: a calendar is a row of minutes, a
clock is paid for minute by minute. One in 150 lives is also led through the services and the
database. CITYBRAIN_CLOCK_SEED leads other lives.
"""

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from apps.audit.services import SYSTEM
from apps.clocks import selectors, services
from apps.clocks.engine import Limit, WorkCalendar
from apps.clocks.ledger import Entry, Threshold, project
from apps.clocks.models import Calendar
from apps.clocks.notice import NoticeDay
from tests.clocks.factories import SHANGHAI

SEED = int(os.environ.get("CITYBRAIN_CLOCK_SEED", "20261121"))
LIVES, CHUNKS, LIVED_IN_DATABASE = 10_000, 10, 64
MINUTE_US = 60_000_000
DAY = 1440
FIRST_DAY = date(2026, 9, 14)  # a Monday; National Day and its make-up days lie ahead
DAYS = 220
OFFICE = ((540, 720), (810, 1050))
MORNING = ((540, 720),)
OTHERS = (OFFICE, OFFICE, OFFICE, MORNING, ((0, 1440),), ((480, 1200),), ((1200, 1440), (0, 120)))
HALF, QUARTER = Decimal("0.5"), Decimal("0.25")


def aware(minute: int) -> datetime:
    """A minute of the walk as the program sees it."""
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=SHANGHAI)
    return midnight + timedelta(minutes=minute)


@dataclass
class Walked:
    """A calendar as a row of minutes; 1 = working time."""

    weekly: list[tuple[tuple[int, int], ...]]
    days: dict[int, tuple[tuple[int, int], ...]]
    day_rule: str = "end_of_day"
    minutes: bytearray = field(init=False)

    def __post_init__(self):
        self.minutes = bytearray(DAYS * DAY)
        for day in range(DAYS):
            for start, end in self.spans(day):
                self.minutes[day * DAY + start : day * DAY + end] = b"\x01" * (end - start)
        self.standard = max(sum(b - a for a, b in spans) for spans in self.weekly)

    def spans(self, day: int) -> tuple[tuple[int, int], ...]:
        return self.days.get(day, self.weekly[day % 7])

    def changed(self, day: int, spans: tuple[tuple[int, int], ...]) -> "Walked":
        return Walked(self.weekly, {**self.days, day: spans}, self.day_rule)

    def as_program(self) -> WorkCalendar:
        dated = {FIRST_DAY + timedelta(days=n): spans for n, spans in self.days.items()}
        return WorkCalendar(weekly=self.weekly, days=dated, day_rule=self.day_rule)

    def cost(self, start_us: int, limit: Limit) -> int:
        """How many microseconds a limit is worth that starts here, pauses apart."""
        family, _underscore, one = limit.unit.partition("_")
        working, number = family == "working", int(limit.amount)
        if one != "days":
            return number * (60 if one == "hours" else 1) * MINUTE_US
        if self.day_rule == "standard_minutes":
            return number * (self.standard if working else DAY) * MINUTE_US
        day = start_us // (DAY * MINUTE_US)
        while number:
            day += 1
            number -= 1 if not working or self.spans(day) else 0
        end = max(b for _a, b in self.spans(day)) if working else DAY
        return self.spent(start_us, (day * DAY + end) * MINUTE_US, working=working)

    def spent(self, start_us: int, end_us: int, *, working: bool) -> int:
        """Walks from one moment to another and counts."""
        if not working:
            return max(0, end_us - start_us)
        first, last = -(-start_us // MINUTE_US), end_us // MINUTE_US
        if end_us <= start_us:
            return 0
        if first > last:  # within one minute
            return (end_us - start_us) * self.minutes[last]
        counted = self.minutes[first:last].count(1) * MINUTE_US
        if first * MINUTE_US > start_us:
            counted += (first * MINUTE_US - start_us) * self.minutes[first - 1]
        return counted + (end_us - last * MINUTE_US) * self.minutes[last]

    def paid_off(self, budget: int, runs: list[list[int | None]], *, working: bool) -> int:
        """Walks minute by minute through the runs until the budget is used up."""
        left, minutes = budget, self.minutes
        for number, (start, end) in enumerate(runs):
            # Of a suspended clock: as if it had resumed at once.
            last = number == len(runs) - 1
            for minute in range(start, DAYS * DAY if last else end):
                if not working or minutes[minute]:
                    if left <= MINUTE_US:
                        return minute * MINUTE_US + left
                    left -= MINUTE_US
        raise AssertionError("the walk left the horizon")


class Oracle:
    """A clock that lives by walking."""

    def __init__(self, calendar: Walked, start: int, limit: Limit):
        self.newest = calendar
        self.start(start, limit)

    def start(self, at: int, limit: Limit) -> None:
        self.calendar, self.began, self.limit = self.newest, at, limit
        self.runs: list[list[int | None]] = [[at, None]]
        self.deeds: list[tuple[int, str, Limit | Decimal]] = [(at, "limit", limit)]

    @property
    def runs_now(self) -> bool:
        return self.runs[-1][1] is None

    def replay(self) -> tuple[int, bool]:
        """The budget and whether it counts working time, from all that was done."""
        budget, working, c = 0, True, self.calendar
        for at, what, value in self.deeds:
            if what == "limit":
                working = value.unit.startswith("working")
                budget = c.cost(self.began * MINUTE_US, value)
            elif what == "extend":
                # Runs known when it was done; later ones cannot matter to it.
                due = c.paid_off(budget, self._runs_until(at), working=working)
                budget += c.cost(due, value)
            else:
                used = self._used(at, working=working)
                fresh = isinstance(value, Limit)
                left = c.cost(at * MINUTE_US, value) if fresh else int((budget - used) * value)
                if 0 <= left < budget - used:  # a hurry-up never gives time
                    budget = used + left
        return budget, working

    def _runs_until(self, at: int) -> list[list[int | None]]:
        return [run for run in self.runs if run[0] <= at]

    def _used(self, at: int, *, working: bool) -> int:
        return sum(
            self.calendar.spent(
                a * MINUTE_US, min(at, at if b is None else b) * MINUTE_US, working=working
            )
            for a, b in self.runs
            if a < at
        )

    def due(self) -> int:
        budget, working = self.replay()
        return self.calendar.paid_off(budget, self.runs, working=working)

    def at_share(self, share: Decimal) -> int:
        budget, working = self.replay()
        return self.calendar.paid_off(int(budget * share), self.runs, working=working)

    def left_at(self, at: int) -> int:
        budget, working = self.replay()
        return budget - self._used(at, working=working)


def a_limit(random: Random, *, working: bool, short: bool = False) -> Limit:
    most = {"minutes": 300, "hours": 8, "days": 3} if short else {
        "minutes": 900, "hours": 20, "days": 4
    }  # fmt: skip
    one = random.choice(["minutes", "hours", "days"])
    family = "working" if working else "calendar"
    return Limit(random.randint(1, most[one]), f"{family}_{one}")


def a_calendar(random: Random) -> Walked:
    weekly = [random.choice(OTHERS[:4]) for _day in range(5)] + [(), random.choice([(), MORNING])]
    if random.random() < 0.1:
        weekly = [tuple(sorted(random.choice(OTHERS))) for _day in range(7)]
    days = {}
    for _n in range(random.randint(0, 6)):
        days[random.randint(0, 40)] = random.choice([(), (), OFFICE, MORNING])
    rule = "standard_minutes" if random.random() < 0.2 else "end_of_day"
    return Walked(weekly, days, rule)


def deeds_of(random: Random, oracle: Oracle, at: int):
    """The next thing that happens: its name and what it takes. The oracle says what is allowed."""
    choices = ["suspend" if oracle.runs_now else "resume"] * 3
    choices += ["extend", "holiday", "makeup", "recompute", "relimit", "restart"]
    if oracle.left_at(at) > 2 * MINUTE_US:
        choices += ["hurry", "hurry_to"]
    return random.choice(choices)


class Life:
    """One random life, led by the oracle; ``act`` is told every deed and leads the program's."""

    def __init__(self, random: Random, calendar: Walked, start: int, limit: Limit):
        self.random, self.at = random, start
        self.oracle = Oracle(calendar, start, limit)

    def step(self, act) -> None:
        self.at += self.random.choice([1, 15, 45, 120, 600, 1440, 2000])
        what = deeds_of(self.random, self.oracle, self.at)
        getattr(self, f"_{what}")(act)

    def _suspend(self, act):
        self.oracle.runs[-1][1] = self.at
        act("suspend", self.at)

    def _resume(self, act):
        self.oracle.runs.append([self.at, None])
        act("resume", self.at)

    def _extend(self, act):
        working = self.oracle.limit.unit.startswith("working")
        limit = a_limit(self.random, working=working, short=True)
        self.oracle.deeds.append((self.at, "extend", limit))
        act("extend", self.at, limit)

    def _hurry(self, act):
        factor = self.random.choice([HALF, QUARTER])
        self.oracle.deeds.append((self.at, "hurry", factor))
        act("hurry", self.at, factor)

    def _hurry_to(self, act):
        working = self.oracle.limit.unit.startswith("working")
        limit = Limit(1, "working_minutes" if working else "calendar_minutes")
        self.oracle.deeds.append((self.at, "hurry", limit))
        act("hurry_to", self.at, limit)

    def _relimit(self, act):
        limit = a_limit(self.random, working=self.random.random() < 0.7)
        if limit == self.oracle.limit:
            return
        self.oracle.limit = limit
        self.oracle.deeds.append((self.at, "limit", limit))
        act("relimit", self.at, limit)

    def _restart(self, act):
        limit = a_limit(self.random, working=self.random.random() < 0.7)
        self.oracle.start(self.at, limit)
        act("restart", self.at, limit)

    def _holiday(self, act):
        self._edit(act, ())

    def _makeup(self, act):
        self._edit(act, OFFICE)

    def _edit(self, act, spans):
        day = self.at // DAY + self.random.randint(0, 5)
        self.oracle.newest = self.oracle.newest.changed(day, spans)
        act("edit", self.at, (day, spans))

    def _recompute(self, act):
        if self.oracle.calendar is self.oracle.newest:
            return
        self.oracle.calendar = self.oracle.newest
        act("recompute", self.at)


class Book:
    """The lines the services would have written, and the program's answer to them."""

    def __init__(self, calendar: Walked, start: int, limit: Limit):
        self.calendar = self.newest = calendar
        self.lines = [Entry("run", aware(start), None, limit)]

    def __call__(self, what, at, value=None):
        moment = aware(at)
        if what == "edit":
            self.newest = self.newest.changed(*value)
        elif what == "recompute":
            self.calendar = self.newest
            self.lines.append(Entry("recomputed", moment, moment))
        elif what in ("suspend", "resume"):
            self._switch("suspended" if what == "suspend" else "run", moment)
        elif what == "restart":
            self.calendar, self.lines = self.newest, [Entry("run", moment, None, value)]
        elif what == "hurry":
            self.lines.append(Entry("hurried", moment, moment, factor=value))
        else:
            kind = {"extend": "extended", "hurry_to": "hurried", "relimit": "relimited"}[what]
            self.lines.append(Entry(kind, moment, moment, value))

    def _switch(self, kind, moment):
        open_at = next(i for i, line in enumerate(self.lines) if line.to_at is None)
        line = self.lines[open_at]
        self.lines[open_at] = Entry(line.kind, line.from_at, moment, line.limit)
        self.lines.append(Entry(kind, moment, None))

    def projection(self):
        return project(self.lines, self.calendar.as_program())


def as_us(moment: datetime) -> int:
    return (moment - aware(0)) // timedelta(microseconds=1)


def a_life(number: int) -> tuple[Random, Walked, int, Limit]:
    random = Random(SEED * 100_000 + number)
    limit = a_limit(random, working=random.random() < 0.8)
    return random, a_calendar(random), random.randint(0, 25 * DAY), limit


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_ten_thousand_lives_agree_with_the_walk(chunk):
    for number in range(chunk, LIVES, CHUNKS):
        random, calendar, start, limit = a_life(number)
        life, book = Life(random, calendar, start, limit), Book(calendar, start, limit)
        for _step in range(random.randint(1, 7)):
            life.step(book)
        projection = book.projection()
        assert as_us(projection.due_at) == life.oracle.due(), number
        warning = Threshold("soon", fraction=HALF)
        assert as_us(projection.threshold_at(warning)) == life.oracle.at_share(HALF), number


class Lived:
    """The same life through the services and the database."""

    def __init__(self, number: int, calendar: Walked, start: int, limit: Limit):
        self.calendar = stored(number, calendar)
        self.clock = services.open_clock(
            subject_type="test.case",
            subject_id=number,
            name="handle",
            calendar=self.calendar,
            limit=limit,
            at=aware(start),
            thresholds=[Threshold("soon", fraction=HALF)],
        )

    def __call__(self, what, at, value=None):
        said = {"at": aware(at), "reason": "抽样", "by": SYSTEM}
        clock = self.clock
        if what == "edit":
            before = clock.due_at
            edit(self.calendar, *value)
            clock.refresh_from_db()
            assert clock.due_at == before, "an edit moved a running deadline"
        elif what == "extend":
            clock = services.extend(clock, amount=value.amount, unit=value.unit, **said)
        elif what == "hurry":
            clock = services.hurry(clock, factor=value, **said)
        elif what == "hurry_to":
            clock = services.hurry(clock, limit=value, **said)
        elif what == "relimit":
            clock = services.change_limit(clock, limit=value, **said)
        elif what == "restart":
            clock = services.restart(clock, limit=value, **said)
        else:
            clock = getattr(services, what)(clock, **said)
        self.clock = clock


def stored(number: int, walked: Walked) -> Calendar:
    calendar = services.create_calendar(
        SYSTEM,
        code=f"walk-{number}",
        name=f"walk {number}",
        week=walked.weekly,
        day_rule=walked.day_rule,
    )
    for day, spans in walked.days.items():
        edit(calendar, day, spans)
    return calendar


def edit(calendar: Calendar, day: int, spans) -> None:
    on = FIRST_DAY + timedelta(days=day)
    written = ", ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)
    kind = "makeup" if spans else "holiday"
    services.set_day(
        SYSTEM, calendar_id=calendar.pk, day=NoticeDay(on, kind, "改", written), reason="改"
    )


@pytest.mark.django_db
def test_a_sample_of_lives_through_the_services():
    for number in range(LIVED_IN_DATABASE):
        random, calendar, start, limit = a_life(number)
        life, lived = Life(random, calendar, start, limit), Lived(number, calendar, start, limit)
        for _step in range(random.randint(1, 7)):
            life.step(lived)
            assert as_us(lived.clock.due_at) == life.oracle.due(), number
        clock = lived.clock
        clock.refresh_from_db()
        assert selectors.projection_of(clock).due_at == clock.due_at
        soon = clock.timers.get(code="soon")
        if soon.due_at is not None:
            assert as_us(soon.due_at) == life.oracle.at_share(HALF), number


def test_the_walk_itself_counts_a_known_week():
    office = Walked([OFFICE] * 5 + [(), ()], {17: (), 18: ()})  # Thursday and Friday off
    start = 16 * DAY + 10 * 60  # Wednesday 10:00
    oracle = Oracle(office, start, Limit(10, "working_hours"))
    # 6 hours on Wednesday are left; 4 hours on Monday end at 14:30 after lunch.
    assert oracle.due() == (21 * DAY + 13 * 60 + 30) * MINUTE_US + 60 * MINUTE_US
