"""Metres. Everything stored is WGS 84 degrees; lengths and areas are computed in a plane.

The plane is the CGCS2000 3-degree Gauss-Kruger zone of the city, named by
``settings.CITYBRAIN_METRIC_SRID`` (EPSG:4547 for 114 E, 4548 for 117 E, 4549 for 120 E,
4550 for 123 E; the demo city lies at 123 E). Within a zone lengths are true to 0.04 %.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, Point, Polygon
from numpy.typing import NDArray
from pyproj import Transformer

WGS84 = 4326
DEFAULT_METRIC_SRID = 4550
EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG

Point4326 = Point


class Bounds(NamedTuple):
    """A box in degrees."""

    west: float
    south: float
    east: float
    north: float


def metric_srid() -> int:
    """Will give the EPSG number of the city's metric plane."""
    return int(getattr(settings, "CITYBRAIN_METRIC_SRID", DEFAULT_METRIC_SRID))


@lru_cache(maxsize=8)
def _to_plane(srid: int) -> Transformer:
    return Transformer.from_crs(WGS84, srid, always_xy=True)


@lru_cache(maxsize=8)
def _to_degrees(srid: int) -> Transformer:
    return Transformer.from_crs(srid, WGS84, always_xy=True)


def point(lon: float, lat: float) -> Point4326:
    """Will make a stored-kind point (SRID 4326) from degrees."""
    return Point(lon, lat, srid=WGS84)


def distance_m(a: Point4326, b: Point4326) -> float:
    """Will give the distance of two points in metres along the sphere, right to 0.5 %."""
    return degrees_apart_m((a.x, a.y), (b.x, b.y))


def degrees_apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Will give the same of two pairs (lon, lat)."""
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b[0] - a[0]) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(half))


def moved(start: Point4326, *, east_m: float, north_m: float) -> Point4326:
    """Will give the point so many metres east and north of ``start``; for a few kilometres."""
    lat = start.y + math.degrees(north_m / EARTH_RADIUS_M)
    lon = start.x + math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(start.y))))
    return point(lon, lat)


def area_m2(shape: GEOSGeometry) -> float:
    """Will give the area of a WGS 84 shape in square metres of the metric plane."""
    return float(in_plane(shape).area)


def in_plane(shape: GEOSGeometry) -> GEOSGeometry:
    """Will give the shape (SRID 4326) in the metric plane."""
    return shape.transform(metric_srid(), clone=True)


def to_plane(lon: float, lat: float) -> tuple[float, float]:
    """Will give east and north in metres of the metric plane."""
    return _to_plane(metric_srid()).transform(lon, lat)


def all_to_plane(degrees: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Will give the same of many pairs (lon, lat) at once, shape (n, 2)."""
    pairs = np.asarray(degrees, dtype=np.float64).reshape(-1, 2)
    return np.stack(_to_plane(metric_srid()).transform(pairs[:, 0], pairs[:, 1]), axis=1)


def from_plane(east: float, north: float) -> Point4326:
    """Will give the point of the metric plane in degrees."""
    return point(*_to_degrees(metric_srid()).transform(east, north))


def box_around(center: Point4326, radius_m: float) -> Polygon:
    """Will give the degrees box that holds the circle, for a search in a spatial index."""
    box = Polygon.from_bbox(degrees_around((center.x, center.y), radius_m))
    box.srid = WGS84
    return box


def degrees_around(center: tuple[float, float], radius_m: float) -> Bounds:
    """Will give the same of a pair (lon, lat) as west, south, east, north."""
    lon, lat = center
    high = math.degrees(radius_m / EARTH_RADIUS_M)
    wide = high / math.cos(math.radians(lat))
    return Bounds(lon - wide, lat - high, lon + wide, lat + high)
