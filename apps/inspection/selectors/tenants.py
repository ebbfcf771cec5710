"""Whose checks the public reads, and for which body a colleague works."""

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotAllowed, NotFound


def public_tenant() -> Tenant:
    """Will give the body whose public pages these are: the named one, else the widest.

    Raises: NotFound (nothing is set up yet).
    """
    tenants = Tenant.objects.select_related("area")
    if settings.CITIZEN_TENANT:
        found = tenants.filter(code=settings.CITIZEN_TENANT).first()
    else:
        with_area = tenants.filter(area__isnull=False)
        found = with_area.order_by("area__level__depth", "pk").first()
    if found is None:
        raise NotFound(_("检查结果公示还没有开通"))
    return found


def tenant_of(actor: User) -> Tenant:
    """Will give the body a colleague works for. Raises: NotAllowed (holds no post)."""
    scope = scope_of(actor)
    found = Tenant.objects.select_related("area")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    tenant = found.order_by("pk").first()
    if tenant is None:
        raise NotAllowed(_("您没有任职单位"))
    return tenant
