"""Shapes of cells cut, joined and pulled by hand so that nothing is left over and nothing doubled.

Pure geometry: SRID 4326 in and out, nothing read or written. Whoever draws one outline moves
the neighbours' with it: ground taken in leaves the neighbour, ground given up goes to the
neighbour with the longest common border.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cmp_to_key

import shapely
from django.contrib.gis.geos import GEOSGeometry, LineString, MultiPolygon, Polygon
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from apps.common.errors import InvalidInput
from apps.places.geometry import EARTH_RADIUS_M, in_plane
from apps.places.services.succession import as_multi
from apps.places.services.topology import LEAST_M2

#: A line drawn by hand along another one strays this much.
HAND_M = 2.0
#: This share of an outline may stand over the parent's border by a slip of the hand.
SLIP_SHARE = 0.05
PARTS_MAX = 20


def cut(cell: MultiPolygon, line: LineString) -> list[MultiPolygon]:
    """Will give the parts of a cell on both sides of a line, the northern and western first.

    Raises: InvalidInput (field "line": it crosses itself, does not run through the cell from
        border to border, or cuts off next to nothing).
    """
    blade = _to_shapely(line)
    if not blade.is_simple:
        raise InvalidInput(_("分割线不能与自身相交"), field="line")
    parts = [
        piece
        for part in shapely.get_parts(_to_shapely(cell))
        for piece in shapely.get_parts(split(part, blade))
    ]
    if len(parts) <= len(cell):
        raise InvalidInput(_("分割线没有把网格分开，请从边界外画到边界外"), field="line")
    if len(parts) > PARTS_MAX:
        raise InvalidInput(_("分割线把网格分得过碎"), field="line")
    if any(is_thin(part) for part in parts):
        raise InvalidInput(_("分割线离边界过近，会留下狭长碎片"), field="line")
    ordered = sorted(parts, key=cmp_to_key(_row_by_row))
    return [_to_multi(part) for part in ordered]


def outline(shape: GEOSGeometry, *, within: MultiPolygon) -> MultiPolygon:
    """Will give what was drawn, without what a slip of the hand put over the border.

    Raises: InvalidInput (field "boundary": crosses itself, too small, or not in the area).
    """
    if not isinstance(shape, Polygon | MultiPolygon) or shape.empty:
        raise InvalidInput(_("请画出一个封闭的边界"), field="boundary")
    if not shape.valid:
        raise InvalidInput(_("边界与自身相交，请重画"), field="boundary")
    drawn, frame = _to_shapely(shape), _to_shapely(within)
    inside = _polygons(drawn.intersection(frame))
    if inside.is_empty or inside.area < drawn.area * (1 - SLIP_SHARE):
        raise InvalidInput(_("边界超出了上级区域"), field="boundary")
    if is_thin(inside):
        raise InvalidInput(_("边界围成的区域过小或过窄"), field="boundary")
    return _to_multi(inside)


def pull(
    drawn: MultiPolygon, *, cell: MultiPolygon, neighbours: Mapping[int, MultiPolygon]
) -> tuple[MultiPolygon, dict[int, MultiPolygon]]:
    """Will give the cell as drawn, and those neighbours that change with it, by key.

    Strips no wider than a hand's slip stay as they were.
    Raises: InvalidInput (field "boundary": a neighbour would vanish; nothing would change).
    """
    wanted, held = _to_shapely(drawn), _to_shapely(cell)
    around = {key: _to_shapely(shape) for key, shape in neighbours.items()}
    slips = [p for p in _pieces(held.difference(wanted)) if is_thin(p, HAND_M)]
    for piece in _pieces(held.difference(wanted)):
        if is_thin(piece, HAND_M):
            continue
        taker = max(around, key=lambda k: _border(around[k], piece), default=None)
        if taker is None or _border(around[taker], piece) == 0:
            slips.append(piece)
        else:
            around[taker] = around[taker].union(piece)
    gained = [p for p in _pieces(wanted.difference(held)) if not is_thin(p, HAND_M)]
    kept = shapely.union_all([held.intersection(wanted), *slips])
    final = _polygons(shapely.union_all([kept, *gained]))
    changed = {}
    for key, shape in around.items():
        rest = _polygons(shape.difference(final))
        if rest.is_empty or is_thin(rest):
            raise InvalidInput(_("边界把相邻网格整个包了进来，请改用合并"), field="boundary")
        if _m2(rest.symmetric_difference(_to_shapely(neighbours[key]))) >= LEAST_M2:
            changed[key] = _to_multi(rest)
    if not changed and _m2(final.symmetric_difference(held)) < LEAST_M2:
        raise InvalidInput(_("边界没有变化"), field="boundary")
    return _to_multi(final), changed


def join(shapes: Sequence[MultiPolygon]) -> MultiPolygon:
    """Will give neighbours as one. Raises: InvalidInput (field "cells": they do not touch)."""
    whole = shapely.union_all([_to_shapely(shape) for shape in shapes])
    if len(shapely.get_parts(whole)) > max(len(shape) for shape in shapes):
        raise InvalidInput(_("只能合并相邻的网格"), field="cells")
    return _to_multi(whole)


def is_thin(shape: BaseGeometry, least_m: float = 5.0) -> bool:
    """Will tell whether a shape is on average less wide than so many metres."""
    plane = in_plane(_to_geos(shape))
    return plane.length == 0 or 2 * plane.area / plane.length < least_m


def _row_by_row(one: BaseGeometry, other: BaseGeometry) -> int:
    """Negative if the one is numbered first: the northern row, in a row the western."""
    north = one.centroid.y - other.centroid.y
    high = min(shape.bounds[3] - shape.bounds[1] for shape in (one, other))
    if abs(north) >= high / 2:
        return -1 if north > 0 else 1
    return -1 if one.centroid.x < other.centroid.x else 1


def _border(shape: BaseGeometry, piece: BaseGeometry) -> float:
    """The length in degrees of the common border; only compared."""
    return float(shape.intersection(piece.boundary).length)


def _pieces(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(_polygons(shape)) if _m2(part) >= LEAST_M2]


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """The surfaces of a shape; points and lines where two only touch are left out."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _m2(shape: BaseGeometry) -> float:
    """Square metres, right to a percent; of ground only, see ``topology.LEAST_DEGREES2``."""
    surfaces = _polygons(shape)
    if surfaces.is_empty:
        return 0.0
    degree_m = math.radians(1) * EARTH_RADIUS_M
    return float(surfaces.area * degree_m**2 * math.cos(math.radians(surfaces.centroid.y)))


def _to_shapely(shape: GEOSGeometry) -> BaseGeometry:
    return shapely.from_wkb(bytes(shape.wkb))


def _to_geos(shape: BaseGeometry) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)


def _to_multi(shape: BaseGeometry) -> MultiPolygon:
    found = as_multi(_to_geos(shape))
    assert found is not None
    return found
