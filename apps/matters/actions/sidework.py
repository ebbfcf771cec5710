"""Tasks beside the main one: opening, finishing and withdrawing them, each with its own clock."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext

from apps.accounts.models import Organization, User
from apps.accounts.selectors import users_with_permission
from apps.clocks.services import Limit
from apps.common.phrases import series
from apps.matters import deadlines, permissions
from apps.matters.actions.base import Context
from apps.matters.enums import OPEN_TASK_STATES, SignState, TaskKind, TaskState
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case, Countersigning, Task


def units_of(case: Case) -> QuerySet[Organization]:
    """Will give the units that may be asked to help: all of the tenant but the one in charge."""
    found = Organization.objects.filter(tenant_id=case.tenant_id, is_active=True)
    if case.unit_id is not None:
        found = found.exclude(pk=case.unit_id)
    return found.order_by("path")


def open_task(
    ctx: Context,
    kind: TaskKind,
    unit: Organization,
    *,
    instruction: str,
    days: int,
    person: User | None = None,
    countersigning: Countersigning | None = None,
    position: int = 0,
    is_queued: bool = False,
) -> Task:
    """Will ask a unit, or one person, for something beside the main task.

    days: working days; the clock begins now, or when its turn comes (``begin_task``).
    Raises: ActionNotPossible (the unit has an open task of this kind).
    """
    if any(t.kind == kind and t.unit_id == unit.pk for t in ctx.case.side_tasks()):
        raise ActionNotPossible(
            gettext("%(unit)s已有未完成的%(kind)s任务") % {"unit": unit.name, "kind": kind.label}
        )
    task = Task.objects.create(
        case=ctx.case,
        kind=kind,
        state=TaskState.QUEUED,
        unit=unit,
        unit_path=unit.path,
        person=person,
        round=ctx.case.round,
        instruction=instruction,
        created_at=ctx.now,
        countersigning=countersigning,
        position=position,
    )
    if not is_queued:
        begin_task(ctx, task, days=days)
    return task


def begin_task(ctx: Context, task: Task, *, days: int) -> None:
    """Will start the clock of a task and tell those who have it."""
    kind = TaskKind(task.kind)
    task.state = TaskState.WAITING
    task.due_at = deadlines.start(
        deadlines.TASK,
        task.pk,
        case=ctx.case,
        label=str(kind.label),
        limit=Limit(days, "working_days"),
        at=ctx.now,
        by=ctx.actor,
    )
    task.save(update_fields=["state", "due_at"])
    told = (
        User.objects.filter(pk=task.person_id)
        if task.person_id
        else users_with_permission("matters.handle_case", organization=task.unit)
    )
    ctx.notify(
        told,
        kind="task",
        title=gettext("%(kind)s：%(title)s") % {"kind": kind.label, "title": ctx.case.title},
        body=task.instruction,
    )


def my_task(ctx: Context, kind: TaskKind) -> Task:
    """Will give the actor's own open task of a kind, locked; refuse where there is none."""
    for task in (
        Task.objects.select_for_update(of=("self",))
        .select_related("unit", "countersigning")
        .filter(case=ctx.case, kind=kind, state__in=OPEN_TASK_STATES)
        .order_by("id")
    ):
        if not isinstance(ctx.actor, User) or permissions.can_work_on(ctx.actor, task):
            return task
    raise ActionNotPossible(gettext("没有等待您完成的%(kind)s任务") % {"kind": kind.label})


def finish_task(ctx: Context, task: Task, *, result: str, verdict: str = "") -> None:
    """Will end a task with its result and stop its clock."""
    task.state, task.done_at, task.result = TaskState.DONE, ctx.now, result
    task.verdict = verdict
    task.was_late = task.due_at is not None and ctx.now > task.due_at
    if isinstance(ctx.actor, User):
        task.person = ctx.actor
    task.save(update_fields=["state", "done_at", "result", "verdict", "was_late", "person"])
    deadlines.stop(deadlines.TASK, [task.pk], at=ctx.now, outcome="done", by=ctx.actor)
    ctx.event_data.update(
        unit=task.unit.name, task=task.kind, verdict=verdict, was_late=task.was_late
    )


def cancel_tasks(
    ctx: Context, *, kinds: Iterable[TaskKind] | None = None, ids: Iterable[int] | None = None
) -> list[int]:
    """Will withdraw open side tasks, all or some, with their clocks; gives which."""
    found = (
        Task.objects.select_for_update()
        .filter(case=ctx.case, state__in=[*OPEN_TASK_STATES, TaskState.QUEUED])
        .exclude(kind=TaskKind.MAIN)
        .order_by("id")
    )
    if kinds is not None:
        found = found.filter(kind__in=list(kinds))
    if ids is not None:
        found = found.filter(pk__in=list(ids))
    chosen = list(found)
    keys = [task.pk for task in chosen]
    Task.objects.filter(pk__in=keys).update(state=TaskState.CANCELLED, done_at=ctx.now)
    deadlines.stop(deadlines.TASK, keys, at=ctx.now, outcome="cancelled", by=ctx.actor)
    if any(task.kind == TaskKind.COUNTERSIGN for task in chosen):
        Countersigning.objects.filter(case=ctx.case, state=SignState.OPEN).update(
            state=SignState.CANCELLED, decided_at=ctx.now
        )
    return keys


def units_still_at(case: Case, kind: TaskKind) -> str:
    """Will name the units whose task of a kind is open, "" when there is none."""
    return series(str(task.unit) for task in case.side_tasks() if task.kind == kind)
