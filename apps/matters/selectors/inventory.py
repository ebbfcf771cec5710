"""Reads of the inventory of matters: whose items, how far, and what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, OrganizationKind, User
from apps.accounts.selectors import organization_scope_q, scope_of
from apps.common.errors import NotFound
from apps.matters import permissions
from apps.matters.enums import InventoryState, MatterKind
from apps.matters.models import InventoryItem

FILLING_KINDS = (
    OrganizationKind.DEPARTMENT,
    OrganizationKind.STREET,
    OrganizationKind.ENTERPRISE,
)


@dataclass(frozen=True)
class Completeness:
    """How far one department is. missing: mandatory parts not there, over all its items."""

    organization: Organization
    total: int
    checked: int
    confirmed: int
    missing: dict[str, int]

    @property
    def is_confirmed(self) -> bool:
        """Whether the department stands by everything it listed, and listed something."""
        return self.total > 0 and self.confirmed == self.total


def missing_parts(item: InventoryItem) -> list[str]:
    """Will name the parts every item needs, and those its kind needs, that are not there."""
    wanted = [
        (_("类型"), item.kind),
        (_("业务领域"), item.domain_id),
        (_("法律依据"), item.legal_basis),
    ]
    if item.kind == MatterKind.SERVICE:
        wanted += [
            (_("服务对象"), item.audience),
            (_("承诺时限"), item.promise),
            (_("收费"), item.fee),
        ]
    elif item.kind == MatterKind.SUPERVISION:
        wanted.append((_("监管对象"), item.audience))
    elif item.kind == MatterKind.OPERATION:
        wanted.append((_("承诺时限"), item.promise))
    return [label for label, value in wanted if not value]


def list_items(viewer: User) -> QuerySet[InventoryItem]:
    """Will give the items of the viewer's tenants to the centre, of their units to others."""
    found = InventoryItem.objects.select_related(
        "organization", "domain", "matter_type", "checked_by", "confirmed_by"
    ).order_by("organization__path", "name")
    scope = scope_of(viewer)
    if scope.everything:
        return found
    if permissions.can_view_matters(viewer):
        return found.filter(tenant_id__in=scope.tenant_ids)
    if viewer.has_perm(permissions.FILL):
        return found.filter(organization_scope_q(scope, field="organization__path"))
    return found.none()


def get_item(viewer: User, *, pk: int) -> InventoryItem:
    """Raises: NotFound."""
    item = list_items(viewer).filter(pk=pk).first()
    if item is None:
        raise NotFound(_("没有这一项，或您无权查看"))
    return item


def fillable_units(viewer: User) -> QuerySet[Organization]:
    """Will give the units the viewer may write items for."""
    found = Organization.objects.filter(is_active=True, kind__in=FILLING_KINDS)
    scope = scope_of(viewer)
    if scope.everything:
        return found
    reach = Q(pk__in=[])
    if permissions.can_edit_matters(viewer):
        reach |= Q(tenant_id__in=scope.tenant_ids)
    if viewer.has_perm(permissions.FILL):
        reach |= organization_scope_q(scope, field="path")
    return found.filter(reach).order_by("path")


def completeness(units: Iterable[Organization]) -> list[Completeness]:
    """Will say per department how many items it has, how far they are, and what is missing."""
    units = list(units)
    items: dict[int, list[InventoryItem]] = {unit.pk: [] for unit in units}
    for item in InventoryItem.objects.filter(organization__in=units):
        items[item.organization_id].append(item)
    report = []
    for unit in units:
        own = items[unit.pk]
        missing: dict[str, int] = {}
        for item in own:
            for part in missing_parts(item):
                missing[part] = missing.get(part, 0) + 1
        report.append(
            Completeness(
                organization=unit,
                total=len(own),
                checked=sum(i.state == InventoryState.CHECKED for i in own),
                confirmed=sum(i.state == InventoryState.CONFIRMED for i in own),
                missing=missing,
            )
        )
    return report
