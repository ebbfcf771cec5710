"""Who reports, keeps the code table, works the shift desk and lets a doubtful proof pass."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, scope_of
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.grid.models import GridEvent

REPORT, KEEP = "grid.report_events", "grid.keep_classes"
OVERRIDE = "grid.override_proof"
FILE, DISPATCH = "matters.accept_case", "matters.dispatch_case"
LOOK = "matters.check_case"
SUPERVISE = "matters.supervise_case"
#: Who leads the workers of a street (网格长).
LEAD = "fieldwork.lead_workers"
#: Whoever works on events in some way may open their pages.
READERS = (
    REPORT,
    KEEP,
    OVERRIDE,
    FILE,
    DISPATCH,
    LOOK,
    SUPERVISE,
    "matters.handle_case",
    "matters.view_tenant_cases",
    "matters.view_area_cases",
)
DESK = (FILE, DISPATCH, SUPERVISE)


def can_read(viewer: User) -> bool:
    """Will tell whether the viewer may open the pages of events."""
    return any(viewer.has_perm(right) for right in READERS)


def can_work_desk(viewer: User) -> bool:
    """Will tell whether the viewer files, dispatches or supervises events (值班长)."""
    return any(viewer.has_perm(right) for right in DESK)


def can_override(actor: User, event: GridEvent) -> bool:
    """Will tell whether the actor may let a doubtful proof of this event pass."""
    return _reaches(actor, OVERRIDE, event)


def can_waive(actor: User, event: GridEvent) -> bool:
    """Will tell whether the actor may file this event without a look on the spot."""
    return _reaches(actor, FILE, event)


def can_order_look(actor: User, event: GridEvent) -> bool:
    """Will tell whether the actor may have this event verified or checked on the spot."""
    return any(_reaches(actor, right, event) for right in DESK)


def can_finish_stage(actor: User, event: GridEvent) -> bool:
    """Will tell whether the actor works for the unit that handles the event."""
    scope = scope_of(actor)
    handles = "matters.handle_case" in scope.permissions and bool(event.case.unit_path)
    return scope.everything or (handles and scope.covers_organization(event.case.unit_path))


def require(actor: Actor, permission: str) -> None:
    """Raises: NotAllowed. The product itself may."""
    if isinstance(actor, User) and not actor.has_perm(permission):
        raise NotAllowed(_("您没有执行该操作的权限"))


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_read(viewer):
        raise NotAllowed(_("您没有查看网格事件的权限"))


def require_desk(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_work_desk(viewer):
        raise NotAllowed(_("您没有值班调度的权限"))


def _reaches(actor: User, permission: str, event: GridEvent) -> bool:
    scope = scope_for(actor, permission)
    case = event.case
    return scope.everything or (
        scope.covers_tenant(case.tenant_id) and scope.covers_area(case.area_path)
    )
