"""The local base map as GeoJSON: areas, roads, water, green and buildings by zoom."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import Polygon

from apps.common import clock
from apps.places.models import Area, BaseMapFeature, MapVersion

MAX_FEATURES = 4000  # about 1 MB; the finest ranks are left out first and the answer says so
CELL_ZOOM = 16
# Area levels by depth and the zoom from which their outline helps more than it clutters.
AREA_ZOOM = {1: 0, 2: 0, 3: 13, 4: 14}


@dataclass(frozen=True)
class View:
    """What part of the map is looked at. Degrees, WGS 84; Web Mercator zoom."""

    west: float
    south: float
    east: float
    north: float
    zoom: int


def map_version() -> int:
    """Will give the number that grows whenever the map data change; 0 for an empty map."""
    return MapVersion.objects.filter(pk=1).values_list("version", flat=True).first() or 0


def base_map(view: View) -> str:
    """Will give a GeoJSON FeatureCollection of what the view shows, at most 4,000 features.

    Properties: kind, name, rank; for areas also id, level, depth, synthetic. Member
    ``truncated`` says whether something was left out.
    """
    box = Polygon.from_bbox((view.west, view.south, view.east, view.north))
    box.srid = 4326
    features = [*_areas(view, box), *_features(view, box)]
    kept = ",".join(features[:MAX_FEATURES])
    cut = "true" if len(features) > MAX_FEATURES else "false"
    return f'{{"type":"FeatureCollection","truncated":{cut},"features":[{kept}]}}'


def _areas(view: View, box: Polygon) -> Iterator[str]:
    depths = [depth for depth, zoom in AREA_ZOOM.items() if view.zoom >= zoom]
    found = Area.objects.valid_on(clock.today()).filter(boundary__bboverlaps=box)
    shown = found.filter(level__depth__in=depths, level__is_cell=False)
    if view.zoom >= CELL_ZOOM:
        shown = shown | found.filter(level__is_cell=True)
    rows = (
        shown.annotate(json=AsGeoJSON("boundary", precision=6))
        .order_by("level__depth", "code")
        .values_list(
            "pk", "name", "source", "level__code", "level__depth", "level__is_cell", "json"
        )
    )
    for pk, name, source, level, depth, is_cell, shape in rows[: MAX_FEATURES + 1]:
        yield _feature(
            shape,
            kind="cell" if is_cell else "area",
            id=pk,
            name=name,
            level=level,
            depth=depth,
            synthetic=source.startswith("synthetic"),
        )


def _features(view: View, box: Polygon) -> Iterator[str]:
    rows = (
        BaseMapFeature.objects.filter(geometry__bboverlaps=box, min_zoom__lte=view.zoom)
        .annotate(json=AsGeoJSON("geometry", precision=6))
        .order_by("rank", "pk")
        .values_list("kind", "name", "rank", "json")
    )
    for kind, name, rank, shape in rows[: MAX_FEATURES + 1]:
        yield _feature(shape, kind=kind, name=name, rank=rank)


def _feature(shape: str, **properties: object) -> str:
    text = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    return f'{{"type":"Feature","properties":{text},"geometry":{shape}}}'
