"""Links to gateways and edge nodes: how they stand, what hangs on them. Source: IO-08."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    ExpressionWrapper,
    F,
    Model,
    Q,
    QuerySet,
    Window,
)
from django.db.models.expressions import BaseExpression
from django.db.models.functions import RowNumber

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.common.paging import CappedCount, count_capped
from apps.polling.enums import LinkKind, LinkStanding
from apps.polling.models import EdgeDevice, EdgeNode, Gateway, LinkChange, Poll
from apps.polling.selectors.edge import list_edges
from apps.polling.selectors.polled import list_gateways
from apps.sensing.enums import DeviceState
from apps.sensing.models import Device

#: Links of one kind that are looked at; a city with more narrows the list.
MOST_LINKS = 2000
#: Devices named under a link of the picture; the others are counted.
NAMED = 8


@dataclass
class LinkRow:
    """A link. row: the gateway or edge node. by_state: devices behind it by state's code.

    named: at most ``NAMED`` of them, those in trouble first.
    """

    kind: LinkKind
    row: Gateway | EdgeNode
    standing: LinkStanding
    heard_at: datetime | None
    error: str
    by_state: dict[str, int] = field(default_factory=dict)
    named: list[Device] = field(default_factory=list)

    @property
    def devices(self) -> int:
        """How many devices it carries."""
        return sum(self.by_state.values())

    @property
    def unnamed(self) -> int:
        """How many of them the picture only counts."""
        return self.devices - len(self.named)


def list_links(
    viewer: User, *, text: str = "", kind: str = "", standing: str = ""
) -> list[LinkRow]:
    """Will list the links in the viewer's reach, those that are down first, then by name.

    text: part of the name. kind, standing: codes, "" for all. Without devices; see
    ``with_devices``.
    """
    found: list[LinkRow] = []
    if kind in ("", LinkKind.GATEWAY):
        gateways = list_gateways(viewer, text=text)[:MOST_LINKS]
        found += [_of_gateway(gateway) for gateway in gateways]
    if kind in ("", LinkKind.EDGE):
        found += [_of_edge(edge) for edge in list_edges(viewer, text=text)[:MOST_LINKS]]
    order = list(LinkStanding)
    wanted = [row for row in found if standing in ("", row.standing)]
    return sorted(wanted, key=lambda row: (order.index(row.standing), row.row.name, row.row.pk))


def count_standings(rows: Iterable[LinkRow]) -> dict[LinkStanding, int]:
    """Will count links by how they stand."""
    found = dict.fromkeys(LinkStanding, 0)
    for row in rows:
        found[row.standing] += 1
    return found


def with_devices(rows: list[LinkRow]) -> list[LinkRow]:
    """Will fill in what hangs on these links, in a few questions for all of them."""
    for kind, model, link in (
        (LinkKind.GATEWAY, Poll, "gateway"),
        (LinkKind.EDGE, EdgeDevice, "node"),
    ):
        these = {row.row.pk: row for row in rows if row.kind == kind}
        if these:
            _count(these, model, link)
            _name(these, model, link)
    return rows


def count_direct(viewer: User) -> CappedCount:
    """Will count the viewer's devices in use that speak to us without anything between."""
    mine = Device.objects.filter(reach_q(viewer, "asset__"), is_active=True)
    return count_capped(mine.filter(poll=None, behind=None))


def changes_of(link: Gateway | EdgeNode) -> QuerySet[LinkChange]:
    """Will list how a link went down and came back, newest first."""
    return link.changes.order_by("-at", "-pk")


def keys_above(asset_id: int) -> list[str]:
    """Will give the alarm keys of what carries a device's readings."""
    device = Device.objects.filter(asset=asset_id)
    found = device.values_list("poll__gateway", "behind__node", "edge_node").first() or ()
    named = zip(("gateway", "edge", "edge"), found, strict=False)
    return [f"{kind}:{pk}" for kind, pk in named if pk is not None]


def assets_below(key: str) -> list[int]:
    """Will give the assets whose devices are carried by the link with this alarm key."""
    kind, _colon, number = key.partition(":")
    if not number.isdecimal():
        return []
    links: dict[str, type[Model]] = {"gateway": Poll, "edge": EdgeDevice}
    if kind not in links:
        return []
    named = "gateway" if kind == "gateway" else "node"
    found = links[kind]._default_manager.filter(**{named: int(number)})
    carried = list(found.values_list("device__asset", flat=True))
    if kind == "edge":  # a node that has a card hangs on its own link
        cards = EdgeNode.objects.filter(pk=int(number), device__isnull=False)
        carried += cards.values_list("device__asset", flat=True)
    return carried


def _of_gateway(gateway: Gateway) -> LinkRow:
    standing = _standing(
        gateway.is_active, is_down=gateway.is_interrupted, is_known=gateway.answered_at is not None
    )
    return LinkRow(LinkKind.GATEWAY, gateway, standing, gateway.answered_at, gateway.last_error)


def _of_edge(edge: EdgeNode) -> LinkRow:
    standing = _standing(edge.is_active, is_down=edge.is_silent, is_known=edge.heard_at is not None)
    return LinkRow(LinkKind.EDGE, edge, standing, edge.heard_at, "")


def _standing(is_active: bool, *, is_down: bool, is_known: bool) -> LinkStanding:
    if not is_active:
        return LinkStanding.STOPPED
    if is_down:
        return LinkStanding.DOWN
    return LinkStanding.UP if is_known else LinkStanding.UNKNOWN


def _count(these: dict[int, LinkRow], model: Any, link: str) -> None:
    counted = model.objects.filter(**{f"{link}__in": these}).order_by()
    for pk, state, count in counted.values_list(link, "device__presence__state").annotate(
        count=Count("pk")
    ):
        these[pk].by_state[state or DeviceState.UNKNOWN.value] = count


def _name(these: dict[int, LinkRow], model: Any, link: str) -> None:
    is_well = ExpressionWrapper(
        Q(device__presence__state=DeviceState.ONLINE), output_field=BooleanField()
    )
    order: list[BaseExpression | F | str] = [is_well, F("device__node")]
    place = Window(RowNumber(), partition_by=F(link), order_by=order)
    found = model.objects.filter(**{f"{link}__in": these}).annotate(place=place)
    shown = found.filter(place__lte=NAMED).order_by(link, "place")
    for one in shown.select_related("device__asset", "device__presence"):
        these[getattr(one, f"{link}_id")].named.append(one.device)
