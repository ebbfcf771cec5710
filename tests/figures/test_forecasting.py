"""The pure part: days told ahead, and counts that stand out."""

import random
from datetime import date

import pytest

from apps.figures.enums import Method
from apps.figures.forecasting import (
    HORIZON,
    NEEDED_DAYS,
    adjusted,
    backtest,
    day_kinds,
    foretell,
    surprise,
)
from apps.figures.forecasting.methods import by_median, naive

DAYS = 112
KINDS = [n % 7 for n in range(DAYS + HORIZON)]
WEEK = [30, 28, 26, 24, 22, 10, 8]


def festival(day: date) -> bool:
    """A holiday on one Thursday and a make-up day on one Saturday."""
    if day == date(2026, 10, 1):
        return False
    return day.weekday() < 5 or day == date(2026, 10, 10)


def test_a_holiday_counts_as_a_sunday_and_a_makeup_day_as_midweek() -> None:
    kinds = day_kinds(festival, date(2026, 9, 28), 14)
    assert kinds == [0, 1, 2, 6, 4, 5, 6, 0, 1, 2, 3, 4, 2, 6]
    assert day_kinds(None, date(2026, 10, 1), 2) == [3, 4]


def test_the_simplest_repeats_the_newest_day_of_the_same_kind() -> None:
    counts = WEEK * 2
    assert naive(counts, KINDS, 14, 7) == WEEK
    # A Monday that is a holiday is like the last Sunday.
    assert naive(counts, [*KINDS[:14], 6], 14, 1) == [8]


def test_the_median_is_not_moved_by_one_wild_day() -> None:
    counts = WEEK * 8
    counts[49] = 500
    assert by_median(counts, KINDS, 56, 1) == [30]


def test_a_steady_week_is_told_exactly() -> None:
    told = foretell(WEEK * 16, KINDS)
    assert [point.expected for point in told.points] == WEEK * 2
    assert told.method == Method.NAIVE
    assert not told.tested.is_better  # nothing can be better than right


def test_noise_is_told_better_than_by_last_week() -> None:
    rng = random.Random(7)
    counts = [max(round(rng.gauss(WEEK[n % 7], 5)), 0) for n in range(DAYS)]
    told = foretell(counts, KINDS)
    assert told.tested.is_better
    assert told.method != Method.NAIVE
    assert told.tested.mase < 1
    assert 60 <= told.tested.coverage <= 100
    assert all(point.low <= point.expected <= point.high for point in told.points)


def test_what_is_no_better_is_not_used() -> None:
    """A level that jumps in the judging half: only last week knows of it."""
    counts = WEEK * 12 + [n * 6 for n in WEEK] * 4
    told = foretell(counts, KINDS)
    assert told.tested.is_better == (told.tested.mae < told.tested.naive_mae)
    if not told.tested.is_better:
        assert told.method == Method.NAIVE


def test_a_forecast_sees_nothing_after_its_origin() -> None:
    """Changing the last weeks changes no forecast made before them."""
    rng = random.Random(3)
    counts = [rng.randint(0, 20) for _day in range(DAYS)]
    _tested, told = backtest(counts, KINDS, HORIZON)
    _tested, other = backtest([*counts[:70], *[99] * 42], KINDS, HORIZON)
    for variant, by_origin in told.items():
        for origin, days in by_origin.items():
            if origin <= 70:
                assert other[variant][origin] == days, variant


def test_too_short_a_history_is_told_nothing() -> None:
    assert foretell([1] * (NEEDED_DAYS - 1), KINDS) is None
    assert foretell([0] * NEEDED_DAYS, KINDS[: NEEDED_DAYS + HORIZON]).points[0].expected == 0


@pytest.mark.parametrize(
    ("observed", "others", "model"),
    [(20, [4, 5, 6, 5], "poisson"), (60, [2, 30, 5, 41], "negative_binomial")],
)
def test_a_surprise_names_its_model(observed: int, others: list[int], model: str) -> None:
    told = surprise(observed, others)
    assert told.model == model
    assert told.expected == (sum(others) + 0.5) / 4
    assert 0 < told.p < 0.5


def test_the_tail_is_that_of_the_distribution() -> None:
    """Against the definition summed the long way, from below."""
    told = surprise(9, [4, 4, 4, 4])  # mean 4.125, variance 5.15625: size 16.5
    success = told.expected / told.variance
    size = told.expected**2 / (told.variance - told.expected)
    below, term = 0.0, success**size
    for count in range(9):
        below += term
        term *= (count + size) / (count + 1) * (1 - success)
    assert told.p == pytest.approx(1 - below, rel=1e-6)


@pytest.mark.parametrize(("observed", "others"), [(3, [5, 5]), (0, [0, 0, 0]), (0, [9000, 9100])])
def test_what_is_not_above_its_like_is_no_surprise(observed: int, others: list[int]) -> None:
    assert surprise(observed, others).p == 1.0


def test_scatter_makes_the_same_count_less_surprising() -> None:
    assert surprise(20, [10, 10, 10, 10]).p < surprise(20, [1, 19, 2, 18]).p


def test_huge_counts_end() -> None:
    assert surprise(1_000_000, [1, 2]).p <= 1e-11
    assert surprise(100_000, [90_000, 91_000]).p < 0.5


def test_many_tests_are_adjusted_together() -> None:
    assert adjusted([0.01, 0.02, 0.03, 0.5]) == pytest.approx([0.04, 0.04, 0.04, 0.5])
    assert adjusted([]) == []


def test_chance_alone_gives_few_findings() -> None:
    """Of five hundred quiet counts next to none pass for out of the ordinary."""
    rng = random.Random(11)

    def quiet() -> int:
        return sum(rng.random() < 0.1 for _try in range(100))

    probabilities = [surprise(quiet(), [quiet() for _week in range(8)]).p for _area in range(500)]
    assert sum(q <= 0.05 for q in adjusted(probabilities)) <= 2
