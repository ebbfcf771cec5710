"""The ranking of the units, and what is late."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Avg, Count, F, Q

from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors import (
    Reach,
    cases_of,
    for_list,
    overdue,
    share,
    span_text,
    task_over,
)
from apps.hotline.statistics.selectors.figures import SATISFIED_FROM
from apps.matters.enums import EvaluationTarget, TaskKind, TaskState
from apps.matters.models import Case, Evaluation, Task

OVERDUE_MOST = 20


@dataclass(frozen=True)
class UnitLine:
    """One unit of the ranking; rates in percent, None where nothing is to be measured."""

    unit_id: int
    name: str
    given: int
    done: int
    on_time: float | None
    returned: int
    overdue: int
    satisfied: float | None
    solved: float | None
    duration: timedelta | None

    @property
    def duration_text(self) -> str:
        return span_text(self.duration)


def by_unit(reach: Reach, period: Period) -> list[UnitLine]:
    """Will rank the units that were given work: by rate on time, then by how much; two queries."""
    moment = clock.now()
    within = {"case__in": cases_of(reach, period).values("pk")}
    over = task_over(moment)
    done = Q(state=TaskState.DONE)
    tasks = (
        Task.objects.filter(kind=TaskKind.MAIN, **within)
        .exclude(state=TaskState.CANCELLED)
        .order_by()
        .values("unit_id", "unit__name")
        .annotate(
            given=Count("pk"),
            done=Count("pk", filter=done),
            on_time=Count("pk", filter=done & Q(was_late=False)),
            due=Count("pk", filter=done | over),
            returned=Count("pk", filter=Q(state=TaskState.RETURNED)),
            overdue=Count("pk", filter=over),
            duration=Avg(F("done_at") - F("created_at"), filter=done),
        )
    )
    scored = {
        row["unit_id"]: row
        for row in Evaluation.objects.filter(target=EvaluationTarget.RESULT, **within)
        .order_by()
        .values("unit_id")
        .annotate(
            scored=Count("pk"),
            satisfied=Count("pk", filter=Q(score__gte=SATISFIED_FROM)),
            asked=Count("pk", filter=Q(solved__isnull=False)),
            solved=Count("pk", filter=Q(solved=True)),
        )
    }
    nothing = {"scored": 0, "satisfied": 0, "asked": 0, "solved": 0}
    lines = []
    for row in tasks:
        score = scored.get(row["unit_id"], nothing)
        lines.append(
            UnitLine(
                row["unit_id"],
                row["unit__name"],
                row["given"],
                row["done"],
                share(row["on_time"], row["due"]),
                row["returned"],
                row["overdue"],
                share(score["satisfied"], score["scored"]),
                share(score["solved"], score["asked"]),
                row["duration"],
            )
        )
    return sorted(lines, key=lambda u: (-(u.on_time if u.on_time is not None else -1), -u.given))


def list_overdue(reach: Reach, period: Period) -> list[Case]:
    """Will give the open cases of the period that are late, the latest first."""
    late = cases_of(reach, period).filter(overdue(clock.now()))
    return list(for_list(late).order_by("due_at", "id")[:OVERDUE_MOST])
