"""A million clocks run; ten thousand of them end at the same moment. Are they all acted on?

Two worker processes run the scanner with the handler of cases: each expired clock becomes a
supervise order, an event, a log entry and notices. The clocks that do not end belong to cases
that are not there: the scanner must not even look at them.
"""

import os
import time
from datetime import timedelta
from typing import Any

from benchmarks.runner import PYTHON, Bench, Figure
from benchmarks.support.cases import fill
from benchmarks.support.town import build_town

DESCRIPTION = "10,000 of 1,000,000 clocks fall due at once, two workers"
CLOCKS = int(os.environ.get("BENCH_CLOCKS", "1000000"))
DUE = int(os.environ.get("BENCH_CLOCKS_DUE", "10000"))
WORKERS = 2
WITHIN_S = 60
LEAD = timedelta(seconds=12)  # for the workers to start
PATIENCE_S = 600.0

# The first DUE clocks belong to cases being handled; the others to numbers beyond all cases.
CLOCK_ROWS = """
insert into clocks_clock (subject_type, subject_id, name, label, calendar_id,
    calendar_revision_id, limit_amount, limit_unit, round, state, started_at, due_at, soon_at,
    outcome)
select 'case', s.subject, 'handle', '办理时限', %(calendar)s, %(revision)s, 5, 'working_days', 1,
       'running', now() - interval '7 days', s.due, s.due - interval '1 day', ''
from (
    select c.id as subject, %(due)s::timestamptz as due
    from (select id from matters_case where category = 'running' order by id limit %(few)s) c
    union all
    select 100000000 + i, now() + interval '1 hour' + i %% 40000 * interval '1 minute'
    from generate_series(1, %(others)s) i
) s
"""
LEDGER_ROWS = """
insert into clocks_clockinterval (clock_id, sequence, round, kind, from_at, amount, unit, reason,
    request, by_name, due_after, calendar_revision_id)
select id, 1, 1, 'run', started_at, limit_amount, limit_unit, '', '', '系统', due_at,
       calendar_revision_id
from clocks_clock
"""
TIMER_ROWS = """
insert into clocks_clocktimer (clock_id, code, level, action, fraction, offset_amount, offset_unit,
    due_at, claimable_at, fired_at, occurrence, attempts, last_error)
select id, 'soon', 'yellow', '', 0.8, null, '', soon_at,
       case when soon_at > now() then soon_at end, case when soon_at <= now() then soon_at end,
       1, 0, ''
from clocks_clock
union all
select id, 'expiry', 'red', '', null, 0, 'calendar_minutes', due_at, due_at, null, 1, 0, ''
from clocks_clock
"""


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    bench.progress("building the town")
    town = build_town()
    bench.progress(f"filling in {4 * DUE:,} cases and {CLOCKS:,} clocks")
    fill(town, total=4 * DUE, open_share=100)
    fill_clocks(bench)
    due = set_off()
    for line in plan_of_claim():
        bench.progress(line)
    scans = count_scans()
    for number in range(WORKERS):
        bench.start(f"scanner-{number}", PYTHON, "-m", "benchmarks.support.scanner")
    bench.progress(f"{DUE:,} clocks end at {due:%H:%M:%S}")
    wait(bench)
    return judge(due, count_scans() - scans)


def fill_clocks(bench: Bench) -> None:
    from django.db import connection

    from apps.clocks.models import CalendarRevision
    from apps.common import clock

    revision = CalendarRevision.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        cursor.execute(
            CLOCK_ROWS,
            {
                "calendar": revision.calendar_id,
                "revision": revision.pk,
                "few": DUE,
                "others": CLOCKS - DUE,
                "due": clock.now() + timedelta(days=1),
            },
        )
        cursor.execute(LEDGER_ROWS)
        cursor.execute(TIMER_ROWS)
        bench.progress("vacuum, analyze")
        cursor.execute("vacuum analyze")
        cursor.execute("checkpoint")


def set_off() -> Any:
    """Moves the few clocks to end together in a moment, warned already; gives the moment."""
    from apps.clocks.models import Clock, ClockTimer
    from apps.common import clock

    due = clock.now() + LEAD
    few = Clock.objects.filter(subject_id__lt=100_000_000)
    few.update(due_at=due)
    timers = ClockTimer.objects.filter(clock__in=few)
    timers.filter(code="expiry").update(due_at=due, claimable_at=due)
    timers.filter(code="soon").update(due_at=clock.now(), claimable_at=None, fired_at=clock.now())
    return due


def plan_of_claim() -> list[str]:
    """Will give the plan by which the scanner finds what is due."""
    from apps.clocks.services import timers
    from apps.common import clock

    return str(timers.waiting(clock.now() + LEAD)[: timers.BATCH].explain()).splitlines()


def count_scans() -> int:
    """How often a table of clocks was read from end to end so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
        cursor.execute(
            "select sum(seq_scan) from pg_stat_user_tables where relname in"
            " ('clocks_clock', 'clocks_clocktimer', 'clocks_clockinterval')"
        )
        return int(cursor.fetchone()[0])


def wait(bench: Bench) -> None:
    from apps.clocks.models import Clock

    until, told = time.monotonic() + PATIENCE_S, 0.0
    few = Clock.objects.filter(subject_type="case", subject_id__lt=100_000_000)
    while time.monotonic() < until:
        left = few.filter(breached_at__isnull=True).count()
        if not left:
            return
        if time.monotonic() - told > 10:
            told = time.monotonic()
            bench.progress(f"{left:,} left")
        time.sleep(2)


def judge(due: Any, scans: int) -> list[Figure]:
    from django.db.models import Count, Max

    from apps.clocks.models import ClockTimer
    from apps.matters.models import CaseEvent, Order
    from apps.notices.models import Notice

    fired = ClockTimer.objects.filter(code="expiry", fired_at__isnull=False)
    last = fired.aggregate(at=Max("fired_at"))["at"] or due
    count = fired.count()
    orders = Order.objects.filter(cause="clock:handle:expiry")
    doubled = orders.values("case").annotate(n=Count("id")).filter(n__gt=1).count()
    events = CaseEvent.objects.filter(action="overdue").count()
    seconds = (last - due).total_seconds()
    return [
        Figure(f"{DUE:,} dues acted on after", seconds, "s", "<=", WITHIN_S),
        Figure("timers fired per second", count / seconds if seconds else 0, "/s"),
        Figure("dues not acted on", DUE - count, "clocks", "<=", 0),
        Figure("orders missing", abs(DUE - orders.count()), "orders", "<=", 0),
        Figure("cases supervised twice", doubled, "cases", "<=", 0),
        Figure("events missing", abs(DUE - events), "events", "<=", 0),
        Figure("notices written", Notice.objects.count(), "notices"),
        Figure("scans of a whole table of clocks", scans, "scans", "<=", 0),
    ]
