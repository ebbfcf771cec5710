"""How the tile of an outside service is named in its address."""

import math

from apps.gateway.sealing import unseal
from apps.onemap.models import OutsideService, ServiceKind

MARKS = {"z", "x", "y", "-y", "bbox", "L", "R", "C", "key"}
_EDGE_M = 20_037_508.342789244  # half the width of the Web Mercator world


def address_of(service: OutsideService, z: int, x: int, y: int) -> str:
    """Will name one tile (z, x, y as in Web Mercator, y from the north), the key filled in.

    bbox: of features in degrees, of pictures in metres. L, R, C: level in decimals, row and
    column in hexadecimals, as ArcGIS names the files of an exploded cache.
    Raises: Refused (the key cannot be opened any more).
    """
    is_feature = service.kind == ServiceKind.FEATURE
    values = {
        "z": str(z),
        "x": str(x),
        "y": str(y),
        "-y": str(2**z - 1 - y),
        "bbox": degrees_of(z, x, y) if is_feature else bbox_of(z, x, y),
        "L": f"L{z:02d}",
        "R": f"R{y:08x}",
        "C": f"C{x:08x}",
        "key": unseal(service.sealed_key) if service.sealed_key else "",
    }
    url = service.url
    for mark, value in values.items():
        url = url.replace("{" + mark + "}", value)
    return url


def bbox_of(z: int, x: int, y: int) -> str:
    """Will give west,south,east,north of a tile in metres of EPSG:3857."""
    size = 2 * _EDGE_M / 2**z
    west, north = -_EDGE_M + x * size, _EDGE_M - y * size
    return f"{west:.3f},{north - size:.3f},{west + size:.3f},{north:.3f}"


def degrees_of(z: int, x: int, y: int) -> str:
    """Will give west,south,east,north of a tile and a sixteenth around it, in degrees (CRS84)."""
    side, margin = 2**z, 1 / 16
    west, east = (360 * (x + by) / side - 180 for by in (-margin, 1 + margin))
    south, north = (_latitude((y + by) / side) for by in (1 + margin, -margin))
    return f"{max(west, -180.0):.6f},{south:.6f},{min(east, 180.0):.6f},{north:.6f}"


def _latitude(down: float) -> float:
    """down: 0 at the north end of the Web Mercator world, 1 at the south end."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * min(max(down, 0.0), 1.0)))))


def is_drawn(service: OutsideService) -> bool:
    """Will tell whether the service can be put on the map: features only by their ground."""
    return service.kind != ServiceKind.FEATURE or "{bbox}" in service.url


def sample_tile(service: OutsideService) -> tuple[int, int, int]:
    """Will give a tile to look at: the one at the service's first level, over eastern China."""
    zoom = max(service.min_zoom, 3)
    if service.kind == ServiceKind.FEATURE or zoom > service.max_zoom:
        zoom = service.min_zoom
    side = 2**zoom
    return zoom, int(side * (120 + 180) / 360), int(side * 0.39)
