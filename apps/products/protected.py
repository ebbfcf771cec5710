"""Data products in the register of protected resources. Source: AC-07, IO-05."""

from django.db.models import QuerySet
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
from apps.accounts.protected.selectors import in_reach
from apps.products.models import DataProduct
from apps.products.permissions import KEEP, VIEW


def _rows(viewer: User, text: str) -> QuerySet[DataProduct]:
    rows = DataProduct.objects.select_related("unit").order_by("name", "pk")
    return in_reach(viewer, rows, text, tenant="unit__tenant_id")


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
