"""Imported data and views of base libraries in the register of protected resources.

Source: AC-07, GE-03, GE-10.
"""

from functools import partial

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
from apps.geodata.enums import Visibility
from apps.geodata.models import Dataset, SpatialView


def _rows(
    model: type[Dataset] | type[SpatialView], viewer: User, text: str
) -> QuerySet[Dataset] | QuerySet[SpatialView]:
    rows = model.objects.select_related("unit").order_by("name", "pk")
    return in_reach(viewer, rows, text, tenant="tenant_id")


def _entry(address: str, row: Dataset | SpatialView) -> ProtectedEntry:
    opened_by = ""
    if row.retired_at is not None:
        policy = DefaultPolicy.DENIED
    elif row.is_public:
        policy = DefaultPolicy.PUBLIC
    else:
        policy = DefaultPolicy.SCOPE
        whole = row.visibility == Visibility.TENANT
        opened_by = _("归属机构人员") if whole else _("责任单位及其上下级")
    return ProtectedEntry(
        ResourceKind.DATASET,
        row.layer_code,
        row.name,
        str(row.unit),
        policy,
        opened_by=opened_by,
        state=_("已停用") if row.retired_at is not None else _("使用中"),
        url=reverse(address, args=[row.pk]),
    )


def register() -> None:
    """Will make both known."""
    for code, model, address in (
        ("geodata.datasets", Dataset, "geodata:dataset-detail"),
        ("geodata.views", SpatialView, "geodata:view-detail"),
    ):
        register_source(
            ResourceSource(
                code, ResourceKind.DATASET, partial(_rows, model), partial(_entry, address)
            )
        )
