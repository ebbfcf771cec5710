"""A plan on the map, as GeoJSON in degrees: what is covered, what is not, where points stand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.places.geometry import all_to_plane, from_plane
from apps.siting.coverage import outline_of
from apps.siting.models import PlannedPoint
from apps.siting.selectors import Coverage

#: Discs of more places than that would take longer to draw than all the rest to reckon.
MOST_DISCS = 2000
_GAP_SHADE, _COVER_SHADE = 0.35, 0.06
#: Corners of a quarter of a disc.
_CORNERS = 6


def features_of(found: Coverage) -> list[dict[str, Any]]:
    """Will give discs of assets (dashed) and of points, gaps (filled), then points and advice.

    What has ``still`` takes no clicks, so that a place under it can be picked.
    """
    radius = found.plan.radius_m
    standing = [place.coords for _pk, _label, place in found.existing]
    planned = [point.point.coords for point in found.points]
    drawn = [
        _feature(_discs(standing, radius), label=_("现有部件的覆盖范围"), dashed=True),
        _feature(_discs(planned, radius), label=_("规划点位的覆盖范围")),
        *(
            _feature(
                outline_of(found.ground, gap.piece.cells),
                label=_("空白 %(number)d") % {"number": gap.number},
                shade=_GAP_SHADE,
            )
            for gap in found.gaps
        ),
    ]
    return [one for one in drawn if one["geometry"] is not None] + [
        point_feature(point) for point in found.points
    ]


def point_feature(point: PlannedPoint) -> dict[str, Any]:
    """Will give one point of a plan with what is known of it, for maps and programs."""
    return {
        "type": "Feature",
        "id": point.number,
        "geometry": {"type": "Point", "coordinates": [point.point.x, point.point.y]},
        "properties": {
            "label": f"{point.number}. {point.label}",
            "number": point.number,
            "name": point.label,
            "note": point.note,
            "price": str(point.price) if point.price is not None else None,
            "asset": point.asset.code if point.asset else None,
            "url": reverse("siting:point-edit", args=[point.plan_id, point.number]),
        },
    }


def proposal_features(proposed: list[tuple[Any, float]]) -> list[dict[str, Any]]:
    """Will give proposed places by number."""
    return [
        {
            "type": "Feature",
            "id": number,
            "geometry": {"type": "Point", "coordinates": [place.x, place.y]},
            "properties": {
                "label": _("建议点 %(number)d（+%(won)s%%）") % {"number": number, "won": won}
            },
        }
        for number, (place, won) in enumerate(proposed, start=1)
    ]


def _discs(places: Sequence[Sequence[float]], radius_m: float) -> Any:
    spread = all_to_plane(places[:MOST_DISCS])
    return shapely.union_all(shapely.buffer(shapely.points(spread), radius_m, quad_segs=_CORNERS))


def _feature(shape: Any, *, shade: float = _COVER_SHADE, **properties: Any) -> dict[str, Any]:
    """shape: in metres; an empty one has no geometry."""
    geometry = None
    if not shape.is_empty:
        geometry = shapely.geometry.mapping(shapely.transform(shape, _degrees))
    told = properties | {"shade": shade, "still": True}
    return {"type": "Feature", "geometry": geometry, "properties": told}


def _degrees(corners: Any) -> Any:
    places = [from_plane(east, north) for east, north in corners]
    return np.array([(round(place.x, 6), round(place.y, 6)) for place in places])
