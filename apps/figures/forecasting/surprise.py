"""How surprising a count is beside others of its kind.

The others give a mean and a variance. Where they scatter as chance would have it the count is
held against a Poisson distribution, where they scatter more against a negative binomial one of
the same variance; the variance is widened by what the mean itself is uncertain. Many counts are
tested at once, so their probabilities are adjusted together (Benjamini and Hochberg, 1995).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import variance

SMALLEST = 1e-12  # nobody reads a smaller probability
TERMS_MOST = 100_000


@dataclass(frozen=True)
class Surprise:
    """observed against what others lead to expect. p: of so many or more by chance alone."""

    observed: int
    expected: float
    variance: float
    model: str
    p: float

    @property
    def ratio(self) -> float:
        """How many times what was expected."""
        return self.observed / self.expected


def surprise(observed: int, others: Sequence[int]) -> Surprise:
    """Will hold a count against at least two others.

    Half a case is added to all others together, so that a thing never seen is rare, not
    impossible. A count at or below its expectation is no surprise: p is 1.
    """
    number = len(others)
    mean = (sum(others) + 0.5) / number
    spread = max(variance(others), mean) * (1 + 1 / number)
    model = "poisson" if variance(others) <= mean else "negative_binomial"
    p = _tail(observed, mean, spread) if observed > mean else 1.0
    return Surprise(observed, mean, spread, model, p)


def _tail(observed: int, mean: float, spread: float) -> float:
    """The probability of ``observed`` or more of a negative binomial with this mean and variance.

    The widened variance is always above the mean, so the Poisson case is its close limit.
    """
    size = mean * mean / (spread - mean)
    success = size / (size + mean)
    term = math.exp(
        math.lgamma(observed + size)
        - math.lgamma(size)
        - math.lgamma(observed + 1)
        + size * math.log(success)
        + observed * math.log1p(-success)
    )
    total = 0.0
    for count in range(observed, observed + TERMS_MOST):
        total += term
        term *= (count + size) / (count + 1) * (1 - success)
        if term <= total * 1e-9:
            break
    return min(max(total, SMALLEST), 1.0)


def adjusted(probabilities: Sequence[float]) -> list[float]:
    """Will give for each probability the share of false alarms if it and all smaller count."""
    order = sorted(range(len(probabilities)), key=lambda at: probabilities[at], reverse=True)
    found, smallest = [1.0] * len(probabilities), 1.0
    for place, at in enumerate(order):
        rank = len(probabilities) - place
        smallest = min(smallest, probabilities[at] * len(probabilities) / rank)
        found[at] = smallest
    return found
