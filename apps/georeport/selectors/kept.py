"""What those who keep the interface see: reports, peers, what was passed on, how it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.gateway.models import ApiCall, ApiClient
from apps.gateway.permissions import has_scope
from apps.georeport.models import Forwarding, Peer, Report
from apps.georeport.permissions import REPORT_SCOPE, UPDATE_SCOPE, managed_q
from apps.matters.enums import Channel
from apps.matters.models import Case
from apps.matters.selectors import visible_cases

USAGE_SPAN = timedelta(days=30)


@dataclass(frozen=True)
class Usage:
    """How one client used the interface in ``USAGE_SPAN``."""

    client: ApiClient
    calls: int
    refused: int
    reports: int


def case_links(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give, for the page of a case, the way to what came with its report.

    Whoever sees the case sees that.
    """
    if case.channel != Channel.API:
        return ()
    found = Report.objects.filter(case=case).values_list("pk", flat=True).first()
    if found is None:
        return ()
    return [(_("开放报告接口来件"), reverse("georeport:report-detail", args=[found]))]


def get_report(viewer: User, *, pk: int) -> Report:
    """Will give one report whose case the viewer may see. Raises: NotFound."""
    found = (
        Report.objects.filter(pk=pk, case__in=visible_cases(viewer))
        .select_related("case", "service", "client")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这件来件，或您无权查看"))
    return found


def masked_email(report: Report) -> str:
    """Will give the address a reporter left, its name covered; "" without one."""
    name, _at, host = report.email.partition("@")
    return f"{name[:1]}***@{host}" if host else "***" if name else ""


def list_usage(viewer: User) -> list[Usage]:
    """Will give the clients of the viewer's bodies that may use the interface, with figures."""
    since = clock.now() - USAGE_SPAN
    clients = [
        client
        for client in ApiClient.objects.filter(managed_q(viewer, "tenant_id"), revoked_at=None)
        .select_related("tenant")
        .order_by("name")
        if has_scope(client, REPORT_SCOPE) or has_scope(client, UPDATE_SCOPE)
    ]
    calls = ApiCall.objects.filter(client__in=clients, at__gte=since, path__startswith="/open311/")
    counted = {
        row["client"]: row
        for row in calls.order_by()
        .values("client")
        .annotate(calls=Count("pk"), refused=Count("pk", filter=Q(status__gte=400)))
    }
    reported = dict(
        Report.objects.filter(client__in=clients, received_at__gte=since)
        .order_by()
        .values_list("client")
        .annotate(n=Count("pk"))
    )
    return [
        Usage(
            client,
            counted.get(client.pk, {}).get("calls", 0),
            counted.get(client.pk, {}).get("refused", 0),
            reported.get(client.pk, 0),
        )
        for client in clients
    ]


def list_peers(viewer: User) -> QuerySet[Peer]:
    """Will give the servers the viewer's bodies pass cases on to."""
    return (
        Peer.objects.filter(managed_q(viewer, "connector__tenant_id"))
        .select_related("connector", "area")
        .annotate(passed_on=Count("forwardings"))
        .order_by("connector__name")
    )


def get_peer(viewer: User, *, pk: int) -> Peer:
    """Will give one of them. Raises: NotFound."""
    found = list_peers(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个转送对象"))
    return found


def list_forwardings(peer: Peer, *, state: str = "") -> QuerySet[Forwarding]:
    """Will give what was passed on to a peer, newest first. state: of the delivery."""
    found = peer.forwardings.select_related("case", "delivery").defer(
        "case__search", "case__text", "delivery__body"
    )
    return found.filter(delivery__state=state) if state else found
