"""Gateways, what is asked through them, plans."""

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.polling.models import Gateway, Poll, PollPlan
from apps.polling.permissions import reach_q


def list_gateways(
    viewer: User, *, text: str = "", protocol: str = "", state: str = ""
) -> QuerySet[Gateway]:
    """Will list the gateways in the viewer's reach with how many devices they answer for.

    text: part of the name, or begin of the address. state: "interrupted", "stopped" or "".
    Each row carries ``devices`` and ``missed``.
    """
    found = Gateway.objects.select_related("unit", "area").defer("area__boundary", "secret")
    found = found.filter(reach_q(viewer))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(host__startswith=text))
    if protocol:
        found = found.filter(protocol=protocol)
    if state == "interrupted":
        found = found.filter(Q(is_interrupted=True) | Q(polls__is_interrupted=True)).distinct()
    if state == "stopped":
        found = found.filter(is_active=False)
    return found.annotate(
        devices=Count("polls", distinct=True), missed=Sum("polls__missed", default=0)
    ).order_by("name", "pk")


def get_gateway(viewer: User, *, pk: int) -> Gateway:
    """Raises: NotFound (no such gateway, or not for this viewer)."""
    gateway = Gateway.objects.filter(reach_q(viewer), pk=pk).select_related("unit", "area").first()
    if gateway is None:
        raise NotFound(_("没有这个采集网关"))
    return gateway


def polls_of(gateway: Gateway) -> QuerySet[Poll]:
    """Will list what is asked through a gateway, by node."""
    found = gateway.polls.select_related("device__asset", "device__presence", "plan")
    return found.order_by("device__node")


def find_poll(gateway: Gateway, *, pk: int) -> Poll | None:
    """Will give one device asked through this gateway, if there is such."""
    return polls_of(gateway).filter(pk=pk).first()


def list_plans() -> QuerySet[PollPlan]:
    """Will list the plans with their lines and how many devices are asked by them."""
    found = PollPlan.objects.select_related("profile").prefetch_related("lines__field")
    return found.annotate(devices=Count("polls")).order_by("code")


def get_plan(code: str) -> PollPlan:
    """Raises: NotFound."""
    plan = list_plans().filter(code=code).first()
    if plan is None:
        raise NotFound(_("没有这个采集方案"))
    return plan
