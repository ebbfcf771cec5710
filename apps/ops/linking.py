"""The order beside the case and the report beside the thing. Source: AL-06, OP-09."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.alarms.registry import CaseMaker, register_case_maker
from apps.assets.models import Asset
from apps.assets.registry import register_links, register_page
from apps.matters.enums import StateCategory
from apps.matters.models import Case
from apps.matters.registry import register_case_links
from apps.monitoring.registry import Trouble, register_fault_report, register_panel
from apps.ops import permissions, services
from apps.ops.enums import OrderSource, OrderState
from apps.ops.faults_of_alarms import QUALITY_ALARMS
from apps.ops.models import WorkOrder
from apps.ops.selectors import MATTER, visible_orders
from apps.upkeep.registry import Evidence, EvidenceKind, register_evidence

MOST = 20


def register() -> None:
    """Will show the links on case pages, asset pages and the pages of what is watched."""
    register_case_links(order_beside)
    register_links(links_by_code)
    register_page(page_of)
    register_fault_report(report_address)
    register_evidence(EvidenceKind("order", gettext_lazy("运维工单"), orders_of_year))
    register_panel("ops.orders", gettext_lazy("运维工单"), orders_about)
    register_case_maker(
        CaseMaker(
            MATTER, QUALITY_ALARMS, services.wants_order, services.standing_case,
            services.endings_of,
        )
    )  # fmt: skip


def orders_of_year(viewer: User, year: int) -> Sequence[Evidence]:
    """Will give the closed orders of a year the viewer may see, as evidence of a plan."""
    if not any(viewer.has_perm(right) for right in permissions.READERS):
        return []
    orders = visible_orders(viewer).filter(closed_at__year=year).order_by("-closed_at")[:MOST]
    return [
        Evidence(
            order.case.number, f"{order.case.number} {order.about}",
            reverse("ops:order-detail", args=[order.pk]),
        )
        for order in orders
    ]  # fmt: skip


def report_address(viewer: User, trouble: Trouble) -> str:
    """Will give the report page filled in with what is known, "" for who reports nothing."""
    if not permissions.can_report(viewer):
        return ""
    source = OrderSource.CHECK if trouble.by_check else OrderSource.MONITORING
    thing = {"asset": trouble.asset.code} if trouble.asset else {"about": trouble.about}
    told = {"source": str(source.value), **thing, "text": trouble.text}
    query = urlencode({name: value for name, value in told.items() if value})
    return f"{reverse('ops:report')}?{query}"


def orders_about(viewer: User, asset: Asset) -> Sequence[tuple[str, str]]:
    """Will give the newest orders of a watched thing the viewer may see, with their states."""
    orders = visible_orders(viewer).filter(asset=asset)[:MOST]
    return [
        (
            f"{order.case.number} {order.fault_kind}（{OrderState(order.case.state).label}）",
            reverse("ops:order-detail", args=[order.pk]),
        )
        for order in orders
    ]


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
