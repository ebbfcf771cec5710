"""From a point to words: its grid cell, and what is nearest to it by name."""

import math
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import GeometryDistance
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.places.enums import GazetteerKind
from apps.places.geometry import Point4326, box_around, distance_m
from apps.places.models import Area, GazetteerEntry
from apps.places.selectors.areas import full_name, locate
from apps.places.selectors.geocoding.lines import road_line

REACH_M = 300.0
ROAD_REACH_M = 500.0
HERE_M = 15.0
LOOKED_AT = 24
# A door plate at 30 m says more than a school at 20 m: metres added by kind.
HANDICAP_M: dict[str, float] = {
    GazetteerKind.UNIT: 0,
    GazetteerKind.BUILDING: 0,
    GazetteerKind.NUMBER: 0,
    GazetteerKind.JUNCTION: 5,
    GazetteerKind.POI: 10,
    GazetteerKind.STOP: 20,
    GazetteerKind.ESTATE: 40,
}
BEARINGS = (
    gettext_lazy("北"),
    gettext_lazy("东北"),
    gettext_lazy("东"),
    gettext_lazy("东南"),
    gettext_lazy("南"),
    gettext_lazy("西南"),
    gettext_lazy("西"),
    gettext_lazy("西北"),
)


@dataclass(frozen=True)
class Described:
    """A point in words.

    area: the finest area in force, None outside the city. address: readable, "" if nothing
    is near. label, kind, entry_id: the thing it leans on. distance_m: from that thing.
    confidence: how well the words tell where the point is.
    """

    point: Point4326
    area: Area | None
    full_name: str
    address: str = ""
    label: str = ""
    kind: str = ""
    entry_id: int | None = None
    distance_m: float | None = None
    confidence: float = 0.0


def describe(spot: Point4326) -> Described:
    """Will say where a point lies: cell, and nearest door, building, crossing or place.

    Up to 300 m; then the nearest road within 500 m; then the area alone. Source: GE-05.
    """
    area = locate(spot)
    name = full_name(area) if area is not None else ""
    bare = Described(spot, area, name)
    best = _nearest(spot)
    if best is not None:
        return _by(bare, best.name, best.kind, best.pk, best.point, _inside(best, spot))
    road = _nearest_road(spot)
    line = road_line(road.geometry) if road is not None else None
    if road is None or line is None:
        return bare
    foot = line.at(line.position(spot))
    return _by(bare, road.name, road.kind, road.pk, foot, False)


def _nearest(spot: Point4326) -> GazetteerEntry | None:
    """The entry that names the point best: what holds it, else the nearest by its kind."""
    found = (
        GazetteerEntry.objects.filter(
            kind__in=list(HANDICAP_M),
            closed_at=None,
            point__bboverlaps=box_around(spot, REACH_M),
        )
        .annotate(away=GeometryDistance("point", spot))
        .order_by("away", "pk")[:LOOKED_AT]
    )
    near = [entry for entry in found if distance_m(entry.point, spot) <= REACH_M]
    return min(near, key=lambda entry: _weight(entry, spot), default=None)


def _weight(entry: GazetteerEntry, spot: Point4326) -> tuple[float, int]:
    inside = entry.kind == GazetteerKind.BUILDING and _inside(entry, spot)
    away = 0.0 if inside else distance_m(entry.point, spot)
    return away + HANDICAP_M[entry.kind], entry.pk


def _inside(entry: GazetteerEntry, spot: Point4326) -> bool:
    shape = entry.geometry
    return shape.geom_type in {"Polygon", "MultiPolygon"} and bool(shape.covers(spot))


def _nearest_road(spot: Point4326) -> GazetteerEntry | None:
    near = GazetteerEntry.objects.filter(
        kind=GazetteerKind.ROAD,
        closed_at=None,
        geometry__bboverlaps=box_around(spot, ROAD_REACH_M),
    )
    found = near.annotate(away=GeometryDistance("geometry", spot)).order_by("away", "pk").first()
    if found is None:
        return None
    line = road_line(found.geometry)
    return found if line is not None and line.distance_m(spot) <= ROAD_REACH_M else None


def _by(
    bare: Described, label: str, kind: str, entry_id: int, start: Point4326, is_inside: bool
) -> Described:
    away = distance_m(start, bare.point)
    if is_inside or away <= HERE_M:
        address = label
    else:
        address = _("%(name)s附近（往%(bearing)s约 %(metres)d 米）") % {
            "name": label,
            "bearing": BEARINGS[_eighth(start, bare.point)],
            "metres": max(5, round(away / 5) * 5),
        }
    sure = 0.95 if is_inside else max(0.3, 0.95 - away / 500)
    return Described(
        bare.point, bare.area, bare.full_name, address, label, kind, entry_id, away, sure
    )


def _eighth(start: Point4326, end: Point4326) -> int:
    east = (end.x - start.x) * math.cos(math.radians(start.y))
    return round(math.degrees(math.atan2(east, end.y - start.y)) / 45) % 8
