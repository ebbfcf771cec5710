"""Data products in the register of protected resources. Source: AC-07, IO-05."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.protected.registry import (
    DefaultPolicy,
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    register_source,
)
from apps.accounts.protected.selectors import reach_of
from apps.products.models import DataProduct
from apps.products.permissions import KEEP, VIEW


def _rows(viewer: User, text: str) -> QuerySet[DataProduct]:
    scope = reach_of(viewer)
    found = DataProduct.objects.select_related("unit").order_by("name", "pk")
    if not scope.everything:
        found = found.filter(unit__tenant_id__in=scope.tenant_ids)
    return found.filter(Q(name__icontains=text) | Q(code__icontains=text)) if text else found


def _entry(product: DataProduct) -> ProtectedEntry:
    opened_by = ""
    rights: tuple[str, ...] = ()
    if not product.is_published:
        policy, rights = DefaultPolicy.RIGHT, (KEEP,)
    elif product.is_open:
        policy, rights = DefaultPolicy.RIGHT, (VIEW, KEEP)
    else:
        policy = DefaultPolicy.GRANT
        opened_by = _("提供单位对申请的授权，在申请单位及其下级有效")
    return ProtectedEntry(
        ResourceKind.DATASET,
        product.code,
        product.name,
        str(product.unit),
        policy,
        rights=rights,
        opened_by=opened_by,
        state=product.get_state_display(),
        url=reverse("products:product-detail", args=[product.code]),
    )


def register() -> None:
    """Will make the products known."""
    register_source(ResourceSource("products", ResourceKind.DATASET, _rows, _entry))
