"""Counts and durations on drawn streets, where the truth is known. Source: VD-09, VD-10."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.algorithms.contract import Frame, Output
from apps.analysis.builtins import BUILTINS
from apps.analysis.clips import judge_crossings
from apps.analysis.vision import motion
from apps.video.scenes import Figure, Scene, standing, walking

RATE = 5.0
WHOLE = {"zones": [{"id": "z", "points": [[0, 0], [1, 0], [1, 1], [0, 1]]}]}


def run(
    code: str, scene: Scene, seconds: float, drawing: Mapping[str, Any], **given: float
) -> list[Output]:
    one = next(built for built in BUILTINS if built.key == code)
    rate = given.pop("rate", RATE)
    plugin = one.load(one.defaults() | given, drawing)
    return list(plugin(Frame(n / rate, scene.frame(n / rate)) for n in range(int(seconds * rate))))


def marks(outputs: list[Output], name: str) -> list[Mapping[str, Any]]:
    return [mark for output in outputs for mark in output.marks if mark["mark"] == name]


def street(*figures: Figure, seed: int = 3, **given: Any) -> Scene:
    return Scene(seed, seconds=600, figures=figures, **given)


def passing(kind: Any, since: float, lasts: float, foot: float, *, back: bool = False) -> Figure:
    ends = (-60.0, 700.0) if not back else (700.0, -60.0)
    return walking(kind, [(since, ends[0], foot), (since + lasts, ends[1], foot)])


@pytest.mark.parametrize(("seed", "night"), [(0, False), (3, True)])
def test_everybody_is_counted_once_and_by_direction(seed: int, night: bool) -> None:
    """VD-10: two cars melt into one another while they pass; they stay two."""
    scene = Scene(seed, night=night, seconds=16)
    truth = scene.crossings(((320, 0), (320, 360)), 0, 12)
    drawing = {"lines": [{"id": "l", "a": [0.5, 0], "b": [0.5, 1]}]}
    outputs = run("line-count", scene, 12, drawing, rate=10.0)
    assert outputs[-1].counts == {
        "l:in": sum(one.side == 1 for one in truth),
        "l:out": sum(one.side == -1 for one in truth),
    }
    seen = sorted((m["way"], m["label"]) for m in marks(outputs, "crossed"))
    assert seen == sorted(("in" if one.side == 1 else "out", one.kind) for one in truth)


def test_a_camera_that_shuts_its_iris_makes_nobody_cross() -> None:
    """VD-10: a bright van fills the view, everything else turns dark, bright greys less so."""
    scene = Scene(0, seconds=16)
    truth = scene.crossings(((320, 0), (320, 360)), 0, 12)

    def frames() -> Iterator[Frame]:
        for number in range(120):
            shut = 0.5 * max(0.0, 1 - abs(number - 55) / 15)
            seen = scene.frame(number / 10.0) * (1 - shut) - 20 * shut
            yield Frame(number / 10.0, np.clip(seen, 0, 255).astype(np.uint8))

    one = next(built for built in BUILTINS if built.key == "line-count")
    drawing = {"lines": [{"id": "l", "a": [0.5, 0], "b": [0.5, 1]}]}
    verdict = judge_crossings(list(one.load(one.defaults(), drawing)(frames())), truth)
    assert (verdict.right, verdict.too_much, verdict.missed) == (len(truth), 0, 0)
    assert truth


def test_who_turns_back_before_the_line_is_not_counted() -> None:
    turning = walking("person", [(2, -20, 180), (10, 300, 180), (18, -20, 180)])
    drawing = {"lines": [{"id": "l", "a": [0.5, 0], "b": [0.5, 1]}]}
    outputs = run("line-count", street(turning), 20, drawing)
    assert outputs[-1].counts == {}


def test_who_walks_past_the_end_of_a_line_is_not_counted() -> None:
    drawing = {"lines": [{"id": "l", "a": [0.5, 0.7], "b": [0.5, 1]}]}
    outputs = run("line-count", street(passing("person", 2, 10, 180)), 13, drawing)
    assert outputs[-1].counts == {}


def test_an_intruder_is_one_event_from_the_first_step_to_the_last() -> None:
    zone = {"zones": [{"id": "z", "points": [[0.4, 0.6], [0.6, 0.6], [0.6, 1], [0.4, 1]]}]}
    scene = street(passing("person", 2, 10, 300), passing("person", 3, 10, 180))
    outputs = run("intrusion", scene, 18, zone)
    [ended] = marks(outputs, "ended")
    inside = [t for t in np.arange(0, 18, 0.2) if _foot_in(scene, t, 256, 384, 216)]
    assert ended["since_s"] == pytest.approx(inside[0], abs=0.45)
    assert ended["at_s"] == pytest.approx(inside[-1], abs=0.45)
    assert len(marks(outputs, "began")) == 1


def _foot_in(scene: Scene, t: float, left: float, right: float, top: float) -> bool:
    return any(left <= one.foot[0] <= right and one.foot[1] >= top for one in scene.truth(t).seen)


def test_who_stays_is_told_from_when_they_came() -> None:
    scene = street(walking("person", [(3, 320, 330), (40, 320, 330)]))
    zone = {"zones": [{"id": "z", "points": [[0.4, 0.5], [0.6, 0.5], [0.6, 1], [0.4, 1]]}]}
    outputs = run("loitering", scene, 48, zone, least_s=20, rate=2.0)
    [began], [ended] = marks(outputs, "began"), marks(outputs, "ended")
    assert began["since_s"] == pytest.approx(3, abs=1)
    assert ended["at_s"] == pytest.approx(40, abs=1)


def test_an_empty_post_is_told_and_a_manned_one_is_not() -> None:
    scene = street(walking("person", [(3, 320, 330), (12, 320, 330)]),
                   walking("person", [(32, 320, 330), (50, 320, 330)]))  # fmt: skip
    zone = {"zones": [{"id": "z", "points": [[0.45, 0.6], [0.55, 0.6], [0.55, 1], [0.45, 1]]}]}
    outputs = run("absence", scene, 50, zone, least_s=10, gap_s=1, rate=2.0)
    [ended] = marks(outputs, "ended")
    assert ended["since_s"] == pytest.approx(12.5, abs=1)
    assert ended["at_s"] == pytest.approx(32, abs=1)


@pytest.mark.parametrize("night", [False, True])
def test_a_parked_car_is_one_event_with_growing_duration(night: bool) -> None:
    """The lane is blocked from 6 to 46 s, while others drive past before it."""
    parked = walking("vehicle", [(2, -60, 240), (6, 320, 240), (46, 320, 240), (50, 700, 240)],
                     color=(200, 200, 206))  # fmt: skip
    scene = street(parked, passing("vehicle", 15, 5, 285), passing("person", 20, 14, 340),
                   night=night)  # fmt: skip
    zone = {"zones": [{"id": "z", "points": [[0.3, 0.5], [0.7, 0.5], [0.7, 0.72], [0.3, 0.72]]}]}
    outputs = run("occupation", scene, 52, zone, least_s=10, rate=2.0)
    [began], [ended] = marks(outputs, "began"), marks(outputs, "ended")
    assert began["since_s"] == pytest.approx(6, abs=0.8)
    assert ended["at_s"] == pytest.approx(46, abs=1.2)
    lasting = [mark["at_s"] - mark["since_s"] for mark in marks(outputs, "goes_on")]
    assert lasting == sorted(lasting)


def test_a_car_that_only_drives_through_blocks_nothing() -> None:
    zone = {"zones": [{"id": "z", "points": [[0.3, 0.5], [0.7, 0.5], [0.7, 1], [0.3, 1]]}]}
    outputs = run("occupation", street(passing("vehicle", 3, 6, 260)), 14, zone, least_s=2)
    assert [mark for output in outputs for mark in output.marks] == []


def test_light_that_changes_is_nothing_that_came() -> None:
    scene = street()

    def frames() -> Iterator[Frame]:
        for number in range(40):
            shine = 1.0 if number < 15 else 0.7
            yield Frame(number / RATE, (scene.frame(number / RATE) * shine).astype(np.uint8))

    one = next(built for built in BUILTINS if built.key == "occupation")
    outputs = list(one.load(one.defaults() | {"least_s": 2}, WHOLE)(frames()))
    assert [mark for output in outputs for mark in output.marks] == []


def test_a_bag_left_and_a_thing_taken_away_are_told_apart() -> None:
    left = street(standing("bag", (400, 330), 4, 60), passing("person", 1, 8, 340))
    outputs = run("left-object", left, 16, WHOLE, least_s=6, rate=3.0)
    [began] = marks(outputs, "began")
    assert began["since_s"] == pytest.approx(4, abs=1.5)
    assert began["is_removed"] is False
    taken = street(standing("bag", (400, 330), 0, 6))
    outputs = run("left-object", taken, 16, WHOLE, least_s=6, rate=3.0)
    [began] = marks(outputs, "began")
    assert began["is_removed"] is True


def test_a_crowd_is_an_index_that_rises_with_the_people() -> None:
    def crowd(many: int) -> float:
        people = [standing("person", (60 + 50 * n, 300), 3, 60) for n in range(many)]
        scale = {"scale": {"near": 0.15, "far": 0.15}}
        return run("crowding", street(*people), 8, WHOLE | scale)[-1].scalar or 0.0

    few, many = crowd(3), crowd(9)
    assert few == pytest.approx(3, rel=0.5)
    assert many == pytest.approx(9, rel=0.5)


def _gauge(share: float) -> Iterator[Frame]:
    rng = np.random.default_rng(1)
    for number in range(8):
        picture = rng.normal(170, 6, (360, 640, 3))
        picture[round(60 + share * 240) :] = rng.normal(
            80, 6, (360 - round(60 + share * 240), 640, 3)
        )
        yield Frame(float(number), np.clip(picture, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.83])
def test_a_gauge_is_read_within_a_centimetre(share: float) -> None:
    gauge = {"top": [0.5, 60 / 360], "bottom": [0.5, 300 / 360], "top_value": 4.0,
             "bottom_value": 0.0}  # fmt: skip
    one = next(built for built in BUILTINS if built.key == "water-level")
    outputs = list(one.load(one.defaults(), {"gauge": gauge})(_gauge(share)))
    assert outputs[-1].scalar == pytest.approx(4 * (1 - share), abs=0.02)


def test_no_waterline_is_no_reading() -> None:
    gauge = {"top": [0.5, 0.2], "bottom": [0.5, 0.8], "top_value": 4.0, "bottom_value": 0.0}
    one = next(built for built in BUILTINS if built.key == "water-level")
    flat = Frame(0.0, np.full((360, 640, 3), 120, np.uint8))
    assert next(iter(one.load(one.defaults(), {"gauge": gauge})([flat]))).scalar is None


def _blaze(is_fire: bool) -> Iterator[Frame]:
    rng = np.random.default_rng(2)
    scene = street()
    for number in range(25):
        picture = scene.frame(number / RATE).copy()
        high = int(rng.integers(30, 70)) if is_fire else 50
        left = 300 + (int(rng.integers(-8, 8)) if is_fire else 0)
        picture[250 - high : 250, left : left + 40] = (250, 150, 40)
        yield Frame(number / RATE, picture)


@pytest.mark.parametrize("is_fire", [True, False])
def test_fire_flickers_and_a_sign_of_its_colour_does_not(is_fire: bool) -> None:
    one = next(built for built in BUILTINS if built.key == "smoke-fire")
    outputs = list(one.load(one.defaults() | {"least_s": 1}, WHOLE)(_blaze(is_fire)))
    assert bool(marks(outputs, "began")) is is_fire


def _veiled(kind: str) -> Iterator[Frame]:
    """A plume that grows and rises for 14 s, fog that thickens everywhere, a lorry that parks,
    somebody who comes ever nearer to the camera and leans to and fro."""
    scene = street(seed=5)
    y, x = np.mgrid[0:360, 0:640].astype(np.float32)
    for number in range(70):
        t = number / RATE
        picture = scene.frame(t).astype(np.float32)
        if kind == "smoke":
            high = 18.0 * t
            body = ((x - 330 - 6 * np.sin(t)) / (14 + 5 * t)) ** 2
            body = body + ((y - 300 + high / 2) / (10 + high / 2)) ** 2
            veil = 0.8 * np.exp(-(body**2))[..., None] if t > 2 else 0.0
        elif kind == "fog":
            veil = min(0.8, 0.1 * t)
        elif kind == "person":
            reach = 30 + 8 * t + (70 if number % 5 < 2 else 0)
            body = (np.abs(x - 330) < 150) & (y > 200 - reach) & (y < 200)
            veil = body[..., None] * 1.0 if t > 1 else 0.0
        else:
            left = 640 - min(t, 4.0) * 100
            veil = ((x > left) & (x < left + 200) & (y > 200) & (y < 320))[..., None] * 1.0
        seen = picture * (1 - veil) + 165 * veil
        yield Frame(t, np.clip(seen, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(("kind", "times"), [("smoke", 1), ("fog", 0), ("lorry", 0), ("person", 0)])
def test_smoke_grows_and_rises_fog_a_lorry_and_people_do_not(kind: str, times: int) -> None:
    """VD-09: a hint that a person confirms."""
    one = next(built for built in BUILTINS if built.key == "smoke")
    outputs = list(one.load(one.defaults(), WHOLE)(_veiled(kind)))
    began = marks(outputs, "began")
    assert (one.is_hint, len(began)) == (True, times)
    assert all(0.3 < mark["box"].left < 0.6 and mark["at_s"] < 12 for mark in began)


def test_a_busy_street_smokes_not() -> None:
    one = next(built for built in BUILTINS if built.key == "smoke")
    scene = Scene(7, seconds=40)
    outputs = list(
        one.load(one.defaults(), WHOLE)(Frame(n / 4, scene.frame(n / 4)) for n in range(120))
    )
    assert marks(outputs, "began") == []


def test_every_algorithm_bears_an_empty_and_a_flat_stream() -> None:
    gauge = {"gauge": {"top": [0.5, 0.2], "bottom": [0.5, 0.8], "top_value": 1, "bottom_value": 0}}
    for one in BUILTINS:
        plugin = one.load(one.defaults(), gauge)
        assert list(plugin([])) == []
        flat = [Frame(float(n), np.zeros((36, 64, 3), np.uint8)) for n in range(12)]
        outputs = list(one.load(one.defaults(), gauge)(flat))
        assert len(outputs) == 12
        assert not marks(outputs, "crossed")


@given(st.integers(0, 10_000), st.floats(0.7, 1.4), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_what_is_called_steady_at_a_glance_is_steady(seed: int, gain: float, noise: int) -> None:
    """The quick look before the median never says steady where the median would not."""
    random = np.random.default_rng(seed)
    usual = random.integers(0, 256, (45, 80), dtype=np.uint8)
    shaken = usual * gain + random.integers(-noise, noise + 1, usual.shape)
    now = shaken.clip(0, 255).astype(np.uint8)
    known = motion._Usual.of(usual)
    told = (now > 4) & (now < 250) & known.tells
    middle = float(np.median(now[told].astype(np.float32) / known.greys[told]))
    assert not known.is_steady(told, now) or abs(middle - 1) < motion.STEADY
