"""Cameras in the one-key check (OP-03)."""

from datetime import timedelta

from apps.common import clock
from apps.diagnosis import onekey
from apps.diagnosis.models import Result
from apps.monitoring.enums import RunKind, State
from apps.monitoring.registry import supplies_of
from tests.cast import Cast
from tests.diagnosis import factories as make
from tests.video import factories as video


def test_the_check_tells_how_pictures_stood(cast: Cast) -> None:
    checker = make.person("checker", "picture_checker", cast.east_works)
    dark, new = make.camera(1, fault="dark"), video.camera(2)
    video.western()
    make.looked(checker, dark)
    assert [one.code for one in supplies_of(RunKind.PICTURE)] == ["cameras"]
    points = list(onekey.points(cast.east))
    assert [(one.key, one.asset_id) for one in points] == [
        (dark.gb_code, dark.asset_id), (new.gb_code, new.asset_id),
    ]  # fmt: skip
    found = [onekey.judge(one, ()) for one in points]
    assert [one.state for one in found] == [State.DEGRADED, State.UNKNOWN]
    assert found[0].text == Result.objects.get().findings[0]["sentence"]


def test_what_was_seen_long_ago_says_nothing(cast: Cast) -> None:
    checker = make.person("checker", "picture_checker", cast.east_works)
    make.looked(checker, make.camera())
    (point,) = onekey.points(cast.east)
    assert onekey.judge(point, ()).state == State.UP
    with clock.at(clock.now() + timedelta(days=2)):
        assert onekey.judge(point, ()).state == State.UNKNOWN
