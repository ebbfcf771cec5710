"""Drills: planned, run, reviewed; what was learnt becomes tasks and revised plans. OP-24, OP-26."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.upkeep import permissions
from apps.upkeep.enums import ExerciseKind, ExerciseState, Field, ItemState
from apps.upkeep.models import (
    CapacityReview,
    CycleItem,
    EmergencyPlan,
    Exercise,
    ExerciseEvent,
    Improvement,
    PlanRevision,
)

_TOLD = ("title", "kind", "state", "planned_on", "conclusion")


@dataclass(frozen=True)
class NewExercise:
    """A drill as it shall be; see ``Exercise``."""

    title: str
    kind: str
    scenario: str
    planned_on: date
    lead: User | None = None
    plan: EmergencyPlan | None = None


@dataclass(frozen=True)
class NewImprovement:
    """Something to be mended; see ``Improvement``."""

    title: str
    field: str
    owner: User
    due_on: date


@transaction.atomic
def plan_exercise(actor: Actor, *, new: NewExercise) -> Exercise:
    """Will plan a drill; audited. Raises: NotAllowed; InvalidInput (field "kind")."""
    permissions.require_keep(actor)
    if new.kind not in ExerciseKind.values:
        raise InvalidInput(_("演练类型无效"), field="kind")
    exercise = Exercise.objects.create(
        title=new.title, kind=new.kind, scenario=new.scenario, planned_on=new.planned_on,
        lead=new.lead, plan=new.plan,
    )  # fmt: skip
    _record(actor, "exercise.planned", exercise, {})
    return exercise


@transaction.atomic
def begin_exercise(actor: Actor, *, exercise_id: int) -> Exercise:
    """Will begin a planned drill now; audited. Raises: NotAllowed; NotFound; Refused."""
    exercise = _locked(actor, exercise_id, ExerciseState.PLANNED)
    before = audit.snapshot(exercise, *_TOLD)
    exercise.state, exercise.started_at = ExerciseState.RUNNING, clock.now()
    exercise.save(update_fields=["state", "started_at"])
    _note(actor, exercise, _("演练开始"))
    _record(actor, "exercise.begun", exercise, before)
    return exercise


@transaction.atomic
def note_event(actor: Actor, *, exercise_id: int, text: str) -> ExerciseEvent:
    """Will write what happens into the timeline of a running drill.

    Raises: NotAllowed; NotFound; Refused (it does not run); InvalidInput (field "text").
    """
    exercise = _locked(actor, exercise_id, ExerciseState.RUNNING)
    if not 0 < len(text.strip()) <= 500:
        raise InvalidInput(_("经过须为 1 到 500 个字符"), field="text")
    return _note(actor, exercise, text.strip())


@transaction.atomic
def end_exercise(actor: Actor, *, exercise_id: int) -> Exercise:
    """Will end a running drill, which is then reviewed; audited.

    Raises: NotAllowed; NotFound; Refused (it does not run).
    """
    exercise = _locked(actor, exercise_id, ExerciseState.RUNNING)
    before = audit.snapshot(exercise, *_TOLD)
    exercise.state, exercise.ended_at = ExerciseState.REVIEWING, clock.now()
    exercise.save(update_fields=["state", "ended_at"])
    _note(actor, exercise, _("演练结束"))
    _record(actor, "exercise.ended", exercise, before)
    return exercise


@transaction.atomic
def add_improvement(
    actor: Actor, *, new: NewImprovement, exercise_id: int | None = None, half: str = "",
    item_id: int | None = None,
) -> Improvement:  # fmt: skip
    """Will make a task of something found in a drill, a capacity review or the check of a plan.

    One of the three. Audited. Raises: NotAllowed; NotFound; Refused (the drill is not reviewed
        now; the item is not checked, or closed); InvalidInput (fields "field", "due_on").
    """
    permissions.require_keep(actor)
    exercise = _locked(actor, exercise_id, ExerciseState.REVIEWING) if exercise_id else None
    item = _checked(item_id) if item_id and exercise is None else None
    by_half = CapacityReview.objects.filter(half=half)
    review = None if exercise or item else by_half.first()
    if exercise is None and item is None and review is None:
        raise NotFound(_("没有这次评估"))
    if new.field not in Field.values:
        raise InvalidInput(_("领域无效"), field="field")
    if new.due_on < clock.today():
        raise InvalidInput(_("期限不能早于今天"), field="due_on")
    task = Improvement.objects.create(
        title=new.title, field=new.field, owner=new.owner, due_on=new.due_on,
        exercise=exercise, review=review, item=item,
    )  # fmt: skip
    audit.record(
        actor, "improvement.added", object_type="upkeep.improvement", object_id=task.pk,
        object_label=task.title, data={"due_on": str(task.due_on), "owner": task.owner_id},
    )  # fmt: skip
    return task


@transaction.atomic
def finish_improvement(actor: User, *, improvement_id: int, result: str) -> Improvement:
    """Will note that a task is done, by its owner or a keeper; audited.

    Raises: NotFound; NotAllowed; Refused (done already); InvalidInput (field "result").
    """
    rows = Improvement.objects.select_for_update(of=("self",))
    task = rows.filter(pk=improvement_id).first()
    if task is None:
        raise NotFound(_("没有这个改进事项"))
    if task.owner_id != actor.pk and not permissions.can_keep(actor):
        raise NotAllowed(_("只有责任人或平台运维人员可以登记完成"))
    if task.done_at is not None:
        raise Refused(_("这个改进事项已经完成"))
    if not 0 < len(result.strip()) <= 500:
        raise InvalidInput(_("请填写完成情况"), field="result")
    task.done_at, task.result = clock.now(), result.strip()
    task.save(update_fields=["done_at", "result"])
    audit.record(
        actor, "improvement.done", object_type="upkeep.improvement", object_id=task.pk,
        object_label=task.title, data={"result": task.result},
    )  # fmt: skip
    return task


@transaction.atomic
def close_exercise(actor: Actor, *, exercise_id: int, conclusion: str) -> Exercise:
    """Will close a reviewed drill with its conclusion; its tasks go on. Audited.

    Raises: NotAllowed; NotFound; Refused; InvalidInput (field "conclusion").
    """
    exercise = _locked(actor, exercise_id, ExerciseState.REVIEWING)
    if not conclusion.strip():
        raise InvalidInput(_("请填写结论"), field="conclusion")
    before = audit.snapshot(exercise, *_TOLD)
    exercise.state, exercise.conclusion = ExerciseState.CLOSED, conclusion.strip()[:2000]
    exercise.save(update_fields=["state", "conclusion"])
    _record(actor, "exercise.closed", exercise, before)
    return exercise


@transaction.atomic
def revise_plan(
    actor: Actor, *, title: str, field: str, text: str, reason: str = "",
    exercise_id: int | None = None,
) -> PlanRevision:  # fmt: skip
    """Will write the next wording of an emergency plan, or a new plan; audited.

    exercise_id: the drill it was learnt in. Raises: NotAllowed; NotFound; InvalidInput
        (fields "field", "text").
    """
    permissions.require_keep(actor)
    if field not in Field.values:
        raise InvalidInput(_("领域无效"), field="field")
    if not text.strip():
        raise InvalidInput(_("请填写预案内容"), field="text")
    plan, _made = EmergencyPlan.objects.select_for_update().get_or_create(
        title=title, defaults={"field": field}
    )
    last = plan.revisions.order_by("-number").first()
    exercise = Exercise.objects.filter(pk=exercise_id).first() if exercise_id else None
    revision = PlanRevision.objects.create(
        plan=plan, number=(plan.revisions.aggregate(n=Max("number"))["n"] or 0) + 1,
        text=text.strip(), reason=reason, exercise=exercise, by_name=actor.display_name[:100],
        at=clock.now(),
    )  # fmt: skip
    audit.record(
        actor, "emergency_plan.revised", object_type="upkeep.emergency_plan", object_id=plan.pk,
        object_label=plan.title,
        data=audit.document_changes(
            {"text": last.text} if last else {}, {"text": revision.text}
        ),
    )  # fmt: skip
    return revision


def _checked(item_id: int) -> CycleItem:
    item = CycleItem.objects.select_for_update(of=("self",)).filter(pk=item_id).first()
    if item is None:
        raise NotFound(_("没有这个计划事项"))
    if item.state != ItemState.CHECKED:
        raise Refused(_("事项现在是“%s”，不能这样做") % item.get_state_display())
    return item


def _locked(actor: Actor, exercise_id: int, state: ExerciseState) -> Exercise:
    permissions.require_keep(actor)
    exercise = Exercise.objects.select_for_update(of=("self",)).filter(pk=exercise_id).first()
    if exercise is None:
        raise NotFound(_("没有这次演练"))
    if exercise.state != state:
        raise Refused(_("演练现在是“%s”，不能这样做") % exercise.get_state_display())
    return exercise


def _note(actor: Actor, exercise: Exercise, text: str) -> ExerciseEvent:
    return ExerciseEvent.objects.create(
        exercise=exercise, at=clock.now(), by_name=actor.display_name[:100], text=text
    )


def _record(actor: Actor, action: str, row: Exercise, before: dict[str, object]) -> None:
    audit.record(
        actor, action, object_type="upkeep.exercise", object_id=row.pk, object_label=row.title,
        data=audit.changes(before, audit.snapshot(row, *_TOLD)),
    )  # fmt: skip
