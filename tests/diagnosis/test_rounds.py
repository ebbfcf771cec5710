"""Plans and their rounds: when, over whom, by whom (VD-06)."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.diagnosis import services
from apps.diagnosis.models import DiagnosisPlan, Look, Run
from apps.diagnosis.services import PlanSpec, save_plan, start_due
from apps.diagnosis.services.rounds import next_due
from tests.cast import Cast
from tests.diagnosis import factories as make
from tests.video import factories as video

CITY = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def runner(cast: Cast) -> User:
    return make.person("runner", "picture_runner", cast.east_works)


def spec(cast: Cast, **given: Any) -> PlanSpec:
    return PlanSpec(
        **{"name": "东区早晚巡检", "area": cast.east, "times": ["18:00", "6:30"]} | given
    )


def plan(cast: Cast, **given: Any) -> DiagnosisPlan:
    return save_plan(SYSTEM, spec=spec(cast, **given))


def test_a_plan_is_due_at_its_next_hour_of_the_citys_day() -> None:
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=CITY)
    assert next_due(["06:30", "18:00"], after=noon) == noon.replace(hour=18)
    evening = noon.replace(hour=18)
    assert next_due(["06:30", "18:00"], after=evening) == datetime(2026, 11, 23, 6, 30, tzinfo=CITY)


def test_a_due_plan_makes_one_round_over_its_cameras(cast: Cast) -> None:
    made = plan(cast, label=None)
    assert made.times == ["06:30", "18:00"]
    inside, stopped = video.camera(1), video.camera(2)
    video.western()
    stopped.is_active = False
    stopped.save()
    moment = made.due_at
    late = moment + timedelta(days=3)
    assert start_due(now=late) == 1  # hours gone by unheeded make one round
    assert start_due(now=late) == 0
    made.refresh_from_db()
    run = Run.objects.get()
    assert (run.due_at, made.due_at > late) == (moment, True)
    assert [look.camera_id for look in run.looks.all()] == [inside.pk]


def test_a_round_over_nobody_is_over_at_once(cast: Cast) -> None:
    made = plan(cast)
    start_due(now=made.due_at)
    run = Run.objects.get()
    assert (run.state, run.total) == ("done", 0)


def test_heads_are_turned_in_the_window_only(cast: Cast) -> None:
    video.camera(1, has_ptz=True)
    video.camera(2)
    plan(cast, ptz_from=time(23), ptz_until=time(5), times=["02:00", "12:00"])
    start_due(now=datetime(2030, 1, 1, 2, 0, tzinfo=CITY))
    assert sorted(Look.objects.values_list("probes", flat=True)) == [False, True]
    start_due(now=datetime(2030, 1, 1, 12, 0, tzinfo=CITY))
    assert Look.objects.filter(probes=True).count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"times": []}, "times"), ({"times": ["25:00"]}, "times"), ({"times": ["noon"]}, "times"),
        ({"recheck_after_m": 0}, "recheck_after_m"), ({"ptz_from": time(1)}, "ptz_until"),
        ({"times": [f"{h:02}:{m:02}" for h in range(24) for m in (0, 30)]}, "times"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused_at_its_field(
    cast: Cast, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        plan(cast, **given)
    assert refused.value.field == field
    assert not DiagnosisPlan.objects.exists()


def test_plans_are_kept_where_one_answers(cast: Cast, runner: User) -> None:
    made = save_plan(runner, spec=spec(cast))
    save_plan(runner, spec=spec(cast, recheck_after_m=5), plan_id=made.pk)
    told = AuditEntry.objects.filter(action="diagnosis_plan.changed").first()
    assert told is not None
    assert (told.data["before"], told.data["after"]) == (
        {"recheck_after_m": 10}, {"recheck_after_m": 5},
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        save_plan(runner, spec=spec(cast, area=cast.west))
    neighbour = make.person("neighbour", "picture_runner", cast.west_works)
    with pytest.raises(NotFound):
        services.set_plan_active(neighbour, plan_id=made.pk, is_active=False)
    reader = make.person("reader", "picture_reader", cast.east_works)
    with pytest.raises(NotAllowed):
        save_plan(reader, spec=spec(cast))


def test_a_stopped_plan_begins_nothing(cast: Cast, runner: User) -> None:
    made = save_plan(runner, spec=spec(cast))
    services.set_plan_active(runner, plan_id=made.pk, is_active=False)
    assert start_due(now=clock.now() + timedelta(days=2)) == 0
    with pytest.raises(DomainError):
        services.run_plan(runner, plan_id=made.pk)  # no cameras


def test_one_moment_of_a_plan_makes_one_round_whoever_begins_it(cast: Cast) -> None:
    """Two that begin at once: the second waits for the row, and the database knows the moment."""
    made = plan(cast)
    start_due(now=made.due_at)
    first = Run.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(
            plan=made, trigger="plan", area=cast.east, thresholds=first.thresholds,
            due_at=first.due_at, began_at=clock.now(),
        )  # fmt: skip
    assert Run.objects.count() == 1
