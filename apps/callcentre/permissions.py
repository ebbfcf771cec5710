"""Who works, leads, watches and inspects in the call centre. Pure predicates, per body."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotAllowed

LEAD, WATCH = "callcentre.lead_agents", "callcentre.view_wallboard"
INSPECT = "callcentre.inspect_calls"
WRITE_SCRIPTS, APPROVE_SCRIPTS = "callcentre.write_scripts", "callcentre.approve_scripts"
TAKE = "hotline.take_calls"
#: Any of them opens the call centre's pages; each page asks for its own.
READERS = (LEAD, WATCH, INSPECT, TAKE)


def may(actor: User, right: str, tenant_id: int) -> bool:
    """Will tell whether the actor has the right by a post in this body."""
    scope = scope_for(actor, right)
    if not actor.is_active:
        return False
    return scope.everything or (actor.has_perm(right) and tenant_id in scope.tenant_ids)


def require(actor: User, right: str, tenant_id: int) -> None:
    """Raises: NotAllowed (no post of the actor in this body carries the right)."""
    if not may(actor, right, tenant_id):
        raise NotAllowed(_("您没有这项话务工作的权限"))


def require_any(actor: User, *rights: str) -> None:
    """Raises: NotAllowed (none of the rights in any body)."""
    if not any(actor.has_perm(right) for right in rights):
        raise NotAllowed(_("您没有这项话务工作的权限"))


def tenant_ids(viewer: User, *rights: str) -> frozenset[int]:
    """Will give the bodies in which the viewer has one of the rights."""
    held = [right for right in rights if viewer.has_perm(right)]
    return frozenset().union(*(scope_for(viewer, right).tenant_ids for right in held))


def within(viewer: User, *rights: str, field: str = "tenant_id") -> Q:
    """Will give the condition "a row of a body in which the viewer has one of the rights"."""
    if viewer.is_active and viewer.is_superuser:
        return Q()
    return Q(**{f"{field}__in": tenant_ids(viewer, *rights)})
