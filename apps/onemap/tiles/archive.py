"""Tiles of several layers in one PMTiles file, which a map reads without any server of ours.

What leaves the house in a file is passed on, so fields that need a right of their own are left
out even where the viewer reads them clear. Source: PMTiles 3; GE-01.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from django.contrib.gis.db.models import Extent
from django.utils.translation import gettext as _
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from apps.common.errors import InvalidInput
from apps.onemap.registry import Viewer
from apps.onemap.selectors import OpenLayer, open_layer, readable
from apps.onemap.tiles.describing import vector_layers
from apps.onemap.tiles.grid import TileAddress, addresses_within
from apps.onemap.tiles.plans import Plan, make_plan
from apps.onemap.tiles.serving import draw_plan

DEEPEST = 16
MOST_TILES = 60_000  # some minutes of drawing
_READ_BYTES = 1024 * 1024
_E7 = 10_000_000

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Part:
    """One layer of an archive. box: around all its rows, degrees; None: it has none."""

    opened: OpenLayer
    plan: Plan
    box: Box | None

    def addresses(self, zoom: int) -> Iterator[TileAddress]:
        """The tiles of a zoom that may hold something."""
        layer = self.opened.layer
        if self.box is not None and layer.min_zoom <= zoom <= layer.max_zoom:
            yield from addresses_within(self.box, zoom)


@dataclass(frozen=True)
class Archive:
    """What is to be written: the parts that lie in each tile, in the order of the file."""

    parts: tuple[Part, ...]
    tiles: tuple[tuple[TileAddress, tuple[int, ...]], ...]
    min_zoom: int
    max_zoom: int


def plan_archive(viewer: Viewer, codes: list[str], min_zoom: int, max_zoom: int) -> Archive:
    """Will find the tiles of an archive; nothing is drawn yet.

    Raises: NotFound (a layer the viewer may not see); LayerUnreadable; InvalidInput
        (``max_zoom``: too many tiles; ``layers``: there is nothing in them).
    """
    parts = tuple(_part(viewer, code) for code in codes)
    found: dict[TileAddress, list[int]] = {}
    for zoom in range(min_zoom, max_zoom + 1):
        for number, part in enumerate(parts):
            for address in part.addresses(zoom):
                found.setdefault(address, []).append(number)
                if len(found) > MOST_TILES:
                    raise InvalidInput(
                        _("所选级别需要超过 %(most)d 个瓦片，请降低最大级别")
                        % {"most": MOST_TILES},
                        field="max_zoom",
                    )
    if not found:
        raise InvalidInput(_("所选图层在这些级别没有可导出的内容"), field="layers")
    order = sorted(found, key=lambda a: zxy_to_tileid(a.z, a.x, a.y))
    tiles = tuple((address, tuple(found[address])) for address in order)
    return Archive(parts, tiles, min_zoom, max_zoom)


def write_archive(archive: Archive, path: Path, *, tell: Callable[[int], None]) -> str:
    """Will write the file and give its SHA-256. tell: told how many tiles are done.

    Raises: InvalidInput (there is nothing in the tiles); TileTooHeavy.
    """
    written = 0
    with path.open("wb") as file:
        writer = Writer(file)
        for number, (address, parts) in enumerate(archive.tiles, 1):
            # Layers of a tile are independent of one another: one behind the other is a tile.
            body = b"".join(draw_plan(archive.parts[p].plan, address)[0] for p in parts)
            if body:
                writer.write_tile(zxy_to_tileid(address.z, address.x, address.y), _gzip(body))
                written += 1
            tell(number)
        if not written:
            raise InvalidInput(_("所选图层在这些级别没有可导出的内容"), field="layers")
        writer.finalize(_header(archive), _metadata(archive))
    with path.open("rb") as file:
        return _digest(file)


def _part(viewer: Viewer, code: str) -> Part:
    opened = open_layer(viewer, code)
    outgoing = replace(opened, fields=tuple(f for f in opened.fields if not f.permission))
    with readable(opened.layer.label):
        box = opened.rows.aggregate(box=Extent(opened.layer.geometry_field))["box"]
    return Part(outgoing, make_plan(outgoing), box)


def _header(archive: Archive) -> dict[str, Any]:
    boxes = [part.box for part in archive.parts if part.box is not None]
    west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
    east, north = max(b[2] for b in boxes), max(b[3] for b in boxes)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": round(west * _E7),
        "min_lat_e7": round(south * _E7),
        "max_lon_e7": round(east * _E7),
        "max_lat_e7": round(north * _E7),
        "center_zoom": archive.min_zoom,
        "center_lon_e7": round((west + east) / 2 * _E7),
        "center_lat_e7": round((south + north) / 2 * _E7),
    }


def _metadata(archive: Archive) -> dict[str, Any]:
    opened = [part.opened for part in archive.parts]
    layers = [
        description | {"minzoom": max(archive.min_zoom, o.layer.min_zoom)}
        for o in opened
        for description in vector_layers(o, archive.max_zoom)
    ]
    numbers = dict.fromkeys(o.card.approval_number for o in opened if o.card.approval_number)
    return {
        "name": "、".join(str(o.layer.label) for o in opened),
        "type": "overlay",
        "attribution": "；".join(numbers),
        "vector_layers": layers,
    }


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(level=6, wbits=31)
    return packer.compress(body) + packer.flush()


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(_READ_BYTES):
        digest.update(block)
    return digest.hexdigest()
