"""Points counted per cell within some days, for the time slider.

Every step of the slider asks for other days of the same rows. So the rows are read once, each
with its place, its day and its leading value, in the order of a curve on which every tile is
one stretch; a step then adds up what lies in the tile and in the days, without the database.
Source: GE-02.
"""

import json
import time
import zlib
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from django.conf import settings

from apps.onemap.selectors import FIELD_PREFIX
from apps.onemap.tiles.cache import Shelf
from apps.onemap.tiles.drawing import read, written
from apps.onemap.tiles.grid import TileAddress
from apps.onemap.tiles.plans import DAY, SHAPE, Plan

MOST_POINTS = 3_000_000  # twenty-two bytes each in a process; beyond it the database counts
LIMIT_MS = 20_000
FRESH_SECONDS = 30
_SHARE = 20  # reading may take one part in so many of the database's time
_BITS = 26  # of a side of the world: half a metre
_MOST_LATITUDE = 85.05
_HELD = 8

_shelf = Shelf("map-days", places=64, most_bytes=16 * 1024 * 1024, wait_s=LIMIT_MS / 1000 + 1)
_held: "dict[str, tuple[float, Placed]]" = {}

_READ = """
    select value, count(*), string_agg(float8send(lon) || float8send(lat) || int4send(day), '')
    from (
        select ST_X(shape) as lon, ST_Y(shape) as lat, day, value
        from (
            select row."{shape}" as shape, row."{day}" - date '2000-01-01' as day,
                {value} as value
            from ({rows}) as row
        ) as dated
        where day is not null and ST_Y(shape) between %s and %s
        limit %s
    ) as point
    group by value
"""


@dataclass(frozen=True)
class Placed:
    """Points in the order of ``code``: the bits of column and row, one of each in turn.

    x, y: where in the world, in parts of 2**26 from the north west. day: since 2000-01-01.
    value: position in ``values``. is_whole: all points of the rows are here.
    """

    code: Any
    x: Any
    y: Any
    day: Any
    value: Any
    values: tuple[str | None, ...]
    is_whole: bool


def placed_points(plan: Plan, *, key: str, seconds: int) -> Placed | None:
    """Will give the points of a plan whatever their day; None where they are too many.

    key: of the rows, their version and nothing of the days asked for. seconds: how long they
    are kept, longer when reading took long. Raises: TileTooHeavy; LayerUnreadable.
    """
    until, found = _held.get(key, (0.0, None))
    if found is None or until < time.monotonic():
        found = _unpacked(_shelf.kept_or(key, lambda: _read(plan, seconds)))
        if settings.MAP_TILES_KEPT:
            _hold(key, found)
    return found if found.is_whole else None


def within(placed: Placed, address: TileAddress, days: tuple[int | None, int | None]) -> Any:
    """Will give the positions of the points in a tile and in some days, both ends included."""
    deep = 2 * (_BITS - address.z)
    first = _interleaved(np.array([address.x]), np.array([address.y]))[0] << np.uint64(deep)
    last = first + (np.uint64(1) << np.uint64(deep))
    begin, end = np.searchsorted(placed.code, [first, last])
    day = placed.day[begin:end]
    since, until = days
    wanted = np.ones(day.size, dtype=bool)
    if since is not None:
        wanted &= day >= since
    if until is not None:
        wanted &= day <= until
    return begin + np.flatnonzero(wanted)


def cells_of(placed: Placed, points: Any, zoom: int) -> tuple[Any, Any]:
    """Will give column and row of the points' cells at a zoom."""
    up = _BITS - zoom
    return placed.x[points] >> up, placed.y[points] >> up


def fractions(placed: Placed, points: Any) -> tuple[Any, Any]:
    """Will give where the points lie, in parts of the world from west and north."""
    whole = float(2**_BITS)
    return (placed.x[points] + 0.5) / whole, (placed.y[points] + 0.5) / whole


def _hold(key: str, found: Placed) -> None:
    now = time.monotonic()
    for name in [name for name, (until, _kept) in _held.items() if until < now]:
        del _held[name]
    if len(_held) >= _HELD or sum(k.x.size for _u, k in _held.values()) > MOST_POINTS:
        _held.clear()
    _held[key] = (now + FRESH_SECONDS, found)


def _read(plan: Plan, seconds: int) -> tuple[bytes, int]:
    assert plan.dated is not None
    began = perf_counter()
    value = f'row."{FIELD_PREFIX}{plan.top_field}"::text' if plan.top_field else "null::text"
    statement = _READ.format(shape=SHAPE, day=DAY, value=value, rows=plan.dated.sql)
    asked = [*plan.dated.values, -_MOST_LATITUDE, _MOST_LATITUDE, MOST_POINTS + 1]
    rows = read(written(statement, asked), limit_ms=LIMIT_MS, label=plan.layer.label)
    packed = _packed(rows)
    return packed, max(seconds, FRESH_SECONDS, round((perf_counter() - began) * _SHARE))


def _packed(rows: list[tuple[Any, ...]]) -> bytes:
    total = sum(row[1] for row in rows)
    values = [row[0] for row in rows]
    if total > MOST_POINTS:
        return zlib.compress(json.dumps([0, values, False]).encode() + b"\n", 1)
    sent = np.dtype([("lon", ">f8"), ("lat", ">f8"), ("day", ">i4")])
    points = np.concatenate([np.empty(0, sent), *(np.frombuffer(row[2], sent) for row in rows)])
    value = np.repeat(np.arange(len(rows), dtype="<u2"), [row[1] for row in rows])
    whole = 2**_BITS
    x = np.floor((points["lon"] + 180) / 360 * whole)
    bent = np.arcsinh(np.tan(np.radians(points["lat"]))) / np.pi
    y = np.floor((1 - bent) / 2 * whole)
    x, y = (np.clip(part, 0, whole - 1).astype("<u4") for part in (x, y))
    order = np.argsort(_interleaved(x, y), kind="stable")
    head = json.dumps([total, values, True]).encode()
    day = points["day"].astype("<i4")
    parts = [part[order].tobytes() for part in (x, y, day, value)]
    return zlib.compress(b"".join([head, b"\n", *parts]), 1)


def _unpacked(packed: bytes) -> Placed:
    head, _newline, body = zlib.decompress(packed).partition(b"\n")
    total, values, is_whole = json.loads(head)
    x, y, day = (
        np.frombuffer(body, dtype=kind, count=total, offset=4 * total * n)
        for n, kind in enumerate(("<u4", "<u4", "<i4"))
    )
    value = np.frombuffer(body, dtype="<u2", count=total, offset=12 * total)
    return Placed(_interleaved(x, y), x, y, day, value, tuple(values), is_whole)


def _interleaved(x: Any, y: Any) -> Any:
    """The bits of two numbers in turn: a square of the world is one stretch of such numbers."""
    return _spread(x) | (_spread(y) << np.uint64(1))


def _spread(part: Any) -> Any:
    found = part.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        found = (found | (found << np.uint64(shift))) & np.uint64(mask)
    return found
