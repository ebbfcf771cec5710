"""Who may do what about whom. Pure questions over units.

A personnel clerk, an approver and a head of a unit hold their right over their own unit and
what lies below; a post in the centre of the body holds it over the whole body (see
``accounts.reach``). Nobody decides about themselves.
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.reach import admin_reach
from apps.audit.services import Actor, SystemActor
from apps.common.errors import NotAllowed

MANAGE = "personnel.manage_staff"
APPROVE = "personnel.approve_staff"
LEAD = "personnel.lead_unit"
ANY = (MANAGE, APPROVE, LEAD)


def can_open(viewer: User) -> bool:
    """Will tell whether the personnel pages are for this viewer at all."""
    return admin_reach(viewer, *ANY).is_anywhere


def can_manage(actor: Actor, unit: Organization | None) -> bool:
    """Will tell whether the actor arranges joining, moving and leaving in this unit."""
    return _holds(actor, unit, MANAGE)


def can_approve(actor: Actor, unit: Organization | None) -> bool:
    """Will tell whether the actor is the second person in this unit."""
    return _holds(actor, unit, APPROVE)


def can_ask(actor: Actor, unit: Organization | None) -> bool:
    """Will tell whether the actor asks for people, hands work over and reviews here."""
    return _holds(actor, unit, MANAGE, LEAD)


def can_manage_whole(actor: Actor, tenant_id: int) -> bool:
    """Will tell whether the actor arranges personnel matters for the whole body."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and admin_reach(actor, MANAGE).covers_whole(tenant_id)


def _holds(actor: Actor, unit: Organization | None, *permissions: str) -> bool:
    if isinstance(actor, SystemActor):
        return True
    if not isinstance(actor, User) or not actor.is_active:
        return False
    reach = admin_reach(actor, *permissions)
    return reach.everything if unit is None else reach.everything or reach.covers(unit)


def reach_q(viewer: User, field: str, *permissions: str) -> Q:
    """Will give the condition "this row's unit is one the viewer has such a right over".

    field: the way to the unit; empty for units themselves.
    """
    reach = admin_reach(viewer, *permissions)
    if reach.everything:
        return Q()
    way = f"{field}__" if field else ""
    condition = Q(**{f"{way}tenant_id__in": reach.tenant_ids})
    for path in reach.paths:
        condition |= Q(**{f"{way}path__startswith": path})
    return condition


def require_open(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_open(viewer):
        raise NotAllowed(_("您没有办理人事异动的权限。"))


def require(may: bool) -> None:
    """Raises: NotAllowed."""
    if not may:
        raise NotAllowed(_("您没有办理该单位人事异动的权限。"))
