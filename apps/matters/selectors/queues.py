"""The queues: what waits for whom, the most urgent first, without counting big tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import Scope, organization_scope_q, scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.paging import CappedCount, count_capped
from apps.matters.enums import OPEN_TASK_STATES, RequestKind, StateCategory, TaskKind
from apps.matters.models import Case, Task
from apps.matters.selectors.visible import as_rows, tenant_q

SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Tab:
    """One pile of a queue. filter: takes the moment, gives the condition.

    task: only cases with an open task of this kind for the viewer.
    """

    code: str
    label: Any
    filter: Callable[[datetime], Q]
    ended: bool = False
    task: str = ""


@dataclass(frozen=True)
class Queue:
    """A queue of one kind of work; ``by_unit``: only cases of the viewer's units."""

    code: str
    label: Any
    permission: str
    tabs: tuple[Tab, ...]
    by_unit: bool = False

    def tab(self, code: str) -> Tab:
        """Will give a tab by code, the first for anything unknown."""
        return next((t for t in self.tabs if t.code == code), self.tabs[0])


def _in(*categories: StateCategory) -> Q:
    return Q(category__in=[c.value for c in categories])


_OPEN = ~Q(category=StateCategory.ENDED.value)
#: What is being worked on: a parked case is in no running list.
_RUNNING = ~Q(category__in=[StateCategory.ENDED.value, StateCategory.PARKED.value])


def _for_task(kind: TaskKind) -> Tab:
    return Tab(kind.value, kind.label, lambda _now: _OPEN, task=kind.value)


def _asked(code: str, label: Any, kind: RequestKind) -> Tab:
    return _pile(code, label, _OPEN & Q(pending_request=kind.value))


def _pile(code: str, label: Any, condition: Q, *, ended: bool = False) -> Tab:
    return Tab(code, label, lambda _now: condition, ended)


def _soon(*categories: StateCategory) -> Tab:
    return Tab(
        "soon",
        _("即将到期"),
        lambda now: _in(*categories) & Q(due_at__gte=now, due_at__lt=now + SOON),
    )


def _late(*categories: StateCategory) -> Tab:
    return Tab("late", _("已超期"), lambda now: _in(*categories) & Q(due_at__lt=now))


_AT_UNIT = (StateCategory.WAITING, StateCategory.RUNNING)
QUEUES = (
    Queue(
        "intake",
        _("受理队列"),
        "matters.accept_case",
        (
            _pile("waiting", _("待受理"), _in(StateCategory.INTAKE)),
            _late(StateCategory.INTAKE),
            _pile("paused", _("待补正"), _in(StateCategory.PAUSED)),
            _pile("done", _("已结束"), _in(StateCategory.ENDED), ended=True),
        ),
    ),
    Queue(
        "routing",
        _("派单队列"),
        "matters.dispatch_case",
        (
            _pile("waiting", _("待分派"), _in(StateCategory.ROUTING)),
            _asked("returns", _("退单待裁定"), RequestKind.RETURN),
            _asked("extensions", _("延期待审批"), RequestKind.EXTENSION),
            _asked("suspensions", _("挂起待审批"), RequestKind.SUSPENSION),
            _asked("assistance", _("协办待审批"), RequestKind.ASSISTANCE),
            _pile("unsigned", _("待签收"), _in(StateCategory.WAITING)),
            _late(*_AT_UNIT),
        ),
    ),
    Queue(
        "unit",
        _("承办队列"),
        "matters.handle_case",
        (
            _pile("waiting", _("待签收"), _in(StateCategory.WAITING)),
            _pile("running", _("办理中"), _in(StateCategory.RUNNING)),
            _soon(*_AT_UNIT),
            _late(*_AT_UNIT),
            _pile("orders", _("督办待回复"), _OPEN & Q(open_orders__gt=0)),
            _pile("asked", _("申请中"), _OPEN & ~Q(pending_request="")),
            _pile("paused", _("挂起中"), _in(StateCategory.PAUSED)),
            _pile("checking", _("待回访"), _in(StateCategory.CHECKING)),
            _pile("done", _("已办结"), _in(StateCategory.ENDED), ended=True),
        ),
        by_unit=True,
    ),
    Queue(
        "tasks",
        _("协办会签"),
        "matters.handle_case",
        (_for_task(TaskKind.CO), _for_task(TaskKind.COUNTERSIGN)),
    ),
    Queue("review", _("反馈审核"), "matters.head_case", (_for_task(TaskKind.REVIEW),)),
    Queue("check", _("现场核查"), "matters.check_case", (_for_task(TaskKind.CHECK),)),
    Queue(
        "callback",
        _("回访队列"),
        "matters.callback_case",
        (
            _pile("waiting", _("待回访"), _in(StateCategory.CHECKING)),
            _late(StateCategory.CHECKING),
            _pile("done", _("已办结"), _in(StateCategory.ENDED), ended=True),
        ),
    ),
    Queue(
        "oversight",
        _("督办台"),
        "matters.supervise_case",
        (
            Tab("late", _("已超期"), lambda now: _RUNNING & Q(due_at__lt=now, clock_paused=False)),
            Tab(
                "soon",
                _("即将到期"),
                lambda now: _RUNNING & Q(due_at__gte=now, due_at__lt=now + SOON),
            ),
            _pile("unanswered", _("督办待回复"), _OPEN & Q(open_orders__gt=0)),
            _asked("returns", _("退单待裁定"), RequestKind.RETURN),
            _pile("ordered", _("督办催办中"), _OPEN & Q(order_count__gt=0)),
            _pile(
                "unhappy",
                _("不满意待重办"),
                Q(pending_request=RequestKind.REOPENING.value),
                ended=True,
            ),
            _pile("open", _("全部在办"), _RUNNING),
        ),
    ),
    Queue(
        "pool",
        _("挂账问题库"),
        "matters.supervise_case",
        (
            _asked("asked", _("挂账待审批"), RequestKind.PARKING),
            _pile("parked", _("在册挂账"), _in(StateCategory.PARKED)),
        ),
    ),
    Queue(
        "all",
        _("全部案件"),
        "matters.view_tenant_cases",
        (
            _pile("open", _("在办"), _RUNNING),
            _pile("ended", _("已结束"), _in(StateCategory.ENDED), ended=True),
        ),
    ),
)


def queues_for(viewer: User) -> list[Queue]:
    """Will give the queues the viewer works, in menu order."""
    permissions = scope_of(viewer).permissions
    return [q for q in QUEUES if viewer.is_superuser or q.permission in permissions]


def find_queue(viewer: User, code: str) -> Queue:
    """Will give one queue. Raises: NotFound (not there, or not the viewer's work)."""
    for queue in queues_for(viewer):
        if queue.code == code:
            return queue
    raise NotFound(_("没有这个队列，或您无权查看"))


def list_queue(viewer: User, queue: Queue, tab: Tab) -> QuerySet[Case]:
    """Will give the cases of one pile: open ones by due time, ended ones newest first."""
    found = _of_tab(viewer, _reach(viewer, queue), tab).filter(tab.filter(clock.now()))
    if tab.ended:
        return as_rows(found).order_by("-id")
    return as_rows(found).order_by(F("due_at").asc(nulls_last=True), "id")


def count_tabs(viewer: User, queue: Queue) -> dict[str, CappedCount]:
    """Will count each pile up to the cap, one small query each; ended piles are not counted."""
    now, reach = clock.now(), _reach(viewer, queue)
    return {
        tab.code: count_capped(_of_tab(viewer, reach, tab).filter(tab.filter(now)))
        for tab in queue.tabs
        if not tab.ended
    }


def _reach(viewer: User, queue: Queue) -> Q:
    """The cases of a queue that are the viewer's; asked once, for all its piles."""
    scope = scope_of(viewer)
    if scope.everything:
        return Q()
    return Q(unit_id__in=_unit_ids(scope)) if queue.by_unit else tenant_q(scope)


def _of_tab(viewer: User, reach: Q, tab: Tab) -> QuerySet[Case]:
    if tab.task:
        found = _tasks(viewer, scope_of(viewer), tab.task)
        return Case.objects.filter(pk__in=found.values("case_id"))
    return Case.objects.filter(reach)


def _unit_ids(scope: Scope) -> list[int]:
    units = Organization.objects.filter(organization_scope_q(scope, field="path"))
    return list(units.order_by().values_list("pk", flat=True))


def _tasks(viewer: User, scope: Scope, kind: str) -> QuerySet[Task]:
    """The open tasks of one kind that wait for the viewer, or for a unit of the viewer."""
    found = Task.objects.filter(kind=kind, state__in=OPEN_TASK_STATES).order_by()
    if scope.everything:
        return found
    if kind == TaskKind.CHECK:
        return found.filter(person_id__in=scope.person_ids)
    return found.filter(unit_id__in=_unit_ids(scope))
