"""The layer tree of one person as the page needs it."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.onemap.enums import LayerGroup
from apps.onemap.models import MapChoice, SharedMap
from apps.onemap.selectors.layers import OpenLayer, card_of, list_layers

#: Drawn under everything by the page itself.
BASE_LAYER = "base-map"


def layer_tree(viewer: User) -> list[dict[str, Any]]:
    """Will give the groups with the layers this person may read, empty groups left out."""
    found = [opened for opened in list_layers(viewer) if opened.code != BASE_LAYER]
    groups = []
    for group in LayerGroup:
        layers = [describe(opened) for opened in found if opened.layer.group == group]
        if layers:
            groups.append({"code": group.value, "label": str(group.label), "layers": layers})
    return groups


def describe(opened: OpenLayer) -> dict[str, Any]:
    """Will give what the page must know of one layer to draw, explain and filter it."""
    layer, look, card = opened.layer, opened.layer.look, opened.card
    leading = next((f for f in opened.fields if f.name == look.by), None)
    names = leading.choices if leading else {}
    owner = card.owner_unit.name if card.owner_unit else str(layer.owner)
    return {
        "code": layer.code,
        "label": str(layer.label),
        "description": card.description or str(layer.description),
        "geometry": layer.geometry.value,
        "color": card.color or look.color,
        "radius": look.radius,
        "width": look.width,
        "opacity": look.opacity,
        "by": look.by if leading and leading.in_tiles else "",
        "legend": [
            {"value": value, "label": str(names.get(value, value)), "color": color}
            for value, color in look.colors.items()
        ],
        "icon": look.icon,
        "min_zoom": layer.min_zoom,
        "max_zoom": layer.max_zoom,
        "aggregate_below": layer.aggregate_below,
        "has_time": bool(layer.time_field),
        "owner": owner,
        "updated": f"{card.updated_on:%Y-%m-%d}" if card.updated_on else "",
        "is_old": is_old(opened),
        "masked": bool(opened.masked),
    }


def is_old(opened: OpenLayer) -> bool:
    """Will tell whether the data are older than the promised cycle."""
    days = opened.card.update_days or opened.layer.update_days
    told = opened.card.updated_on
    return bool(days and told and (clock.today() - told).days > days)


def approval_number() -> str:
    """Will give the approval number (审图号) of the base map, "" before anybody wrote it."""
    return card_of(BASE_LAYER).approval_number


def chosen_by(viewer: User) -> dict[str, Any]:
    """Will give what the person last left switched on; {} for the first visit."""
    found = MapChoice.objects.filter(user=viewer).first()
    return found.state if found else {}


def shares_of(viewer: User) -> QuerySet[SharedMap]:
    """Will give the views the person has passed on, the newest first."""
    return SharedMap.objects.filter(maker=viewer).order_by("-made_at", "-pk")


def shared_map(key: str) -> SharedMap:
    """Will give a kept view by its key. It opens no layer: the reader's own rights do.

    Raises: NotFound.
    """
    found = SharedMap.objects.filter(key=key).first()
    if found is None:
        raise NotFound(_("没有这个分享链接，可能已被删除"))
    return found
