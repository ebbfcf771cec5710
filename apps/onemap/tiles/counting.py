"""Points counted per cell, for the zooms where single ones would be a smear.

All rows of a layer are counted once in the finest cells that are ever shown; every tile of
every zoom above is added up from that, so a million points cost one pass of the table for
all who see the same rows. Source: GE-04.
"""

import json
import zlib
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from django.conf import settings

from apps.onemap.selectors import FIELD_PREFIX
from apps.onemap.tiles import days
from apps.onemap.tiles.cache import Shelf
from apps.onemap.tiles.days import Placed
from apps.onemap.tiles.drawing import read, written
from apps.onemap.tiles.grid import EXTENT, HALF_WORLD_M, TileAddress
from apps.onemap.tiles.plans import SHAPE, Plan

CELL_ZOOMS = 4  # a tile has 2**4 x 2**4 cells, 32 pixels wide on a tile of 512
LIMIT_MS = 20_000  # of counting all rows
FRESH_SECONDS = 30  # counts of live rows are at most this old, or as old as the layer says
_SHARE = 20  # counting may take one part in so many of the database's time
_MOST_LATITUDE = 85.05
_HELD = 8  # in this process, unpacked

_shelf = Shelf("map-counts", places=256, most_bytes=8 * 1024 * 1024, wait_s=LIMIT_MS / 1000 + 1)
_held: "dict[str, Counts]" = {}

_COUNT = """
    select cell_x, cell_y, value, count(*), avg(lon), avg(lat)
    from (
        select floor((ST_X(shape) + 180) / 360 * %s)::int as cell_x,
            floor((1 - asinh(tan(radians(ST_Y(shape)))) / pi()) / 2 * %s)::int as cell_y,
            value, ST_X(shape) as lon, ST_Y(shape) as lat
        from (select row."{shape}" as shape, {value} as value from ({rows}) as row) as placed
        where ST_Y(shape) between %s and %s
    ) as point
    group by cell_x, cell_y, value
"""
_DRAW = f"""
    select ST_AsMVT(tile, %s, {EXTENT}, 'tile shape', 'tile id')
    from (
        select id as "tile id", cell, count, top,
            ST_AsMVTGeom(ST_Point(x, y), ST_MakeEnvelope(%s, %s, %s, %s)::box2d, {EXTENT}, 0,
                true) as "tile shape"
        from unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::float8[],
            %s::float8[]) as counted (id, cell, count, top, x, y)
    ) as tile
"""  # noqa: S608


@dataclass(frozen=True)
class Counts:
    """How many points lie in each cell, by value; one entry per cell and value.

    zoom: of the cells. x, y: their columns and rows. lon, lat: where the points are on average,
    degrees. value: position in ``values``.
    """

    zoom: int
    x: Any
    y: Any
    value: Any
    count: Any
    lon: Any
    lat: Any
    values: tuple[str | None, ...]


def is_counted(plan: Plan, address: TileAddress) -> bool:
    """Will tell whether cells rather than features are drawn in this tile."""
    return address.z < plan.layer.aggregate_below


def draw_counts(plan: Plan, address: TileAddress, *, key: str, seconds: int) -> bytes:
    """Will give a tile of cells: points with ``count``, ``cell`` and ``top``.

    key: of the rows and their version; the counts are kept under it for ``seconds``, longer
    when counting took long. cell: "zoom/column/row". top: the most frequent value, where the
    layer's colours go by a field.
    Raises: TileTooHeavy.
    """
    if plan.counted is None:
        return b""
    counts = _counts(plan, key, seconds)
    deep = counts.zoom - address.z
    inside = (counts.x >> deep == address.x) & (counts.y >> deep == address.y)
    up = deep - CELL_ZOOMS
    count = counts.count[inside]
    x, y = _mercator(counts.lon[inside], counts.lat[inside])
    cell = _numbers(counts.x[inside] >> up, counts.y[inside] >> up, address)
    return _drawn(plan, address, _Points(cell, count, counts.value[inside], x, y), counts.values)


def draw_days(plan: Plan, address: TileAddress, placed: Placed) -> bytes:
    """Will give a tile of cells of the points within the plan's days. Raises: TileTooHeavy."""
    points = days.within(placed, address, plan.days)
    cell = _numbers(*days.cells_of(placed, points, address.z + CELL_ZOOMS), address)
    x, y = days.fractions(placed, points)
    x, y = (x * 2 - 1) * HALF_WORLD_M, (1 - y * 2) * HALF_WORLD_M
    ones = np.ones(points.size, dtype="<i8")
    return _drawn(plan, address, _Points(cell, ones, placed.value[points], x, y), placed.values)


@dataclass(frozen=True)
class _Points:
    """What lies in a tile. cell: number of its cell. count: how many points one stands for.

    value: position among the values. x, y: metres.
    """

    cell: Any
    count: Any
    value: Any
    x: Any
    y: Any


def _numbers(column: Any, row: Any, address: TileAddress) -> Any:
    return column.astype("<i8") * 2 ** (address.z + CELL_ZOOMS) + row


def _drawn(
    plan: Plan, address: TileAddress, points: _Points, values: tuple[str | None, ...]
) -> bytes:
    if not points.cell.size:
        return b""
    columns = _cells(points, values, address)
    asked = [plan.layer.code, *address.mercator, *columns]
    [(body,)] = read(written(_DRAW, asked), limit_ms=LIMIT_MS, label=plan.layer.label)
    return bytes(body)


def _counts(plan: Plan, key: str, seconds: int) -> Counts:
    held = _held.get(key)
    if held is None:
        held = _unpacked(_shelf.kept_or(key, lambda: _count(plan, seconds)))
        if len(_held) >= _HELD:
            _held.clear()
        if settings.MAP_TILES_KEPT:
            _held[key] = held
    return held


def _count(plan: Plan, seconds: int) -> tuple[bytes, int]:
    assert plan.counted is not None
    began = perf_counter()
    zoom = min(plan.layer.aggregate_below - 1, 20) + CELL_ZOOMS
    value = f'row."{FIELD_PREFIX}{plan.top_field}"::text' if plan.top_field else "null::text"
    statement = _COUNT.format(shape=SHAPE, value=value, rows=plan.counted.sql)
    across = float(2**zoom)
    asked = [across, across, *plan.counted.values, -_MOST_LATITUDE, _MOST_LATITUDE]
    rows = read(written(statement, asked), limit_ms=LIMIT_MS, label=plan.layer.label)
    took = perf_counter() - began
    return _packed(zoom, rows), max(seconds, round(took * _SHARE))


def _packed(zoom: int, rows: list[tuple[Any, ...]]) -> bytes:
    values = sorted({row[2] for row in rows}, key=lambda v: (v is not None, v))
    number = {value: position for position, value in enumerate(values)}
    head = json.dumps([zoom, len(rows), values]).encode()
    whole = np.array([(r[0], r[1], number[r[2]], r[3]) for r in rows], dtype="<i8").reshape(-1, 4)
    place = np.array([(r[4], r[5]) for r in rows], dtype="<f8").reshape(-1, 2)
    return zlib.compress(head + b"\n" + whole.tobytes() + place.tobytes(), 1)


def _unpacked(packed: bytes) -> Counts:
    head, _newline, body = zlib.decompress(packed).partition(b"\n")
    zoom, length, values = json.loads(head)
    whole = np.frombuffer(body, dtype="<i8", count=4 * length).reshape(-1, 4).T
    place = np.frombuffer(body, dtype="<f8", offset=32 * length).reshape(-1, 2).T
    x, y, value, count = whole
    lon, lat = place
    return Counts(zoom, x, y, value, count, lon, lat, tuple(values))


def _cells(
    points: _Points, values: tuple[str | None, ...], address: TileAddress
) -> list[list[Any]]:
    """Gives the columns of the cells in one tile: id, cell, count, top, x, y (metres)."""
    zoom = address.z + CELL_ZOOMS
    ids, cell = np.unique(points.cell, return_inverse=True)
    total = np.bincount(cell, weights=points.count)
    by_value = np.bincount(
        cell * len(values) + points.value,
        weights=points.count,
        minlength=ids.size * len(values),
    ).reshape(ids.size, -1)
    x = np.bincount(cell, weights=points.x * points.count) / total
    y = np.bincount(cell, weights=points.y * points.count) / total
    west, south, east, north = address.mercator
    unit = (east - west) / EXTENT  # a point on the edge would belong to no tile
    return [
        ids.tolist(),
        [f"{zoom}/{number // 2**zoom}/{number % 2**zoom}" for number in ids.tolist()],
        total.astype(int).tolist(),
        [values[position] for position in by_value.argmax(axis=1).tolist()],
        np.clip(x, west + unit, east - unit).tolist(),
        np.clip(y, south + unit, north - unit).tolist(),
    ]


def _mercator(lon: Any, lat: Any) -> tuple[Any, Any]:
    return (
        lon / 180 * HALF_WORLD_M,
        np.arcsinh(np.tan(np.radians(lat))) / np.pi * HALF_WORLD_M,
    )
