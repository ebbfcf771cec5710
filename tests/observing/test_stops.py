"""Where vehicles stood, found in their tracks. Source: IO-13."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.observing.registry import Fix
from apps.observing.selectors.stopping import LEAST, WITHIN_M, stops_of

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
GAP = timedelta(minutes=10)
#: About eleven metres to the north.
STEP = 0.0001


def fixes(*said: tuple[float, float]) -> list[Fix]:
    """Minutes after noon, and steps to the north."""
    return [
        Fix(NOON + timedelta(minutes=minutes), 120.0, 36.0 + STEP * steps)
        for minutes, steps in said
    ]


def test_a_stay_is_told_with_its_time_and_place() -> None:
    driven = [(0.0, 0.0), (1, 90)]
    stood = [(2.0, 200.0), (4, 201), (6, 199), (9, 200)]
    [stop] = stops_of(fixes(*driven, *stood, (10, 300)), gap=GAP)
    assert (stop.since, stop.minutes) == (NOON + timedelta(minutes=2), 7)
    assert math.isclose(stop.lat, 36.0 + STEP * 200, abs_tol=1e-9)


def test_slow_driving_and_silence_are_no_stay() -> None:
    crawling = fixes(*((float(minute), 6.0 * minute) for minute in range(20)))
    assert stops_of(crawling, gap=GAP) == []
    unheard = fixes((0, 0), (11, 0))
    assert stops_of(unheard, gap=GAP) == []
    assert stops_of([], gap=GAP) == []


@given(
    st.lists(st.tuples(st.floats(0.1, 15), st.integers(-8, 8)), max_size=60),
)
def test_stays_are_long_enough_apart_in_time_and_within_reach(
    moves: list[tuple[float, int]],
) -> None:
    minutes, steps, said = 0.0, 0, []
    for after, north in moves:
        minutes, steps = minutes + after, steps + north
        said.append((minutes, float(steps)))
    track = fixes(*said)
    found = stops_of(track, gap=GAP)
    for before, after_it in pairwise(found):
        assert before.until < after_it.since
    for stop in found:
        stay = [fix for fix in track if stop.since <= fix.at <= stop.until]
        assert stop.until - stop.since >= LEAST
        reach = max(abs(fix.lat - stay[0].lat) for fix in stay) * 111_320
        assert reach <= WITHIN_M + 1e-6
        assert all(b.at - a.at <= GAP for a, b in pairwise(stay))
