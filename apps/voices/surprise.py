"""How surprising a count is, given the same days of past weeks. Plain numbers, no database.

The count is compared with a negative binomial: as wide as past counts were wider than Poisson,
and wider again because the mean itself is known from a few weeks only. Which of many tests are
reported is decided by their false discovery rate (Benjamini and Hochberg, 1995).
"""

import math
from collections.abc import Iterable, Sequence

# Before anything was ever seen, half a report in all the weeks together is assumed.
PRIOR = 0.5
WIDEST = 10.0
# Weeks with fewer than this many reports together say nothing about spread.
ENOUGH = 4


def spread_of(pasts: Iterable[Sequence[int]]) -> float:
    """Will give how many times the variance of past counts exceeds their mean, 1 to 10.

    pasts: the counts of the same window in each past week, one sequence per area and class.
    """
    squares, freedom = 0.0, 0
    for past in pasts:
        mean = sum(past) / len(past)
        if sum(past) >= ENOUGH:
            squares += sum((count - mean) ** 2 for count in past) / mean
            freedom += len(past) - 1
    return min(WIDEST, max(1.0, squares / freedom)) if freedom else 1.0


def expected_of(past: Sequence[int]) -> float:
    """Will give the mean of the past weeks, never quite nothing."""
    return (sum(past) + PRIOR) / len(past)


def tail(observed: int, past: Sequence[int], spread: float) -> float:
    """Will give the chance of as many or more, 0 to 1, if nothing is going on."""
    if observed <= 0:
        return 1.0
    mean = expected_of(past)
    variance = spread * mean * (1 + 1 / len(past))
    size = mean * mean / (variance - mean)
    log_rest, log_mean = math.log(size / (size + mean)), math.log(mean / (size + mean))
    total = 0.0
    for count in range(observed, observed + 5000):
        chance = math.exp(
            math.lgamma(count + size)
            - math.lgamma(size)
            - math.lgamma(count + 1)
            + size * log_rest
            + count * log_mean
        )
        total += chance
        if count > mean and chance < total * 1e-12:
            break
    return min(1.0, total)


def false_discovery(p_values: Sequence[float], *, tests: int) -> list[float]:
    """Will give, per test, the share of false ones if all as clear as it are reported.

    tests: how many were made in all; those left out of ``p_values`` found nothing.
    """
    order = sorted(range(len(p_values)), key=lambda place: -p_values[place])
    found = [1.0] * len(p_values)
    least = 1.0
    for turn, place in enumerate(order):
        rank = len(p_values) - turn
        least = min(least, p_values[place] * max(tests, len(p_values)) / rank)
        found[place] = least
    return found


def ratio_interval(
    before: int, after: int, other_before: int, other_after: int
) -> tuple[float, float, float] | None:
    """Will compare a change with that of everything else: ratio of ratios and its 95 % interval.

    1: it changed as everything else did. None where one of the counts is nought.
    """
    if not all((before, after, other_before, other_after)):
        return None
    ratio = math.log(after / before) - math.log(other_after / other_before)
    error = 1.96 * math.sqrt(1 / before + 1 / after + 1 / other_before + 1 / other_after)
    return math.exp(ratio), math.exp(ratio - error), math.exp(ratio + error)
