"""What a field comes to if it goes on as it went: ``level@2h``, the level two hours from now.

The course is the median of the slopes between every two readings (Theil 1950, Sen 1968) of as
long a while as is looked ahead, so that a single wrong reading does not bend it; from the newest
value it is followed ahead. At most ``MOST`` readings are remembered, evenly over the while.
Before there are ``LEAST`` of them, or half of the while is covered, nothing is foreseen. Source:
IO-12 (pre-alarm on trend).
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import NamedTuple

LEAST, MOST = 4, 24
_MINUTE_MS = 60_000
_AHEAD = re.compile(r"([a-z_][a-z0-9_]{0,39})@(\d{1,2})(min|h)")

Past = Sequence[Sequence[float]]  # [time in ms, value], in order of time


class Ahead(NamedTuple):
    """A field looked at some way ahead. name: as it is written; span: ms."""

    name: str
    field: str
    span: int

    @property
    def minutes(self) -> int:
        return self.span // _MINUTE_MS


def read_ahead(name: str) -> Ahead | None:
    """Will read ``field@2h`` or ``field@30min``; None for a plain field, and for no time at all."""
    found = _AHEAD.fullmatch(name)
    if found is None or not int(found[2]):
        return None
    minutes = int(found[2]) * (60 if found[3] == "h" else 1)
    return Ahead(name, found[1], minutes * _MINUTE_MS)


def base_of(name: str) -> str:
    """Will give the field that is measured behind what is written."""
    return name.partition("@")[0]


def remember(past: Past, ahead: Ahead, at: int, value: object) -> list[list[float]]:
    """Will give what is remembered after a value at a moment (ms)."""
    kept = [[when, said] for when, said in past if when >= at - ahead.span]
    number = _number(value)
    if number is not None and (not kept or at - kept[-1][0] >= ahead.span / MOST):
        kept.append([at, number])
    return kept


def foresee(past: Past, ahead: Ahead, at: int, value: object) -> float | None:
    """Will give the value ``ahead`` of a moment (ms); None where nothing can be foreseen."""
    number = _number(value)
    if number is None or len(past) < LEAST or at - past[0][0] < ahead.span / 2:
        return None
    points = [*past, [at, number]] if past[-1][0] < at else past
    slopes = [(b - a) / (then - when) for (when, a), (then, b) in combinations(points, 2)]
    return float(f"{number + median(slopes) * ahead.span:.6g}")


def foreseen(
    aheads: Sequence[Ahead], past: Mapping[str, Past], at: int, values: Mapping[str, object]
) -> tuple[dict[str, list[list[float]]], dict[str, float | None]]:
    """Will give what is remembered now, and what is foreseen, by the names as written."""
    kept = {
        one.name: remember(past.get(one.name, ()), one, at, values.get(one.field)) for one in aheads
    }
    return kept, {
        one.name: foresee(kept[one.name], one, at, values.get(one.field)) for one in aheads
    }


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
