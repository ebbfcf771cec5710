"""Layers of the one map on the grid page: points of one area and period, under the map's rights."""

from dataclasses import dataclass, replace

from apps.accounts.models import User
from apps.common.periods import Period
from apps.onemap import selectors as onemap
from apps.onemap.enums import Geometry
from apps.onemap.selectors import Limits, Told
from apps.places.models import Area

MOST = 2000


@dataclass(frozen=True)
class ShownLayer:
    """A layer that may be put on the page. has_time: narrowed by the period."""

    code: str
    label: str
    color: str
    has_time: bool


def layers_for(viewer: User) -> list[ShownLayer]:
    """Will give the layers of points this viewer has on the one map."""
    return [
        ShownLayer(
            opened.code,
            str(opened.layer.label),
            opened.layer.look.color,
            bool(opened.layer.time_field),
        )
        for opened in onemap.list_layers(viewer)
        if opened.layer.geometry == Geometry.POINT
    ]


def points_in(viewer: User, area: Area, period: Period, *, code: str) -> tuple[list[Told], bool]:
    """Will give the points of a layer inside an area, of the period where the layer has a time.

    At most 2,000; the second value says that there are more. area: with its boundary.
    Raises: NotFound (no such layer, or not for this viewer); TooMany; LayerUnreadable.
    """
    opened = onemap.open_layer(viewer, code)
    if area.boundary is None:
        return [], False
    inside = {f"{opened.layer.geometry_field}__coveredby": area.boundary}
    limits = Limits(area.boundary.extent, period.first, period.last)
    return onemap.features(replace(opened, rows=opened.rows.filter(**inside)), limits, most=MOST)
