"""Three ways to foretell, from the simplest; the simplest is what the others must beat.

Each takes the counts up to an origin and the kinds of all days, and gives one number per day
after the origin. Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, on
the seasonal naive method and on damped additive seasonal smoothing.
"""

from collections.abc import Sequence
from statistics import fmean, median

from apps.figures.enums import Method

KINDS = 7
WEEKS = 8  # how far the median looks back, in days of the same kind
DAMPING = 0.9  # a trend dies away: two weeks ahead nobody knows that it lasts
TREND = 0.05
#: What is tried: how fast the level and the week's shape follow the newest days.
SPEEDS = ((0.1, 0.1), (0.1, 0.3), (0.3, 0.1), (0.3, 0.3))

Counts = Sequence[int]
Kinds = Sequence[int]


def naive(counts: Counts, kinds: Kinds, origin: int, ahead: int) -> list[float]:
    """Will repeat the newest day of the same kind: last week's same day, most of the time."""
    newest = _by_kind(counts, kinds, origin, most=1)
    return [newest[kind][0] for kind in kinds[origin : origin + ahead]]


def by_median(counts: Counts, kinds: Kinds, origin: int, ahead: int) -> list[float]:
    """Will give the median of the newest eight days of the same kind."""
    newest = _by_kind(counts, kinds, origin, most=WEEKS)
    middle = {kind: median(found) for kind, found in newest.items()}
    return [middle[kind] for kind in kinds[origin : origin + ahead]]


def smoothed(
    counts: Counts, kinds: Kinds, origins: Sequence[int], ahead: int, speed: tuple[float, float]
) -> dict[int, list[float]]:
    """Will foretell from each origin with one pass over the counts; never below 0.

    Level, damped trend and one addition per kind of day, each pulled towards every new count.
    """
    alpha, gamma = speed
    level = fmean(counts[: 2 * KINDS])
    season = _first_season(counts, kinds, level)
    trend, wanted, found = 0.0, set(origins), {}
    for day in range(max(origins) + 1):
        if day in wanted:
            found[day] = _from_state(level, trend, season, kinds[day : day + ahead])
        if day == len(counts):
            break
        kind, count, before = kinds[day], counts[day], level
        level = alpha * (count - season[kind]) + (1 - alpha) * (level + DAMPING * trend)
        trend = TREND * (level - before) + (1 - TREND) * DAMPING * trend
        season[kind] = gamma * (count - level) + (1 - gamma) * season[kind]
    return found


def _from_state(level: float, trend: float, season: list[float], kinds: Kinds) -> list[float]:
    told, push = [], 0.0
    for kind in kinds:
        push = DAMPING * (push + trend)
        told.append(max(level + push + season[kind], 0.0))
    return told


def _first_season(counts: Counts, kinds: Kinds, level: float) -> list[float]:
    found: list[list[int]] = [[] for _kind in range(KINDS)]
    for count, kind in zip(counts[: 2 * KINDS], kinds, strict=False):
        found[kind].append(count)
    return [fmean(each) - level if each else 0.0 for each in found]


def _by_kind(counts: Counts, kinds: Kinds, origin: int, *, most: int) -> dict[int, list[float]]:
    """The newest days per kind; of a kind that never came, the newest day of all."""
    found: dict[int, list[float]] = {kind: [] for kind in range(KINDS)}
    full = 0
    for day in range(origin - 1, -1, -1):
        days = found[kinds[day]]
        if len(days) < most:
            days.append(counts[day])
            full += len(days) == most
        if full == KINDS:
            break
    return {kind: days or [float(counts[origin - 1])] for kind, days in found.items()}


def tell_by(
    method: str, counts: Counts, kinds: Kinds, origins: Sequence[int], ahead: int
) -> dict[str, dict[int, list[float]]]:
    """Will foretell from every origin, by each variant of a method: name of variant, numbers."""
    if method == Method.NAIVE:
        return {method: {at: naive(counts, kinds, at, ahead) for at in origins}}
    if method == Method.MEDIAN:
        return {method: {at: by_median(counts, kinds, at, ahead) for at in origins}}
    return {
        f"{method}:{speed[0]}:{speed[1]}": smoothed(counts, kinds, origins, ahead, speed)
        for speed in SPEEDS
    }


def tell_variant(
    variant: str, counts: Counts, kinds: Kinds, origin: int, ahead: int
) -> list[float]:
    """Will foretell by one variant as ``tell_by`` names it."""
    method, _colon, rest = variant.partition(":")
    if method != Method.SMOOTHING:
        return tell_by(method, counts, kinds, [origin], ahead)[method][origin]
    alpha, gamma = (float(part) for part in rest.split(":"))
    return smoothed(counts, kinds, [origin], ahead, (alpha, gamma))[origin]
