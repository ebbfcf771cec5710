"""Reads fold into the same passages in whatever order they come. Source: IO-14."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.tagging.folding import Seen, chains, direction_of, folded

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = timedelta(seconds=60)
READS = st.lists(
    st.builds(
        lambda second, rssi, way: Seen(
            BEGIN + timedelta(seconds=second),
            BEGIN + timedelta(seconds=second),
            best_rssi=rssi,
            ins=int(way == "in"),
            outs=int(way == "out"),
        ),
        st.integers(0, 1200),
        st.one_of(st.none(), st.integers(-80, -30).map(float)),
        st.sampled_from(["in", "out", ""]),
    ),
    min_size=1,
    max_size=40,
)


def fold(parts: list[Seen]) -> list[Seen]:
    return [folded(chain) for chain in chains(parts, WINDOW)]


@given(READS, st.randoms(), st.integers(1, 7))
def test_the_order_of_arrival_changes_nothing(reads: list[Seen], rng: object, size: int) -> None:
    at_once = fold(reads)
    mixed = list(reads)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    kept: list[Seen] = []
    for start in range(0, len(mixed), size):
        kept = fold([*kept, *mixed[start : start + size]])
    assert kept == at_once
    assert sum(one.count for one in kept) == len(reads)


@given(READS)
def test_passages_lie_further_apart_than_the_window(reads: list[Seen]) -> None:
    found = fold(reads)
    gaps = [after.first - before.last for before, after in pairwise(found)]
    assert all(gap > WINDOW for gap in gaps)


def test_a_window_of_nothing_keeps_moments_apart() -> None:
    parts = [Seen(BEGIN + timedelta(seconds=s), BEGIN + timedelta(seconds=s)) for s in (0, 0, 1)]
    assert [len(chain) for chain in chains(parts, timedelta())] == [2, 1]


def test_the_direction_is_that_of_more_reads() -> None:
    def seen(ins: int, outs: int) -> Seen:
        return Seen(BEGIN, BEGIN, ins=ins, outs=outs)

    assert [direction_of(seen(*n)) for n in ((2, 1), (1, 2), (1, 1), (0, 0))] == [
        "in", "out", "", "",
    ]  # fmt: skip
