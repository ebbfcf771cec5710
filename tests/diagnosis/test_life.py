"""Suspect, looked at again, one alarm, mended: with clips really decoded (VD-06)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.diagnosis import services
from apps.diagnosis.enums import Fault, LookState, RunState, Stage, Verdict
from apps.diagnosis.judging import absent
from apps.diagnosis.models import Baseline, Condition, Look, Result
from apps.diagnosis.services import claim_due, look_due, mark_finding, take_proof
from apps.diagnosis.services.life import FEWEST_ACCEPTED, learn, usual_of, write_down
from apps.diagnosis.services.seeing import Seen
from apps.diagnosis.thresholds import DEFAULTS
from tests.cast import Cast
from tests.diagnosis import factories as make
from tests.video import factories as video


@pytest.fixture
def checker(cast: Cast) -> User:
    return make.person("checker", "picture_checker", cast.east_works)


def test_the_whole_life_of_a_fault(cast: Cast, checker: User) -> None:
    camera = make.camera(fault="dark")
    run = make.looked(checker, camera)
    first = Result.objects.get()
    assert (run.state, first.verdict, first.faults) == (RunState.DONE, Verdict.SUSPECT, ["dark"])
    assert first.picture is not None
    assert (first.algorithm, first.thresholds.version, first.codec) == (
        "1.1", 1, "mpeg4 640×360 8fps",
    )  # fmt: skip
    assert not Alarm.objects.exists()

    assert look_due() == 0  # the second look waits its ten minutes
    recheck = Look.objects.get(state=LookState.WAITING)
    assert recheck.due_at == first.taken_at + timedelta(minutes=10)
    make.due_now(camera)
    assert look_due() == 1
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.source, alarm.asset) == ("picture_dark", "quality", camera.asset)
    assert alarm.sentence.startswith(f"{first.findings[0]['sentence']}（阈值第 1 版）")
    assert Result.objects.first().verdict == Verdict.FAULTY  # type: ignore[union-attr]

    make.looked(checker, camera)  # seen again: the same alarm, no second one, no third look
    alarm.refresh_from_db()
    assert (alarm.count, Alarm.objects.count()) == (2, 1)
    assert not Look.objects.filter(state=LookState.WAITING).exists()

    make.shows(camera)  # repaired
    take_proof(camera=camera)
    look_due()
    alarm.refresh_from_db()
    proof = Result.objects.first()
    assert proof is not None
    assert (proof.stage, proof.verdict, proof.faults) == (Stage.PROOF, Verdict.GOOD, [])
    assert (alarm.state, Condition.objects.get().alarmed) == ("recovered", [])


def test_what_is_gone_at_the_second_look_troubles_nobody(cast: Cast, checker: User) -> None:
    camera = make.camera(fault="blur")
    make.looked(checker, camera)
    make.shows(camera)
    make.due_now(camera)
    look_due()
    assert [one.verdict for one in Result.objects.all()] == [Verdict.GOOD, Verdict.SUSPECT]
    assert not Alarm.objects.exists()


def test_another_fault_at_the_second_look_is_a_suspect_of_its_own(
    cast: Cast, checker: User
) -> None:
    camera = make.camera(fault="blur")
    make.looked(checker, camera)
    make.shows(camera, "dark")
    make.due_now(camera)
    look_due()
    assert (Alarm.objects.count(), Result.objects.first().verdict) == (0, Verdict.SUSPECT)  # type: ignore[union-attr]
    make.due_now(camera)
    look_due()
    assert [alarm.kind for alarm in Alarm.objects.all()] == ["picture_dark"]


def test_a_camera_nobody_reaches_is_a_lost_signal_and_hides_nothing_else(
    cast: Cast, checker: User
) -> None:
    """Silence is never recovery: the alarm of a dark picture is unknown while there is none."""
    camera = make.camera(fault="dark")
    make.looked(checker, camera)
    make.due_now(camera)
    look_due()
    make.shows(camera, "no_stream")
    make.looked(checker, camera)
    dark = Alarm.objects.get(kind="picture_dark")
    assert dark.state == "unknown"
    assert Condition.objects.get().faults == [Fault.NO_STREAM]
    make.due_now(camera)
    look_due()
    lost = Alarm.objects.get(kind="picture_no_stream")
    assert lost.is_outage
    make.shows(camera, "dark")
    make.looked(checker, camera)
    dark.refresh_from_db()
    lost.refresh_from_db()
    assert (dark.state, lost.state) == ("active", "recovered")


def test_a_dark_picture_does_not_end_the_alarm_of_a_moved_view() -> None:
    numbers = {"brightness": 10.0, "matches": 50.0, "change": 2.0}
    assert absent(numbers, ["dark"], DEFAULTS) == {"no_stream", "no_picture"}
    assert {"moved", "dark", "freeze"} <= absent(numbers, [], DEFAULTS)
    assert "moved" not in absent({"brightness": 90.0}, [], DEFAULTS)
    assert absent({}, ["no_stream"], DEFAULTS) == set()


def test_the_standard_picture_tells_a_covered_lens(cast: Cast, checker: User) -> None:
    camera = make.camera(fault="occlusion")
    make.standard_picture(camera)
    make.looked(checker, camera)
    assert Result.objects.get().faults == [Fault.OCCLUSION]


def test_a_false_finding_ends_its_alarm_and_teaches_what_is_usual(
    cast: Cast, checker: User
) -> None:
    camera = make.camera(fault="dark")
    make.looked(checker, camera)
    make.due_now(camera)
    look_due()
    result = Result.objects.first()
    assert result is not None
    with pytest.raises(DomainError) as refused:
        mark_finding(checker, result_id=result.pk, fault="blur", opinion="false")
    assert refused.value.field == "fault"
    mark_finding(checker, result_id=result.pk, fault="dark", opinion="false", note="隧道口")
    mark_finding(checker, result_id=result.pk, fault="dark", opinion="false", note="隧道口")
    assert Alarm.objects.get().state == "recovered"
    assert Condition.objects.get().verdict == Verdict.GOOD
    assert result.marks.count() == 1
    told = AuditEntry.objects.filter(action="diagnosis_finding.marked").first()
    assert told is not None
    assert told.data["after"] == {"opinion": "false"}


def test_what_is_usual_is_learnt_of_good_results_only(cast: Cast, checker: User) -> None:
    camera = make.camera()
    run = make.looked(checker, camera)
    good = Result.objects.get()
    assert learn(camera, "day") is None  # one is too few
    for number in range(FEWEST_ACCEPTED):
        for faults, brightness in (([], 60.0 + number), (["dark"], 5.0)):
            Result.objects.create(
                camera=camera, run=run, stage="first", taken_at=clock.now(), verdict="good",
                faults=faults, numbers={"brightness": brightness}, ending="done",
                algorithm="1.0", thresholds=good.thresholds,
            )  # fmt: skip
    learn(camera, "day")
    usual = usual_of(camera, "day")["brightness"]
    assert (usual.median, usual.spread) == (65.0, 3.0)
    assert Baseline.objects.get().count == FEWEST_ACCEPTED + 1


def test_no_more_at_once_on_a_recorder_than_it_bears(cast: Cast, checker: User) -> None:
    nvr = video.recorder(cast, concurrency=2)
    held = [video.camera(n, recorder=nvr, channel=n) for n in range(1, 5)]
    free = [video.camera(n) for n in range(5, 8)]
    services.ask_run(checker, camera_ids=[one.pk for one in [*held, *free]])
    claimed = claim_due()
    assert sum(one.camera.recorder_id == nvr.pk for one in claimed) == 2
    assert len(claimed) == 5
    assert claim_due() == []  # the recorder is busy, the others are claimed


def test_a_worker_that_died_leaves_a_claim_that_runs_out(
    cast: Cast, checker: User, settings: Any
) -> None:
    camera = make.camera()
    services.ask_run(checker, camera_ids=[camera.pk])
    (lost,) = claim_due()
    assert claim_due() == []
    Look.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
    assert look_due() == 1
    late = write_down(lost.look_id, lost.claim, Seen(clock.now(), "done"))  # type: ignore[arg-type]
    assert late is None
    assert Result.objects.count() == 1


def test_a_camera_that_kills_workers_is_given_up(cast: Cast, checker: User) -> None:
    camera = make.camera()
    services.ask_run(checker, camera_ids=[camera.pk])
    Look.objects.update(attempts=3)
    assert claim_due() == []
    assert Result.objects.get().faults == [Fault.NO_PICTURE]


def test_a_cancelled_run_looks_no_further(cast: Cast, checker: User) -> None:
    run = services.ask_run(checker, camera_ids=[make.camera().pk])
    (claimed,) = claim_due()
    services.cancel_run(checker, run_id=run.pk)
    assert write_down(claimed.look_id, claimed.claim, Seen(clock.now(), "done")) is None  # type: ignore[arg-type]
    assert (Look.objects.get().state, Result.objects.count()) == (LookState.SKIPPED, 0)
    with pytest.raises(DomainError):
        services.cancel_run(checker, run_id=run.pk)


def test_who_may_have_cameras_looked_at(cast: Cast, checker: User) -> None:
    camera, west = make.camera(), video.western()
    reader = make.person("reader", "picture_reader", cast.east_works)
    with pytest.raises(NotFound):
        services.ask_run(checker, camera_ids=[camera.pk, west.pk])
    with pytest.raises(NotAllowed):
        services.ask_run(reader, camera_ids=[camera.pk])
    with pytest.raises(DomainError) as refused:
        services.ask_run(checker, camera_ids=[])
    assert refused.value.field == "cameras"
    result = _one_result(checker, camera)
    neighbour = make.person("neighbour", "picture_checker", cast.west_works)
    with pytest.raises(NotFound):
        mark_finding(neighbour, result_id=result.pk, fault="dark", opinion="false")
    with pytest.raises(NotAllowed):
        mark_finding(reader, result_id=result.pk, fault="dark", opinion="false")


def _one_result(checker: User, camera: Any) -> Result:
    make.shows(camera, "dark")
    make.looked(checker, camera)
    return Result.objects.get()
