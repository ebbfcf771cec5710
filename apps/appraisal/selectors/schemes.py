"""Schemes as a viewer sees them, and the one in force."""

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.appraisal import permissions
from apps.appraisal.enums import SchemeState
from apps.appraisal.models import Scheme
from apps.common.errors import NotFound


def tenant_of(viewer: User, rights: Sequence[str] = permissions.READERS) -> Tenant:
    """Will give the body whose appraisal the viewer reads by these rights. Raises: NotFound."""
    scope = scope_for(viewer, *rights)
    found = Tenant.objects.select_related("area").defer("area__boundary", "area__center")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    tenant = found.order_by("pk").first()
    if tenant is None:
        raise NotFound(_("您没有所属单位"))
    return tenant


def find_scheme(tenant: Tenant, month: date) -> Scheme | None:
    """Will give the scheme in force in a month, None without one."""
    in_force = Scheme.objects.filter(
        tenant=tenant, state=SchemeState.PUBLISHED, effective_from__lte=month.replace(day=1)
    )
    return in_force.order_by("-effective_from", "-number").first()


def list_schemes(tenant: Tenant) -> QuerySet[Scheme]:
    """Will give every version of a body, the newest first."""
    return Scheme.objects.filter(tenant=tenant).order_by("-number")


def get_scheme(viewer: User, scheme_id: int) -> Scheme:
    """Will give one version of the viewer's bodies. Raises: NotFound."""
    found = Scheme.objects.filter(pk=scheme_id).first()
    scope = scope_for(viewer, *permissions.READERS)
    if found is None or not scope.covers_tenant(found.tenant_id):
        raise NotFound(_("没有这个方案"))
    return found
