"""Jobs on cameras: a clip decoded in its own process, counted, told once, judged, learnt from."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django import conf

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.algorithms.enums import WorkState
from apps.algorithms.models import CostLine, WorkItem
from apps.algorithms.services import claim, finish
from apps.algorithms.services.queue import LEASE
from apps.analysis import selectors
from apps.analysis.enums import Verdict
from apps.analysis.models import AnalysisJob, Finding, JobRun, LineTally
from apps.analysis.services import (
    decide_change,
    judge_finding,
    plan_due,
    propose_change,
    purge,
    reveal_finding,
    run_job,
    run_now,
    save_job,
    set_job_active,
    suggest_change,
)
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.video.scenes import Scene, walking
from tests.analysis.factories import LANE, camera_with, filmed, job, job_spec, person, ran
from tests.cast import Cast
from tests.video.factories import camera, western

PARKED = Scene(
    3, seconds=600, size=(320, 180),
    figures=(
        walking("vehicle", [(1, -30, 120), (3, 160, 120), (400, 160, 120)], color=(200, 200, 206)),
    ),
)  # fmt: skip
WALK = Scene(5, seconds=600, size=(320, 180),
             figures=(walking("person", [(1, -10, 100), (6, 330, 100)]),))  # fmt: skip


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("keeper", "keeper", cast.east_works)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def parked_job(cast: Cast, serial: int = 1, **given: Any) -> AnalysisJob:
    plain: dict[str, Any] = {
        "code": "occupation", "drawing": LANE, "per_second": 4, "window_s": 16, "every_s": 16,
        "parameters": {"least_s": 5}, "alarm_level": 3, "name": "消防通道占用",
    }  # fmt: skip
    return job(camera_with(PARKED, 16, 4, serial), cast.east_works, **plain | given)


def still_there(one: AnalysisJob) -> None:
    """What the camera shows later: the car stands as it stood."""
    stored = one.camera.sources.get().file
    assert stored is not None
    later = filmed(PARKED, 16, 4, since=100)
    (Path(conf.settings.MEDIA_ROOT) / stored.path).write_bytes(later)


def test_a_clip_is_counted_and_costs_are_kept(cast: Cast, keeper: User) -> None:
    """VD-10, CP-06: through the decoder's process, the queue and the ledger."""
    one = job(camera_with(WALK, 8, 10), cast.east_works, window_s=8, every_s=8, limit=1)
    item = ran(keeper, one)
    assert (item.state, item.error) == (WorkState.DONE, "")
    tally = LineTally.objects.get()
    assert tally.label == "person"
    assert tally.entered + tally.left == 1
    run = JobRun.objects.get()
    assert (run.algorithm, run.ending, run.frames) == ("line-count@1.0", "done", 80)
    assert CostLine.objects.get().frames == 80
    inside = selectors.tallies_of(one).get()
    assert inside["came"] + inside["went"] == 1
    assert Alarm.objects.count() == tally.entered


def test_a_blocked_lane_is_one_finding_and_one_alarm_over_runs(cast: Cast, keeper: User) -> None:
    """VD-09: one event with growing duration, the same alarm, blurred outside the zone."""
    one = parked_job(cast)
    ran(keeper, one)
    first = Finding.objects.get()
    assert (first.zone_name, first.ended_at) == ("消防通道", None)
    assert first.algorithm == "occupation@1.0"
    assert first.parameters["least_s"] == 5
    assert first.confidence > 0.5
    assert first.picture_id != first.plain_id
    before = first.minutes
    still_there(one)
    with clock.at(clock.now() + timedelta(minutes=10)):
        ran(keeper, one)
    again = Finding.objects.get()
    assert again.minutes > before + 9
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.level) == ("analysis_occupation", 3)
    assert "消防通道" in alarm.sentence


def test_a_worker_killed_in_between_tells_nothing_twice(cast: Cast, keeper: User) -> None:
    one = parked_job(cast)
    run_now(keeper, job_id=one.pk)
    dead = claim("dead")
    assert dead is not None
    done = run_job(dead.item.payload, dead.renew)
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        other = claim("other")
        assert other is not None
        finish(other, run_job(other.item.payload, other.renew))
        with pytest.raises(Stale):
            finish(dead, done)
    assert (Finding.objects.count(), JobRun.objects.count()) == (1, 1)


def test_a_camera_that_gives_nothing_is_told_and_ends_nothing(cast: Cast, keeper: User) -> None:
    one = parked_job(cast)
    ran(keeper, one)
    one.camera.sources.all().delete()
    ran(keeper, one)
    one.refresh_from_db()
    assert "no_stream" in one.last_error
    assert Finding.objects.get().ended_at is None
    assert Alarm.objects.get().state == "unknown"
    assert selectors.list_jobs(keeper, state="trouble").count() == 1


def test_a_broken_clip_ends_in_words(cast: Cast, keeper: User, tmp_path: Path) -> None:
    one = parked_job(cast)
    stored = one.camera.sources.get().file
    assert stored is not None
    (tmp_path / stored.path).write_bytes(b"\x47" + b"\xff" * 5000)
    item = ran(keeper, one)
    assert item.state == WorkState.DONE
    assert JobRun.objects.get().ending != "done"


def test_jobs_are_planned_once_and_within_their_hours(cast: Cast, keeper: User) -> None:
    one = job(camera(), cast.east_works, every_s=60)
    hours = [{"days": [(clock.now() + timedelta(days=3)).weekday()], "from": "08:00",
              "to": "08:01"}]  # fmt: skip
    job(camera(2), cast.east_works, hours=hours)
    assert plan_due() == 2
    assert plan_due() == 0
    assert WorkItem.objects.get().payload["job"] == one.pk
    with clock.at(clock.now() + timedelta(seconds=61)):
        plan_due()
        assert WorkItem.objects.count() == 1, "the run before has not ended"
    set_job_active(keeper, job_id=one.pk, is_active=False)
    with clock.at(clock.now() + timedelta(hours=1)):
        plan_due()
        assert WorkItem.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"window_s": 2}, "window_s"),
        ({"every_s": 5}, "every_s"),
        ({"per_second": 90}, "per_second"),
        ({"priority": 0}, "priority"),
        ({"alarm_level": 9}, "alarm_level"),
        ({"parameters": {"threshold": 1000}}, "parameters"),
        ({"parameters": {"spy": 1}}, "parameters"),
        ({"drawing": {"lines": []}}, "drawing"),
        ({"hours": [{"days": [9], "from": "08:00", "to": "09:00"}]}, "hours"),
    ],
)
def test_wrong_settings_name_their_field(
    cast: Cast, keeper: User, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        save_job(keeper, spec=job_spec(camera(), cast.east_works, **given))
    assert refused.value.field == field
    assert AnalysisJob.objects.count() == 0


def test_who_may_do_what(cast: Cast, keeper: User) -> None:
    neighbour = person("neighbour", "keeper", cast.west_works)
    reader = person("reader", "reader", cast.east_works)
    one = job(camera(), cast.east_works)
    for actor in (neighbour, reader):
        with pytest.raises(NotAllowed):
            run_now(actor, job_id=one.pk)
        with pytest.raises(NotAllowed):
            save_job(actor, spec=job_spec(one.camera, cast.east_works))
    with pytest.raises(NotFound):
        save_job(keeper, spec=job_spec(western(), cast.east_works))
    assert list(selectors.list_jobs(neighbour)) == []
    assert list(selectors.list_jobs(reader)) == [one]


def test_a_false_finding_ends_its_alarm_and_the_plain_picture_is_audited(
    cast: Cast, keeper: User
) -> None:
    one = parked_job(cast)
    ran(keeper, one)
    finding = Finding.objects.get()
    reader, judge = (person(name, name, cast.east_works) for name in ("reader", "judge"))
    neighbour = person("neighbour", "keeper", cast.west_works)
    with pytest.raises(NotAllowed):
        judge_finding(reader, finding_id=finding.pk, verdict="false", text="影子")
    with pytest.raises(NotFound):
        judge_finding(neighbour, finding_id=finding.pk, verdict="false", text="影子")
    with pytest.raises(InvalidInput) as refused:
        judge_finding(judge, finding_id=finding.pk, verdict="false")
    assert refused.value.field == "note"
    for _twice in range(2):
        judge_finding(judge, finding_id=finding.pk, verdict="false", text="装卸作业")
    assert Alarm.objects.get().state == "recovered"
    assert AuditEntry.objects.filter(action="finding.judged").count() == 1
    with pytest.raises(NotAllowed):
        reveal_finding(judge, finding_id=finding.pk, reason="看看是谁")
    shown = reveal_finding(keeper, finding_id=finding.pk, reason="核对车辆")
    assert shown.pk == finding.plain_id
    assert AuditEntry.objects.get(action="finding.revealed").data["reason"] == "核对车辆"


def test_marked_findings_suggest_a_threshold_that_another_person_applies(
    cast: Cast, keeper: User
) -> None:
    second = person("second", "keeper", cast.east_works)
    one = job(camera(), cast.east_works, code="loitering", drawing=LANE, name="徘徊")
    now = clock.now()
    for number, (value, verdict) in enumerate(
        [(0.03, "false"), (0.04, "false"), (0.05, "false"), (0.12, "confirmed"),
         (0.2, "confirmed")]
    ):  # fmt: skip
        Finding.objects.create(
            job=one, key=str(number), zone="zone-1", began_at=now, last_at=now, value=value,
            verdict=verdict, algorithm="loitering@1.0", parameters={"fill": 0.02},
            job_version=one.version, keep_until=clock.today(),
        )  # fmt: skip
    told = suggest_change(one)
    assert told is not None
    assert (told["code"], told["kept_away"], told["right"]) == ("fill", 3, 2)
    assert 0.05 < told["after"] < 0.12
    change = propose_change(
        keeper, job_id=one.pk, code=told["code"], after=told["after"], evidence=told
    )
    with pytest.raises(Refused):
        propose_change(second, job_id=one.pk, code="fill", after=0.1)
    with pytest.raises(NotAllowed):
        decide_change(keeper, change_id=change.pk, is_applied=True)
    decide_change(second, change_id=change.pk, is_applied=True)
    one.refresh_from_db()
    assert (one.parameters["fill"], one.version) == (told["after"], 2)
    with pytest.raises(Refused):
        decide_change(second, change_id=change.pk, is_applied=True)


def test_a_hint_raises_nothing_before_a_person_confirms_it(cast: Cast, keeper: User) -> None:
    one = parked_job(cast)
    ran(keeper, one)
    finding = Finding.objects.get()
    Finding.objects.filter(pk=finding.pk).update(is_hint=True)
    count = Alarm.objects.get().count
    still_there(one)
    ran(keeper, one)
    assert Alarm.objects.get().count == count
    judge_finding(keeper, finding_id=finding.pk, verdict=Verdict.CONFIRMED)
    assert Alarm.objects.get().count == count + 1


def test_pictures_go_when_their_time_is_over(
    cast: Cast, keeper: User, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    one = parked_job(cast)
    ran(keeper, one)
    finding = Finding.objects.get()
    assert finding.plain is not None
    path = tmp_path / finding.plain.path
    assert path.exists()
    with (
        clock.at(clock.now() + timedelta(days=31)),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert purge() == 1
    finding.refresh_from_db()
    assert (finding.picture, finding.plain) == (None, None)
    assert not path.exists()
    with pytest.raises(NotFound):
        reveal_finding(keeper, finding_id=finding.pk, reason="核对车辆")


def test_the_ledger_shows_who_blocks_a_lane_again_and_again(cast: Cast, keeper: User) -> None:
    one = parked_job(cast)
    night = clock.now().replace(hour=15, minute=30, second=0, microsecond=0)
    for number in range(3):
        began = night - timedelta(days=number + 1)
        Finding.objects.create(
            job=one, key=str(number), zone="zone-1", zone_name="消防通道", began_at=began,
            last_at=began, ended_at=began + timedelta(minutes=90), algorithm="occupation@1.0",
            job_version=1, keep_until=clock.today(),
        )  # fmt: skip
    [row] = selectors.lane_ledger(keeper)
    assert (row.times, row.minutes, row.night, row.is_repeated) == (3, 270, 3, True)
    assert (row.hours[23], row.hours[0]) == (90, 180)
    neighbour = person("neighbour", "keeper", cast.west_works)
    assert selectors.lane_ledger(neighbour) == []
