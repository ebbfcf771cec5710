"""Who keeps what is offered outside, and who sees what came in by it."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotAllowed

MANAGE = "georeport.manage_services"
REPORT_SCOPE, UPDATE_SCOPE = "georeport.report", "georeport.update"


def can_manage(actor: User) -> bool:
    """Will tell whether the actor keeps the interface of some body."""
    scope = scope_for(actor, MANAGE)
    return scope.everything or bool(scope.tenant_ids)


def require_manager(actor: User, tenant_id: int | None = None) -> None:
    """Raises: NotAllowed (nobody who keeps the interface, or not of this body)."""
    scope = scope_for(actor, MANAGE)
    if not (can_manage(actor) if tenant_id is None else scope.covers_tenant(tenant_id)):
        raise NotAllowed(_("需要“管理开放报告接口”权限"))


def managed_q(actor: User, field: str) -> Q:
    """Will give the condition "of a body whose interface the actor keeps"."""
    scope = scope_for(actor, MANAGE)
    return Q() if scope.everything else Q(**{f"{field}__in": scope.tenant_ids})


def managed_tenants(actor: User) -> list[Tenant]:
    """Will give the bodies whose interface the actor keeps."""
    return list(Tenant.objects.filter(managed_q(actor, "pk")).order_by("pk"))
