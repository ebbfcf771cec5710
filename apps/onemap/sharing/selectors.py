"""Reads of requests, cards and outside services, scoped by viewer."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotFound
from apps.onemap.enums import LayerGroup
from apps.onemap.models import (
    LayerCard,
    LayerRequest,
    LayerUse,
    OutsideService,
    ServiceKind,
    ServiceState,
)
from apps.onemap.registry import Layer, Viewer, all_layers
from apps.onemap.selectors import card_of, list_layers
from apps.onemap.sharing import permissions
from apps.onemap.sharing.addresses import is_drawn
from apps.onemap.sharing.freshness import Freshness, freshness_of

OUTSIDE_PREFIX = "outside-"
_OUTSIDE_COLOR = "#8a4b00"


@dataclass(frozen=True)
class CardRow:
    """A layer with its card and how fresh it is."""

    layer: Layer
    card: LayerCard
    fresh: Freshness


def list_cards() -> list[CardRow]:
    """Will give every layer with its card, in the order of the tree; for keepers."""
    rows = [
        (layer, card_of(layer.code))
        for layer in all_layers()
        if layer.group != LayerGroup.ANALYSIS  # somebody's own
    ]
    return [CardRow(layer, card, freshness_of(layer, card)) for layer, card in rows]


def list_requestable(viewer: User) -> list[CardRow]:
    """Will give the layers the viewer does not read and may ask for."""
    have = {opened.code for opened in list_layers(viewer)}
    return [
        row
        for row in list_cards()
        if row.layer.shared_rows and row.layer.code not in have and not row.card.is_hidden
    ]


def list_requests(viewer: User) -> QuerySet[LayerRequest]:
    """Will give the requests of the viewer's units, and those the viewer may decide on."""
    scope = scope_of(viewer)
    seen = Q(asked_by_id=str(viewer.pk)) | Q(unit_id__in=scope.organization_ids)
    found = LayerRequest.objects.filter(Q(tenant_id__in=scope.tenant_ids))
    if viewer.has_perm(permissions.APPROVE):
        owners = {
            request.owner_unit_id: request
            for request in found.select_related("owner_unit").order_by("owner_unit_id")
        }
        for owner_id, request in owners.items():
            if permissions.may_decide(viewer, request.tenant_id, request.owner_unit):
                seen |= Q(owner_unit_id=owner_id)
    return found.filter(seen).select_related("unit", "owner_unit", "area", "grant")


def get_request(viewer: User, request_id: int) -> LayerRequest:
    """Will give one of them. Raises: NotFound."""
    found = list_requests(viewer).filter(pk=request_id).first()
    if found is None:
        raise NotFound(_("没有这份申请"))
    return found


def count_to_decide(viewer: User) -> int:
    """Will count the requests that wait for the viewer."""
    if not viewer.has_perm(permissions.APPROVE):
        return 0
    waiting = list_requests(viewer).filter(state="waiting").exclude(asked_by_id=str(viewer.pk))
    return sum(permissions.can_decide(viewer, request) for request in waiting)


def uses_of(request: LayerRequest) -> int:
    """Will count how often the layer was read under the grant of a request."""
    if request.grant_id is None:
        return 0
    found = LayerUse.objects.filter(grant_id=request.grant_id).aggregate(total=Sum("count"))
    return int(found["total"] or 0)


def list_services(viewer: Viewer) -> QuerySet[OutsideService]:
    """Will give the outside services in use that this viewer may see on the map."""
    found = OutsideService.objects.filter(retired_at=None)
    if not isinstance(viewer, User):
        return found.filter(is_public=True)
    scope = scope_of(viewer)
    if scope.everything:
        return found
    return found.filter(Q(is_public=True) | Q(tenant_id__in=scope.tenant_ids))


def services_to_draw(viewer: Viewer) -> list[dict[str, Any]]:
    """Will give what a map must know of the outside services this viewer may put on it.

    tiles: an address of ours with ``{z}/{x}/{y}``, in whose place come pictures, or of features
    vector tiles with the layer ``features``.
    """
    return [
        {
            "code": service.code,
            "name": service.name,
            "kind": service.kind,
            "crs": service.crs,
            "tiles": f"/map/services/{service.code}/{{z}}/{{x}}/{{y}}",
            "min_zoom": service.min_zoom,
            "max_zoom": service.max_zoom,
            "attribution": service.attribution,
            "approval_number": service.approval_number,
            "is_base": service.is_base,
            "state": service.state,
        }
        for service in list_services(viewer)
        if is_drawn(service)
    ]


def outside_group(viewer: Viewer) -> dict[str, Any] | None:
    """Will give the outside services as a group of the layer tree, None when there are none.

    Entries have what the page needs of every layer, and ``outside``: where the tiles are and
    what they hold. Their codes begin with ``OUTSIDE_PREFIX`` and open no layer of ours.
    """
    layers = [_as_layer(service) for service in services_to_draw(viewer)]
    if not layers:
        return None
    code = LayerGroup.OUTSIDE
    return {"code": code.value, "label": str(code.label), "layers": layers}


def _as_layer(service: dict[str, Any]) -> dict[str, Any]:
    is_raster = service["kind"] != ServiceKind.FEATURE
    approval = service["approval_number"]
    return {
        "code": f"{OUTSIDE_PREFIX}{service['code']}",
        "label": service["name"],
        "description": str(ServiceKind(service["kind"]).label),
        "geometry": "mixed",
        "color": _OUTSIDE_COLOR,
        "radius": 5,
        "width": 2,
        "opacity": 0.3,
        "by": "",
        "legend": [],
        "min_zoom": service["min_zoom"],
        "has_time": False,
        "owner": service["attribution"],
        "is_ill": service["state"] == ServiceState.ILL,
        "outside": {
            "tiles": service["tiles"],
            "max_zoom": service["max_zoom"],
            "is_raster": is_raster,
            "is_base": service["is_base"],
            "source": " ".join(
                part
                for part in (
                    service["attribution"] or service["name"],
                    approval and _("审图号：%(number)s") % {"number": approval},
                )
                if part
            ),
        },
    }


def get_service(viewer: Viewer, code: str) -> OutsideService:
    """Will give one of them. Raises: NotFound."""
    found = list_services(viewer).filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个地图服务，或您无权使用"), field="service")
    return found
