"""What is late, what is due, and how a share is written: the same on every page of figures."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.matters.enums import OPEN_TASK_STATES, StateCategory, TaskKind, TaskState
from apps.matters.models import Case, Task

ENDED = StateCategory.ENDED.value


def overdue(moment: datetime) -> Q:
    """Will match open cases past their time."""
    return ~Q(category=ENDED) & Q(clock_paused=False, due_at__lt=moment)


def task_over(moment: datetime) -> Q:
    """Will match open tasks past their time."""
    return Q(state__in=[state.value for state in OPEN_TASK_STATES], due_at__lt=moment)


def late(moment: datetime) -> Exists:
    """Will match cases whose main work was, or by now is, late."""
    return Exists(_main().filter(Q(state=TaskState.DONE, was_late=True) | task_over(moment)))


def answered_or_over(moment: datetime) -> Exists:
    """Will match cases whose main work is answered, or by now should be."""
    return Exists(_main().filter(Q(state=TaskState.DONE) | task_over(moment)))


def sent_back() -> Exists:
    """Will match cases that a unit sent back (退单)."""
    return Exists(_main().filter(state=TaskState.RETURNED))


def _main() -> QuerySet[Task]:
    return Task.objects.filter(case=OuterRef("pk"), kind=TaskKind.MAIN)


def for_list(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Will load with the cases what a list of them shows."""
    return cases.select_related("unit", "area", "version", "matter_type").defer(
        "search", "form_data", "text"
    )


def share(part: int, whole: int) -> float | None:
    """Will give a rate in percent; None of nothing."""
    return part / whole * 100 if whole else None


def percent(rate: float | None) -> str:
    """Will write a rate: 92.3%, or a dash."""
    return "—" if rate is None else f"{rate:.1f}%"


def span_text(duration: timedelta | None) -> str:
    """Will write a span as people compare it: 5.5 小时, 3.2 天."""
    if duration is None:
        return "—"
    hours = duration.total_seconds() / 3600
    if hours < 48:
        return _("%(n).1f 小时") % {"n": hours}
    return _("%(n).1f 天") % {"n": hours / 24}
