"""The order beside the case and the report beside the thing. Source: AL-06, OP-09."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.assets.registry import register_links, register_page
from apps.matters.enums import StateCategory
from apps.matters.models import Case
from apps.matters.registry import register_case_links
from apps.ops import permissions
from apps.ops.models import WorkOrder
from apps.ops.selectors import visible_orders

MOST = 20


def register() -> None:
    """Will show the links on case pages and asset pages."""
    register_case_links(order_beside)
    register_links(links_by_code)
    register_page(page_of)


def links_by_code(viewer: User, codes: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Will give, by code of a thing, its open orders the viewer may see and the report page."""
    found: dict[str, list[tuple[str, str]]] = {code: [] for code in codes}
    orders = visible_orders(viewer).filter(asset__code__in=codes)
    for order in orders.exclude(case__category=StateCategory.ENDED)[:MOST]:
        label = _("未办结工单：%s") % order.fault_kind
        assert order.asset is not None
        found[order.asset.code].append((label, reverse("ops:order-detail", args=[order.pk])))
    if permissions.can_report(viewer):
        for code, links in found.items():
            links.append((_("上报故障"), f"{reverse('ops:report')}?asset={code}"))
    return found


def page_of(viewer: User, pk: int) -> str | None:
    """Will give the report page for who reports faults, their orders for who repairs only."""
    asset = Asset.objects.filter(pk=pk).first()
    if asset is None:
        return None
    if permissions.can_report(viewer):
        return f"{reverse('ops:report')}?asset={asset.code}"
    if viewer.has_perm(permissions.REPAIR):
        return f"{reverse('ops:order-list')}?name={asset.code}"
    return None


def order_beside(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give the work order of a case, where the viewer may open it."""
    found = WorkOrder.objects.filter(permissions.within_reach(viewer), case=case).first()
    if found is None:
        return []
    return [(_("运维工单：%s") % found.about, reverse("ops:order-detail", args=[found.pk]))]
