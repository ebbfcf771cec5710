"""The coordinate systems features are asked for and answered in, and boxes in them.

Layers lie in EPSG:4326 with longitude first. CRS84, EPSG:4326 and CGCS2000 (EPSG:4490) are the
same numbers here: WGS 84 and CGCS2000 differ by centimetres, less than any layer is measured
to, and there is no published transformation between them. They differ in the order of axes:
CRS84 has longitude first, the two EPSG systems latitude.
Source: OGC 18-058r1 (Features Part 2); GB/T 18522 for CGCS2000.
"""

import math
import re
from dataclasses import dataclass

import shapely
from django.contrib.gis.db.models.functions import GeomOutputGeoFunc, Transform
from django.contrib.gis.gdal import CoordTransform, GDALException, SpatialReference
from django.contrib.gis.geos import GEOSGeometry, LineString, Point, Polygon, WKBWriter
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.common.phrases import series

STORED = 4326
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_SHORT = re.compile(r"\[?EPSG:(\d{1,6})\]?", re.IGNORECASE)
# Beyond these Web Mercator has no numbers.
_MERCATOR_MOST = 20_037_508.342789244
_LATITUDE_MOST = 85.0511287798066
# A degree this small is a tenth of a millimetre: wider than what a projection rounds off.
_HAIR = 1e-9


@dataclass(frozen=True)
class Crs:
    """One coordinate system. srid: what its numbers are; is_flipped: latitude comes first."""

    uri: str
    srid: int
    is_flipped: bool
    label: str

    @property
    def is_projected(self) -> bool:
        return self.srid != STORED


CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", STORED, False, "WGS 84 (lon, lat)")
WGS84 = Crs(f"{_EPSG}4326", STORED, True, "WGS 84 (lat, lon)")
MERCATOR = Crs(f"{_EPSG}3857", 3857, False, "Web Mercator")
CGCS2000 = Crs(f"{_EPSG}4490", STORED, True, "CGCS2000 (lat, lon)")

#: As collections list them: the default first, the one features are stored in among them.
ALL = (CRS84, WGS84, MERCATOR, CGCS2000)
STORAGE = CRS84
_BY_NAME = {crs.uri: crs for crs in ALL}


class Flipped(GeomOutputGeoFunc):
    """The geometry with its two axes exchanged."""

    function = "ST_FlipCoordinates"
    arity = 1


def named(name: str, *, field: str) -> Crs:
    """Will give the system a caller names: by its URI, ``[EPSG:4490]`` or ``EPSG:4490``.

    field: the parameter, told in the refusal. Raises: InvalidInput.
    """
    short = _SHORT.fullmatch(name)
    found = _BY_NAME.get(f"{_EPSG}{short[1]}" if short else name)
    if found is None:
        known = series(crs.uri for crs in ALL)
        raise InvalidInput(
            _("%(field)s 不支持坐标系“%(name)s”，可用：%(known)s")
            % {"field": field, "name": name[:120], "known": known},
            field=field,
        )
    return found


def drawn(geometry_field: str, crs: Crs, *, mercator_field: str = "") -> Combinable:
    """Will give the expression of the geometry in a system.

    mercator_field: the same geometry stored in EPSG:3857, if there is one.
    """
    if crs.is_projected:
        return F(mercator_field) if mercator_field else Transform(F(geometry_field), crs.srid)
    return Flipped(F(geometry_field)) if crs.is_flipped else F(geometry_field)


def into_storage(geometry: GEOSGeometry, crs: Crs, *, field: str) -> GEOSGeometry:
    """Will give a geometry a caller wrote in ``crs`` as the layers store theirs.

    Raises: InvalidInput (numbers that are nowhere on earth).
    """
    found = GEOSGeometry(memoryview(WKBWriter(dim=2).write(geometry)), srid=crs.srid)
    try:
        if crs.is_flipped:
            found = _flipped(found)
        if crs.is_projected:
            found.transform(_to_storage(crs.srid))
    except GDALException as error:
        raise _nowhere(field) from error
    found.srid = STORED
    west, south, east, north = found.extent
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _nowhere(field)
    return found


@dataclass(frozen=True)
class Box:
    """A box as asked for. west > east: it lies over the date line."""

    west: float
    south: float
    east: float
    north: float
    crs: Crs

    def condition(self, geometry_field: str) -> Q:
        """Will give what a row must be to reach into the box, in stored coordinates.

        A box in metres is asked for a hair wider; ``exact`` then decides at the border.
        """
        asked = Q()
        for west, east in self._spans():
            asked |= Q(**{f"{geometry_field}__intersects": self._stored(west, east)})
        return asked

    def exact(self, projected_field: str) -> Q:
        """Will give the same of the geometry in the box's own system, where that is in metres."""
        asked = Q()
        if not self.crs.is_projected:
            return asked
        for west, east in self._spans():
            box = _box(west, self.south, east, self.north, srid=self.crs.srid)
            asked |= Q(**{f"{projected_field}__intersects": box})
        return asked

    def shape(self) -> GEOSGeometry:
        """Will give the box as one geometry in stored coordinates."""
        parts = [self._stored(west, east) for west, east in self._spans()]
        return parts[0] if len(parts) == 1 else parts[0].union(parts[1])

    def _spans(self) -> list[tuple[float, float]]:
        if self.west <= self.east:
            return [(self.west, self.east)]
        most = _MERCATOR_MOST if self.crs.is_projected else 180.0
        return [(self.west, most), (-most, self.east)]

    def _stored(self, west: float, east: float) -> GEOSGeometry:
        if not self.crs.is_projected:
            return _box(west, self.south, east, self.north)
        low = _degrees(west, self.south)
        high = _degrees(east, self.north)
        return _box(low[0] - _HAIR, low[1] - _HAIR, high[0] + _HAIR, high[1] + _HAIR)


def parse_box(text: str, crs: Crs, *, field: str = "bbox") -> Box:
    """Will read ``a,b,c,d`` or, with heights, ``a,b,h,c,d,h``, in the axis order of ``crs``.

    Heights are read over: the layers are flat, so every feature is at every height.
    Raises: InvalidInput.
    """
    parts = text.split(",")
    if len(parts) not in {4, 6}:
        raise InvalidInput(_("bbox 应为 4 个（含高程时 6 个）用逗号分隔的数"), field=field)
    try:
        values = [float(part) for part in parts]
    except ValueError as error:
        raise InvalidInput(_("bbox 中有不是数的内容"), field=field) from error
    return box_of(values, crs, field=field)


def box_of(values: list[float], crs: Crs, *, field: str = "bbox") -> Box:
    """Will make the box of 4 or 6 numbers. Raises: InvalidInput."""
    if len(values) == 6:
        if values[2] > values[5]:
            raise InvalidInput(_("bbox 的最低高程大于最高高程"), field=field)
        values = [values[0], values[1], values[3], values[4]]
    if not all(map(math.isfinite, values)):
        raise InvalidInput(_("bbox 中的数必须是有限的"), field=field)
    west, south, east, north = values
    if crs.is_flipped:
        west, south, east, north = south, west, north, east
    if south > north:
        raise InvalidInput(_("bbox 的南边在北边之北，请检查坐标轴次序"), field=field)
    if not crs.is_projected and not (
        -180 <= west <= 180 and -180 <= east <= 180 and south >= -90 and north <= 90
    ):
        raise InvalidInput(
            _("bbox 超出经纬度范围；EPSG:4326 和 EPSG:4490 的次序是先纬度、后经度"), field=field
        )
    return Box(west, south, east, north, crs)


def _box(
    west: float, south: float, east: float, north: float, *, srid: int = STORED
) -> GEOSGeometry:
    """Gives a rectangle; a line or a point where it has no width or height."""
    if west == east and south == north:
        return Point(west, south, srid=srid)
    if west == east or south == north:
        return LineString((west, south), (east, north), srid=srid)
    found = Polygon.from_bbox((west, south, east, north))
    found.srid = srid
    return found


def _degrees(x: float, y: float) -> tuple[float, float]:
    """Gives the degrees of a place in Web Mercator, by its own formula. Source: OGC 17-083r4."""
    x = min(max(x, -_MERCATOR_MOST), _MERCATOR_MOST)
    y = min(max(y, -_MERCATOR_MOST), _MERCATOR_MOST)
    longitude = x / _MERCATOR_MOST * 180
    latitude = math.degrees(2 * math.atan(math.exp(y / _MERCATOR_MOST * math.pi)) - math.pi / 2)
    return longitude, min(max(latitude, -_LATITUDE_MOST), _LATITUDE_MOST)


def _flipped(geometry: GEOSGeometry) -> GEOSGeometry:
    found = shapely.from_wkb(bytes(geometry.wkb))
    turned = shapely.transform(found, lambda places: places[:, ::-1])
    return GEOSGeometry(memoryview(shapely.to_wkb(turned)))


def _to_storage(srid: int) -> CoordTransform:
    return CoordTransform(SpatialReference(srid), SpatialReference(STORED))


def _nowhere(field: str) -> InvalidInput:
    return InvalidInput(_("几何坐标超出坐标系的范围，请检查坐标轴次序"), field=field)
