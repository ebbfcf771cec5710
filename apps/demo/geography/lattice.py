"""The shared-edge ground: columns and rows, bent a little, cut by a coast.

Cells are quadrilaterals between neighbouring nodes, so they can neither overlap nor leave
gaps: every border is the same two nodes for both sides. Work is in metres around an origin;
degrees come from one linear map, which keeps straight lines straight, rounded once per node.
"""

import math
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from apps.demo.geography.city import Point, Polygon, Ring

ORIGIN_LON, ORIGIN_LAT = 123.0, 35.0  # open sea; see the package's docstring
METRES_PER_DEGREE_LAT = 110_941.0  # at 35 N
METRES_PER_DEGREE_LON = 91_290.0
DECIMALS = 7

Key = tuple[int, int]  # column, row
Metres = tuple[float, float]


def degrees(spot: Metres) -> Point:
    """Will give (lon, lat) of a spot in metres east and north of the origin."""
    return (
        round(ORIGIN_LON + spot[0] / METRES_PER_DEGREE_LON, DECIMALS),
        round(ORIGIN_LAT + spot[1] / METRES_PER_DEGREE_LAT, DECIMALS),
    )


@dataclass(frozen=True)
class Lattice:
    """columns by rows of cells; ``shore[i]`` is the first row on land at node column i."""

    columns: int
    rows: int
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    shore: tuple[int, ...]
    shore_y: tuple[float, ...]
    bend_m: float

    def spot(self, node: Key) -> Metres:
        """Will give the place of a node in metres; nodes on the shore lie on the coast."""
        i, j = node
        x = self.xs[i]
        y = self.shore_y[i] if j == self.shore[i] else self.ys[j]
        wide, high = self.xs[-1], self.ys[-1]
        return (
            x - wide / 2 + self.bend_m * math.sin(2 * math.pi * y / high * 0.8),
            y - high / 2 + self.bend_m * 0.8 * math.sin(2 * math.pi * x / wide * 0.9 + 0.6),
        )

    @cached_property
    def cells(self) -> tuple[Key, ...]:
        return tuple(
            (i, j) for i in range(self.columns) for j in range(self.first_row(i), self.rows)
        )

    def first_row(self, column: int) -> int:
        """Will give the lowest row of cells on land in a column of cells."""
        return max(self.shore[column], self.shore[column + 1])

    def outline(self, cell: Key) -> list[Key]:
        """Will give the nodes around a cell, counter-clockwise, not closed.

        The lowest cell of a column also takes the wedge down to the shore and so may have
        more than four nodes; its neighbours share each of them.
        """
        i, j = cell
        lowest = j == self.first_row(i)
        left = self.shore[i] if lowest else j
        right = self.shore[i + 1] if lowest else j
        return (
            [(i, left)]
            + [(i + 1, r) for r in range(right, j + 2)]
            + [(i, r) for r in range(j + 1, left, -1)]
        )

    def has_edge(self, a: Key, b: Key) -> bool:
        """Will tell whether the line between two neighbouring nodes is a border of cells."""
        (i, j), (k, m) = a, b
        if j < self.shore[i] or m < self.shore[k]:
            return False
        if i == k:
            return True
        column = min(i, k)
        return j > self.first_row(column) or self.shore[i] == self.shore[k] == j

    def ring(self, cell: Key) -> Ring:
        """Will give the outline of a cell in degrees, closed."""
        nodes = self.outline(cell)
        return tuple(degrees(self.spot(node)) for node in [*nodes, nodes[0]])

    def inside(self, cell: Key, u: float, v: float) -> Metres:
        """Will give the spot at shares u (west to east) and v (south to north) of a cell."""
        i, j = cell
        sw, se = self.spot((i, j)), self.spot((i + 1, j))
        nw, ne = self.spot((i, j + 1)), self.spot((i + 1, j + 1))
        return (
            (sw[0] * (1 - u) + se[0] * u) * (1 - v) + (nw[0] * (1 - u) + ne[0] * u) * v,
            (sw[1] * (1 - u) + se[1] * u) * (1 - v) + (nw[1] * (1 - u) + ne[1] * u) * v,
        )


def make_lattice(rng: random.Random, columns: int, rows: int) -> Lattice:
    """Will draw block sizes (85-115 m), a wavy coast in the south and one bay."""
    xs, ys = [0.0], [0.0]
    for _column in range(columns):
        xs.append(xs[-1] + rng.uniform(85, 115))
    for _row in range(rows):
        ys.append(ys[-1] + rng.uniform(85, 115))
    wide, high = xs[-1], ys[-1]
    bay_x, bay_m = wide * rng.uniform(0.5, 0.62), high * 0.17
    phase = rng.uniform(0, 2 * math.pi)
    shore, shore_y = [], []
    for x in xs:
        y = high * (0.09 + 0.035 * math.sin(2 * math.pi * 1.3 * x / wide + phase))
        y += bay_m * math.exp(-(((x - bay_x) / (wide * 0.12)) ** 2))
        row = min(range(rows), key=lambda r: abs(ys[r] - y))
        shore.append(row)
        shore_y.append(y)
    return Lattice(
        columns, rows, tuple(xs), tuple(ys), tuple(shore), tuple(shore_y), min(wide, high) * 0.03
    )


def dissolve(lattice: Lattice, cells: list[Key]) -> tuple[Polygon, ...]:
    """Will give the outline of cells taken together, by cancelling the borders they share.

    Exact: no geometry is computed, so a parent has the very points of its children.
    """
    after: dict[Key, list[Key]] = {}
    edges: set[tuple[Key, Key]] = set()
    for cell in cells:
        nodes = lattice.outline(cell)
        for a, b in zip(nodes, [*nodes[1:], nodes[0]], strict=True):
            if (b, a) in edges:
                edges.remove((b, a))
            else:
                edges.add((a, b))
    for a, b in sorted(edges):
        after.setdefault(a, []).append(b)
    rings = []
    while after:
        rings += _walk(after)
    shaped = [tuple(degrees(lattice.spot(n)) for n in [*ring, ring[0]]) for ring in rings]
    shells = [ring for ring in shaped if _signed(ring) > 0]
    holes = [ring for ring in shaped if _signed(ring) < 0]
    return tuple(
        (shell, *(hole for hole in holes if _home(hole, shells) is shell)) for shell in shells
    )


def _walk(after: dict[Key, list[Key]]) -> list[list[Key]]:
    """Will follow borders from one node back to it, cutting off a loop at each node met twice.

    Takes the borders it follows out of ``after``. Cutting keeps rings simple where two cells
    touch at a corner only.
    """
    path, rings = [min(after)], []
    while path:
        there = after[path[-1]].pop()
        if there not in path:
            path.append(there)
            continue
        at = path.index(there)
        rings.append(path[at:])
        # Every node has as many ways out as in, so an unfinished path can always go on.
        path = path[: at + 1] if after[there] else []
    for node in [node for node, onward in after.items() if not onward]:
        del after[node]
    return rings


def _signed(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def _home(hole: Ring, shells: list[Ring]) -> Ring:
    """Will give the smallest shell around a hole."""
    x = sum(p[0] for p in hole[:-1]) / (len(hole) - 1)
    y = sum(p[1] for p in hole[:-1]) / (len(hole) - 1)
    around = [shell for shell in shells if holds(shell, x, y)]
    return min(around or shells, key=lambda shell: abs(_signed(shell)))


def holds(ring: Ring, x: float, y: float) -> bool:
    """Will tell whether the ring goes around the spot."""
    odd = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd
