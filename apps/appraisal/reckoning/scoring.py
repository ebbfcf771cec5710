"""Rates, weights, scores and places. Exact: fractions of whole numbers, rounded once at the end."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TypeVar

#: The four indicators of OP-16, in the order in which they are shown.
INDICATORS = ("online", "recording", "repair", "picture")
CENT = Decimal("0.01")
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Rate:
    """good out of due, both whole; due 0: there was nothing to judge, and no rate."""

    good: int = 0
    due: int = 0

    @property
    def percent(self) -> Decimal | None:
        """0-100 with two places, half up; None where nothing was due."""
        return None if not self.due else as_cents(Fraction(100 * self.good, self.due))

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.good + other.good, self.due + other.due)


@dataclass(frozen=True)
class Weights:
    """Percent of each indicator; together 100."""

    online: int
    recording: int
    repair: int
    picture: int

    @property
    def total(self) -> int:
        """100 in every weighting that may be used."""
        return self.online + self.recording + self.repair + self.picture

    def of(self, indicator: str) -> int:
        """Will give one of them."""
        return int(getattr(self, indicator))


def pooled(rates: Iterable[Mapping[str, Rate]]) -> dict[str, Rate]:
    """Will add up good and due of each indicator: a big point counts for what it is."""
    sums = dict.fromkeys(INDICATORS, Rate())
    for one in rates:
        for indicator in INDICATORS:
            sums[indicator] += one.get(indicator, Rate())
    return sums


def score_of(rates: Mapping[str, Rate], weights: Weights) -> Decimal | None:
    """Will give 0-100 with two places; None where no indicator with a weight was due.

    An indicator without anything due has no say; the others share its weight.
    """
    return weighted(rates, INDICATORS, weights.of)


def weighted(
    rates: Mapping[str, Rate], parts: Iterable[str], weight_of: Callable[[str], int]
) -> Decimal | None:
    """Will give the weighted mean of parts as ``score_of`` does, of any parts."""
    top, weight = Fraction(0), 0
    for part in parts:
        rate = rates.get(part, Rate())
        if rate.due and weight_of(part):
            top += Fraction(100 * rate.good * weight_of(part), rate.due)
            weight += weight_of(part)
    return as_cents(top / weight) if weight else None


def places(scores: Mapping[Key, Decimal | None]) -> dict[Key, int | None]:
    """Will give everybody's place: equal scores share one; without a score there is none."""
    ranked = sorted((score for score in scores.values() if score is not None), reverse=True)
    first: dict[Decimal, int] = {}
    for place, score in enumerate(ranked, start=1):
        first.setdefault(score, place)
    return {key: None if score is None else first[score] for key, score in scores.items()}


def as_cents(value: Fraction) -> Decimal:
    """Will round half up to two places, from the exact value."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(CENT, ROUND_HALF_UP)
