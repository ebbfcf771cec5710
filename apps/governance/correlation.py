"""How two monthly series go together. Pure, no database; says nothing about causes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Fewer points, or a weaker tie, say nothing.
POINTS_LEAST, TIE_LEAST = 12, 0.4
STRONG = 0.7


@dataclass(frozen=True)
class Tie:
    """Two indicators that rose and fell together. r: -1 to 1; points: area-months compared."""

    one: str
    other: str
    r: float
    points: int

    @property
    def is_strong(self) -> bool:
        return abs(self.r) >= STRONG


def pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Will give the coefficient; None where one of them never changes."""
    count = len(xs)
    mean_x, mean_y = sum(xs) / count, sum(ys) / count
    spread_x = sum((x - mean_x) ** 2 for x in xs)
    spread_y = sum((y - mean_y) ** 2 for y in ys)
    if not spread_x or not spread_y:
        return None
    together = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return together / math.sqrt(spread_x * spread_y)


def ties(series: Mapping[str, Mapping[int, Sequence[float]]]) -> list[Tie]:
    """Will compare every two indicators, the closest tie first.

    series: by indicator, by area, one value a month. Each area is compared with itself over
    time (its mean is taken off), so that big areas do not look tied merely for being big.
    """
    flat = {code: _around_mean(areas) for code, areas in series.items()}
    codes = sorted(flat)
    found = []
    for number, one in enumerate(codes):
        for other in codes[number + 1 :]:
            points = len(flat[one])
            r = pearson(flat[one], flat[other]) if points >= POINTS_LEAST else None
            if r is not None and abs(r) >= TIE_LEAST:
                found.append(Tie(one, other, round(r, 2), points))
    return sorted(found, key=lambda tie: -abs(tie.r))


def _around_mean(areas: Mapping[int, Sequence[float]]) -> list[float]:
    return [
        value - sum(values) / len(values)
        for area in sorted(areas)
        for values in [areas[area]]
        for value in values
    ]
