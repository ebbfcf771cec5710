"""One tile for one viewer: right, cache, drawing. Every channel's tiles come from here."""

import hashlib
import itertools
import zlib
from dataclasses import dataclass

from django.conf import settings

from apps.accounts.models import User
from apps.common import clock, ratelimit
from apps.onemap.errors import TileTooHeavy
from apps.onemap.registry import Viewer
from apps.onemap.tiles.cache import Shelf
from apps.onemap.tiles.counting import FRESH_SECONDS, draw_counts, draw_days, is_counted
from apps.onemap.tiles.days import placed_points
from apps.onemap.tiles.drawing import LIMIT_MS, draw
from apps.onemap.tiles.grid import TileAddress
from apps.onemap.tiles.plans import Plan, plan_for
from apps.onemap.tiles.query import TileQuery

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
VERSIONED_SECONDS = 3600  # of a layer that says itself when it has changed
FILTERED_SECONDS = 60  # of what one person has chosen, few others will
FAILED_SECONDS = 5  # nobody asks the database again for a tile it could not draw
_THINNED, _FAILED = 1, 2

_shelf = Shelf("map-tile", places=8192, most_bytes=256 * 1024, wait_s=LIMIT_MS / 1000 + 1)
_NOTHING = TileQuery()
_COUNTED_AT_ONCE = 10
_drawings = itertools.count()


@dataclass(frozen=True)
class Tile:
    """A drawn tile. packed: gzip of the vector tile; empty if nothing is in it.

    etag: strong, of the content. is_thinned: features were left out for want of room.
    is_public: the same for everybody, signed in or not. version: of what it was drawn from.
    fresh_seconds: how long it may go on being shown.
    """

    packed: bytes
    etag: str
    is_thinned: bool
    is_public: bool
    version: str
    fresh_seconds: int

    @property
    def body(self) -> bytes:
        """The vector tile as it is."""
        return zlib.decompress(self.packed, wbits=31) if self.packed else b""


def serve_tile(
    viewer: Viewer,
    code: str,
    address: TileAddress,
    query: TileQuery = _NOTHING,
    *,
    origin: str = "",
) -> Tile:
    """Will give the tile of a layer as this viewer may see it.

    origin: the network address of somebody who is not signed in, whose drawing is limited by
    it. Tiles from the cache are not counted.
    Raises: NotFound (no such layer for this viewer); InvalidInput (see ``query.limit``);
        TooMany (too many tiles drawn for this viewer); TileTooHeavy.
    """
    plan = plan_for(viewer, code, query)
    layer = plan.layer
    version, seconds = tile_version(plan), _seconds(plan)
    if not layer.min_zoom <= address.z <= layer.max_zoom:
        kept = bytes([0])
    else:
        key = f"{plan.key}|{version}|{address.z}/{address.x}/{address.y}"

        def make() -> tuple[bytes, int]:
            _count_drawing(viewer, origin)
            return _made(plan, address)

        kept = _shelf.kept_or(key, make)
    flags, packed = kept[0], kept[1:]
    if flags & _FAILED:
        raise TileTooHeavy.told()
    digest = hashlib.blake2b(kept, digest_size=12).hexdigest()
    return Tile(packed, f'"{digest}"', bool(flags & _THINNED), layer.is_public, version, seconds)


def tile_version(plan: Plan) -> str:
    """Will name what the tiles of a layer are drawn from now; another name, other tiles."""
    if plan.version:
        return f"{plan.card_version}-{plan.version}"
    span = max(1, plan.layer.fresh_seconds)
    return f"{plan.card_version}-t{int(clock.now().timestamp()) // span}"


def _seconds(plan: Plan) -> int:
    most = FILTERED_SECONDS if plan.is_filtered else VERSIONED_SECONDS
    return most if plan.version else min(most, max(1, plan.layer.fresh_seconds))


def draw_plan(plan: Plan, address: TileAddress) -> tuple[bytes, bool]:
    """Will draw a tile, cells or features; and whether features were left out.

    Raises: TileTooHeavy.
    """
    if is_counted(plan, address):
        return _draw_cells(plan, address), False
    return draw(plan, address)


def _draw_cells(plan: Plan, address: TileAddress) -> bytes:
    key, seconds = _counts_key(plan)
    if plan.dated is not None:
        kept = f"{plan.dated_key}|{plan.card_version}|{plan.version}"
        placed = placed_points(plan, key=kept, seconds=seconds)
        if placed is not None:
            return draw_days(plan, address, placed)
    return draw_counts(plan, address, key=key, seconds=seconds)


def _made(plan: Plan, address: TileAddress) -> tuple[bytes, int]:
    try:
        drawn, is_thinned = draw_plan(plan, address)
    except TileTooHeavy:
        return bytes([_FAILED]), FAILED_SECONDS
    return bytes([_THINNED * is_thinned]) + _gzip(drawn), _seconds(plan)


def _counts_key(plan: Plan) -> tuple[str, int]:
    """Counts of live rows may be a little older than single features."""
    if plan.version:
        return f"{plan.key}|{tile_version(plan)}", _seconds(plan)
    span = max(FRESH_SECONDS, plan.layer.fresh_seconds)
    return f"{plan.key}|{plan.card_version}|{int(clock.now().timestamp()) // span}", span


def _gzip(drawn: bytes) -> bytes:
    if not drawn:
        return b""
    packer = zlib.compressobj(level=1, wbits=31)  # a tenth bigger than the best, half the time
    return packer.compress(drawn) + packer.flush()


def _count_drawing(viewer: Viewer, origin: str) -> None:
    """Counts a drawn tile; of a large allowance ten at a time, so nine of ten cost no journey."""
    whose = f"user:{viewer.pk}" if isinstance(viewer, User) else f"address:{origin}"
    allowed = settings.MAP_TILES_PER_MINUTE
    if allowed >= _COUNTED_AT_ONCE * 10:
        if next(_drawings) % _COUNTED_AT_ONCE:
            return
        allowed //= _COUNTED_AT_ONCE
    ratelimit.hit("map.tiles", whose, limit=allowed, per_seconds=60)
