"""How well a method would have done: told from past weeks, held against what came.

The older half of the past origins chooses the method, the newer half judges it, so that the
figures shown are of weeks that had no say in the choice. Nothing after an origin is seen by the
forecast made at it.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from apps.figures.enums import Method
from apps.figures.forecasting.methods import KINDS, Counts, Kinds, tell_by

ORIGINS_MOST = 12
LEAD_DAYS = 28  # what every method has to learn from before the first origin
SHARE = 0.8  # of the days should fall within the interval


@dataclass(frozen=True)
class Tested:
    """What the test showed. variant: the best of the choosing half; its figures of the other.

    mae, naive_mae: mean error in cases a day, of it and of "last week's same day". mase: the
    error in units of the naive error over the days before; None where nothing ever varied.
    mape: mean error of days with cases, in percent; week_mape: of sums of seven days. coverage:
    percent of the days within the interval drawn from the choosing half. origins: of the
    judging half. days: how many days were judged.
    """

    variant: str
    mae: float
    naive_mae: float
    mase: float | None
    mape: float | None
    week_mape: float | None
    coverage: float
    origins: int
    days: int

    @property
    def is_better(self) -> bool:
        """Whether it beat "last week's same day"."""
        return self.mae < self.naive_mae

    def as_data(self) -> dict[str, Any]:
        """Will give plain JSON values, ``is_better`` included."""
        return asdict(self) | {"is_better": self.is_better}


def backtest(
    counts: Counts, kinds: Kinds, ahead: int
) -> tuple[Tested, dict[str, dict[int, list[float]]]]:
    """Will test every method; gives the winner's figures, and all that was told, by variant.

    counts: at least ``LEAD_DAYS + ahead + 2 * 7`` days.
    """
    length = len(counts)
    number = min(ORIGINS_MOST, (length - ahead - LEAD_DAYS) // KINDS)
    origins = [length - ahead - KINDS * n for n in range(number - 1, -1, -1)]
    choosing, judging = origins[: number // 2], origins[number // 2 :]
    told: dict[str, dict[int, list[float]]] = {}
    for method in Method.values:
        told |= tell_by(method, counts, kinds, origins, ahead)
    # min takes the first of equals: the simpler method.
    best = min(told, key=lambda variant: _mae(counts, told[variant], choosing))
    low, high = quantiles(residuals(counts, told[best], choosing))
    pairs = list(_pairs(counts, told[best], judging))
    mae = _mae(counts, told[best], judging)
    scale = _naive_scale(counts, kinds, judging[0])
    within = [low <= scaled(seen, said) <= high for seen, said in pairs]
    tested = Tested(
        variant=best,
        mae=round(mae, 3),
        naive_mae=round(_mae(counts, told[Method.NAIVE], judging), 3),
        mase=round(mae / scale, 3) if scale else None,
        mape=_mape(pairs),
        week_mape=_mape(_weeks(counts, told[best], judging)),
        coverage=round(100 * fmean(within), 1),
        origins=len(judging),
        days=len(pairs),
    )
    return tested, told


def residuals(counts: Counts, told: dict[int, list[float]], origins: Sequence[int]) -> list[float]:
    """Will give the errors in units of the root of what was told: counts scatter so."""
    return sorted(scaled(seen, said) for seen, said in _pairs(counts, told, origins))


def scaled(seen: float, said: float) -> float:
    """Will give one error in units of the root of what was told."""
    return (seen - said) / math.sqrt(max(said, 1.0))


def quantiles(errors: Sequence[float]) -> tuple[float, float]:
    """Will give between which sorted errors the next one lies with ``SHARE``."""
    outside = math.floor((1 - SHARE) / 2 * (len(errors) + 1))
    rank = max(outside - 1, 0)
    return errors[rank], errors[len(errors) - 1 - rank]


def _pairs(
    counts: Counts, told: dict[int, list[float]], origins: Sequence[int]
) -> list[tuple[int, float]]:
    return [
        (counts[origin + step], said)
        for origin in origins
        for step, said in enumerate(told[origin])
    ]


def _mae(counts: Counts, told: dict[int, list[float]], origins: Sequence[int]) -> float:
    return fmean(abs(seen - said) for seen, said in _pairs(counts, told, origins))


def _weeks(
    counts: Counts, told: dict[int, list[float]], origins: Sequence[int]
) -> list[tuple[int, float]]:
    return [
        (sum(counts[at + start : at + start + KINDS]), sum(told[at][start : start + KINDS]))
        for at in origins
        for start in range(0, len(told[at]), KINDS)
    ]


def _mape(pairs: Sequence[tuple[int, float]]) -> float | None:
    errors = [abs(seen - said) / seen for seen, said in pairs if seen]
    return round(100 * fmean(errors), 1) if errors else None


def _naive_scale(counts: Counts, kinds: Kinds, before: int) -> float:
    """How far a day is from the day a week earlier, on the average, where both are alike."""
    steps = [
        abs(counts[day] - counts[day - KINDS])
        for day in range(KINDS, before)
        if kinds[day] == kinds[day - KINDS]
    ]
    return fmean(steps) if steps else 0.0
