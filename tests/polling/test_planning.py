"""Who is asked when, what comes of it, and what when nothing comes. Source: IO-09, IO-10."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.alarms.enums import AlarmState
from apps.alarms.models import Alarm
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.cycles import LONGEST_WAIT, missed_since, next_due, wait_after
from apps.demo import simulators
from apps.demo.simulators import Stage
from apps.polling.models import Gateway, Poll
from apps.polling.services import drop_poll, planning, poll_due, set_gateway_active, settle
from apps.polling.services.planning import CLAIM, claim_due
from apps.sensing.models import Latest, Reading
from tests.cast import Cast
from tests.polling import factories as make
from tests.sensing.factories import device

#: A busy machine draws slowly; that says nothing of the property.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulators.stage() as made:
        yield made


def run(at: datetime) -> int:
    with clock.at(at):
        return poll_due()


def latest(node: str, code: str) -> float | None:
    return Latest.objects.get(series__device__node=node, series__field__code=code).value


def due_all(at: datetime) -> None:
    Poll.objects.update(due_at=at)
    Gateway.objects.update(retry_at=None)


def fail(times: int) -> None:
    for turn in range(times):
        due_all(NOON + timedelta(minutes=turn))
        assert run(NOON + timedelta(minutes=turn)) == 0


def test_due_devices_are_read_into_the_intake(cast: Cast, stage: Stage) -> None:
    port = stage.run(simulators.serve_modbus({1: [35, 615]}))
    poll = make.poll(make.gateway(cast, port=port), device("AQ-1"), make.plan())
    due_all(NOON)
    assert run(NOON) == 1
    assert (latest("AQ-1", "pm25"), latest("AQ-1", "temperature")) == (35, 21.5)
    assert set(Reading.objects.values_list("at", flat=True)) == {NOON}
    poll.refresh_from_db()
    assert (poll.answered_at, poll.failures, poll.missed) == (NOON, 0, 0)
    assert NOON < poll.due_at <= NOON + timedelta(seconds=10)
    assert run(NOON) == 0


def test_what_is_out_of_range_is_judged_like_any_reading(cast: Cast, stage: Stage) -> None:
    port = stage.run(simulators.serve_modbus({1: [35, 32768]}))
    make.poll(make.gateway(cast, port=port), device("AQ-1"), make.plan())
    due_all(NOON)
    run(NOON)
    found = Latest.objects.get(series__field__code="temperature")
    assert (found.value, found.get_quality_display()) == (-3316.8, "可疑")


def test_a_dead_gateway_is_one_alarm_that_ends_when_it_answers(cast: Cast, stage: Stage) -> None:
    at = make.gateway(cast)
    by = make.plan()
    for number in (1, 2, 3):
        make.poll(at, device(f"AQ-{number}"), by, address=str(number))
    fail(2)
    assert not Alarm.objects.exists()
    fail(1)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.key, alarm.unit) == (
        "poll_interrupted", f"gateway:{at.pk}", cast.east_works,
    )  # fmt: skip
    assert "东区泵站网关" in alarm.sentence
    at.refresh_from_db()
    port = stage.run(simulators.serve_modbus({n: [5, 600] for n in (1, 2, 3)}))
    Gateway.objects.update(port=port)
    later = NOON + timedelta(hours=1)
    due_all(later)
    assert run(later) == 3
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.RECOVERED
    at.refresh_from_db()
    assert (at.failures, at.retry_at, at.is_interrupted) == (0, None, False)


def test_one_dead_device_is_an_alarm_of_its_own(cast: Cast, stage: Stage) -> None:
    units = {1: [5, 600]}
    port = stage.run(simulators.serve_modbus(units))
    at, by = make.gateway(cast, port=port), make.plan()
    make.poll(at, device("AQ-1"), by, address="1")
    dead = make.poll(at, device("AQ-2"), by, address="2")
    for turn in range(3):
        due_all(NOON + timedelta(minutes=turn))
        assert run(NOON + timedelta(minutes=turn)) == 1
    alarm = Alarm.objects.get()
    assert (alarm.asset, alarm.state) == (dead.device.asset, AlarmState.ACTIVE)
    at.refresh_from_db()
    assert (at.failures, at.is_interrupted) == (0, False)
    Poll.objects.filter(pk=dead.pk).update(address="1")
    later = NOON + timedelta(minutes=9)
    due_all(later)
    assert run(later) == 2
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.RECOVERED


def test_nobody_asks_any_more_is_unknown_and_never_recovered(cast: Cast) -> None:
    at = make.gateway(cast)
    make.poll(at, device("AQ-1"), make.plan())
    fail(3)
    with clock.at(NOON + timedelta(hours=1)):
        set_gateway_active(SYSTEM, gateway_id=at.pk, is_active=False)
    assert Alarm.objects.get().state == AlarmState.UNKNOWN
    due_all(NOON)
    assert run(NOON + timedelta(hours=2)) == 0
    assert Alarm.objects.get().state == AlarmState.UNKNOWN


def test_a_dropped_poll_leaves_its_alarm_unknown(cast: Cast, stage: Stage) -> None:
    port = stage.run(simulators.serve_modbus({1: [5, 600]}))
    at, by = make.gateway(cast, port=port), make.plan()
    make.poll(at, device("AQ-1"), by)
    dead = make.poll(at, device("AQ-2"), by, address="2")
    for turn in range(3):
        due_all(NOON + timedelta(minutes=turn))
        run(NOON + timedelta(minutes=turn))
    assert Alarm.objects.get().state == AlarmState.ACTIVE
    for _again in range(2):
        drop_poll(SYSTEM, gateway_id=at.pk, poll_id=dead.pk)
    assert Alarm.objects.get().state == AlarmState.UNKNOWN


def test_back_off_doubles_by_the_clock_and_is_bounded(cast: Cast) -> None:
    at = make.gateway(cast)
    make.poll(at, device("AQ-1"), make.plan(), every_s=5)
    Poll.objects.update(due_at=NOON)
    now, waits = NOON, []
    for _turn in range(9):
        run(now)
        at.refresh_from_db()
        assert at.retry_at is not None
        waits.append((at.retry_at - now).total_seconds())
        assert run(at.retry_at - timedelta(milliseconds=1)) == 0
        now = at.retry_at + timedelta(seconds=6)
    at.refresh_from_db()
    assert at.failures == 9
    grown = [after / before for before, after in pairwise(waits[:6])]
    assert all(abs(step - 2) < 0.01 for step in grown)
    assert waits[-1] <= LONGEST_WAIT.total_seconds() * 1.1
    poll = Poll.objects.get()
    assert poll.missed > 9


def test_a_claimed_gateway_is_nobody_elses_until_the_claim_runs_out(cast: Cast) -> None:
    at = make.gateway(cast)
    make.poll(at, device("AQ-1"), make.plan())
    due_all(NOON)
    with clock.at(NOON):
        [claimed] = claim_due()
        assert claim_due() == []
    with clock.at(NOON + CLAIM):
        [taken_over] = claim_due()
        assert settle(at.pk, claimed.claim, []) is False
        assert settle(at.pk, taken_over.claim, []) is True
    assert Gateway.objects.get().claim is None


def test_no_more_than_two_workers_poll_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.plan()
    for number in range(3):
        make.poll(make.gateway(cast), device(f"AQ-{number}"), by)
    due_all(NOON)
    with clock.at(NOON):
        claims = [len(claim_due(most=1)) for _worker in range(3)]
    assert claims == [1, 1, 0]


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_never_ask_one_gateway_twice(cast: Cast, stage: Stage) -> None:
    asked: Counter[int] = Counter()
    port = stage.run(
        simulators.serve_modbus(
            {n: [5, 600] for n in range(1, 9)}, on_read=lambda unit: asked.update([unit])
        )
    )
    at, by = make.gateway(cast, port=port), make.plan()
    for number in range(1, 9):
        make.poll(at, device(f"AQ-{number}"), by, address=str(number), every_s=3600)
    Poll.objects.update(due_at=clock.now() - timedelta(seconds=1))
    start = Barrier(4)

    def work() -> None:
        start.wait()
        poll_due()
        connection.close()

    workers = [Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert asked == Counter(dict.fromkeys(range(1, 9), 1))
    assert Reading.objects.count() == 16


def test_a_worker_that_dies_midway_leaves_the_devices_to_the_next(
    cast: Cast, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = stage.run(simulators.serve_modbus({1: [35, 615]}))
    make.poll(make.gateway(cast, port=port), device("AQ-1"), make.plan())
    due_all(NOON)
    with monkeypatch.context() as dying:
        dying.setattr(planning, "settle", _die)
        with pytest.raises(SystemExit):
            run(NOON)
    assert run(NOON + timedelta(seconds=30)) == 0
    assert run(NOON + CLAIM + timedelta(seconds=1)) == 1


def _die(*_given: object) -> None:
    raise SystemExit


def test_a_device_out_of_use_is_not_asked(cast: Cast) -> None:
    poll = make.poll(make.gateway(cast), device("AQ-1"), make.plan())
    poll.device.is_active = False
    poll.device.save()
    due_all(NOON)
    with clock.at(NOON):
        assert claim_due() == []


def test_a_thousand_polls_do_not_fall_due_together() -> None:
    seconds = Counter(next_due(key, 60, after=NOON).replace(microsecond=0) for key in range(1000))
    assert max(seconds.values()) <= 20


@patient
@given(key=st.integers(1, 10**6), every=st.integers(5, 86400), gone=st.integers(0, 10**7))
def test_the_next_place_is_ahead_within_a_cycle_and_always_the_same(
    key: int, every: int, gone: int
) -> None:
    after = NOON + timedelta(seconds=gone)
    due = next_due(key, every, after=after)
    assert timedelta(0) < due - after <= timedelta(seconds=every, milliseconds=1)
    again = next_due(key, every, after=due + timedelta(milliseconds=1))
    assert abs((again - due).total_seconds() - every) < 0.01


@patient
@given(st.integers(1, 10**9), st.integers(1, 10**6))
def test_waiting_is_bounded(failures: int, key: int) -> None:
    assert wait_after(failures, key) <= LONGEST_WAIT * 1.1


def test_cycles_that_went_by_are_counted() -> None:
    assert missed_since(NOON, 10, now=NOON + timedelta(seconds=9)) == 0
    assert missed_since(NOON, 10, now=NOON + timedelta(seconds=35)) == 3
