"""Units and officers: what they were given, how punctual, how often sent back or done again.

Counts are of cases, so that each opens as many rows as it says; an overdue step (SL-01) is the
supervise order a clock wrote by itself, and opens the list of those orders.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet

from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors.measures import percent, share, span_text, task_over
from apps.figures.selectors.reach import Reach, cases_of
from apps.matters.enums import TaskKind, TaskState
from apps.matters.models import Order, Task

CLOCK_CAUSE = "clock:"


@dataclass(frozen=True)
class WorkLine:
    """One unit or officer. due: answered or past its time; on_time: those in time.

    steps: limits of its cases that ran out with nothing done, each counted; None of an
    officer: the limit is the unit's. duration: from dispatch to feedback, on the average.
    """

    label: str
    given: int
    done: int
    due: int
    on_time: int
    returned: int
    redone: int
    overdue: int
    steps: int | None
    duration: timedelta | None
    query: dict[str, str] = field(default_factory=dict)

    @property
    def on_time_rate(self) -> str:
        return percent(share(self.on_time, self.due))

    @property
    def duration_text(self) -> str:
        return span_text(self.duration)


def by_unit(reach: Reach, period: Period) -> list[WorkLine]:
    """Will count per unit that was given work, the least punctual first; two queries."""
    steps = dict(
        overdue_steps(reach, period).order_by().values_list("unit_id").annotate(n=Count("pk"))
    )
    rows = _worked(reach, period, "unit_id", "unit__name")
    lines = [
        _line(row, row["unit__name"], steps.get(row["unit_id"], 0), unit=str(row["unit_id"]))
        for row in rows
    ]
    return sorted(lines, key=_worst_first)


def by_officer(reach: Reach, period: Period) -> list[WorkLine]:
    """Will count per person who signed for work, the least punctual first; one query."""
    rows = _worked(reach, period, "person_id", "person__full_name", "unit__name", "unit_id")
    lines = [
        _line(
            row,
            f"{row['person__full_name']}（{row['unit__name']}）",
            None,
            person=str(row["person_id"]),
            unit=str(row["unit_id"]),
        )
        for row in rows
        if row["person_id"] is not None
    ]
    return sorted(lines, key=_worst_first)


def overdue_steps(reach: Reach, period: Period, *, unit_id: int | None = None) -> QuerySet[Order]:
    """Will give the orders clocks wrote on the cases of the period, newest first. SL-01."""
    found = Order.objects.filter(
        cause__startswith=CLOCK_CAUSE, case__in=cases_of(reach, period).values("pk")
    )
    if unit_id is not None:
        found = found.filter(unit_id=unit_id)
    return found.order_by("-id")


def _worked(reach: Reach, period: Period, *fields: str) -> Iterable[dict[str, Any]]:
    done = Q(state=TaskState.DONE)
    over = task_over(clock.now())

    def cases(condition: Q | None = None) -> Count:
        return Count("case_id", filter=condition, distinct=True)

    return (
        Task.objects.filter(kind=TaskKind.MAIN, case__in=cases_of(reach, period).values("pk"))
        .exclude(state=TaskState.CANCELLED)
        .order_by()
        .values(*fields)
        .annotate(
            given=cases(),
            done=cases(done),
            due=Count("pk", filter=done | over),
            on_time=Count("pk", filter=done & Q(was_late=False)),
            returned=cases(Q(state=TaskState.RETURNED)),
            redone=cases(Q(round__gt=1)),
            overdue=cases(over),
            duration=Avg(F("done_at") - F("created_at"), filter=done),
        )
    )


def _line(row: dict[str, Any], label: str, steps: int | None, **query: str) -> WorkLine:
    counted = ("given", "done", "due", "on_time", "returned", "redone", "overdue", "duration")
    return WorkLine(label, steps=steps, query=query, **{name: row[name] for name in counted})


def _worst_first(line: WorkLine) -> tuple[float, int, str]:
    rate = share(line.on_time, line.due)
    return (101.0 if rate is None else rate, -line.given, line.label)
