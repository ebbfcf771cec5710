"""The figures of a period, compared with the one before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import Case as SqlCase
from django.utils.translation import gettext

from apps.clocks.models import Clock
from apps.common import clock
from apps.common.periods import Period
from apps.figures.selectors import ENDED, Reach, cases_of, percent, share, task_over
from apps.matters.enums import (
    EvaluationTarget,
    LinkKind,
    TaskKind,
    TaskState,
)
from apps.matters.models import Case, CaseEvent, CaseLink, Evaluation, Task

SATISFIED_FROM = 3  # 基本满意 and better
SIGN_CLOCK = "sign"  # the clock of signing for a case, as the profiles name it


@dataclass(frozen=True)
class Figure:
    """One figure. value, previous: as shown; part of whole where it is a rate.

    change: difference to the previous period as shown; better: whether it moved to the good.
    kind: of ``list_rows``, the rows behind it.
    """

    code: str
    label: str
    value: str
    formula: str
    previous: str
    change: str
    better: bool | None
    kind: str
    part: int
    whole: int


@dataclass(frozen=True)
class _Counted:
    label: str
    formula: str
    part: str
    whole: str = ""
    more_is_better: bool | None = True
    kind: str = ""


def _definitions() -> dict[str, _Counted]:
    return {
        "received": _Counted(
            gettext("受理量"),
            gettext("期内登记的诉求，不含作废"),
            "received",
            more_is_better=None,
            kind="received",
        ),
        "problems": _Counted(
            gettext("问题数"),
            gettext("期内登记的诉求中，并入其他案件的不计：同一问题计一件"),
            "problems",
            more_is_better=None,
            kind="problems",
        ),
        "closed": _Counted(
            gettext("办结率"), gettext("已结束 ÷ 期内登记"), "closed", "received", kind="closed"
        ),
        "on_time": _Counted(
            gettext("按时办结率"),
            gettext("按时反馈的主办任务 ÷ 已反馈或已到期的主办任务"),
            "tasks_on_time",
            "tasks_due",
            kind="late",
        ),
        "signed": _Counted(
            gettext("签收及时率"),
            gettext("在签收时限内签收或退回 ÷ 已停止或已到期的签收时限"),
            "signed_on_time",
            "signed_due",
            kind="sign_late",
        ),
        "fed_back": _Counted(
            gettext("反馈率"),
            gettext("已反馈的主办任务 ÷ 派出的主办任务"),
            "tasks_done",
            "tasks",
            kind="fed_back",
        ),
        "response": _Counted(
            gettext("响应率"),
            gettext("承办单位已联系反映人的反馈 ÷ 全部反馈"),
            "contacted",
            "feedbacks",
            kind="not_contacted",
        ),
        "solved": _Counted(
            gettext("解决率"),
            gettext("反映人答“已解决” ÷ 回答了是否解决的评价"),
            "solved",
            "asked",
            kind="unsolved",
        ),
        "satisfied": _Counted(
            gettext("满意率"),
            gettext("办理结果评为“基本满意”及以上 ÷ 全部办理结果评价"),
            "satisfied",
            "scored",
            kind="unsatisfied",
        ),
        "returned": _Counted(
            gettext("退单指数"),
            gettext("退回的主办任务 ÷ 派出的主办任务，越低越好"),
            "tasks_returned",
            "tasks",
            more_is_better=False,
            kind="returned",
        ),
    }


def figures(reach: Reach, period: Period) -> list[Figure]:
    """Will give the figures of the period with those of the one before; five queries."""
    both = Period(period.previous.first, period.last)
    now_counts, old_counts = _count_both(cases_of(reach, both), period.start)
    return [
        _figure(code, counted, now_counts, old_counts) for code, counted in _definitions().items()
    ]


def _figure(
    code: str, counted: _Counted, now_counts: dict[str, int], old_counts: dict[str, int]
) -> Figure:
    if not counted.whole:
        value, before = now_counts[counted.part], old_counts[counted.part]
        return Figure(
            code,
            counted.label,
            str(value),
            counted.formula,
            str(before),
            f"{value - before:+d}",
            None,
            counted.kind,
            value,
            0,
        )
    part, whole = now_counts[counted.part], now_counts[counted.whole]
    rate, before_rate = (
        share(part, whole),
        share(old_counts[counted.part], old_counts[counted.whole]),
    )
    known = rate is not None and before_rate is not None
    moved = (rate or 0) - (before_rate or 0) if known else 0.0
    better = None if not known or round(moved, 1) == 0 else (moved > 0) == counted.more_is_better
    return Figure(
        code,
        counted.label,
        percent(rate),
        counted.formula,
        percent(before_rate),
        gettext("%(points)+.1f 个百分点") % {"points": moved} if known else "—",
        better,
        counted.kind,
        part,
        whole,
    )


def _count_both(cases: QuerySet[Case], start: datetime) -> tuple[dict[str, int], dict[str, int]]:
    moment = clock.now()
    within = {"case__in": cases.values("pk")}
    main = Task.objects.filter(kind=TaskKind.MAIN, **within).exclude(state=TaskState.CANCELLED)
    done = Q(state=TaskState.DONE)
    over = task_over(moment)
    signing = Clock.objects.filter(
        subject_type="case", name=SIGN_CLOCK, subject_id__in=cases.values("pk")
    ).annotate(
        opened_at=_opened_at("subject_id"),
    )
    in_time = Q(stopped_at__lte=F("due_at"))
    scores = Evaluation.objects.filter(target=EvaluationTarget.RESULT, **within)
    parts: list[dict[bool, dict[str, int]]] = [
        _per_period(
            cases,
            "opened_at",
            start,
            received=Count("pk"),
            problems=Count("pk", filter=~merged_elsewhere()),
            closed=Count("pk", filter=Q(category=ENDED)),
        ),
        _per_period(
            main,
            "case__opened_at",
            start,
            tasks=Count("pk"),
            tasks_done=Count("pk", filter=done),
            tasks_on_time=Count("pk", filter=done & Q(was_late=False)),
            tasks_due=Count("pk", filter=done | over),
            tasks_returned=Count("pk", filter=Q(state=TaskState.RETURNED)),
        ),
        _per_period(
            signing,
            "opened_at",
            start,
            signed_due=Count("pk", filter=Q(stopped_at__isnull=False) | Q(due_at__lt=moment)),
            signed_on_time=Count("pk", filter=in_time),
        ),
        _per_period(
            CaseEvent.objects.filter(action="feed_back", **within),
            "case__opened_at",
            start,
            feedbacks=Count("pk"),
            contacted=Count("pk", filter=Q(data__contacted=True)),
        ),
        _per_period(
            scores,
            "case__opened_at",
            start,
            scored=Count("pk"),
            satisfied=Count("pk", filter=Q(score__gte=SATISFIED_FROM)),
            asked=Count("pk", filter=Q(solved__isnull=False)),
            solved=Count("pk", filter=Q(solved=True)),
        ),
    ]
    merged: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for part in parts:
        for is_current, counts in part.items():
            merged[is_current] |= counts
    return merged[True], merged[False]


def merged_elsewhere() -> Exists:
    """Will match cases merged into another: one more voice about its problem (TX-02)."""
    return Exists(CaseLink.objects.filter(source=OuterRef("pk"), kind=LinkKind.DUPLICATE_OF))


def _opened_at(outer: str) -> Any:
    return Subquery(Case.objects.filter(pk=OuterRef(outer)).values("opened_at")[:1])


def _per_period(
    rows: QuerySet[Any], opened: str, start: datetime, **counts: Count
) -> dict[bool, dict[str, int]]:
    current = SqlCase(
        When(**{f"{opened}__gte": start}, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    found: dict[bool, dict[str, int]] = {
        is_current: dict.fromkeys(counts, 0) for is_current in (True, False)
    }
    grouped = rows.order_by().annotate(is_current=current).values("is_current").annotate(**counts)
    for row in grouped:
        found[row["is_current"]] = {name: row[name] for name in counts}
    return found
