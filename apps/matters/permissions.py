"""Who may see a case and who may do what to it. Pure predicates over loaded rows."""

from apps.accounts.models import User
from apps.accounts.selectors import Scope, scope_of
from apps.audit.services import SystemActor
from apps.matters.actors import CaseActor, Reporter
from apps.matters.definition import ActionDef, ActorDef, MatterDefinition
from apps.matters.enums import TaskKind
from apps.matters.models import Case, Task

#: Work that needs to see every case of the tenant within the duty area.
TENANT_WIDE = frozenset(
    {
        "matters.accept_case",
        "matters.dispatch_case",
        "matters.callback_case",
        "matters.supervise_case",
        "matters.view_tenant_cases",
    }
)
UNIT_WIDE = frozenset({"matters.handle_case", "matters.head_case"})


def sees_tenant(scope: Scope) -> bool:
    """Will tell whether the viewer's work needs all cases of the tenant in the duty area."""
    return bool(scope.permissions & TENANT_WIDE)


def sees_unit(scope: Scope) -> bool:
    """Will tell whether the viewer handles cases for a unit."""
    return bool(scope.permissions & UNIT_WIDE)


def can_act(actor: CaseActor, actor_def: ActorDef, case: Case) -> bool:
    """Will tell whether this actor is the ``actor_def`` of this case."""
    if isinstance(actor, SystemActor):
        return actor_def.reach == "system"
    if isinstance(actor, Reporter):
        return actor_def.reach == "reporter" and actor.case_id == case.pk
    if actor_def.reach not in {"tenant", "unit", "task"} or not actor.is_active:
        return False
    scope = scope_of(actor)
    if actor_def.reach == "task":
        return _has_task(actor, scope, actor_def, case)
    if scope.everything:
        return True
    if actor_def.permission not in scope.permissions:
        return False
    if actor_def.reach == "unit":
        return bool(case.unit_path) and scope.covers_organization(case.unit_path)
    return case.tenant_id in scope.tenant_ids and scope.covers_area(case.area_path)


def _has_task(actor: User, scope: Scope, actor_def: ActorDef, case: Case) -> bool:
    if not scope.everything and actor_def.permission not in scope.permissions:
        return False
    return any(
        can_work_on(actor, task) for task in case.side_tasks() if task.kind == actor_def.task
    )


def can_work_on(actor: User, task: Task) -> bool:
    """Will tell whether an open task is the actor's own, or one of a unit of the actor."""
    scope = scope_of(actor)
    if scope.everything or task.person_id == actor.pk:
        return True
    named = task.kind == TaskKind.CHECK and task.person_id is not None
    return not named and scope.covers_organization(task.unit_path)


def can_perform(
    actor: CaseActor, action: ActionDef, case: Case, definition: MatterDefinition
) -> bool:
    """Will tell whether the actor is one of those who may do the action, state apart."""
    return any(can_act(actor, definition.actors[name], case) for name in action.who)


def can_reveal_reporter(viewer: User, case: Case) -> bool:
    """Will tell whether the viewer may lift the mask from name and phone (audited)."""
    scope = scope_of(viewer)
    if scope.everything:
        return True
    if "matters.reveal_reporter" not in scope.permissions:
        return False
    return case.tenant_id in scope.tenant_ids and scope.covers_area(case.area_path)


def can_export(viewer: User) -> bool:
    """Will tell whether the viewer may take lists of cases out of the system."""
    return viewer.has_perm("matters.export_cases")
