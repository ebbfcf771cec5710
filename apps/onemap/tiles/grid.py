"""The Web Mercator tile grid (Google's numbering, y downwards), without the database."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput

MAX_ZOOM = 22
EXTENT = 4096  # units a tile is wide
BUFFER = 64  # units drawn beyond the edge: eight pixels of a tile 512 pixels wide
HALF_WORLD_M = 20_037_508.342789244
_RADIUS_M = 6_378_137.0
_MOST_BEND = 0.5  # units; rounding to the grid moves a corner as far

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class TileAddress:
    """One tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def mercator(self) -> Box:
        """West, south, east, north in metres, EPSG:3857."""
        size = 2 * HALF_WORLD_M / 2**self.z
        west, north = -HALF_WORLD_M + self.x * size, HALF_WORLD_M - self.y * size
        return (west, north - size, west + size, north)

    @property
    def degrees(self) -> Box:
        """West, south, east, north in degrees, EPSG:4326."""
        return _to_degrees(self.mercator)

    def widened(self, units: int = BUFFER) -> Box:
        """The box with a margin, in metres."""
        west, south, east, north = self.mercator
        margin = (east - west) * units / EXTENT
        return (west - margin, south - margin, east + margin, north + margin)

    def widened_degrees(self, units: int = BUFFER) -> Box:
        """The box with a margin, in degrees."""
        return _to_degrees(self.widened(units))

    @property
    def is_straight(self) -> bool:
        """Whether degrees may be taken for metres: the projection bends less than rounding does.

        Between two parallels the projection leaves its chord by at most
        span² / 8 · R · tan(latitude) / cos(latitude), which shrinks four times per zoom while a
        tile's unit halves. At the latitudes of Chinese cities that is true from zoom 12 or 13.
        """
        _west, south, _east, north = (math.radians(degree) for degree in self.degrees)
        steepest = max(abs(south), abs(north))
        bend_m = (north - south) ** 2 / 8 * _RADIUS_M * math.tan(steepest) / math.cos(steepest)
        unit_m = 2 * HALF_WORLD_M / 2**self.z / EXTENT
        return bend_m < _MOST_BEND * unit_m


def parse_address(z: str, x: str, y: str) -> TileAddress:
    """Will read an address as it stands in a URL. Raises: InvalidInput (z, x or y)."""
    zoom = _number("z", z, MAX_ZOOM)
    last = 2**zoom - 1
    return TileAddress(zoom, _number("x", x, last), _number("y", y, last))


def addresses_within(box: Box, zoom: int) -> Iterator[TileAddress]:
    """Will give the tiles of a zoom that a box in degrees touches, row by row."""
    west, south, east, north = box
    most = 2**zoom - 1
    first, last = (_column(lon, zoom, most) for lon in (west, east))
    top, bottom = (_row(lat, zoom, most) for lat in (north, south))
    for y in range(top, bottom + 1):
        for x in range(first, last + 1):
            yield TileAddress(zoom, x, y)


def _column(longitude: float, zoom: int, most: int) -> int:
    return min(most, max(0, int((longitude + 180) / 360 * 2**zoom)))


def _row(latitude: float, zoom: int, most: int) -> int:
    bent = math.asinh(math.tan(math.radians(min(85.05, max(-85.05, latitude)))))
    return min(most, max(0, int((1 - bent / math.pi) / 2 * 2**zoom)))


def _number(name: str, text: str, most: int) -> int:
    # isdecimal alone takes digits of every script.
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) <= most):
        raise InvalidInput(
            _("瓦片参数 %(name)s 应为 0 至 %(most)d 的整数") % {"name": name, "most": most},
            field=name,
            code="invalid",
        )
    return int(text)


def _to_degrees(box: Box) -> Box:
    west, south, east, north = box
    return (_longitude(west), _latitude(south), _longitude(east), _latitude(north))


def _longitude(x: float) -> float:
    return x / HALF_WORLD_M * 180


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / _RADIUS_M)))
