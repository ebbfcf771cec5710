"""The days to come, with an interval and the proof of how far to believe it."""

import math
from dataclasses import dataclass

from apps.figures.enums import Method
from apps.figures.forecasting.backtest import (
    LEAD_DAYS,
    Tested,
    backtest,
    quantiles,
    residuals,
)
from apps.figures.forecasting.methods import KINDS, Counts, Kinds, tell_variant

HORIZON = 14
NEEDED_DAYS = LEAD_DAYS + HORIZON + 2 * KINDS


@dataclass(frozen=True)
class Point:
    """One day to come, in cases; four of five such days should fall within low and high."""

    expected: float
    low: int
    high: int


@dataclass(frozen=True)
class Told:
    """method: by which the points were made; "last week's same day" where nothing beat it."""

    method: str
    points: list[Point]
    tested: Tested


def foretell(counts: Counts, kinds: Kinds) -> Told | None:
    """Will foretell ``HORIZON`` days after the last count; None of too short a history.

    kinds: of every counted day and of the days to come.
    """
    if len(counts) < NEEDED_DAYS:
        return None
    tested, told = backtest(counts, kinds, HORIZON)
    variant = tested.variant if tested.is_better else Method.NAIVE.value
    low, high = quantiles(residuals(counts, told[variant], list(told[variant])))
    ahead = tell_variant(variant, counts, kinds, len(counts), HORIZON)
    return Told(
        method=variant.partition(":")[0],
        points=[_point(said, low, high) for said in ahead],
        tested=tested,
    )


def _point(said: float, low: float, high: float) -> Point:
    spread = math.sqrt(max(said, 1.0))
    return Point(
        expected=round(said, 1),
        low=max(math.floor(said + low * spread), 0),
        high=max(math.ceil(said + high * spread), 0),
    )
