"""The cases behind a figure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors.demands import demands
from apps.figures.selectors.measures import ENDED, for_list, overdue, task_over
from apps.figures.selectors.reach import Reach, cases_of
from apps.matters.enums import TaskKind, TaskState
from apps.matters.models import Case, CaseEvent, Task

CASE_KINDS: dict[str, Callable[[datetime], Q]] = {
    "received": lambda _now: Q(),
    "closed": lambda _now: Q(category=ENDED),
    "running": lambda _now: ~Q(category=ENDED),
    "overdue": overdue,
    "redone": lambda _now: Q(round__gt=1),
}
#: What the main work was, of the unit or officer asked for where one is.
TASK_KINDS: dict[str, Callable[[datetime], Q]] = {
    "given": lambda _now: ~Q(state=TaskState.CANCELLED),
    "done": lambda _now: Q(state=TaskState.DONE),
    "late": lambda now: Q(state=TaskState.DONE, was_late=True) | task_over(now),
    "task_overdue": task_over,
    "returned": lambda _now: Q(state=TaskState.RETURNED),
    "task_redone": lambda _now: Q(round__gt=1) & ~Q(state=TaskState.CANCELLED),
}
ROW_KINDS = (*CASE_KINDS, *TASK_KINDS, "demand")


def row_kind_label(kind: str) -> str:
    """Will name a kind of rows for the head of their list."""
    return {
        "received": _("期内登记的案件"),
        "closed": _("已结束的案件"),
        "running": _("在办案件"),
        "overdue": _("在办已超期的案件"),
        "redone": _("重办过的案件"),
        "given": _("派出的案件"),
        "done": _("已反馈的案件"),
        "late": _("超期反馈或超期未反馈的案件"),
        "task_overdue": _("超期未反馈的案件"),
        "returned": _("退过单的案件"),
        "task_redone": _("第二轮及以后承办的案件"),
        "demand": _("期内反映的诉求"),
    }[kind]


@dataclass(frozen=True)
class RowFilter:
    """What narrows the rows; empty means all. class_code "none": not classified.

    state: cases that came into this state at least once. address: exactly as written.
    """

    kind: str = "received"
    channel: str = ""
    class_code: str = ""
    area_id: int | None = None
    unit_id: int | None = None
    person_id: int | None = None
    day: date | None = None
    state: str = ""
    address: str = ""


def list_rows(reach: Reach, period: Period, wanted: RowFilter) -> QuerySet[Case]:
    """Will give the cases behind a figure, newest first."""
    moment = clock.now()
    found = cases_of(reach, period)
    if wanted.kind == "demand":
        found = demands(found)
    elif wanted.kind in CASE_KINDS:
        found = found.filter(CASE_KINDS[wanted.kind](moment))
    whose: dict[str, Any] = {}
    if wanted.unit_id is not None:
        whose["unit_id"] = wanted.unit_id
    if wanted.person_id is not None:
        whose["person_id"] = wanted.person_id
    if whose or wanted.kind in TASK_KINDS:
        work = TASK_KINDS.get(wanted.kind, TASK_KINDS["given"])(moment)
        main = Task.objects.filter(work, case=OuterRef("pk"), kind=TaskKind.MAIN, **whose)
        found = found.filter(Exists(main))
    if wanted.state:
        came = CaseEvent.objects.filter(case=OuterRef("pk"), to_state=wanted.state)
        found = found.filter(Exists(came))
    return for_list(_narrowed(found, wanted)).order_by("-id")


def _narrowed(found: QuerySet[Case], wanted: RowFilter) -> QuerySet[Case]:
    if wanted.channel:
        found = found.filter(channel=wanted.channel)
    if wanted.class_code:
        found = found.filter(class_code="" if wanted.class_code == "none" else wanted.class_code)
    if wanted.area_id is not None:
        found = found.filter(area_path__contains=f"/{wanted.area_id}/")
    if wanted.address:
        found = found.filter(address=wanted.address, is_confidential=False)
    if wanted.day is not None:
        one = Period(wanted.day, wanted.day)
        found = found.filter(opened_at__gte=one.start, opened_at__lt=one.end)
    return found
