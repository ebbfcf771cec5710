"""Thresholds as versions: bounded, tried, put in force, proposed by people's marks (VD-06)."""

import pytest

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed, Refused
from apps.diagnosis import services
from apps.diagnosis.models import Mark, Result, ThresholdSet
from apps.video.models import Camera
from tests.cast import Cast
from tests.diagnosis import factories as make
from tests.video import factories as video


@pytest.fixture
def checker(cast: Cast) -> User:
    return make.person("checker", "picture_checker", cast.east_works)


def seen(camera: Camera, checker: User, brightness: float, opinion: str = "") -> Result:
    run = services.ask_run(checker, camera_ids=[camera.pk])
    numbers = {"brightness": brightness, "contrast": 120.0, "dominant_share": 0.3}
    dark = {"fault": "dark", "number": "brightness", "value": brightness, "threshold": 30,
            "sentence": ""}  # fmt: skip
    result = Result.objects.create(
        camera=camera, run=run, stage="first", taken_at=clock.now(), verdict="suspect",
        faults=["dark"], findings=[dark], numbers=numbers, ending="done", algorithm="1.0",
        thresholds=run.thresholds,
    )  # fmt: skip
    if opinion:
        Mark.objects.create(
            result=result, fault="dark", opinion=opinion, by=checker, at=clock.now()
        )
    return result


def test_a_draft_is_tried_on_what_was_seen_and_put_in_force(cast: Cast, checker: User) -> None:
    camera = video.camera()
    seen(camera, checker, 26.0, "false")
    seen(camera, checker, 12.0, "true")
    draft = services.save_draft(checker, values={"day": {"dark": 20}}, note="隧道口偏暗")
    tried = services.try_set(draft)
    assert (tried.looked, tried.before, tried.after) == (2, {"dark": 2}, {"dark": 1})
    assert (tried.mended, tried.missed) == (1, 0)
    services.publish_set(checker, version=draft.version)
    assert services.values_of(services.set_in_force())["day"]["dark"] == 20
    assert services.values_of(services.set_in_force())["night"]["dark"] == 18
    assert list(ThresholdSet.objects.values_list("version", "state")) == [
        (2, "in_force"), (1, "retired"),
    ]  # fmt: skip
    with pytest.raises(Refused):
        services.publish_set(checker, version=2)


def test_a_new_draft_takes_the_place_of_the_old(cast: Cast, checker: User) -> None:
    services.save_draft(checker, values={}, note="第一次")
    services.save_draft(checker, values={}, note="第二次")
    assert [one.note for one in ThresholdSet.objects.filter(state="draft")] == ["第二次"]


def test_marks_propose_a_threshold_that_keeps_the_true_findings(cast: Cast, checker: User) -> None:
    camera = video.camera()
    for brightness in (24.0, 25.0, 28.0):
        seen(camera, checker, brightness, "false")
    assert [(one.code, one.value, one.false) for one in services.propose()] == [
        ("dark", pytest.approx(23.52), 3)
    ]
    seen(camera, checker, 26.0, "true")  # it would be lost: no proposal any more
    assert services.propose() == []


def test_what_cannot_be_is_refused_at_its_field(cast: Cast, checker: User) -> None:
    with pytest.raises(DomainError) as refused:
        services.save_draft(checker, values={"night": {"blur": 7}}, note="太宽")
    assert refused.value.field == "night-blur"
    with pytest.raises(DomainError) as refused:
        services.save_draft(checker, values={}, note=" ")
    assert refused.value.field == "note"
    runner = make.person("runner", "picture_runner", cast.east_works)
    with pytest.raises(NotAllowed):
        services.save_draft(runner, values={}, note="不该可以")
