"""Roads along the lattice, door plates along the roads, crossings and bus stops."""

import random
from dataclasses import dataclass
from itertools import pairwise

from apps.demo.geography.city import Address, Furniture, Poi, Road
from apps.demo.geography.lattice import Key, Lattice, Metres, degrees, holds
from apps.demo.geography.names import NamePool

ARTERIAL, STREET, LANE = 1, 2, 3
STREET_EVERY, ARTERIAL_EVERY = 5, 10
LANE_SHARE = 0.22
PLATE_SETBACK_M = 14.0
KERB_M = {ARTERIAL: 9.0, STREET: 6.0, LANE: 4.0}


@dataclass(frozen=True)
class Way:
    """A road as nodes of the lattice, before it becomes degrees."""

    ref: str
    name: str
    rank: int
    nodes: tuple[Key, ...]

    @property
    def edges(self) -> list[tuple[Key, Key]]:
        return list(pairwise(self.nodes))


class Streets:
    """Draws the street net of a lattice. code_of: cell to its code. green: cells of hills."""

    def __init__(
        self,
        lattice: Lattice,
        rng: random.Random,
        names: NamePool,
        code_of: dict[Key, str],
        green: set[Key],
        river_column: int,
    ) -> None:
        self.lattice, self.rng, self.names = lattice, rng, names
        self.code_of, self.green, self.river_column = code_of, green, river_column
        self.ways = self._draw()
        self.rank_at: dict[frozenset[Key], int] = {
            frozenset(edge): way.rank for way in self.ways for edge in way.edges
        }

    def roads(self) -> tuple[Road, ...]:
        return tuple(
            Road(w.ref, w.name, w.rank, tuple(degrees(self.lattice.spot(n)) for n in w.nodes))
            for w in self.ways
        )

    def addresses(self) -> tuple[Address, ...]:
        """Two plates a side and block, odd on the left, even on the right, gaps in parks."""
        found = []
        for way in self.ways:
            odd, even = -1, 0
            for a, b in way.edges:
                for share in (0.28, 0.72):
                    odd, even = odd + 2, even + 2
                    for number, side in ((odd, 1), (even, -1)):
                        cell = self._beside(a, b, side)
                        if cell is None or cell in self.green:
                            continue
                        spot = degrees(self._off(a, b, share, side * PLATE_SETBACK_M))
                        if not holds(self.lattice.ring(cell), *spot):
                            continue
                        found.append(
                            Address(
                                f"{way.name}{number}号",
                                way.ref,
                                number,
                                spot,
                                self.code_of[cell],
                            )
                        )
        return tuple(found)

    def junctions(self) -> list[tuple[Key, Way, Way]]:
        """Nodes where two differently named roads meet; one entry for each pair of names."""
        at: dict[Key, list[Way]] = {}
        for way in self.ways:
            for node in way.nodes:
                at.setdefault(node, []).append(way)
        seen, found = set(), []
        for node in sorted(at):
            ways = sorted(at[node], key=lambda w: (w.rank, w.ref))
            for index, one in enumerate(ways):
                for other in ways[index + 1 :]:
                    pair = (one.ref, other.ref)
                    if one.name != other.name and pair not in seen and other.rank < LANE:
                        seen.add(pair)
                        found.append((node, one, other))
        return found

    def crossings_and_stops(self) -> tuple[Poi, ...]:
        pois = []
        for node, one, other in self.junctions():
            cell = min(self._around(node), key=lambda c: self.code_of[c])
            pois.append(
                Poi(
                    "junction",
                    f"{one.name}与{other.name}路口",
                    (f"{other.name}与{one.name}路口",),
                    degrees(self.lattice.spot(node)),
                    self.code_of[cell],
                )
            )
            if one.rank == ARTERIAL:
                pois += self._stops(node, one, other)
        return tuple(pois)

    def furniture(self) -> tuple[Furniture, ...]:
        found: list[Furniture] = []
        for way in self.ways:
            for index, (a, b) in enumerate(way.edges):
                found += self._along(way, index, a, b)
        for node, one, other in self.junctions():
            found += self._at_junction(node, one, other)
        return tuple(found)

    def _draw(self) -> list[Way]:
        ways: list[Way] = []
        lattice = self.lattice
        for i in range(STREET_EVERY, lattice.columns, STREET_EVERY):
            rank = ARTERIAL if i % ARTERIAL_EVERY == 0 else STREET
            self._add(ways, [(i, j) for j in range(lattice.rows + 1)], rank)
        for j in range(STREET_EVERY, lattice.rows, STREET_EVERY):
            rank = ARTERIAL if j % ARTERIAL_EVERY == 0 else STREET
            self._add(ways, [(i, j) for i in range(lattice.columns + 1)], rank)
        for i in range(1, lattice.columns):
            for j in range(0, lattice.rows, STREET_EVERY):
                if i % STREET_EVERY and self.rng.random() < LANE_SHARE:
                    top = min(j + STREET_EVERY, lattice.rows)
                    self._add(ways, [(i, r) for r in range(j, top + 1)], LANE)
        for j in range(1, lattice.rows):
            for i in range(0, lattice.columns, STREET_EVERY):
                if j % STREET_EVERY and self.rng.random() < LANE_SHARE:
                    right = min(i + STREET_EVERY, lattice.columns)
                    self._add(ways, [(c, j) for c in range(i, right + 1)], LANE)
        return ways

    def _add(self, ways: list[Way], nodes: list[Key], rank: int) -> None:
        """Will keep the longest part of the line that runs on land and outside the hills."""
        runs: list[list[Key]] = [[]]
        for a, b in pairwise(nodes):
            if self.lattice.has_edge(a, b) and self._buildable(a, b, rank):
                runs[-1] = [*(runs[-1] or [a]), b]
            elif runs[-1]:
                runs.append([])
        longest = max(runs, key=len)
        if len(longest) < 3:
            return
        ending = {ARTERIAL: "大道" if len(ways) % 3 == 0 else "路", STREET: "路"}.get(rank, "巷")
        ways.append(Way(f"road-{len(ways):04d}", self.names.stem() + ending, rank, tuple(longest)))

    def _buildable(self, a: Key, b: Key, rank: int) -> bool:
        beside = {self._beside(a, b, 1), self._beside(a, b, -1)} - {None}
        if rank > ARTERIAL and beside and beside <= self.green:
            return False
        return not (a[0] == b[0] == self.river_column)

    def _beside(self, a: Key, b: Key, side: int) -> Key | None:
        """The cell left (1) or right (-1) of the way from a to b (eastward or northward)."""
        (i, j), (k, m) = a, b
        if i == k:
            cell = (i - 1 if side > 0 else i, min(j, m))
        else:
            cell = (min(i, k), j if side > 0 else j - 1)
        if cell in self.code_of:
            return cell
        # Below the lowest row of a column the wedge belongs to the cell above it.
        if 0 <= cell[0] < self.lattice.columns:
            lowest = (cell[0], self.lattice.first_row(cell[0]))
            if i == k and min(self.lattice.shore[cell[0] : cell[0] + 2]) <= cell[1] < lowest[1]:
                return lowest if lowest in self.code_of else None
        return None

    def _around(self, node: Key) -> list[Key]:
        i, j = node
        near = [(i - 1, j - 1), (i, j - 1), (i - 1, j), (i, j)]
        columns = [c for c in (i - 1, i) if 0 <= c < self.lattice.columns]
        near += [(c, self.lattice.first_row(c)) for c in columns]
        return [c for c in near if c in self.code_of and node in self.lattice.outline(c)]

    def _off(self, a: Key, b: Key, share: float, left_m: float) -> Metres:
        """The spot at a share of the way from a to b, so many metres to its left."""
        (ax, ay), (bx, by) = self.lattice.spot(a), self.lattice.spot(b)
        dx, dy = bx - ax, by - ay
        length = (dx * dx + dy * dy) ** 0.5
        return (
            ax + dx * share - dy / length * left_m,
            ay + dy * share + dx / length * left_m,
        )

    def _stops(self, node: Key, one: Way, other: Way) -> list[Poi]:
        at = one.nodes.index(node)
        if at + 1 >= len(one.nodes):
            return []
        here, there = one.nodes[at], one.nodes[at + 1]
        cell = self._beside(here, there, -1)
        if cell is None:
            return []
        spot = self._off(here, there, 0.35, -KERB_M[one.rank])
        name = f"{one.name}{other.name}站"
        return [
            Poi("stop", name, (f"{one.name}{other.name}公交站",), degrees(spot), self.code_of[cell])
        ]

    def _along(self, way: Way, index: int, a: Key, b: Key) -> list[Furniture]:
        """Lamps, trees, covers and bins of one block, on alternating sides."""
        plan = [("0110", "路灯", 0.5, 1)]
        if way.rank <= STREET:
            plan += [("0103", "雨水井盖", 0.4, -1), ("0401", "行道树", 0.6, 1)]
        if way.rank == ARTERIAL:
            plan += [("0110", "路灯", 0.05, -1), ("0102", "污水井盖", 0.8, 1)]
        if way.rank <= STREET and index % 2 == 0:
            plan.append(("0302", "果皮箱", 0.25, -1))
        if way.rank == LANE and index % 2 == 0:
            plan.append(("0102", "污水井盖", 0.7, -1))
        found = []
        for code, label, share, side in plan:
            cell = self._beside(a, b, side)
            spot = degrees(self._off(a, b, share, side * KERB_M[way.rank]))
            # A block at the shore narrows to a wedge; what would stand in the sea is left out.
            if cell is not None and holds(self.lattice.ring(cell), *spot):
                found.append(Furniture(code, f"{way.name}{label}", spot, self.code_of[cell]))
        return found

    def _at_junction(self, node: Key, one: Way, other: Way) -> list[Furniture]:
        cells = sorted(self._around(node), key=lambda c: self.code_of[c])
        name = f"{one.name}与{other.name}路口"
        plan = [("0111", "消火栓"), ("0201", "交通标志牌")]
        if one.rank == ARTERIAL:
            plan += [("0112", "监控摄像机"), ("0202", "交通信号灯")]
        return [
            Furniture(code, f"{name}{label}", degrees(self._corner(cell, node)), self.code_of[cell])
            for (code, label), cell in zip(plan, cells * 4, strict=False)
        ]

    def _corner(self, cell: Key, node: Key) -> Metres:
        """A spot a few metres from a node towards the middle of one of its cells."""
        x, y = self.lattice.spot(node)
        mx, my = self.lattice.inside(cell, 0.5, 0.5)
        length = ((mx - x) ** 2 + (my - y) ** 2) ** 0.5
        reach = 10.0 + self.rng.random() * 4
        return x + (mx - x) / length * reach, y + (my - y) / length * reach
