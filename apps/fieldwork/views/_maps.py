"""GeoJSON of the pages of this app, as ``places/_map.html`` draws it."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Point
from django.http import JsonResponse

from apps.places.models import Area

Feature = dict[str, Any]


def features(found: Iterable[Feature]) -> JsonResponse:
    """Will answer features, never kept by anybody on the way."""
    answer = JsonResponse({"type": "FeatureCollection", "features": list(found)})
    answer["Cache-Control"] = "no-store"
    return answer


def place_feature(place: Point, label: str, url: str = "") -> Feature:
    """Will give a place with its words."""
    geometry = {"type": "Point", "coordinates": [place.x, place.y]}
    return {"type": "Feature", "geometry": geometry, "properties": {"label": label, "url": url}}


def shape_feature(area: Area) -> Feature:
    """Will give the outline of an area with its name."""
    return line_feature(area.boundary, area.name)


def line_feature(shape: GEOSGeometry | None, label: str, *, is_planned: bool = False) -> Feature:
    """Will give a line or an outline with its words; one that is only planned is dashed."""
    geometry = json.loads(shape.geojson) if shape is not None else None
    properties = {"label": label, "url": "", "dashed": is_planned}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
