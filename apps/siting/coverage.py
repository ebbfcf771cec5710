"""What discs leave uncovered, and where one more would help most. Pure reckoning, no database.

The ground is laid out in square cells, rows from south to north; a cell is covered where its middle
lies within the radius of a point. Everything is in metres of the city's plane. A cell is at most a
quarter of the radius wide, so that the share of a disc is right to about 2 % of the disc. numpy
alone: scipy would cost every process that serves people tens of megabytes.
Source: IO-01, decision 0100.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: Cells of the box around the area; beyond it they grow, and beyond MOST_COARSE it is refused.
MOST_CELLS = 1_000_000
PER_RADIUS, LEAST_PER_RADIUS = 10.5, 4  # no middle lies just on the rim of a disc
#: Candidates of a proposal stand so many to a radius, on a net of triangles.
CANDIDATES_PER_RADIUS = 2.0
#: Squares across the drawing of one piece.
MOST_ACROSS = 100


class TooFine(Exception):
    """The area is too large for the radius. least_m: the smallest radius that can be reckoned."""

    def __init__(self, least_m: int) -> None:
        super().__init__(least_m)
        self.least_m = least_m


@dataclass(frozen=True)
class Ground:
    """The area in cells. east, north: of the middle of the first cell; weights: (rows, columns).

    is_inside: whose middle lies in the area; outside all weights are 0.
    """

    east: float
    north: float
    side_m: float
    weights: Floats
    is_inside: Flags

    @property
    def total(self) -> float:
        """The whole demand."""
        return float(self.weights.sum())

    def middle(self, row: int, column: int) -> tuple[float, float]:
        """Will give the middle of a cell, in metres."""
        return self.east + column * self.side_m, self.north + row * self.side_m

    def cells_of(self, places: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Will give rows and columns of places, (n, 2), which may lie outside."""
        columns = np.rint((places[:, 0] - self.east) / self.side_m).astype(np.int64)
        rows = np.rint((places[:, 1] - self.north) / self.side_m).astype(np.int64)
        return rows, columns


@dataclass(frozen=True)
class Gap:
    """A piece without cover. lost: its demand; place: where one more covers most of it;

    won: what that one would add. cells: (n, 2), row and column.
    """

    area_m2: float
    lost: float
    place: tuple[float, float]
    won: float
    cells: NDArray[np.int64]


@dataclass(frozen=True)
class Near:
    """Two places that stand near each other, by their position in the list."""

    first: int
    second: int
    metres: float


@dataclass(frozen=True)
class Proposal:
    """One more place, and what it adds to the demand covered."""

    place: tuple[float, float]
    won: float


def lay_out(area: Any, *, radius_m: float) -> Ground:
    """Will lay an area (shapely, in metres) out in cells that all weigh 1.

    Raises: TooFine (cells small enough for the radius would be too many).
    """
    west, south, east, north = area.bounds
    wide, high = max(east - west, 1.0), max(north - south, 1.0)
    smallest = float(np.sqrt(wide * high / MOST_CELLS))
    if smallest > radius_m / LEAST_PER_RADIUS:
        raise TooFine(int(np.ceil(smallest * LEAST_PER_RADIUS / 10) * 10))
    side = max(radius_m / PER_RADIUS, smallest)
    columns, rows = int(np.ceil(wide / side)), int(np.ceil(high / side))
    first = (west + side / 2, south + side / 2)
    inside = _filled(area, first, side, rows, columns)
    return Ground(*first, side, inside.astype(np.float64), inside)


def weighed(ground: Ground, places: Floats) -> Ground:
    """Will give the ground with as much demand in a cell as places lie in it."""
    weights = np.zeros_like(ground.weights)
    rows, columns = ground.cells_of(places)
    fits = (rows >= 0) & (rows < weights.shape[0]) & (columns >= 0) & (columns < weights.shape[1])
    np.add.at(weights, (rows[fits], columns[fits]), 1.0)
    weights[~ground.is_inside] = 0.0
    return Ground(ground.east, ground.north, ground.side_m, weights, ground.is_inside)


def times_covered(ground: Ground, places: Floats, *, radius_m: float) -> NDArray[np.int32]:
    """Will give by how many places each cell is covered. places: (n, 2)."""
    found = np.zeros(ground.weights.shape, dtype=np.int32)
    for place in places:
        window, disc = _disc(ground, place, radius_m)
        found[window] += disc
    return found


def alone_covered(
    ground: Ground, places: Floats, times: NDArray[np.int32], *, radius_m: float
) -> list[float]:
    """Will give for each place the demand nobody but it covers. times: of all there are."""
    once = np.where(times == 1, ground.weights, 0.0)
    found = []
    for place in places:
        window, disc = _disc(ground, place, radius_m)
        found.append(float(once[window][disc].sum()))
    return found


def gaps_of(ground: Ground, is_covered: Flags, *, radius_m: float, most: int) -> list[Gap]:
    """Will give the pieces with the most demand without cover, the largest first.

    Pieces touch by a side. What is smaller than a hundredth of a disc is no gap.
    """
    runs = _runs_of(ground.is_inside & ~is_covered)
    if not len(runs):
        return []
    piece = _pieces(runs)
    sums = np.cumsum(np.pad(ground.weights, ((0, 0), (1, 0))), axis=1)
    lost = np.bincount(piece, sums[runs[:, 0], runs[:, 2]] - sums[runs[:, 0], runs[:, 1]])
    sizes = np.bincount(piece, runs[:, 2] - runs[:, 1])
    least = np.pi * (radius_m / ground.side_m) ** 2 / 100
    kept = np.flatnonzero((sizes >= least) & (lost > 0))
    order = kept[np.lexsort((-sizes[kept], -lost[kept]))][:most]
    return [_gap(ground, runs[piece == n], float(lost[n]), radius_m) for n in order]


def nearest_of(places: Floats, *, within_m: float) -> list[Near]:
    """Will give the places whose nearest other stands nearer than that, each pair once.

    The nearest pairs come first.
    """
    if len(places) < 2:
        return []
    pairs: dict[tuple[int, int], float] = {}
    # What stands on the very same spot is no neighbour to the tree; it is found by its order.
    order = np.lexsort((places[:, 1], places[:, 0]))
    for one, other in pairwise(order):
        if (places[one] == places[other]).all():
            pairs[min(int(one), int(other)), max(int(one), int(other))] = 0.0
    dots = shapely.points(places)
    (ones, others), metres = shapely.STRtree(dots).query_nearest(
        dots, max_distance=within_m, return_distance=True, exclusive=True, all_matches=False
    )
    for one, other, apart in zip(ones, others, metres, strict=True):
        if apart < within_m:
            pairs[min(int(one), int(other)), max(int(one), int(other))] = float(apart)
    return sorted(
        (Near(first, second, round(apart, 1)) for (first, second), apart in pairs.items()),
        key=lambda near: (near.metres, near.first, near.second),
    )


def propose(
    ground: Ground, is_covered: Flags, *, radius_m: float, count: int, share: float
) -> list[Proposal]:
    """Will place one after another where most is won, until ``count`` or ``share`` (0-1) is met.

    Greedy on a net of triangles: at least 63 % (1 - 1/e) of what the best choice from the net
    covers. What a place wins only shrinks as others are placed, so only the top is reckoned anew.
    Source: Nemhauser, Wolsey, Fisher 1978.
    """
    bare = np.where(is_covered, 0.0, ground.weights)
    wanted = ground.total * (1 - share)
    left = float(bare.sum())
    candidates = _net(ground, radius_m)
    rows, columns = ground.cells_of(candidates)
    hoped = _won_everywhere(bare, radius_m / ground.side_m)[rows, columns]
    heap = [(-float(won), n) for n, won in enumerate(hoped) if won > 0.5]
    heapq.heapify(heap)
    found: list[Proposal] = []
    while heap and len(found) < count and left > wanted:
        _hoped, number = heapq.heappop(heap)
        place = ground.middle(int(rows[number]), int(columns[number]))
        window, disc = _disc(ground, np.array(place), radius_m)
        won = float(bare[window][disc].sum())
        if won <= 0:
            continue
        if heap and won < -heap[0][0] - 1e-6:
            heapq.heappush(heap, (-won, number))
            continue
        bare[window][disc] = 0.0
        left -= won
        found.append(Proposal(place, won))
    return found


def outline_of(ground: Ground, cells: NDArray[np.int64]) -> Any:
    """Will give cells, (n, 2), as one shape in metres, to be looked at.

    What is wide is drawn in coarser squares, each more than half of cells: outlines of
    thousands of cells would take longer than all the rest.
    """
    corner = cells.min(axis=0)
    size = cells.max(axis=0) - corner + 1
    step = int(np.ceil(size.max() / MOST_ACROSS))
    counts = np.zeros(size // step + 1, dtype=np.int32)
    np.add.at(counts, tuple(((cells - corner) // step).T), 1)
    is_drawn = counts * 2 > step**2
    rows, columns = np.nonzero(is_drawn if is_drawn.any() else counts)
    begins = np.flatnonzero(np.diff(rows, prepend=-1) | (np.diff(columns, prepend=-2) != 1))
    ends = np.append(begins[1:], len(rows)) - 1
    wide = ground.side_m * step
    west = ground.east + (corner[1] - 0.5) * ground.side_m
    south = ground.north + (corner[0] - 0.5) * ground.side_m
    runs = shapely.box(
        west + columns[begins] * wide,
        south + rows[begins] * wide,
        west + (columns[ends] + 1) * wide,
        south + (rows[begins] + 1) * wide,
    )
    return shapely.union_all(runs)


def _filled(area: Any, first: tuple[float, float], side: float, rows: int, columns: int) -> Flags:
    """Which middles lie in the area: along each row between the odd and the even crossing."""
    rings = [r for part in shapely.get_parts(area) for r in (part.exterior, *part.interiors)]
    edges = np.concatenate(
        [np.hstack([c[:-1], c[1:]]) for c in map(shapely.get_coordinates, rings)]
    )
    low, high = np.minimum(edges[:, 1], edges[:, 3]), np.maximum(edges[:, 1], edges[:, 3])
    middles = first[0] + np.arange(columns) * side
    inside = np.zeros((rows, columns), dtype=bool)
    for row in range(rows):
        level = first[1] + row * side
        x1, y1, x2, y2 = edges[(low <= level) & (level < high)].T
        crossings = np.sort(x1 + (level - y1) * (x2 - x1) / (y2 - y1))
        inside[row] = np.searchsorted(crossings, middles) % 2 == 1
    return inside


def _disc(
    ground: Ground, place: Sequence[float] | Floats, radius_m: float
) -> tuple[tuple[slice, slice], Flags]:
    """The window of cells around a place, and which of them lie within the radius."""
    height, width = ground.weights.shape
    column = (place[0] - ground.east) / ground.side_m
    row = (place[1] - ground.north) / ground.side_m
    reach = radius_m / ground.side_m
    rows = slice(max(0, int(np.ceil(row - reach))), min(height, int(row + reach) + 1))
    columns = slice(max(0, int(np.ceil(column - reach))), min(width, int(column + reach) + 1))
    rows = slice(rows.start, max(rows.start, rows.stop))
    columns = slice(columns.start, max(columns.start, columns.stop))
    up = np.arange(rows.start, rows.stop) - row
    across = np.arange(columns.start, columns.stop) - column
    return (rows, columns), up[:, None] ** 2 + across[None, :] ** 2 <= reach**2


def _won_everywhere(bare: Floats, reach: float) -> Floats:
    """What a disc around the middle of each cell would add. reach: its radius in cells."""
    width = int(reach)
    steps = np.arange(-width, width + 1)
    disc = (steps[:, None] ** 2 + steps[None, :] ** 2 <= reach**2).astype(np.float64)
    size = [_easy(length + 2 * width) for length in bare.shape]
    product = np.fft.rfft2(bare, size) * np.fft.rfft2(disc, size)
    won: Floats = np.fft.irfft2(product, size)
    return won[width : width + bare.shape[0], width : width + bare.shape[1]]


def _easy(length: int) -> int:
    """The next length made of twos, threes and fives: a transform of it is quick."""
    found = length
    while True:
        rest = found
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return found
        found += 1


def _runs_of(flags: Flags) -> NDArray[np.int64]:
    """Rows of (row, first column, column behind the last) of what is set, in order."""
    steps = np.diff(np.pad(flags, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, begins = np.nonzero(steps == 1)
    _rows, ends = np.nonzero(steps == -1)
    return np.stack([rows, begins, ends], axis=1)


def _pieces(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the piece of each run; pieces are runs that touch by a side."""
    width = int(runs[:, 2].max()) + 1
    above = (runs[:, 0] + 1) * width
    first = np.searchsorted(runs[:, 0] * width + runs[:, 2], above + runs[:, 1], side="right")
    behind = np.searchsorted(runs[:, 0] * width + runs[:, 1], above + runs[:, 2], side="left")
    counts = np.maximum(behind - first, 0)
    ones = np.repeat(np.arange(len(runs)), counts)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    others = np.arange(len(ones)) - starts + np.repeat(first, counts)
    piece = np.arange(len(runs))
    while True:
        low = np.minimum(piece[ones], piece[others])
        high = np.maximum(piece[ones], piece[others])
        if (low == high).all():
            return piece
        np.minimum.at(piece, high, low)
        while (piece[piece] != piece).any():
            piece = piece[piece]


def _gap(ground: Ground, runs: NDArray[np.int64], lost: float, radius_m: float) -> Gap:
    lengths = runs[:, 2] - runs[:, 1]
    rows = np.repeat(runs[:, 0], lengths)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    columns = np.arange(len(rows)) - starts + np.repeat(runs[:, 1], lengths)
    top, left = int(rows.min()), int(columns.min())
    bare = np.zeros((int(rows.max()) - top + 1, int(columns.max()) - left + 1))
    bare[rows - top, columns - left] = ground.weights[rows, columns]
    won = _won_everywhere(bare, radius_m / ground.side_m)[rows - top, columns - left]
    best = int(np.argmax(won))
    return Gap(
        area_m2=len(rows) * ground.side_m**2,
        lost=lost,
        place=ground.middle(int(rows[best]), int(columns[best])),
        won=float(np.rint(won[best])),
        cells=np.stack([rows, columns], axis=1),
    )


def _net(ground: Ground, radius_m: float) -> Floats:
    """The middles of cells inside, on a net of triangles over the area."""
    height, width = ground.weights.shape
    step = radius_m / CANDIDATES_PER_RADIUS
    wide, high = width * ground.side_m, height * ground.side_m
    found = []
    for line, up in enumerate(np.arange(0.0, high, step * np.sqrt(3) / 2)):
        across = np.arange((line % 2) * step / 2, wide, step)
        found.append(np.stack([across, np.full_like(across, up)], axis=1))
    places = np.concatenate(found) + np.array([ground.east, ground.north])
    rows, columns = ground.cells_of(places)
    fits = (rows < height) & (columns < width)
    places, rows, columns = places[fits], rows[fits], columns[fits]
    return places[ground.is_inside[rows, columns]]
