"""Standard pictures taken from the camera: without what passes by. Source: VD-04, VD-06."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from apps.common import clock
from apps.common.files import open_stored
from apps.diagnosis.metrics import measure
from apps.diagnosis.thresholds import DEFAULTS, NIGHT
from apps.video import services
from apps.video.passers import without_passers
from apps.video.scenes import Scene
from apps.video.services import standards
from apps.video.services.access import Taken
from benchmarks.support.injected import clean
from tests.cast import Cast
from tests.video.factories import camera, person

WALL, CAR = (90, 100, 110), (200, 20, 20)


def street_with_car(at: int, size: tuple[int, int] = (320, 180)) -> Image.Image:
    picture = Image.new("RGB", size, WALL)
    picture.paste(CAR, (at, 80, at + 60, 120))
    return picture


def test_who_passes_is_in_one_of_three_only() -> None:
    found = without_passers([street_with_car(at) for at in (10, 110, 210)])
    assert found.getcolors() == [(320 * 180, WALL)]


def test_of_unlike_sizes_the_last_stands() -> None:
    last = street_with_car(0)
    found = without_passers([street_with_car(0, (640, 360)), last, last])
    assert found.tobytes() == last.tobytes()


@pytest.mark.parametrize("seed", [2044, 2067])
def test_a_car_in_the_standard_is_no_cover_later(seed: int) -> None:
    """Two streets whose standard, one picture at a moment, had a car in it: each look was wrong."""
    scene = Scene(seed, night=True)
    taken = [scene.frame(40.0 + 2 * number) for number in range(3)]
    frames = clean(seed, night=True, count=9, since=14.0)
    times = [number / 8 for number in range(9)]
    limit = DEFAULTS[NIGHT]["covered"]
    with_car = measure(frames, times, {"night": taken[0]})["covered_share"]
    middle = without_passers([Image.fromarray(one) for one in taken])
    without = measure(frames, times, {"night": np.asarray(middle)})["covered_share"]
    assert with_car > limit > without


@pytest.mark.django_db
def test_the_proposal_is_made_of_three(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    moments: Iterator[int] = iter((10, 110, 210))

    def take(_camera: object) -> Taken:
        written = BytesIO()
        street_with_car(next(moments)).save(written, "PNG")
        return Taken(written.getvalue(), clock.now(), 1)

    monkeypatch.setattr(standards, "take_picture", take)
    monkeypatch.setattr(standards, "PAUSE_S", 0.0)
    keeper = person("keeper", "video_keeper", cast.east_works)
    made = services.propose_live_picture(keeper, camera_id=camera().pk, light="day")
    with open_stored(made.file) as file, Image.open(file) as stored:
        colours = stored.convert("RGB").getcolors(maxcolors=1000)
    assert colours is not None
    assert all(abs(red - WALL[0]) < 12 for _count, (red, _green, _blue) in colours)
