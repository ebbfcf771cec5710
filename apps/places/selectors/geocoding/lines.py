"""Along a road: how far a spot lies from its beginning, what lies so far on, what is opposite.

Metres of a plane that touches the earth at the road's first point; within a city it is right
to a few in ten thousand.
"""

import math
from dataclasses import dataclass

import shapely
from django.contrib.gis.geos import GEOSGeometry, LineString, MultiLineString
from shapely import affinity, ops

from apps.places.geometry import EARTH_RADIUS_M, Point4326, point


@dataclass(frozen=True)
class RoadLine:
    """A road in metres east and north of an origin (lon, lat)."""

    line: shapely.LineString
    origin: tuple[float, float]

    @property
    def length_m(self) -> float:
        return float(self.line.length)

    def position(self, spot: Point4326) -> float:
        """Will give the metres from the road's beginning to the foot of a spot."""
        return float(self.line.project(self._metres(spot)))

    def at(self, position_m: float) -> Point4326:
        """Will give the point so many metres from the beginning."""
        return self._degrees(self.line.interpolate(position_m))

    def distance_m(self, spot: Point4326) -> float:
        """Will give how far a spot lies beside the road."""
        return float(self.line.distance(self._metres(spot)))

    def opposite(self, spot: Point4326) -> Point4326:
        """Will give the spot as far on the other side of the road."""
        here = self._metres(spot)
        foot = self.line.interpolate(self.line.project(here))
        return self._degrees(shapely.Point(2 * foot.x - here.x, 2 * foot.y - here.y))

    def walk(self, start: Point4326, bearing: int, length_m: float) -> "Walk | None":
        """Will go along the road in the direction that agrees with a bearing, if one does.

        At most a fifth of the way may lie beyond the road's end.
        """
        begin = self.position(start)
        best: Walk | None = None
        for sign in (1, -1):
            end = begin + sign * length_m
            there = min(max(end, 0.0), self.length_m)
            if abs(end - there) > 0.2 * length_m or there == begin:
                continue
            a, b = self.line.interpolate(begin), self.line.interpolate(there)
            off = turned(math.degrees(math.atan2(b.x - a.x, b.y - a.y)), bearing)
            if off <= 50 and (best is None or off < best.off):
                best = Walk(self._degrees(b), off)
        return best

    def meeting(self, other: "RoadLine", reach_m: float) -> Point4326 | None:
        """Will give where two roads cross, or come so near that they are meant to; or None.

        Of several crossings the middle, if they lie within the reach of one another; else
        the first along this road.
        """
        (lon, lat), (their_lon, their_lat) = self.origin, other.origin
        squeeze = math.cos(math.radians(lat)) / math.cos(math.radians(their_lat))
        east = math.radians(their_lon - lon) * EARTH_RADIUS_M * math.cos(math.radians(lat))
        north = math.radians(their_lat - lat) * EARTH_RADIUS_M
        theirs = affinity.affine_transform(other.line, [squeeze, 0, 0, 1, east, north])
        met = self.line.intersection(theirs)
        if met.is_empty:
            near, _far = ops.nearest_points(self.line, theirs)
            return self._degrees(near) if near.distance(_far) <= reach_m else None
        here = met.centroid
        if shapely.hausdorff_distance(met, here) > reach_m:
            here = shapely.Point(met.representative_point())
        return self._degrees(here)

    def _metres(self, spot: Point4326) -> shapely.Point:
        lon, lat = self.origin
        east = math.radians(spot.x - lon) * EARTH_RADIUS_M * math.cos(math.radians(lat))
        return shapely.Point(east, math.radians(spot.y - lat) * EARTH_RADIUS_M)

    def _degrees(self, spot: shapely.Point) -> Point4326:
        lon, lat = self.origin
        wide = EARTH_RADIUS_M * math.cos(math.radians(lat))
        return point(lon + math.degrees(spot.x / wide), lat + math.degrees(spot.y / EARTH_RADIUS_M))


@dataclass(frozen=True)
class Walk:
    """Where a walk ends. off: degrees between what was said and the way there."""

    end: Point4326
    off: float


def turned(one: float, other: float) -> float:
    """Will give the angle between two bearings, 0 to 180 degrees."""
    off = abs(one - other) % 360
    return min(off, 360 - off)


def road_line(shape: GEOSGeometry) -> RoadLine | None:
    """Will give a road's line; of several pieces joined what joins, else the longest.

    None if the road is kept as a point.
    """
    if not isinstance(shape, LineString | MultiLineString) or shape.empty:
        return None
    line = shapely.from_wkb(bytes(shape.wkb))
    lon, lat = shapely.get_coordinates(line)[0]
    per_degree = math.radians(1) * EARTH_RADIUS_M
    wide = per_degree * math.cos(math.radians(lat))
    plane = affinity.affine_transform(
        line, [wide, 0, 0, per_degree, -lon * wide, -lat * per_degree]
    )
    merged = ops.linemerge(plane) if plane.geom_type == "MultiLineString" else plane
    if merged.geom_type != "LineString":
        merged = max(merged.geoms, key=lambda line: line.length)
    return RoadLine(merged, (float(lon), float(lat)))
