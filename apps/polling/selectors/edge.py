"""Edge nodes, what is behind them, what they delivered."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.polling.models import EdgeBatch, EdgeDevice, EdgeNode
from apps.polling.permissions import reach_q


def list_edges(viewer: User, *, text: str = "", state: str = "") -> QuerySet[EdgeNode]:
    """Will list the edge nodes in the viewer's reach with how many devices are behind each.

    text: part of the name, or begin of the code. state: "silent", "backlog", "stopped" or "".
    """
    found = EdgeNode.objects.select_related("unit", "area", "client", "device").defer(
        "area__boundary"
    )
    found = found.filter(reach_q(viewer))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__startswith=text))
    wanted = {
        "silent": Q(is_silent=True),
        "backlog": Q(backlog__gt=0),
        "stopped": Q(is_active=False),
    }
    return found.filter(wanted.get(state, Q())).annotate(behind=Count("devices")).order_by("code")


def get_edge(viewer: User, *, pk: int) -> EdgeNode:
    """Raises: NotFound (no such node, or not for this viewer)."""
    edge = list_edges(viewer).filter(pk=pk).first()
    if edge is None:
        raise NotFound(_("没有这个边缘节点"))
    return edge


def behind(edge: EdgeNode) -> QuerySet[EdgeDevice]:
    """Will list the devices behind a node, by their own node names."""
    found = edge.devices.select_related("device__asset", "device__profile", "device__presence")
    return found.order_by("device__node")


def batches_of(edge: EdgeNode) -> QuerySet[EdgeBatch]:
    """Will list what a node delivered, newest first."""
    return edge.batches.order_by("-received_at", "-pk")
