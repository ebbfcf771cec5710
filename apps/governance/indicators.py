"""What can be counted of workers and streets, each from rows that anybody can look at.

An indicator reads the rows of a month for a whole body in one or two statements; ``services
.appraisal`` gives them to whom they belong. A formula may use an indicator only for the
subjects it says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tenant
from apps.common.periods import Period
from apps.fieldwork.enums import PatrolState
from apps.fieldwork.models import Patrol
from apps.governance.enums import DisputeResult, Subject
from apps.governance.models import Dispute
from apps.grid.enums import LookPurpose, LookState
from apps.grid.models import GridEvent, Look
from apps.matters.enums import TaskKind, TaskState, Verdict
from apps.matters.models import CaseEvent, Task
from apps.registry.enums import TargetState
from apps.registry.models import CollectionTarget, VisitDue

BOTH = (Subject.WORKER, Subject.STREET)


@dataclass(frozen=True)
class Row:
    """One row of one indicator. user_id: whose work; area_path: where; value: see ``Indicator``."""

    user_id: int | None
    area_path: str
    kind: str
    object_id: int
    label: str
    at: datetime
    value: float


@dataclass(frozen=True)
class Indicator:
    """Something that can be counted.

    is_share: the mean of the rows' values (0-1) in percent, else their sum. less_is_better:
    turns the score round. default: weight, floor and ceiling a new formula begins with.
    how: for the page, what a row is and when it counts.
    """

    code: str
    label: Promise
    how: Promise
    subjects: tuple[Subject, ...]
    read: Callable[[Tenant, Period], Iterator[Row]]
    default: tuple[int, float, float]
    is_share: bool = True
    less_is_better: bool = False


def _events(tenant: Tenant, period: Period) -> Iterator[tuple[GridEvent, bool]]:
    failed = Look.objects.filter(
        event=OuterRef("pk"),
        purpose=LookPurpose.VERIFY,
        state=LookState.ANSWERED,
        verdict=Verdict.FAIL,
    )
    dropped = CaseEvent.objects.filter(case=OuterRef("case_id"), action__in=["void", "reject"])
    found = (
        GridEvent.objects.filter(
            case__tenant=tenant,
            reporter__isnull=False,
            found_at__gte=period.start,
            found_at__lt=period.end,
        )
        .annotate(is_false=Exists(failed) | Exists(dropped))
        .select_related("case")
        .only("kind", "reporter", "found_at", "case__title", "case__area_path")
        .order_by("pk")
    )
    for event in found:
        yield event, bool(event.is_false)


def _event_row(event: GridEvent, value: float) -> Row:
    case = event.case
    return Row(
        event.reporter_id, case.area_path, "case", case.pk, case.title, event.found_at, value
    )


def _valid_events(tenant: Tenant, period: Period) -> Iterator[Row]:
    for event, is_false in _events(tenant, period):
        yield _event_row(event, 0.0 if is_false else 1.0)


def _false_events(tenant: Tenant, period: Period) -> Iterator[Row]:
    for event, is_false in _events(tenant, period):
        yield _event_row(event, 1.0 if is_false else 0.0)


def _looks(tenant: Tenant, period: Period) -> Iterator[Row]:
    found = (
        Look.objects.filter(
            event__case__tenant=tenant,
            offered_at__gte=period.start,
            offered_at__lt=period.end,
            state__in=[LookState.ANSWERED, LookState.LAPSED],
        )
        .select_related("event__case", "task")
        .only(
            "worker",
            "state",
            "purpose",
            "offered_at",
            "answered_at",
            "event__case__title",
            "event__case__area_path",
            "task__due_at",
        )
        .order_by("pk")
    )
    for look in found:
        due, answered, case = look.task.due_at, look.answered_at, look.event.case
        on_time = answered is not None and (due is None or answered <= due)
        label = f"{look.get_purpose_display()} {case.title}"[:160]
        yield Row(
            look.worker_id, case.area_path, "case", case.pk, label, look.offered_at, float(on_time)
        )


def _patrols(tenant: Tenant, period: Period) -> Iterator[Row]:
    over = [PatrolState.DONE, PatrolState.PARTIAL, PatrolState.MISSED]
    found = (
        Patrol.objects.filter(
            tenant=tenant, day__gte=period.first, day__lte=period.last, state__in=over
        )
        .select_related("worker", "plan")
        .only(
            "worker__user", "plan__title", "area_path", "day", "state", "starts_at", "point_share"
        )
        .order_by("pk")
    )
    for patrol in found:
        share = patrol.point_share or 0.0
        if patrol.state == PatrolState.DONE and patrol.point_share is None:
            share = 1.0
        worker = patrol.worker
        yield Row(
            worker.user_id if worker else None,
            patrol.area_path,
            "patrol",
            patrol.pk,
            f"{patrol.plan.title} {patrol.day}"[:160],
            patrol.starts_at,
            0.0 if patrol.state == PatrolState.MISSED else share,
        )


def _visits(tenant: Tenant, period: Period) -> Iterator[Row]:
    """By code of the enrolment, not by name: the list of a ranking names nobody visited."""
    found = (
        VisitDue.objects.filter(
            enrolment__tenant=tenant,
            dropped_at__isnull=True,
            due_on__gte=period.first,
            due_on__lte=period.last,
        )
        .select_related("enrolment__type", "visit")
        .order_by("pk")
    )
    for due in found:
        visit, enrolment = due.visit, due.enrolment
        made_on = visit.happened_at if visit else None
        on_time = made_on is not None and made_on < Period(due.due_on, due.due_on).end
        yield Row(
            visit.by_id if visit else enrolment.worker_id,
            enrolment.area_path,
            "visit",
            due.pk,
            _("%(type)s走访，应于 %(day)s 前完成")
            % {"type": enrolment.type.name, "day": due.due_on},
            Period(due.due_on, due.due_on).start,
            float(on_time),
        )


def _quality(tenant: Tenant, period: Period) -> Iterator[Row]:
    found = (
        CollectionTarget.objects.filter(
            task__tenant=tenant,
            state__in=[TargetState.GOOD, TargetState.BAD],
            done_at__gte=period.start,
            done_at__lt=period.end,
        )
        .select_related("task", "file")
        .order_by("pk")
    )
    for target in found:
        assert target.done_at is not None
        yield Row(
            target.task.worker_id,
            target.task.area_path,
            "file",
            target.file_id,
            f"{target.task.title} {target.file.ref}"[:160],
            target.done_at,
            float(target.state == TargetState.GOOD),
        )


def _disputes(tenant: Tenant, period: Period) -> Iterator[Row]:
    settled = {DisputeResult.AGREED, DisputeResult.SPOKEN}
    found = (
        Dispute.objects.filter(
            tenant=tenant, concluded_at__gte=period.start, concluded_at__lt=period.end
        )
        .select_related("case", "centre__unit__area")
        .defer("case__search", "centre__unit__area__boundary")
        .order_by("pk")
    )
    for dispute in found:
        assert dispute.concluded_at is not None
        area = dispute.centre.unit.area
        yield Row(
            None,
            area.path if area else dispute.case.area_path,
            "dispute",
            dispute.pk,
            dispute.case.title,
            dispute.concluded_at,
            float(dispute.result in settled),
        )


def _handled(tenant: Tenant, period: Period) -> Iterator[Row]:
    found = (
        Task.objects.filter(
            case__tenant=tenant,
            kind=TaskKind.MAIN,
            state=TaskState.DONE,
            done_at__gte=period.start,
            done_at__lt=period.end,
        )
        .select_related("case")
        .only("was_late", "done_at", "case__title", "case__area_path")
        .order_by("pk")
    )
    for task in found:
        assert task.done_at is not None
        case = task.case
        yield Row(
            None,
            case.area_path,
            "case",
            case.pk,
            case.title,
            task.done_at,
            float(not task.was_late),
        )


INDICATORS: dict[str, Indicator] = {
    one.code: one
    for one in (
        Indicator(
            "events_valid",
            gettext_lazy("有效上报数"),
            gettext_lazy("当月上报的网格事件，核实为不属实、不予受理或作废的不计"),
            BOTH,
            _valid_events,
            (20, 0, 20),
            is_share=False,
        ),
        Indicator(
            "false_reports",
            gettext_lazy("不实上报率（%）"),
            gettext_lazy("当月上报的网格事件中核实为不属实、不予受理或作废的比例，越低越好"),
            (Subject.WORKER,),
            _false_events,
            (10, 0, 30),
            less_is_better=True,
        ),
        Indicator(
            "looks_on_time",
            gettext_lazy("核实核查按时率（%）"),
            gettext_lazy("当月派发的核实、核查任务在期限内答复的比例，超时未接按未按时计"),
            BOTH,
            _looks,
            (20, 50, 100),
        ),
        Indicator(
            "patrol_coverage",
            gettext_lazy("巡查到点率（%）"),
            gettext_lazy("当月巡查任务的到点率平均值，未巡查按 0 计；无人负责和未到期的不计"),
            BOTH,
            _patrols,
            (30, 40, 100),
        ),
        Indicator(
            "visits_on_time",
            gettext_lazy("走访按时率（%）"),
            gettext_lazy("当月到期的重点人员走访在期限内完成的比例"),
            BOTH,
            _visits,
            (10, 50, 100),
        ),
        Indicator(
            "data_quality",
            gettext_lazy("采集抽查合格率（%）"),
            gettext_lazy("当月完成的采集对象经抽查合格的比例，没有抽查的不计"),
            BOTH,
            _quality,
            (10, 50, 100),
        ),
        Indicator(
            "disputes_settled",
            gettext_lazy("纠纷调解成功率（%）"),
            gettext_lazy("当月结束调解的纠纷中达成协议或口头和解的比例"),
            (Subject.STREET,),
            _disputes,
            (20, 30, 100),
        ),
        Indicator(
            "cases_on_time",
            gettext_lazy("案件按时办结率（%）"),
            gettext_lazy("当月办结的主办任务中未超期的比例"),
            (Subject.STREET,),
            _handled,
            (20, 50, 100),
        ),
    )
}


def for_subject(subject: str) -> dict[str, Indicator]:
    """Will give the indicators that may count for such a subject, by code."""
    return {code: one for code, one in INDICATORS.items() if subject in one.subjects}
