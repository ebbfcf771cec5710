"""The cases behind a figure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
)
from django.utils.translation import gettext

from apps.clocks.models import Clock
from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors import ENDED, Reach, cases_of, for_list, late, overdue
from apps.hotline.statistics.selectors.figures import (
    SATISFIED_FROM,
    SIGN_CLOCK,
    merged_elsewhere,
)
from apps.matters.enums import (
    EvaluationTarget,
    TaskKind,
    TaskState,
)
from apps.matters.models import Case, CaseEvent, Evaluation, Task


def _with(model: type[Model], **wanted: Any) -> Exists:
    return Exists(model._default_manager.filter(case=OuterRef("pk"), **wanted))


def _sign_late(moment: datetime) -> Q:
    signing = Clock.objects.filter(subject_type="case", name=SIGN_CLOCK, subject_id=OuterRef("pk"))
    late = Q(stopped_at__gt=F("due_at")) | Q(stopped_at__isnull=True, due_at__lt=moment)
    return Q(Exists(signing.filter(late)))


_RESULT = {"target": EvaluationTarget.RESULT}
_MAIN = {"kind": TaskKind.MAIN}
ROW_KINDS: dict[str, Callable[[datetime], Q]] = {
    "received": lambda _now: Q(),
    "problems": lambda _now: ~Q(merged_elsewhere()),
    "closed": lambda _now: Q(category=ENDED),
    "overdue": overdue,
    "late": lambda now: Q(late(now)),
    "sign_late": _sign_late,
    "fed_back": lambda _now: Q(_with(Task, state=TaskState.DONE, **_MAIN)),
    "returned": lambda _now: Q(_with(Task, state=TaskState.RETURNED, **_MAIN)),
    "not_contacted": lambda _now: Q(_with(CaseEvent, action="feed_back", data__contacted=False)),
    "unsolved": lambda _now: Q(_with(Evaluation, solved=False, **_RESULT)),
    "unsatisfied": lambda _now: Q(_with(Evaluation, score__lt=SATISFIED_FROM, **_RESULT)),
}


def row_kind_label(kind: str) -> str:
    """Will name a kind of rows for the head of their list."""
    return {
        "received": gettext("期内登记的诉求"),
        "problems": gettext("合并后的问题"),
        "closed": gettext("已结束的诉求"),
        "overdue": gettext("在办已超期的诉求"),
        "late": gettext("超期反馈或超期未反馈的诉求"),
        "sign_late": gettext("签收超时的诉求"),
        "fed_back": gettext("已反馈的诉求"),
        "returned": gettext("退过单的诉求"),
        "not_contacted": gettext("反馈前未联系反映人的诉求"),
        "unsolved": gettext("反映人认为未解决的诉求"),
        "unsatisfied": gettext("反映人不满意的诉求"),
    }[kind]


@dataclass(frozen=True)
class RowFilter:
    """What narrows the rows; empty means all. class_code "none": not classified."""

    kind: str = "received"
    channel: str = ""
    class_code: str = ""
    area_id: int | None = None
    unit_id: int | None = None
    day: Any = None


def list_rows(reach: Reach, period: Period, wanted: RowFilter) -> QuerySet[Case]:
    """Will give the cases behind a figure, newest first."""
    condition = ROW_KINDS.get(wanted.kind, ROW_KINDS["received"])
    found = cases_of(reach, period).filter(condition(clock.now()))
    if wanted.channel:
        found = found.filter(channel=wanted.channel)
    if wanted.class_code:
        found = found.filter(class_code="" if wanted.class_code == "none" else wanted.class_code)
    if wanted.area_id is not None:
        found = found.filter(area_path__contains=f"/{wanted.area_id}/")
    if wanted.unit_id is not None:
        found = found.filter(_with(Task, unit_id=wanted.unit_id, **_MAIN))
    if wanted.day is not None:
        one = Period(wanted.day, wanted.day)
        found = found.filter(opened_at__gte=one.start, opened_at__lt=one.end)
    return for_list(found).order_by("-id")
