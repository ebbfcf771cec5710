"""Numbers of pictures and what they are judged to be, on drawn streets (VD-06)."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.diagnosis.enums import Fault
from apps.diagnosis.judging import Usual, finding_of_ending, judge
from apps.diagnosis.metrics import measure
from apps.diagnosis.metrics.stills import stripes
from apps.diagnosis.thresholds import BY_CODE, DEFAULTS, NUMBERS, THRESHOLDS
from apps.video.faults import FAULTS
from benchmarks.support.injected import NAMES, found, look

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_at_medium_severity(fault: str, night: bool) -> None:
    """The small form of the matrix that ``benchmarks/diagnosis.py`` draws."""
    numbers = look(41, fault, night=night, count=25 if fault == "shake" else 9)
    assert found(numbers)[0].fault == NAMES[fault], numbers


@pytest.mark.parametrize(
    ("fault", "severity", "night"),
    [
        ("bright", "light", True), ("low_contrast", "light", False), ("stripes", "light", False),
        ("occlusion", "light", True), ("occlusion", "heavy", True), ("dark", "heavy", False),
    ],
)  # fmt: skip
def test_what_is_hardly_there_or_hides_all_else_has_its_own_name(
    fault: str, severity: str, night: bool
) -> None:
    """What the standard picture knows: how dark its shadows are, how much range it has."""
    numbers = look(44, fault, severity, night=night, count=5)
    assert NAMES[fault] in [one.fault for one in found(numbers)], numbers


def test_fog_is_no_glare_and_a_black_screen_is_no_night() -> None:
    foggy = look(44) | {"black_lift": 60.0, "brightness_more": 45.0, "contrast_kept": 0.4}
    assert [one.fault for one in judge(foggy, DEFAULTS)] == []
    black = look(44, "dark", "heavy") | {"contrast": 2.0, "dominant_share": 1.0, "matches": 0.0}
    assert judge(black, DEFAULTS)[0].fault == Fault.NO_PICTURE
    assert judge(black | {"matches": 30.0}, DEFAULTS)[0].fault == Fault.DARK


@pytest.mark.parametrize("night", [False, True], ids=["day", "night"])
def test_a_good_street_has_no_fault(night: bool) -> None:
    seen = [look(seed, night=night, count=25) for seed in (41, 42)]
    assert [found(numbers) for numbers in seen] == [[], []]
    assert {numbers["is_night"] for numbers in seen} == {float(night)}


def test_a_moved_camera_is_measured_to_the_pixel() -> None:
    moved = look(43, "moved")["moved_share"]
    # A quarter of the width aside and 8 % of the height down, of a picture of 16 to 9.
    assert moved == pytest.approx(np.hypot(0.25, 0.08 * 9 / 16), abs=0.005)


def test_scenery_with_windows_has_no_stripes_and_bars_have_their_height() -> None:
    rows = np.full((360, 640), 100, np.float32)
    rows += 10 * np.sin(2 * np.pi * np.arange(360) / 12)[:, None].astype(np.float32)
    height, standing_out = stripes(rows)
    assert height == pytest.approx(10, rel=0.15)
    assert standing_out > 100


def test_one_picture_alone_is_judged_by_what_it_can_tell() -> None:
    one = measure([np.full((360, 640, 3), 4, np.uint8)], [0.0])
    assert "change" not in one
    assert [finding.fault for finding in found(one)] == [Fault.NO_PICTURE]


def test_a_dim_grey_picture_is_no_night_while_the_sun_is_up() -> None:
    """Compression takes what little colour a dark picture had."""
    dim = np.full((360, 640, 3), 20, np.uint8)
    dim[100:200] = 30
    lights = [measure([dim], [0.0], by_day=by_day)["is_night"] for by_day in (True, False)]
    assert lights == [0.0, 1.0]


def test_a_finding_says_its_figures() -> None:
    dark = found(look(41, "dark"))[0]
    assert (dark.number, dark.threshold) == ("brightness", 30.0)
    assert dark.sentence() == f"画面过暗：平均亮度 {dark.value:.0f}，阈值 30"


def test_what_is_usual_for_a_camera_moves_a_threshold_but_not_far() -> None:
    """A plain road has little contrast on every good day; a past that is broken widens little."""
    plain = look(41) | {"contrast": 33.0}
    usual = {"contrast": Usual(34.0, 1.0)}
    assert [f.fault for f in judge(plain, DEFAULTS)] == [Fault.LOW_CONTRAST]
    assert judge(plain, DEFAULTS, usual) == []
    broken = {"contrast": Usual(6.0, 2.0)}
    worse = judge(plain | {"contrast": 12.0}, DEFAULTS, broken)
    assert [(f.fault, f.threshold, f.widened) for f in worse] == [(Fault.LOW_CONTRAST, 19.0, True)]


@pytest.mark.parametrize(
    ("ending", "fault"),
    [
        ("no_stream", "no_stream"), ("timeout", "no_stream"), ("denied", "no_stream"),
        ("no_picture", "no_picture"), ("crashed", "no_picture"),
    ],
)  # fmt: skip
def test_an_ending_without_frames_is_a_lost_signal(ending: str, fault: str) -> None:
    finding = finding_of_ending(ending)
    assert finding is not None
    assert finding.fault == fault
    assert finding_of_ending("done") is None


@settings(max_examples=6, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*NUMBERS, "is_night"]),
        st.floats(-1e6, 1e6, allow_nan=False),
        max_size=8,
    )
)
def test_any_numbers_are_judged(numbers: dict[str, float]) -> None:
    faults = [finding.fault for finding in judge(numbers, DEFAULTS)]
    assert len(faults) == len(set(faults))
    assert all(isinstance(finding.sentence(), str) for finding in judge(numbers, DEFAULTS))


def test_first_thresholds_lie_within_what_may_be_written() -> None:
    assert [one.code for one in THRESHOLDS if not one.low <= one.day <= one.high] == []
    assert [one.code for one in THRESHOLDS if not one.low <= one.night <= one.high] == []
    assert {one.number for one in THRESHOLDS} <= set(NUMBERS)
    assert len(BY_CODE) == len(THRESHOLDS)


def test_only_metrics_load_opencv_and_only_on_demand() -> None:
    """What serves pages must not load it: inside the app metrics are imported by functions."""
    apps = ROOT / "apps"
    loading = {
        str(file.relative_to(apps))
        for file in apps.rglob("*.py")
        if "import cv2" in file.read_text("utf-8")
    }
    assert all(
        name.startswith(("diagnosis/metrics/", "analysis/", "algorithms/")) for name in loading
    )
    at_the_top = [
        file.name
        for file in (apps / "diagnosis").rglob("*.py")
        if "metrics" not in file.parts
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and "diagnosis.metrics" in (node.module or "")
    ]
    assert at_the_top == []
