"""Who asks for layers, who decides, who keeps cards and outside services."""

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.reach import admin_reach, administrators
from apps.accounts.selectors import appointments_in_force
from apps.common.errors import NotAllowed
from apps.onemap.models import LayerRequest
from apps.onemap.permissions import MANAGE

APPROVE = "onemap.approve_sharing"


def may_decide(actor: User, tenant_id: int, owner: Organization | None) -> bool:
    """Will tell whether the actor decides on layers of this owner; of nobody's layers whoever
    administers the whole body does."""
    if not actor.is_active:
        return False
    reach = admin_reach(actor, APPROVE)
    return reach.covers(owner) if owner is not None else reach.covers_whole(tenant_id)


def can_decide(actor: User, request: LayerRequest) -> bool:
    """Will tell whether the actor decides on this request; nobody on their own."""
    if str(actor.pk) == request.asked_by_id:
        return False
    return may_decide(actor, request.tenant_id, request.owner_unit)


def deciders(tenant_id: int, owner: Organization | None) -> list[User]:
    """Will give who is to be told of a request."""
    if owner is not None:
        return administrators(APPROVE, owner)
    top = Organization.objects.filter(tenant_id=tenant_id, parent=None, is_active=True)
    found: dict[int, User] = {}
    for unit in top.order_by("pk"):
        found |= {user.pk: user for user in administrators(APPROVE, unit)}
    return [user for user in found.values() if may_decide(user, tenant_id, None)]


def units_of(actor: User) -> list[Organization]:
    """Will give the units the actor may ask for: those of today's posts."""
    held = appointments_in_force(actor).select_related("post__organization")
    return list({a.post.organization_id: a.post.organization for a in held}.values())


def can_keep(actor: User, tenant_id: int) -> bool:
    """Will tell whether the actor keeps cards and outside services of this body."""
    return actor.is_active and admin_reach(actor, MANAGE).covers_whole(tenant_id)


def require_keep(actor: User, tenant_id: int) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor, tenant_id):
        raise NotAllowed(_("需要在管理全市的机构任职并持有“管理图层”权限"))
