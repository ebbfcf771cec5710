"""The road graph: nearest by road and service areas, in plain Python.

Roads are cut where they cross; a node is a place where pieces meet. Places off the road walk
straight to the nearest piece. No one-way streets: the base map knows none.
"""

import heapq
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import shapely.ops
from shapely import STRtree

from apps.geodata.analysis.methods import Shape

Node = tuple[float, float]
_GRID_M = 0.1  # ends this near are one node
_WIDTH_M = 30.0  # beside a road that still counts as reached


@dataclass(frozen=True)
class _Foot:
    """Where a place meets the road. at: metres along the piece; off: metres walked to it."""

    piece: int
    at: float
    off: float


@dataclass(frozen=True)
class _Reached:
    metres: float
    source: int
    before: Node | None


class RoadGraph:
    """Roads as nodes and pieces. lines: in metres."""

    def __init__(self, lines: Sequence[Any]) -> None:
        noded = shapely.node(shapely.GeometryCollection(list(lines)))
        self._pieces = [p for p in shapely.get_parts(noded) if p.length > 0]
        self._ends = [(_node(p.coords[0]), _node(p.coords[-1])) for p in self._pieces]
        self._next: dict[Node, list[tuple[Node, float, int]]] = {}
        for number, (first, last) in enumerate(self._ends):
            length = self._pieces[number].length
            self._next.setdefault(first, []).append((last, length, number))
            self._next.setdefault(last, []).append((first, length, number))
        self._tree = STRtree(self._pieces)

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def nearest(self, ours: Sequence[Shape], theirs: Sequence[Shape]) -> list[Shape]:
        """Will draw the shortest way by road from each of ours to the nearest of theirs.

        One search from all of theirs at once. Whoever cannot be reached by road is left out.
        """
        targets = self._feet(theirs)
        reached = self._spread(targets)
        by_piece: dict[int, list[int]] = {}
        for number, foot in enumerate(targets):
            by_piece.setdefault(foot.piece, []).append(number)
        found = []
        for item, foot in zip(ours, self._feet(ours), strict=True):
            way = self._way(foot, targets, reached, by_piece)
            if way is None:
                continue
            metres, source, line = way
            found.append(
                Shape(
                    line,
                    properties={
                        "label": item.label,
                        "other": theirs[source].label,
                        "distance_m": round(metres, 1),
                    },
                )
            )
        return found

    def service_areas(self, items: Sequence[Shape], *, reach_m: float) -> list[Shape]:
        """Will give what lies within so many metres by road of each place."""
        found = []
        for item, foot in zip(items, self._feet(items), strict=True):
            reached = self._spread([foot], most=reach_m)
            parts = [p for p in self._covered(foot, reached, reach_m) if p.length > 0]
            if not parts:
                continue
            area = shapely.union_all(shapely.buffer(np.array(parts), _WIDTH_M))
            length = shapely.union_all(parts).length
            found.append(
                Shape(
                    area,
                    item.label,
                    properties={
                        "label": item.label,
                        "reach_m": round(reach_m, 1),
                        "road_m": round(length, 1),
                        "area_m2": round(area.area, 1),
                    },
                )
            )
        return found

    def _feet(self, items: Sequence[Shape]) -> list[_Foot]:
        found = []
        for item in items:
            point = item.shape.centroid
            number = int(self._tree.nearest(point))
            piece = self._pieces[number]
            found.append(_Foot(number, float(piece.project(point)), float(piece.distance(point))))
        return found

    def _spread(self, feet: Sequence[_Foot], *, most: float = math.inf) -> dict[Node, _Reached]:
        """Dijkstra from several places at once: of every node the nearest of them."""
        reached: dict[Node, _Reached] = {}
        turn = itertools.count()  # decides between equals, so that nodes are never compared
        waiting: list[tuple[float, int, int, Node, Node | None]] = []
        for source, foot in enumerate(feet):
            first, last = self._ends[foot.piece]
            length = self._pieces[foot.piece].length
            heapq.heappush(waiting, (foot.off + foot.at, next(turn), source, first, None))
            away = foot.off + length - foot.at
            heapq.heappush(waiting, (away, next(turn), source, last, None))
        while waiting:
            metres, _turn, source, node, before = heapq.heappop(waiting)
            if node in reached or metres > most:
                continue
            reached[node] = _Reached(metres, source, before)
            for other, length, _number in self._next[node]:
                if other not in reached:
                    heapq.heappush(waiting, (metres + length, next(turn), source, other, node))
        return reached

    def _way(
        self,
        foot: _Foot,
        targets: Sequence[_Foot],
        reached: dict[Node, _Reached],
        by_piece: dict[int, list[int]],
    ) -> tuple[float, int, Any] | None:
        piece = self._pieces[foot.piece]
        best: tuple[float, int, Any] | None = None
        for number in by_piece.get(foot.piece, []):  # on the same piece: no node between
            other = targets[number]
            metres = foot.off + abs(foot.at - other.at) + other.off
            if best is None or metres < best[0]:
                best = metres, number, _cut(piece, foot.at, other.at)
        first, last = self._ends[foot.piece]
        for node, start in ((first, 0.0), (last, piece.length)):
            state = reached.get(node)
            if state is None:
                continue
            metres = foot.off + abs(foot.at - start) + state.metres
            if best is None or metres < best[0]:
                best = metres, state.source, (node, _cut(piece, foot.at, start))
        if best is None or not isinstance(best[2], tuple):
            return best
        node, beginning = best[2]
        parts = [beginning, *self._followed(node, reached, targets[best[1]])]
        return best[0], best[1], shapely.line_merge(shapely.union_all(parts))

    def _followed(self, node: Node, reached: dict[Node, _Reached], target: _Foot) -> list[Any]:
        parts = []
        state = reached[node]
        while state.before is not None:
            parts.append(self._pieces[self._between(node, state.before)])
            node, state = state.before, reached[state.before]
        piece = self._pieces[target.piece]
        start = 0.0 if self._ends[target.piece][0] == node else piece.length
        return [*parts, _cut(piece, start, target.at)]

    def _between(self, one: Node, other: Node) -> int:
        ways = [(length, number) for node, length, number in self._next[one] if node == other]
        return min(ways)[1]

    def _covered(self, foot: _Foot, reached: dict[Node, _Reached], most: float) -> list[Any]:
        left = most - foot.off
        piece = self._pieces[foot.piece]
        parts = []
        if left > 0:
            parts.append(_cut(piece, max(0.0, foot.at - left), min(piece.length, foot.at + left)))
        for node, state in reached.items():
            rest = most - state.metres
            for _other, length, number in self._next[node]:
                line = self._pieces[number]
                if self._ends[number][0] == node:
                    parts.append(_cut(line, 0.0, min(length, rest)))
                else:
                    parts.append(_cut(line, length, max(0.0, length - rest)))
        return parts


def _cut(line: Any, start: float, end: float) -> Any:
    return shapely.ops.substring(line, start, end)


def _node(point: Any) -> Node:
    return round(point[0] / _GRID_M) * _GRID_M, round(point[1] / _GRID_M) * _GRID_M
