"""Coordinate systems an imported file may be in, and their way to WGS 84.

GCJ-02 is the obfuscated system of Chinese public maps, BD-09 a further shift by one vendor.
Both are defined only inside a box around China. The forward shift is the published series;
the way back is found by iteration, which ends below a millimetre after four steps.
Source: research on coordinate systems (docs/maps.md); every import states its system.
"""

import math
from collections.abc import Callable

from django.utils.translation import gettext as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from apps.common.errors import InvalidInput

GCJ02 = "GCJ-02"
BD09 = "BD-09"
WGS84 = "EPSG:4326"
CHOICES = (WGS84, "EPSG:4490", "EPSG:4549", "EPSG:4550", "EPSG:3857", GCJ02, BD09)

_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940, the ellipsoid the shift was defined on
_ECCENTRICITY_2 = 0.006_693_421_622_965_943
_BD_ANGLE = math.pi * 3000.0 / 180.0

Convert = Callable[[float, float], tuple[float, float]]


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Will shift WGS 84 degrees to GCJ-02; unchanged outside the Chinese box."""
    if not _in_box(lon, lat):
        return lon, lat
    east, north = _shift(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Will give the WGS 84 degrees whose GCJ-02 shift is the given point."""
    if not _in_box(lon, lat):
        return lon, lat
    guess_lon, guess_lat = lon, lat
    for _step in range(4):
        east, north = _shift(guess_lon, guess_lat)
        guess_lon, guess_lat = lon - east, lat - north
    return guess_lon, guess_lat


def gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """Will shift GCJ-02 degrees to BD-09."""
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_ANGLE)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_ANGLE)
    return radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006


def bd09_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Will give the GCJ-02 degrees whose BD-09 shift is the given point."""
    guess_lon, guess_lat = lon - 0.0065, lat - 0.006
    for _step in range(6):
        there_lon, there_lat = gcj02_to_bd09(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + lon - there_lon, guess_lat + lat - there_lat
    return guess_lon, guess_lat


def wgs84_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """Will shift WGS 84 degrees to BD-09."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Will give the WGS 84 degrees of a BD-09 point."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def normal_name(crs: str) -> str:
    """Will give the one spelling of a system's name: GCJ-02, BD-09 or EPSG:<number>.

    Raises: InvalidInput (field "crs": not a coordinate system known here).
    """
    plain = crs.strip().upper().replace("_", "-").replace(" ", "")
    if plain in {"GCJ-02", "GCJ02"}:
        return GCJ02
    if plain in {"BD-09", "BD09", "BD09LL"}:
        return BD09
    number = plain.removeprefix("EPSG:")
    if not number.isdigit():
        raise InvalidInput(
            _("未知的坐标系“%(crs)s”，请填写 EPSG 编号、GCJ-02 或 BD-09") % {"crs": crs},
            field="crs",
        )
    try:
        CRS.from_epsg(int(number))
    except CRSError as error:
        raise InvalidInput(
            _("未知的坐标系“%(crs)s”，请填写 EPSG 编号、GCJ-02 或 BD-09") % {"crs": crs},
            field="crs",
        ) from error
    return f"EPSG:{number}"


def converter(crs: str) -> Convert:
    """Will give a function from (x or lon, y or lat) of ``crs`` to WGS 84 (lon, lat).

    GeoJSON order (east first) is expected in every system, also EPSG:4490.
    Raises: InvalidInput (field "crs").
    """
    name = normal_name(crs)
    if name == GCJ02:
        return gcj02_to_wgs84
    if name == BD09:
        return bd09_to_wgs84
    if name in {WGS84, "EPSG:4490"}:
        # CGCS2000 and WGS 84 agree far below a metre: PROJ gives the same numbers.
        return lambda lon, lat: (lon, lat)
    transform = Transformer.from_crs(name, WGS84, always_xy=True).transform
    return lambda x, y: transform(x, y)


def _in_box(lon: float, lat: float) -> bool:
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _shift(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y
    north_m += 0.2 * math.sqrt(abs(x)) + wave
    north_m += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north_m += (
        (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    )
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y
    east_m += 0.1 * math.sqrt(abs(x)) + wave
    east_m += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east_m += (
        (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    )
    phi = math.radians(lat)
    w2 = 1 - _ECCENTRICITY_2 * math.sin(phi) ** 2
    w = math.sqrt(w2)
    meridian_m = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / (w2 * w)
    parallel_m = _SEMI_MAJOR_M / w * math.cos(phi)
    return math.degrees(east_m / parallel_m), math.degrees(north_m / meridian_m)
