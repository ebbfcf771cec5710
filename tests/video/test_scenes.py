"""Drawn streets: what they say is there is what they show. Source: VD-06, VD-09."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.video.faults import FAULTS, SEVERITIES, frozen_at, inject
from apps.video.scenes import Figure, Scene, standing, walking

SMALL = (160, 90)


def test_the_same_seed_and_moment_draw_the_same_picture() -> None:
    one, other = Scene(7, size=SMALL).frame(3.4), Scene(7, size=SMALL).frame(3.4)
    assert one.shape == (90, 160, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, other)
    assert not np.array_equal(one, Scene(8, size=SMALL).frame(3.4))


def test_a_figure_is_drawn_where_the_truth_says() -> None:
    walker = walking("vehicle", [(0, 20, 70), (10, 140, 70)], color=(250, 10, 10))
    scene = Scene(1, size=SMALL, figures=(walker,), grain=0, clock=False)
    empty = Scene(1, size=SMALL, figures=(), grain=0, clock=False)
    (seen,) = scene.truth(5.0).seen
    left, top, right, bottom = seen.box
    changed = np.argwhere((scene.frame(5.0) != empty.frame(5.0)).any(axis=2))
    assert seen.foot == (80.0, 70.0)
    assert changed[:, 1].min() >= left - 1
    assert changed[:, 1].max() <= right
    assert changed[:, 0].min() >= top - 1
    assert changed[:, 0].max() <= bottom
    assert len(changed) > 0.5 * (right - left) * (bottom - top)
    assert scene.truth(11.0).count() == 0


def test_who_goes_there_and_back_crosses_twice_with_opposite_signs() -> None:
    figure = walking("person", [(0, 10, 80), (4, 150, 80), (8, 10, 80)])
    scene = Scene(1, size=SMALL, figures=(figure,))
    crossed = scene.crossings(((80, 0), (80, 90)), 0, 60)
    assert [one.side for one in crossed] == [-1, 1]
    assert [one.t for one in crossed] == [2.0, 6.0]
    assert scene.crossings(((80, 0), (80, 40)), 0, 60) == []


@given(st.integers(0, 400), st.floats(0, 59))
@settings(max_examples=25, deadline=None)
def test_boxes_lie_within_the_picture(seed: int, t: float) -> None:
    scene = Scene(seed, size=SMALL)
    boxes = [one.box for one in scene.truth(t).seen]
    assert all(0 <= x0 < x1 <= 160 and 0 <= y0 < y1 <= 90 for x0, y0, x1, y1 in boxes)


def test_a_standing_figure_stays() -> None:
    figure = standing("bag", (50, 60), 2, 6)
    assert isinstance(figure, Figure)
    assert [figure.foot(t) for t in (1, 2, 4, 6, 7)] == [None, (50, 60), (50, 60), (50, 60), None]


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "freeze"])
def test_a_fault_grows_with_its_severity(fault: str) -> None:
    frame = Scene(2, size=SMALL).frame(1.0)
    away = [
        float(np.abs(inject(frame, fault, severity, 1.05, seed=1).astype(int) - frame).mean())
        for severity in SEVERITIES
    ]
    assert all(value > 0.5 for value in away)
    if fault not in {"lost", "moved", "shake"}:  # kinds of loss; other scenery may look alike
        assert away == sorted(away)


def test_a_fault_nobody_knows_is_refused() -> None:
    frame = Scene(2, size=SMALL).frame(1.0)
    with pytest.raises(ValueError, match="no such fault"):
        inject(frame, "rust", "medium")
    with pytest.raises(ValueError, match="tuple"):
        inject(frame, "blur", "rust")


def test_a_frozen_camera_shows_its_last_moment() -> None:
    scene = Scene(5, size=SMALL)
    assert np.array_equal(
        scene.frame(frozen_at(9.0, since=4.0)), scene.frame(frozen_at(30.0, since=4.0))
    )


def test_by_night_there_is_no_colour() -> None:
    frame = Scene(4, size=SMALL, night=True, clock=False).frame(2.0).astype(int)
    assert np.abs(frame[..., 0] - frame[..., 2]).max() == 0
    assert frame.mean() < Scene(4, size=SMALL, clock=False).frame(2.0).mean() * 0.8
