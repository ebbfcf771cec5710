"""From answers to states, outages and alarms, with the clock held. Source: OP-02, OP-04, OP-20."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.alarms.models import Alarm
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.monitoring.models import Check, HourFigure, Measure, Outage, Sample, Target
from apps.monitoring.probes import Answer, Outcome
from apps.monitoring.services import purge, roll_up, set_target_active
from apps.monitoring.services.planning import CLAIM, MOST_WORKERS, claim_due
from apps.monitoring.services.settling import settle
from tests.alarms.factories import asset
from tests.cast import Cast
from tests.monitoring.conftest import OpenRoom
from tests.monitoring.factories import ask_now, check, measure, target

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def state_of(row: Target) -> str:
    row.refresh_from_db()
    return row.state


def open_alarms() -> dict[str, str]:
    found = Alarm.objects.filter(ended_at=None).order_by("kind")
    return dict(found.values_list("kind", "state"))


def test_three_silences_are_an_outage_from_the_first_and_the_next_answer_ends_it(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    room, at = open_equipment.room, target(asset(cast))
    check(at, "http", open_equipment.ports["web"])
    assert ask_now(NOON) == 1
    assert state_of(at) == "up"
    room.dead.add("web")
    for turn in (1, 2):
        ask_now(NOON + turn * MINUTE)
        assert state_of(at) == "up"
    assert not Outage.objects.exists()
    ask_now(NOON + 3 * MINUTE)
    assert state_of(at) == "down"
    assert open_alarms() == {"unreachable": "active"}
    ask_now(NOON + 9 * MINUTE)
    room.dead.clear()
    ask_now(NOON + 10 * MINUTE)
    assert state_of(at) == "up"
    outage = Outage.objects.get()
    assert (outage.began_at, outage.ended_at) == (NOON + MINUTE, NOON + 10 * MINUTE)
    assert (outage.heard_at, outage.silent_at) == (NOON, NOON + 9 * MINUTE)
    assert open_alarms() == {}
    alarm = Alarm.objects.get()
    assert (alarm.source, alarm.is_outage, alarm.state) == ("equipment", True, "recovered")


def test_a_wrong_clock_moves_no_outage(cast: Cast, open_equipment: OpenRoom) -> None:
    room, at = open_equipment.room, target(asset(cast), kind="recorder")
    check(at, "onvif", open_equipment.ports["onvif"])
    room.skew_s = -7200
    ask_now(NOON)
    room.dead.add("onvif")
    for turn in (1, 2, 3):
        ask_now(NOON + turn * MINUTE)
    at.refresh_from_db()
    assert at.skew_s == pytest.approx(-7200, abs=1.5)
    assert Outage.objects.get().began_at == NOON + MINUTE


def test_a_thing_is_there_while_one_vital_check_answers(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    room, at = open_equipment.room, target(asset(cast))
    check(at, "http", open_equipment.ports["web"])
    check(at, "metrics", open_equipment.ports["metrics"])
    ask_now(NOON)
    room.dead.add("web")
    for turn in range(1, 4):
        ask_now(NOON + turn * MINUTE)
    assert state_of(at) == "degraded"
    assert open_alarms() == {"check_failed": "active"}
    room.dead.add("metrics")
    for turn in range(4, 7):
        ask_now(NOON + turn * MINUTE)
    assert state_of(at) == "down"
    assert open_alarms() == {"check_failed": "unknown", "unreachable": "active"}
    assert Outage.objects.get().began_at == NOON + 4 * MINUTE
    room.dead.clear()
    ask_now(NOON + 8 * MINUTE)
    assert state_of(at) == "up"
    assert open_alarms() == {}


def test_a_busy_server_asks_for_capacity_after_its_time(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    room, at = open_equipment.room, target(asset(cast))
    load = check(at, "metrics", open_equipment.ports["metrics"])
    cpu = measure(
        load, "cpu", name="CPU", unit="%", address="@cpu", warn=80, lasting_s=120,
        asks_capacity=True,
    )  # fmt: skip
    room.cpu_percent = 95
    ask_now(NOON)
    for turn in (1, 2):
        ask_now(NOON + turn * MINUTE)
    cpu.refresh_from_db()
    assert cpu.value == pytest.approx(95, abs=2)
    assert open_alarms() == {}
    ask_now(NOON + 3 * MINUTE)
    assert open_alarms() == {"capacity_asked": "active"}
    assert state_of(at) == "degraded"
    assert "扩容" in Alarm.objects.get().sentence
    room.cpu_percent = 10
    ask_now(NOON + 4 * MINUTE)
    assert open_alarms() == {}
    assert state_of(at) == "up"


def test_a_certificate_that_runs_out_warns_then_grows_grave(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    at = target(asset(cast))
    left = check(at, "tls", open_equipment.ports["tls"], is_vital=False)
    days = measure(left, "days_left", warn=30, critical=7, is_below=True)
    ask_now(NOON)
    assert Alarm.objects.get().level == 2
    Measure.objects.filter(pk=days.pk).update(critical=25)
    ask_now(NOON + MINUTE)
    alarm = Alarm.objects.get()
    assert (alarm.level, alarm.ended_at) == (3, None)


def test_what_we_may_not_ask_is_unknown_and_no_outage(
    cast: Cast, open_equipment: OpenRoom, settings: object
) -> None:
    at = target(asset(cast))
    check(at, "http", open_equipment.ports["web"])
    settings.DEVICE_NETWORKS = ["10.0.0.0/8"]  # type: ignore[attr-defined]
    for turn in range(4):
        ask_now(NOON + turn * MINUTE)
    assert state_of(at) == "unknown"
    assert "网段" in Check.objects.get().hindrance
    assert not Outage.objects.exists()


def test_a_time_nobody_asked_is_neither_up_nor_down(cast: Cast, open_equipment: OpenRoom) -> None:
    at = target(asset(cast))
    check(at, "http", open_equipment.ports["web"])
    ask_now(NOON)
    ask_now(NOON + 60 * MINUTE)
    gap = Outage.objects.get()
    assert gap.kind == "unknown"
    assert (gap.began_at, gap.ended_at) == (NOON + MINUTE, NOON + 60 * MINUTE)


def test_watched_no_more_ends_the_outage_where_it_was_last_seen(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    at = target(asset(cast))
    check(at, "http", open_equipment.ports["web"])
    open_equipment.room.dead.add("web")
    for turn in range(4):
        ask_now(NOON + turn * MINUTE)
    with clock.at(NOON + 30 * MINUTE):
        set_target_active(SYSTEM, target_id=at.pk, is_active=False)
        set_target_active(SYSTEM, target_id=at.pk, is_active=False)
    assert state_of(at) == "unknown"
    assert Outage.objects.get().ended_at == NOON + 3 * MINUTE
    assert open_alarms() == {"unreachable": "unknown"}
    assert ask_now(NOON + 31 * MINUTE) == 0


def test_a_check_is_claimed_once_and_a_late_worker_writes_nothing(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    at = target(asset(cast))
    for name in ("web", "metrics"):
        check(at, "http", open_equipment.ports[name])
    with clock.at(NOON):
        Check.objects.update(due_at=NOON)
        first = claim_due(most=1)
        second = claim_due()
        third = claim_due()
    assert (len(first.questions), len(second.questions), len(third.questions)) == (1, 1, 0)
    assert {q.key for q in first.questions} != {q.key for q in second.questions}
    assert MOST_WORKERS == 2
    with clock.at(NOON + CLAIM + MINUTE):
        again = claim_due()  # both workers died
    assert len(again.questions) == 2
    late = Outcome(first.questions[0], NOON, Answer({"time_ms": 1}))
    assert not settle(first.claim, late)
    assert not Check.objects.filter(answered_at__isnull=False).exists()


def test_a_dead_thing_is_asked_less_and_less_often(cast: Cast, open_equipment: OpenRoom) -> None:
    at = target(asset(cast))
    check(at, "http", open_equipment.ports["web"], every_s=10)
    open_equipment.room.dead.add("web")
    waits = []
    for turn in range(14):
        moment = NOON + turn * 6 * MINUTE
        ask_now(moment)
        waits.append((Check.objects.get().due_at - moment).total_seconds())
    assert max(waits[:2]) <= 10
    assert waits[-1] == pytest.approx(300, rel=0.11)


def test_hours_are_rolled_up_and_old_figures_forgotten(
    cast: Cast, open_equipment: OpenRoom
) -> None:
    at = target(asset(cast))
    web = check(at, "http", open_equipment.ports["web"])
    took = measure(web, "status")
    ask_now(NOON)
    ask_now(NOON + MINUTE)
    with clock.at(NOON + 10 * MINUTE):
        roll_up()
        roll_up()
    hour = HourFigure.objects.get()
    assert (hour.measure_id, hour.count, hour.low, hour.high, hour.mean) == (
        took.pk, 2, 200, 200, 200,
    )  # fmt: skip
    with clock.at(NOON + timedelta(days=8)):
        assert purge() == 2
    assert not Sample.objects.exists()
    assert HourFigure.objects.count() == 1
