"""Going on duty, and what becomes of positions inside and outside of it."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.fieldwork.enums import SessionEnd, WorkerState
from apps.fieldwork.errors import NoConsent, NotAWorker, OffDuty
from apps.fieldwork.models import DutySession, LastPosition, Position, PositionBatch
from apps.fieldwork.selectors import nearest_on_duty, on_duty, worker_of
from apps.fieldwork.services import (
    Fix,
    end_duty,
    report_positions,
    start_duty,
    withdraw_consent,
)
from apps.fieldwork.services.duty import end_forgotten, purge_positions
from apps.fieldwork.services.workers import set_state
from tests.cast import Cast
from tests.fieldwork import factories

MINUTE = timedelta(minutes=1)


def send(worker, fixes, **named):
    return report_positions(worker.user, key=uuid4(), fixes=fixes, **named)


def test_duty_starts_once_for_one_key_and_is_logged(cast: Cast) -> None:
    worker, key, now = factories.worker(cast), uuid4(), clock.now()
    first = start_duty(worker.user, key=key, at=now, consent=True)
    again = start_duty(worker.user, key=key, at=now + MINUTE, consent=False)
    assert (again.pk, again.consent_version) == (first.pk, "2026-1")
    assert AuditEntry.objects.filter(action="duty.started").count() == 1
    with pytest.raises(Refused) as refused:
        start_duty(worker.user, key=uuid4(), at=now, consent=True)
    assert refused.value.code == "on_duty"


@pytest.mark.parametrize("away", [timedelta(minutes=5), timedelta(days=-8)])
def test_duty_cannot_start_in_the_future_or_long_ago(cast: Cast, away: timedelta) -> None:
    worker = factories.worker(cast)
    with pytest.raises(InvalidInput) as refused:
        start_duty(worker.user, key=uuid4(), at=clock.now() + away, consent=True)
    assert refused.value.field == "at"
    assert not DutySession.objects.exists()


def test_only_workers_go_on_duty(cast: Cast) -> None:
    assert worker_of(cast.handler) is None
    with pytest.raises(NotAWorker):
        start_duty(cast.handler, key=uuid4(), at=clock.now(), consent=True)


def test_positions_on_duty_are_kept_and_the_last_one_is_shown(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    fixes = factories.way(factories.middle(cast.cells["east"][0]), at=now - 9 * MINUTE, steps=5)
    key = uuid4()
    assert report_positions(worker.user, key=key, fixes=fixes) == 5
    assert report_positions(worker.user, key=key, fixes=fixes[:1]) == 5
    assert send(worker, fixes) == 0, "the same fixes under another key are known"
    assert Position.objects.count() == 5
    [seen] = on_duty()
    assert seen.worker == worker
    assert seen.seen_at == fixes[-1].at
    assert seen.point is not None


def test_positions_off_duty_leave_nothing_but_the_refusal(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    fixes = factories.way(factories.middle(cast.cells["east"][0]), at=now - MINUTE, steps=3)
    with pytest.raises(OffDuty):
        send(worker, fixes)
    factories.on_duty(worker, at=now - 30 * MINUTE)
    end_duty(worker.user, key=uuid4(), at=now - 20 * MINUTE)
    with pytest.raises(OffDuty):
        send(worker, fixes)
    assert not Position.objects.exists()
    assert not PositionBatch.objects.exists()
    said = AuditEntry.objects.filter(action="positions.refused")
    assert [entry.data for entry in said] == [{"why": "off_duty", "fixes": 3}] * 2


def test_without_consent_one_works_but_is_not_located(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 5 * MINUTE, consent=False)
    with pytest.raises(NoConsent):
        send(worker, factories.way(factories.middle(cast.cells["east"][0]), at=now, steps=1))
    assert not Position.objects.exists()
    [seen] = on_duty()
    assert seen.point is None


def test_consent_withdrawn_forgets_the_place_and_takes_no_more(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    start = factories.middle(cast.cells["east"][0])
    send(worker, factories.way(start, at=now - 9 * MINUTE, steps=1))
    withdraw_consent(worker.user, at=now - 5 * MINUTE)
    assert not LastPosition.objects.exists()
    with pytest.raises(NoConsent):
        send(worker, factories.way(start, at=now - MINUTE, steps=1))
    assert Position.objects.count() == 1


def test_a_mixed_batch_keeps_what_it_may_and_counts_the_rest(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    place = factories.middle(cast.cells["east"][0])
    times = (now - 60 * MINUTE, now - 5 * MINUTE, now + 30 * MINUTE)
    assert send(worker, [Fix(at, place.x, place.y, 5) for at in times]) == 1
    batch = PositionBatch.objects.get()
    assert (batch.stored, batch.outside, batch.future) == (1, 1, 1)


def test_a_wrong_clock_is_put_right_and_recorded(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    place, ahead = factories.middle(cast.cells["east"][0]), timedelta(hours=3)
    fix = Fix(now - MINUTE + ahead, place.x, place.y, 5)
    with clock.at(now):
        send(worker, [fix], sent_at=now + ahead)
    assert PositionBatch.objects.get().skew_s == -3 * 3600
    assert Position.objects.get().at == now - MINUTE


def test_a_leap_is_kept_and_doubted_and_the_way_goes_on(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 30 * MINUTE)
    place = factories.middle(cast.cells["east"][0])
    fixes = factories.way(place, at=now - 20 * MINUTE, steps=5)
    fixes[2] = Fix(fixes[2].at, place.x + 1, place.y, 5)
    assert send(worker, fixes) == 5
    doubts = list(Position.objects.values_list("doubt", flat=True))
    assert doubts == ["", "", "speed", "", ""]
    assert Position.objects.get(doubt="speed").speed_kmh > 1000


def test_after_a_false_start_the_true_way_is_trusted_again(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 30 * MINUTE)
    place = factories.middle(cast.cells["east"][0])
    fixes = [Fix(now - 21 * MINUTE, place.x + 1, place.y, 5)]
    fixes += factories.way(place, at=now - 20 * MINUTE, steps=5)
    send(worker, fixes)
    doubts = list(Position.objects.values_list("doubt", flat=True))
    assert doubts == ["", "speed", "speed", "", "", ""]


@pytest.mark.parametrize(
    "fix", [(181, 36, 5), (120, 91, 5), (120, 36, -1), (float("nan"), 36, 5), (120, 36, 1e9)]
)
def test_impossible_coordinates_name_themselves(cast: Cast, fix: tuple[float, ...]) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - MINUTE)
    with pytest.raises(InvalidInput):
        send(worker, [Fix(now, *fix)])


def test_whoever_left_sends_nothing_more(cast: Cast) -> None:
    worker, leader, now = factories.worker(cast), factories.leader(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    set_state(leader, worker_id=worker.pk, state=WorkerState.LEFT)
    with pytest.raises(NotAllowed):
        send(worker, factories.way(factories.middle(cast.cells["east"][0]), at=now, steps=1))
    assert worker.sessions.get().ended_by == SessionEnd.LEFT
    assert on_duty() == []


def test_off_duty_forgets_the_last_position(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    send(worker, factories.way(factories.middle(cast.cells["east"][0]), at=now - MINUTE, steps=1))
    key = uuid4()
    first = end_duty(worker.user, key=key, at=now)
    assert end_duty(worker.user, key=key, at=now).pk == first.pk
    assert not LastPosition.objects.exists()
    with pytest.raises(OffDuty):
        end_duty(worker.user, key=uuid4(), at=now)


def test_a_forgotten_duty_ends_itself_and_takes_the_true_end_later(cast: Cast) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - timedelta(hours=20))
    assert end_forgotten() == 1
    assert end_forgotten() == 0
    session = worker.sessions.get()
    assert session.ended_at == session.started_at + timedelta(hours=16)
    ended = end_duty(worker.user, key=uuid4(), at=now - timedelta(hours=12))
    assert ended.ended_at == now - timedelta(hours=12)
    assert ended.ended_by == SessionEnd.WORKER


def test_positions_are_never_rewritten_and_go_when_old(cast: Cast, settings) -> None:
    worker, now = factories.worker(cast), clock.now()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    send(worker, factories.way(factories.middle(cast.cells["east"][0]), at=now - MINUTE, steps=2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Position.objects.update(doubt="speed")
    assert purge_positions() == 0
    with clock.at(now + timedelta(days=settings.POSITION_RETENTION_DAYS + 1)):
        assert purge_positions() == 2
    assert not Position.objects.exists()


def test_the_nearest_come_first_and_the_unseen_last(cast: Cast) -> None:
    now = clock.now()
    near = factories.worker(cast, "near", cells=(0,))
    far = factories.worker(cast, "far", cells=(1,))
    unseen = factories.worker(cast, "unseen", cells=(2,))
    place = factories.middle(cast.cells["east"][0])
    for one, east in ((far, 0.01), (near, 0.001)):
        factories.on_duty(one, at=now - 5 * MINUTE)
        send(one, [Fix(now - MINUTE, place.x + east, place.y, 5)])
    factories.on_duty(unseen, at=now - 5 * MINUTE, consent=False)
    found = nearest_on_duty(point=place, tenant_id=cast.tenant.pk)
    assert [one.worker for one in found] == [near, far, unseen]
    assert 80 < found[0].distance_m < 100
    assert found[2].distance_m is None
    assert nearest_on_duty(point=place, tenant_id=cast.tenant.pk + 1) == []
    assert [one.worker for one in on_duty(area_path=cast.cells["east"][1].path)] == [far]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_twice_at_once_is_one_batch(cast: Cast) -> None:
    worker, now, key = factories.worker(cast), clock.now(), uuid4()
    factories.on_duty(worker, at=now - 10 * MINUTE)
    fixes = factories.way(factories.middle(cast.cells["east"][0]), at=now - MINUTE, steps=3)
    answers: list[int] = []

    def go() -> None:
        try:
            answers.append(report_positions(worker.user, key=key, fixes=fixes))
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [3, 3]
    assert Position.objects.count() == 3
    assert PositionBatch.objects.count() == 1
