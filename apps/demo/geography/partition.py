"""Dividing the cells into districts, streets and communities, each in one piece."""

from collections import deque

from apps.demo.geography.lattice import Key, Lattice

ROAD_EVERY = 5  # administrative borders prefer the lines that carry roads


def divide(lattice: Lattice, cells: list[Key], parts: int) -> list[list[Key]]:
    """Will cut connected cells into so many connected parts of about the same size."""
    if parts == 1:
        return [sorted(cells)]
    first = parts // 2
    left, right = _cut(lattice, cells, first / parts)
    return [*divide(lattice, left, first), *divide(lattice, right, parts - first)]


def _cut(lattice: Lattice, cells: list[Key], share: float) -> tuple[list[Key], list[Key]]:
    columns = [c[0] for c in cells]
    rows = [c[1] for c in cells]
    axis = 0 if max(columns) - min(columns) >= max(rows) - min(rows) else 1
    line = _best_line(cells, axis, share)
    low = {c for c in cells if c[axis] < line}
    high = set(cells) - low
    for _round in range(4):
        for mine, other in ((low, high), (high, low)):
            for island in _pieces(mine)[1:]:
                mine -= island
                other |= island
    return sorted(low), sorted(high)


def _best_line(cells: list[Key], axis: int, share: float) -> int:
    counts: dict[int, int] = {}
    for cell in cells:
        counts[cell[axis]] = counts.get(cell[axis], 0) + 1
    below, best, best_miss = 0, 0, 2.0
    for line in range(min(counts), max(counts) + 1):
        miss = abs(below / len(cells) - share) + (0 if line % ROAD_EVERY == 0 else 0.06)
        if miss < best_miss and below:
            best, best_miss = line, miss
        below += counts.get(line, 0)
    return best


def _pieces(cells: set[Key]) -> list[set[Key]]:
    """Connected pieces across borders, the largest first."""
    rest, pieces = set(cells), []
    while rest:
        start = min(rest)
        rest.discard(start)
        piece, queue = {start}, deque([start])
        while queue:
            i, j = queue.popleft()
            for near in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                if near in rest:
                    rest.discard(near)
                    piece.add(near)
                    queue.append(near)
        pieces.append(piece)
    return sorted(pieces, key=lambda p: (-len(p), min(p)))
