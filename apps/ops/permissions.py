"""Who reports, sees, confirms and repairs, and who keeps contracts. Pure questions."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_for
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.ops.models import WorkOrder

REPORT, VIEW = "ops.report_faults", "ops.view_orders"
CONFIRM, REPAIR = "ops.confirm_orders", "ops.repair_orders"
KEEP = "ops.keep_contracts"
MANAGERS = (VIEW, CONFIRM)
READERS = (REPORT, VIEW, CONFIRM, REPAIR)
REPORTERS = (REPORT, CONFIRM)


def within_reach(viewer: User) -> Q:
    """Will give the condition "an order this viewer may see".

    A manager: those of the own bodies in the own areas. A repairer: those their unit has now.
    Whoever reported one: that one.
    """
    managing = scope_for(viewer, *MANAGERS)
    if managing.everything:
        return Q()
    repairing = scope_for(viewer, REPAIR)
    seen = Q(case__tenant_id__in=managing.tenant_ids) & area_scope_q(managing, "case__area_path")
    mended = organization_scope_q(repairing, "case__unit_path") & ~Q(case__unit_path="")
    return seen | mended | Q(reporter=viewer)


def manages(actor: Actor, order: WorkOrder) -> bool:
    """Will tell whether the actor confirms and rules on this order."""
    if not isinstance(actor, User):
        return actor.pk is None
    return confirms_in(actor, order.case.tenant_id, order.case.area_path)


def confirms_in(actor: User, tenant_id: int, area_path: str) -> bool:
    """Will tell whether the actor confirms orders of a body in an area."""
    scope = scope_for(actor, CONFIRM)
    return scope.everything or (scope.covers_tenant(tenant_id) and scope.covers_area(area_path))


def repairs(actor: Actor, order: WorkOrder) -> bool:
    """Will tell whether the unit of the actor has the order now."""
    if not isinstance(actor, User):
        return False
    scope = scope_for(actor, REPAIR)
    path = order.case.unit_path
    return scope.everything or (path != "" and scope.covers_organization(path))


def require_manages(actor: Actor, order: WorkOrder) -> None:
    """Raises: NotAllowed."""
    if not manages(actor, order):
        raise NotAllowed(_("您没有确认该工单的权限"))


def require_repairs(actor: Actor, order: WorkOrder) -> None:
    """Raises: NotAllowed."""
    if not repairs(actor, order):
        raise NotAllowed(_("该工单不由您的单位维修"))


def can_report(actor: Actor) -> bool:
    """Will tell whether the actor reports faults."""
    return not isinstance(actor, User) or any(actor.has_perm(right) for right in REPORTERS)


def require_report(actor: Actor) -> None:
    """Raises: NotAllowed."""
    if not can_report(actor):
        raise NotAllowed(_("您没有上报故障的权限"))


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed (has nothing to do with work orders)."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看运维工单的权限"))


def can_keep(viewer: User) -> bool:
    """Will tell whether the viewer keeps contracts, levels, kinds, rules and plans."""
    return bool(viewer.has_perm(KEEP))


def require_keep(actor: User, *, tenant_id: int | None = None) -> None:
    """Raises: NotAllowed (no right, or not over this body)."""
    scope = scope_for(actor, KEEP)
    mine = can_keep(actor) and (tenant_id is None or scope.covers_tenant(tenant_id))
    if not (scope.everything or mine):
        raise NotAllowed(_("您没有维护维保合同与计划的权限"))


def require_calendar(viewer: User) -> None:
    """Raises: NotAllowed (the calendar of maintenance is for managers)."""
    if not any(viewer.has_perm(right) for right in (CONFIRM, KEEP)):
        raise NotAllowed(_("您没有查看保养日历的权限"))
