"""Checking in at the points of a patrol."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.fieldwork.enums import PatrolState, StopState
from apps.fieldwork.errors import NotAWorker, OffDuty
from apps.fieldwork.models import CheckIn, Patrol
from apps.fieldwork.selectors import patrols_for
from apps.fieldwork.services import check_in, finish_patrol
from tests.cast import Cast
from tests.fieldwork import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def patrol(cast: Cast) -> Patrol:
    """Two points to visit, and its worker on duty."""
    worker = factories.worker(cast)
    factories.on_duty(worker, at=clock.now() - 30 * MINUTE)
    made = factories.patrol(worker, cast.cells["east"][:1])
    Patrol.objects.filter(pk=made.pk).update(starts_at=clock.now() - timedelta(days=1))
    return made


def arrive(patrol: Patrol, number: int = 0, *, east: float = 0.0, **named):
    stop = patrol.stops.all()[number]
    values = {
        "key": uuid4(), "patrol_id": patrol.pk, "point_id": stop.pk, "at": clock.now(),
        "lon": stop.point.x + east, "lat": stop.point.y, "accuracy_m": 10,
    } | named  # fmt: skip
    return check_in(patrol.worker.user, **values)


def test_in_place_the_point_is_done_and_the_patrol_runs(patrol: Patrol) -> None:
    key = uuid4()
    first = arrive(patrol, east=0.0004, key=key, note="完好")
    assert arrive(patrol, 1, key=key).pk == first.pk
    assert first.is_in_place
    assert 30 < first.distance_m < 50
    patrol.refresh_from_db()
    assert patrol.state == PatrolState.RUNNING
    assert patrol.started_at == first.at
    assert [stop.state for stop in patrol.stops.all()] == [StopState.DONE, StopState.WAITING]


def test_out_of_place_is_kept_with_the_metres_and_can_be_mended(patrol: Patrol) -> None:
    made = arrive(patrol, east=0.002)
    assert not made.is_in_place
    assert 115 < made.out_by_m < 130
    assert patrol.stops.all()[0].state == StopState.OUT_OF_PLACE
    arrive(patrol)
    arrive(patrol, east=0.002)
    assert patrol.stops.all()[0].state == StopState.DONE
    assert CheckIn.objects.count() == 3


def test_a_rough_fix_counts_at_most_once_more_the_radius(patrol: Patrol) -> None:
    assert not arrive(patrol, east=0.005, accuracy_m=5000).is_in_place


def test_the_whole_round_is_finished(patrol: Patrol) -> None:
    with pytest.raises(Refused):
        finish_patrol(patrol.worker.user, key=uuid4(), patrol_id=patrol.pk, at=clock.now())
    arrive(patrol, 0)
    arrive(patrol, 1)
    key = uuid4()
    done = finish_patrol(patrol.worker.user, key=key, patrol_id=patrol.pk, at=clock.now())
    again = finish_patrol(patrol.worker.user, key=key, patrol_id=patrol.pk, at=clock.now())
    assert done.state == PatrolState.DONE
    assert again.finished_at == done.finished_at
    with pytest.raises(Refused):
        finish_patrol(patrol.worker.user, key=uuid4(), patrol_id=patrol.pk, at=clock.now())


def test_off_duty_or_for_somebody_else_nobody_checks_in(cast: Cast, patrol: Patrol) -> None:
    with pytest.raises(OffDuty):
        arrive(patrol, at=clock.now() - 60 * MINUTE)
    other = factories.worker(cast, "other", cells=(1,))
    factories.on_duty(other)
    stop = patrol.stops.all()[0]
    values = {
        "patrol_id": patrol.pk, "point_id": stop.pk, "at": clock.now(), "lon": stop.point.x,
        "lat": stop.point.y, "accuracy_m": 5,
    }  # fmt: skip
    with pytest.raises(NotFound):
        check_in(other.user, key=uuid4(), **values)
    with pytest.raises(NotAWorker):
        check_in(cast.handler, key=uuid4(), **values)
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ({"key": "nonsense"}, "key"),
        ({"lon": 500.0}, "lon"),
        ({"accuracy_m": -1.0}, "accuracy_m"),
    ],
)
def test_what_cannot_be_is_named(patrol: Patrol, named: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        arrive(patrol, **named)
    assert refused.value.field == field


def test_outside_its_window_a_patrol_takes_nothing(patrol: Patrol) -> None:
    Patrol.objects.filter(pk=patrol.pk).update(ends_at=clock.now() - MINUTE)
    with pytest.raises(Refused) as refused:
        arrive(patrol)
    assert refused.value.code == "outside_window"


def test_a_worker_finds_the_patrols_of_the_day(patrol: Patrol) -> None:
    assert list(patrols_for(patrol.worker.user, patrol.day)) == [patrol]
    assert not patrols_for(patrol.worker.user, patrol.day + timedelta(days=1)).exists()


def test_answers_are_checked_by_the_plans_items(patrol: Patrol) -> None:
    fields = [{"name": "blocked", "label": "通道堵塞", "type": "boolean"}]
    fields.append({"name": "count", "label": "灭火器数量", "type": "integer", "min": 0})
    Patrol.objects.filter(pk=patrol.pk).update(items={"fields": fields})
    with pytest.raises(InvalidInput):
        arrive(patrol, answers={"count": -3})
    assert arrive(patrol, answers={"blocked": True, "count": 4}).answers["count"] == 4
