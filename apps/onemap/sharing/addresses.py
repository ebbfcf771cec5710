"""How the tile of an outside service is named in its address."""

from apps.gateway.sealing import unseal
from apps.onemap.models import OutsideService, ServiceKind

MARKS = {"z", "x", "y", "-y", "bbox", "L", "R", "C", "key"}
_EDGE_M = 20_037_508.342789244  # half the width of the Web Mercator world


def address_of(service: OutsideService, z: int, x: int, y: int) -> str:
    """Will name one tile (z, x, y as in Web Mercator, y from the north), the key filled in.

    L, R, C: level in decimals, row and column in hexadecimals, as ArcGIS names the files of
    an exploded cache. Raises: Refused (the key cannot be opened any more).
    """
    values = {
        "z": str(z),
        "x": str(x),
        "y": str(y),
        "-y": str(2**z - 1 - y),
        "bbox": bbox_of(z, x, y),
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


def sample_tile(service: OutsideService) -> tuple[int, int, int]:
    """Will give a tile to look at: the one at the service's first level, over eastern China."""
    zoom = max(service.min_zoom, 3)
    if service.kind == ServiceKind.FEATURE or zoom > service.max_zoom:
        zoom = service.min_zoom
    side = 2**zoom
    return zoom, int(side * (120 + 180) / 360), int(side * 0.39)
