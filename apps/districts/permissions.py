"""Who keeps links to the city, and who keeps the districts that pass on to it."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotAllowed

MANAGE_LINKS, MANAGE_PEERS = "districts.manage_links", "districts.manage_peers"
PUSH_SCOPE, BACK_SCOPE = "districts.push", "districts.back"


def require_manager(actor: User, right: str, tenant_id: int | None = None) -> None:
    """Raises: NotAllowed (without the right, or not in this body)."""
    scope = scope_for(actor, right)
    if tenant_id is None:
        is_let = scope.everything or bool(scope.tenant_ids)
    else:
        is_let = scope.covers_tenant(tenant_id)
    if not is_let:
        raise NotAllowed(
            _("需要“管理向市级汇聚的链路”权限")
            if right == MANAGE_LINKS
            else _("需要“管理汇聚来源区”权限")
        )


def managed_q(actor: User, right: str, field: str) -> Q:
    """Will give the condition "of a body for which the actor has the right"."""
    scope = scope_for(actor, right)
    return Q() if scope.everything else Q(**{f"{field}__in": scope.tenant_ids})


def managed_tenants(actor: User, right: str) -> list[Tenant]:
    """Will give the bodies for which the actor has the right."""
    found = Tenant.objects.filter(managed_q(actor, right, "pk"))
    return list(found.select_related("area").defer("area__boundary").order_by("pk"))
