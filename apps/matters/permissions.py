"""Who may see a case and who may do what to it. Pure predicates over loaded rows."""

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import Scope, scope_of
from apps.audit.services import Actor, SystemActor
from apps.common.errors import NotAllowed
from apps.matters.actors import CaseActor, Reporter
from apps.matters.definition import ActionDef, ActorDef, MatterDefinition
from apps.matters.enums import TaskKind, VersionState
from apps.matters.models import Case, Listener, ListenerDelivery, MatterVersion, Task

EDIT = "matters.edit_matters"
PUBLISH = "matters.publish_matters"
VIEW = "matters.view_mattertype"
FILL = "matters.fill_inventory"

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
WATCH_RIGHTS = ("matters.edit_listeners", "matters.approve_listeners")
LISTENER_RIGHTS = frozenset({*WATCH_RIGHTS, "matters.supervise_case"})
UNIT_WIDE = frozenset({"matters.handle_case", "matters.head_case"})


WATCHING = frozenset({"matters.supervise_case", "matters.view_tenant_cases"})


def can_watch(viewer: User) -> bool:
    """Will tell whether the viewer watches over the running cases of the tenant (MT-23)."""
    scope = scope_of(viewer)
    return scope.everything or bool(scope.permissions & WATCHING)


#: Who grants rights and who audits them may ask who sees what.
TRACE_RIGHTS = ("accounts.manage_roles", "audit.read_audit")


def can_trace_rights(viewer: User) -> bool:
    """Will tell whether the viewer may ask who could see a case (AC-06, AU-01)."""
    return any(viewer.has_perm(right) for right in TRACE_RIGHTS)


#: Whose work needs the list of responsibilities.
LIST_READERS = frozenset(
    {
        "matters.edit_responsibilities",
        "matters.dispatch_case",
        "matters.supervise_case",
        "matters.view_tenant_cases",
        "rules.view_ruletable",
    }
)


def can_view_responsibilities(viewer: User) -> bool:
    """Will tell whether the viewer may read the list of responsibilities (MT-25)."""
    scope = scope_of(viewer)
    return scope.everything or bool(scope.permissions & LIST_READERS)


def can_edit_responsibilities(actor: User, tenant_id: int) -> bool:
    """Will tell whether the actor keeps the list of this tenant."""
    scope = scope_of(actor)
    if scope.everything:
        return True
    return "matters.edit_responsibilities" in scope.permissions and tenant_id in scope.tenant_ids


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


def belongs_to(person: User, unit_path: str) -> bool:
    """Will tell whether the person holds a post in the unit of this path, or below it.

    Other than ``covers_organization``: who stands above a unit does not belong to it.
    """
    held = scope_of(person).organization_paths
    return bool(unit_path) and any(path.startswith(unit_path) for path in held)


def _has_task(actor: User, scope: Scope, actor_def: ActorDef, case: Case) -> bool:
    if not scope.everything and actor_def.permission not in scope.permissions:
        return False
    return any(
        can_work_on(actor, task) for task in case.side_tasks() if task.kind == actor_def.task
    )


def can_work_on(actor: User, task: Task) -> bool:
    """Will tell whether an open task is the actor's own, or one of a unit of the actor."""
    scope = scope_of(actor)
    if scope.everything or task.person_id in scope.person_ids:
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


def can_reveal_form(viewer: User, case: Case) -> bool:
    """Will tell whether the viewer may lift the mask from the matter's own fields (audited).

    Besides those who may see the reporter, the unit that has to decide on what was filled in.
    """
    scope = scope_of(viewer)
    handles = sees_unit(scope) and bool(case.unit_path)
    return can_reveal_reporter(viewer, case) or (
        handles and scope.covers_organization(case.unit_path)
    )


def can_open(viewer: User) -> bool:
    """Will tell whether the viewer may register cases by hand."""
    return viewer.has_perm("matters.accept_case")


def can_export(viewer: User) -> bool:
    """Will tell whether the viewer may take lists of cases out of the system."""
    return viewer.has_perm("matters.export_cases")


# --- Definitions ----------------------------------------------------------------------


def can_view_matters(viewer: User) -> bool:
    """Will tell whether the viewer may look at definitions at all."""
    return any(viewer.has_perm(right) for right in (VIEW, EDIT, PUBLISH))


def can_edit_matters(actor: Actor) -> bool:
    """Will tell whether the actor may write definitions; the product itself may load them."""
    if isinstance(actor, SystemActor):
        return True
    return isinstance(actor, User) and actor.has_perm(EDIT)


def can_change_draft(actor: User, version: MatterVersion) -> bool:
    """Only its author changes a draft, so that "who wrote it" stays one person."""
    return (
        version.state == VersionState.DRAFT
        and version.author_id == actor.pk
        and can_edit_matters(actor)
    )


def can_review(actor: User, version: MatterVersion) -> bool:
    """Will tell whether the actor may be the second person of this version."""
    return (
        version.state == VersionState.SUBMITTED
        and version.author_id != actor.pk
        and actor.has_perm(PUBLISH)
    )


def require_edit(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if not can_edit_matters(actor):
        raise NotAllowed(_("您没有编制事项的权限"))


def require_publish(actor: User) -> None:
    """Raises: NotAllowed."""
    if not actor.has_perm(PUBLISH):
        raise NotAllowed(_("您没有复核发布事项的权限"))


# --- Inventory ------------------------------------------------------------------------


def can_oversee_inventory(actor: User, organization: Organization) -> bool:
    """Will tell whether the actor checks the items of this unit for the centre."""
    return actor.has_perm(EDIT) and scope_of(actor).covers_tenant(organization.tenant_id)


def can_fill(actor: User, organization: Organization) -> bool:
    """Will tell whether the actor may write items of this unit."""
    own = actor.has_perm(FILL) and scope_of(actor).covers_organization(organization.path)
    return own or can_oversee_inventory(actor, organization)


def can_confirm(actor: User, organization: Organization) -> bool:
    """Will tell whether the actor is a head of this unit."""
    return actor.has_perm("matters.head_case") and scope_of(actor).covers_organization(
        organization.path
    )


def require_fill(actor: User, organization: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_fill(actor, organization):
        raise NotAllowed(_("您不能填报这个单位的事项"))


# --- Listeners ------------------------------------------------------------------------


def can_view_listeners(viewer: User) -> bool:
    """Will tell whether the viewer has to do with listeners at all."""
    scope = scope_of(viewer)
    return scope.everything or bool(scope.permissions & LISTENER_RIGHTS)


def can_view_listener(viewer: User, listener: Listener) -> bool:
    """Will tell whether a listener is the whole city's or of a tenant of somebody who may look."""
    scope = scope_of(viewer)
    is_near = listener.tenant_id is None or scope.covers_tenant(listener.tenant_id)
    return is_near and can_view_listeners(viewer)


def can_edit_listener(actor: User, listener: Listener) -> bool:
    """Will tell whether the actor may write this listener."""
    return _is_own(actor, listener) and actor.has_perm("matters.edit_listeners")


def can_approve_listener(actor: User, listener: Listener) -> bool:
    """Will tell whether the actor may switch it on: never who wrote it."""
    may = _is_own(actor, listener) and actor.has_perm("matters.approve_listeners")
    return may and listener.author_id != actor.pk


def can_watch_listener(actor: User, listener: Listener) -> bool:
    """Will tell whether the actor may switch it off."""
    return _is_own(actor, listener) and any(actor.has_perm(right) for right in WATCH_RIGHTS)


def can_watch_delivery(actor: User, delivery: ListenerDelivery) -> bool:
    """Will tell whether the actor may have a delivery about a case of the own tenant replayed."""
    is_near = scope_of(actor).covers_tenant(delivery.case.tenant_id)
    return is_near and any(actor.has_perm(right) for right in WATCH_RIGHTS)


def _is_own(actor: User, listener: Listener) -> bool:
    """What hears the cases of every tenant is beyond whoever works for one of them."""
    scope = scope_of(actor)
    return scope.everything or (
        listener.tenant_id is not None and scope.covers_tenant(listener.tenant_id)
    )


def require_edit_listener(actor: User, listener: Listener) -> None:
    if not can_edit_listener(actor, listener):
        raise NotAllowed(_("您没有编写这个监听的权限"))


def require_approve_listener(actor: User, listener: Listener) -> None:
    if listener.author_id == actor.pk:
        raise NotAllowed(_("编写人不能复核自己的监听"))
    if not can_approve_listener(actor, listener):
        raise NotAllowed(_("您没有复核这个监听的权限"))


def require_watch_listener(actor: User, listener: Listener) -> None:
    if not can_watch_listener(actor, listener):
        raise NotAllowed(_("您没有管理这个监听的权限"))


def require_view_listeners(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_view_listeners(viewer):
        raise NotAllowed(_("您没有查看事项监听的权限"))


def require_watch_delivery(actor: User, delivery: ListenerDelivery) -> None:
    """Raises: NotAllowed."""
    if not can_watch_delivery(actor, delivery):
        raise NotAllowed(_("您没有重放这次投递的权限"))
