"""Sets of training and test data in the register of protected resources. Source: AC-07, CP-02."""

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
from apps.algorithms.models import DataSet


def _rows(viewer: User, text: str) -> QuerySet[DataSet]:
    rows = DataSet.objects.select_related("unit").order_by("code", "-pk")
    return in_reach(viewer, rows, text, tenant="unit__tenant_id")


def _entry(row: DataSet) -> ProtectedEntry:
    is_over = row.ended_at is not None
    return ProtectedEntry(
        ResourceKind.DATASET,
        f"{row.code}@{row.version}",
        row.name,
        str(row.unit),
        DefaultPolicy.DENIED if is_over else DefaultPolicy.GRANT,
        opened_by="" if is_over else _("保管单位对使用单位的数据集授权"),
        state=row.get_state_display(),
        url=reverse("algorithms:data-set-detail", args=[row.pk]),
    )


def register() -> None:
    """Will make the data sets known."""
    register_source(ResourceSource("algorithms", ResourceKind.DATASET, _rows, _entry))
