"""Bulletins as a viewer may see them."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.callbacks import permissions
from apps.callbacks.models import Bulletin
from apps.common.errors import NotFound


def list_bulletins(viewer: User) -> QuerySet[Bulletin]:
    """Will list every edition of the viewer's tenants, the newest month first."""
    scope = scope_for(viewer, *permissions.BULLETIN_READERS)
    found = Bulletin.objects.select_related("tenant", "word", "pdf").defer("figures")
    found = found.order_by("-month", "tenant", "-edition")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def get_bulletin(viewer: User, *, pk: int) -> Bulletin:
    """Raises: NotFound (no such, or of another city)."""
    bulletin = list_bulletins(viewer).defer(None).filter(pk=pk).first()
    if bulletin is None:
        raise NotFound(_("没有这份月报"))
    return bulletin


def tenants_for(viewer: User, right: str) -> QuerySet[Tenant]:
    """Will give the cities in which the viewer holds a right of this app."""
    scope = scope_for(viewer, right)
    found = Tenant.objects.order_by("pk")
    return found if scope.everything else found.filter(pk__in=scope.tenant_ids)
