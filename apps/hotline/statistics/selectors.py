"""Counting, in SQL, within the viewer's reach.

Every figure is about the cases registered in the period, voided ones left out; so the rows
behind a figure are a filter of one list (``list_rows``). Two periods are counted in one query.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models import Case as SqlCase
from django.db.models.functions import Cast, TruncDate
from django.utils.translation import gettext as _t

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.clocks.models import Clock
from apps.common import clock
from apps.hotline.statistics.periods import Period, last_days
from apps.matters.enums import (
    Channel,
    EvaluationTarget,
    StateCategory,
    TaskKind,
    TaskState,
)
from apps.matters.models import Case, CaseEvent, Evaluation, Task
from apps.places.models import Area

PERMISSION = "hotline.view_statistics"
MATTERS = "hotline."
SATISFIED_FROM = 3  # 基本满意 and better
OVERDUE_MOST = 20
SIGN_CLOCK = "sign"  # the clock of signing for a case, as the profiles name it
_ENDED = StateCategory.ENDED.value


@dataclass(frozen=True)
class Reach:
    """Whose cases are counted: all of them, or those that match ``condition``.

    depth: how many areas lie above the viewer's district in a path, the city included.
    """

    condition: Q
    depth: int = 1


def reach_of(viewer: User) -> Reach:
    """Will give how far the viewer's posts with the statistics permission reach."""
    scope = scope_for(viewer, PERMISSION)
    if scope.everything:
        return Reach(Q(), _depth_of(Tenant.objects.all()))
    within = Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, field="area_path")
    return Reach(within, _depth_of(Tenant.objects.filter(pk__in=scope.tenant_ids)))


def _depth_of(tenants: QuerySet[Tenant]) -> int:
    paths = tenants.filter(area__isnull=False).values_list("area__path", flat=True)
    return min((path.strip("/").count("/") + 1 for path in paths), default=1)


def cases_of(reach: Reach, period: Period) -> QuerySet[Case]:
    """Will give the hotline's cases registered in the period, voided ones left out."""
    voided = CaseEvent.objects.filter(case=OuterRef("pk"), action="void")
    return Case.objects.filter(
        reach.condition,
        matter_type__code__startswith=MATTERS,
        opened_at__gte=period.start,
        opened_at__lt=period.end,
    ).exclude(Q(category=_ENDED, answered_at__isnull=True) & Exists(voided))


# --- The figures -----------------------------------------------------------------------


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
            _t("受理量"),
            _t("期内登记的诉求，不含作废"),
            "received",
            more_is_better=None,
            kind="received",
        ),
        "closed": _Counted(
            _t("办结率"), _t("已结束 ÷ 期内登记"), "closed", "received", kind="closed"
        ),
        "on_time": _Counted(
            _t("按时办结率"),
            _t("按时反馈的主办任务 ÷ 已反馈或已到期的主办任务"),
            "tasks_on_time",
            "tasks_due",
            kind="late",
        ),
        "signed": _Counted(
            _t("签收及时率"),
            _t("在签收时限内签收或退回 ÷ 已停止或已到期的签收时限"),
            "signed_on_time",
            "signed_due",
            kind="sign_late",
        ),
        "fed_back": _Counted(
            _t("反馈率"),
            _t("已反馈的主办任务 ÷ 派出的主办任务"),
            "tasks_done",
            "tasks",
            kind="fed_back",
        ),
        "response": _Counted(
            _t("响应率"),
            _t("承办单位已联系反映人的反馈 ÷ 全部反馈"),
            "contacted",
            "feedbacks",
            kind="not_contacted",
        ),
        "solved": _Counted(
            _t("解决率"),
            _t("反映人答“已解决” ÷ 回答了是否解决的评价"),
            "solved",
            "asked",
            kind="unsolved",
        ),
        "satisfied": _Counted(
            _t("满意率"),
            _t("办理结果评为“基本满意”及以上 ÷ 全部办理结果评价"),
            "satisfied",
            "scored",
            kind="unsatisfied",
        ),
        "returned": _Counted(
            _t("退单指数"),
            _t("退回的主办任务 ÷ 派出的主办任务，越低越好"),
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
        _t("%(points)+.1f 个百分点") % {"points": moved} if known else "—",
        better,
        counted.kind,
        part,
        whole,
    )


def share(part: int, whole: int) -> float | None:
    """Will give a rate in percent; None of nothing."""
    return part / whole * 100 if whole else None


def percent(rate: float | None) -> str:
    """Will write a rate: 92.3%, or a dash."""
    return "—" if rate is None else f"{rate:.1f}%"


def _count_both(cases: QuerySet[Case], start: datetime) -> tuple[dict[str, int], dict[str, int]]:
    moment = clock.now()
    within = {"case__in": cases.values("pk")}
    main = Task.objects.filter(kind=TaskKind.MAIN, **within).exclude(state=TaskState.CANCELLED)
    done = Q(state=TaskState.DONE)
    over = Q(state__in=[TaskState.WAITING, TaskState.RUNNING], due_at__lt=moment)
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
            closed=Count("pk", filter=Q(category=_ENDED)),
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


# --- Breakdowns ------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of a breakdown. query: what narrows ``list_rows`` to it."""

    label: str
    received: int
    closed: int
    overdue: int
    query: dict[str, str]

    @property
    def closed_rate(self) -> str:
        return percent(share(self.closed, self.received))


def by_channel(reach: Reach, period: Period) -> list[Line]:
    """Will count per channel, the busiest first."""
    names = dict(Channel.choices)
    return [
        _line(row, str(names.get(row["channel"], row["channel"])), channel=row["channel"])
        for row in _grouped(cases_of(reach, period), "channel")
    ]


def by_class(reach: Reach, period: Period) -> list[Line]:
    """Will count per class, the busiest first; an unclassified rest has no code."""
    return [
        _line(row, row["class_label"] or _t("未分类"), class_code=row["class_code"] or "none")
        for row in _grouped(cases_of(reach, period), "class_code", "class_label")
    ]


def by_day(reach: Reach, period: Period) -> list[Line]:
    """Will count per day, every day of the period, in order."""
    days = cases_of(reach, period).annotate(day=TruncDate("opened_at"))
    counted = {row["day"]: row for row in _grouped(days, "day")}
    quiet = {"received": 0, "closed": 0, "overdue": 0}
    every = [period.first + timedelta(days=n) for n in range(period.days)]
    return [_line(counted.get(day, quiet), day.isoformat(), day=day.isoformat()) for day in every]


def by_area(reach: Reach, period: Period, *, below: int) -> list[Line]:
    """Will count per area so many levels below the city: 1 districts, 2 streets."""
    part = Func(
        F("area_path"),
        Value("/"),
        Value(reach.depth + 1 + below),
        function="split_part",
        output_field=TextField(),
    )
    # The path of a case without a place ends at the city itself: its part is empty.
    cases = cases_of(reach, period).annotate(part=part)
    placed = cases.exclude(part="").annotate(area_part=Cast("part", IntegerField()))
    rows = _grouped(placed, "area_part")
    names = Area.objects.in_bulk([row["area_part"] for row in rows])
    return [
        _line(row, names[row["area_part"]].name, area=str(row["area_part"]))
        for row in rows
        if row["area_part"] in names
    ]


def _grouped(cases: QuerySet[Case], *fields: str) -> list[dict[str, Any]]:
    return list(
        cases.order_by()
        .values(*fields)
        .annotate(
            received=Count("pk"),
            closed=Count("pk", filter=Q(category=_ENDED)),
            overdue=Count("pk", filter=_overdue(clock.now())),
        )
        .order_by("-received", *fields)
    )


def _line(row: dict[str, Any], label: str, **query: str) -> Line:
    return Line(label, row["received"], row["closed"], row["overdue"], query)


def _overdue(moment: datetime) -> Q:
    return ~Q(category=_ENDED) & Q(clock_paused=False, due_at__lt=moment)


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


def by_unit(reach: Reach, period: Period) -> list[UnitLine]:
    """Will rank the units that were given work: by rate on time, then by how much; two queries."""
    moment = clock.now()
    within = {"case__in": cases_of(reach, period).values("pk")}
    over = Q(state__in=[TaskState.WAITING, TaskState.RUNNING], due_at__lt=moment)
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
            )
        )
    return sorted(lines, key=lambda u: (-(u.on_time if u.on_time is not None else -1), -u.given))


def list_overdue(reach: Reach, period: Period) -> list[Case]:
    """Will give the open cases of the period that are late, the latest first."""
    late = cases_of(reach, period).filter(_overdue(clock.now()))
    return list(_for_list(late).order_by("due_at", "id")[:OVERDUE_MOST])


# --- The rows behind -------------------------------------------------------------------


def _with(model: type[Model], **wanted: Any) -> Exists:
    return Exists(model._default_manager.filter(case=OuterRef("pk"), **wanted))


def _late(moment: datetime) -> Q:
    main = Task.objects.filter(case=OuterRef("pk"), kind=TaskKind.MAIN)
    over = Q(state__in=[TaskState.WAITING, TaskState.RUNNING], due_at__lt=moment)
    return Q(Exists(main.filter(Q(state=TaskState.DONE, was_late=True) | over)))


def _sign_late(moment: datetime) -> Q:
    signing = Clock.objects.filter(subject_type="case", name=SIGN_CLOCK, subject_id=OuterRef("pk"))
    late = Q(stopped_at__gt=F("due_at")) | Q(stopped_at__isnull=True, due_at__lt=moment)
    return Q(Exists(signing.filter(late)))


_RESULT = {"target": EvaluationTarget.RESULT}
_MAIN = {"kind": TaskKind.MAIN}
ROW_KINDS: dict[str, Callable[[datetime], Q]] = {
    "received": lambda _now: Q(),
    "closed": lambda _now: Q(category=_ENDED),
    "overdue": _overdue,
    "late": _late,
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
        "received": _t("期内登记的诉求"),
        "closed": _t("已结束的诉求"),
        "overdue": _t("在办已超期的诉求"),
        "late": _t("超期反馈或超期未反馈的诉求"),
        "sign_late": _t("签收超时的诉求"),
        "fed_back": _t("已反馈的诉求"),
        "returned": _t("退过单的诉求"),
        "not_contacted": _t("反馈前未联系反映人的诉求"),
        "unsolved": _t("反映人认为未解决的诉求"),
        "unsatisfied": _t("反映人不满意的诉求"),
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
    return _for_list(found).order_by("-id")


def _for_list(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("unit", "area", "version", "matter_type").defer(
        "search", "form_data", "text"
    )


# --- For everybody ---------------------------------------------------------------------


@dataclass(frozen=True)
class PublicFigures:
    """What the public page says of the last 30 days (HL-05)."""

    received: int
    closed: int
    on_time: str
    satisfied: str
    computed_at: datetime


def public_figures(tenant: Tenant) -> PublicFigures:
    """Will count a tenant's last 30 days for the public page."""
    period = last_days(30)
    found = {f.code: f for f in figures(Reach(Q(tenant=tenant)), period)}
    return PublicFigures(
        received=found["received"].part,
        closed=found["closed"].part,
        on_time=found["on_time"].value,
        satisfied=found["satisfied"].value,
        computed_at=clock.now(),
    )
