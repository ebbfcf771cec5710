"""What discs leave uncovered, held against reckoning by hand and by shapes. Source: IO-01."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from apps.siting import coverage as engine

SQUARE = shapely.box(0, 0, 2000, 1000)


def places(*pairs: tuple[float, float]) -> engine.Floats:
    return np.array(pairs, dtype=float).reshape(-1, 2)


def share(ground: engine.Ground, *pairs: tuple[float, float], radius_m: float) -> float:
    times = engine.times_covered(ground, places(*pairs), radius_m=radius_m)
    return float(ground.weights[times > 0].sum()) / ground.total


def test_one_disc_covers_its_area() -> None:
    ground = engine.lay_out(SQUARE, radius_m=200)
    assert share(ground, (1000, 500), radius_m=200) == pytest.approx(math.pi * 0.02, rel=0.02)
    assert share(ground, (0, 0), radius_m=200) == pytest.approx(math.pi * 0.005, rel=0.05)
    assert share(ground, (9000, 9000), radius_m=200) == 0
    assert share(ground, (-150, 500), radius_m=200) > 0


@given(
    st.lists(st.tuples(st.floats(-200, 2200), st.floats(-200, 1200)), min_size=1, max_size=12),
    st.sampled_from([150.0, 300.0, 700.0]),
)
def test_any_discs_cover_what_shapes_say(pairs: list[tuple[float, float]], radius: float) -> None:
    area = SQUARE.difference(shapely.box(300, 300, 700, 600))
    ground = engine.lay_out(area, radius_m=radius)
    discs = shapely.union_all(shapely.buffer(shapely.points(pairs), radius, quad_segs=32))
    told = shapely.intersection(area, discs).area / area.area
    assert share(ground, *pairs, radius_m=radius) == pytest.approx(told, abs=0.02)


def test_holes_and_parts_of_an_area_do_not_count() -> None:
    area = shapely.MultiPolygon([shapely.box(0, 0, 500, 500), shapely.box(1500, 0, 2000, 500)])
    area = area.difference(shapely.box(100, 100, 200, 200))
    ground = engine.lay_out(area, radius_m=100)
    assert ground.total * ground.side_m**2 == pytest.approx(area.area, rel=0.01)


def test_a_radius_too_small_for_the_area_is_refused_with_the_smallest() -> None:
    large = shapely.box(0, 0, 40_000, 40_000)
    with pytest.raises(engine.TooFine) as refused:
        engine.lay_out(large, radius_m=60)
    assert refused.value.least_m == 160
    assert engine.lay_out(large, radius_m=160).weights.size <= engine.MOST_CELLS * 1.01


def test_weights_count_instead_of_ground() -> None:
    ground = engine.lay_out(SQUARE, radius_m=200)
    weighed = engine.weighed(ground, places((100, 100), (110, 100), (1900, 900), (5000, 5000)))
    assert weighed.total == 3
    assert share(weighed, (100, 150), radius_m=200) == pytest.approx(2 / 3)


def test_gaps_are_pieces_and_the_largest_comes_first() -> None:
    """A wall of discs leaves a small piece in the west of it and a large one in the east."""
    ground = engine.lay_out(SQUARE, radius_m=200)
    wall = [(700.0, y) for y in range(0, 1001, 100)]
    times = engine.times_covered(ground, places(*wall), radius_m=200)
    gaps = engine.gaps_of(ground, times > 0, radius_m=200, most=20)
    assert len(gaps) == 2
    assert [gap.place[0] > 700 for gap in gaps] == [True, False]
    assert gaps[0].area_m2 == pytest.approx(1_100_000, rel=0.03)
    assert gaps[1].area_m2 == pytest.approx(500_000, rel=0.05)
    disc = math.pi * 200**2 / ground.side_m**2
    assert gaps[0].won == pytest.approx(disc, rel=0.05)
    for gap in gaps:
        assert engine.outline_of(ground, gap.cells).area == pytest.approx(gap.area_m2, rel=0.05)
    assert len(engine.gaps_of(ground, times > 0, radius_m=200, most=1)) == 1


def test_pieces_touch_by_a_side_not_by_a_corner() -> None:
    flags = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [1, 1, 0, 1], [0, 0, 1, 1]], dtype=bool)
    runs = engine._runs_of(flags)
    pieces = engine._pieces(runs)
    sizes = np.bincount(pieces, runs[:, 2] - runs[:, 1])
    assert sorted(sizes[sizes > 0]) == [1, 3, 6]


def test_nothing_bare_is_no_gap() -> None:
    ground = engine.lay_out(SQUARE, radius_m=2000)
    times = engine.times_covered(ground, places((1000, 500)), radius_m=2000)
    assert engine.gaps_of(ground, times > 0, radius_m=2000, most=5) == []


def test_what_stands_near_is_told_once_and_the_same_spot_too() -> None:
    near = engine.nearest_of(
        places((0, 0), (30, 0), (500, 500), (500, 500), (900, 0)), within_m=100
    )
    assert [(one.first, one.second, one.metres) for one in near] == [(2, 3, 0.0), (0, 1, 30.0)]
    assert engine.nearest_of(places((0, 0), (100, 0)), within_m=100) == []
    assert engine.nearest_of(places((0, 0)), within_m=100) == []


def test_what_a_place_covers_alone() -> None:
    ground = engine.lay_out(SQUARE, radius_m=200)
    pairs = places((400, 500), (400, 500), (1500, 500))
    times = engine.times_covered(ground, pairs, radius_m=200)
    alone = engine.alone_covered(ground, pairs, times, radius_m=200)
    assert alone[:2] == [0, 0]
    assert alone[2] * ground.side_m**2 == pytest.approx(math.pi * 200**2, rel=0.02)


def test_proposals_add_less_and_less_and_what_they_say() -> None:
    ground = engine.lay_out(SQUARE, radius_m=200)
    bare = np.zeros_like(ground.is_inside)
    found = engine.propose(ground, bare, radius_m=200, count=6, share=1.0)
    assert len(found) == 6
    won = [one.won for one in found]
    assert won == sorted(won, reverse=True)
    together = share(ground, *(one.place for one in found), radius_m=200)
    assert together == pytest.approx(sum(won) / ground.total)
    assert together > 0.34  # six discs that do not overlap cover 0.377


def test_proposals_end_where_the_share_is_met() -> None:
    ground = engine.lay_out(SQUARE, radius_m=200)
    bare = np.zeros_like(ground.is_inside)
    found = engine.propose(ground, bare, radius_m=200, count=200, share=0.5)
    before = sum(one.won for one in found[:-1]) / ground.total
    assert before < 0.5 <= before + found[-1].won / ground.total
    covered = engine.times_covered(ground, places(*(o.place for o in found)), radius_m=200) > 0
    assert engine.propose(ground, covered, radius_m=200, count=5, share=0.5) == []
