"""Readings taken in: judged, stored once, the latest moved forward, refused with a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from apps.alarms.rules import Reading as Told
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.sensing import partitions
from apps.sensing.enums import DeviceState, Flaw, Quality
from apps.sensing.models import (
    Device,
    IntakeRefusal,
    Latest,
    PendingEvaluation,
    Reading,
    StateChange,
)
from apps.sensing.registry import temporarily
from apps.sensing.services.flushing import fall_silent
from apps.sensing.services.intake import evaluate_again, take_readings
from tests.cast import Cast
from tests.sensing.factories import device, told

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def air(cast: Cast) -> Device:
    return device("AQ-1")


def take(sender: Device, *items: Any, at: datetime = NOON) -> Any:
    with clock.at(at):
        return take_readings(items, sender=sender)


def series_of(made: Device, code: str) -> int:
    return made.series.get(field__code=code).pk


def stored(made: Device, code: str) -> list[tuple[Any, ...]]:
    rows = Reading.objects.filter(series_id=series_of(made, code)).order_by("at")
    return list(rows.values_list("value", "quality", "flaw"))


def test_values_are_stored_and_the_latest_moves_forward(air: Device) -> None:
    answer = take(air, told("AQ-1", NOON, pm25=35.2, pm10=60))
    assert (answer.states, answer.stored, answer.wrong) == (["stored"], 2, [])
    late = take(air, told("AQ-1", NOON - timedelta(minutes=5), pm25=30))
    assert late.states == ["stored"]
    latest = Latest.objects.get(series=series_of(air, "pm25"))
    assert (latest.at, latest.value) == (NOON, 35.2)
    take(air, told("AQ-1", NOON + timedelta(minutes=5), pm25=36), at=NOON + timedelta(minutes=6))
    latest.refresh_from_db()
    assert latest.value == 36


def test_a_moment_may_be_absent_or_milliseconds(air: Device) -> None:
    stamp = int(NOON.timestamp() * 1000) - 60_000
    answer = take(air, told("AQ-1", pm25=1), {"values": {"pm25": 2}, "at": stamp})
    assert answer.states == ["stored", "stored"]
    moments = Reading.objects.order_by("at").values_list("at", flat=True)
    assert list(moments) == [NOON - timedelta(minutes=1), NOON]


def test_the_same_again_is_a_duplicate_another_value_a_replay(air: Device) -> None:
    take(air, told("AQ-1", NOON, pm25=35))
    again = take(air, told("AQ-1", NOON, pm25=35), told("AQ-1", NOON, pm25=35))
    assert (again.states, again.stored, again.duplicates) == (["duplicate", "duplicate"], 0, 2)
    assert not IntakeRefusal.objects.exists()
    other = take(air, told("AQ-1", NOON, pm25=99))
    assert [(w.reason, w.field) for w in other.wrong] == [("replayed", "pm25")]
    assert stored(air, "pm25") == [(35, Quality.VALID, Flaw.NONE)]
    assert IntakeRefusal.objects.get().reason == "replayed"


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (told("AQ-9", NOON, pm25=1), "other_node"),
        ("text", "shape"),
        ({"values": {}}, "shape"),
        ({"values": {"pm25": 1}, "at": "yesterday"}, "shape"),
        ({"values": {"pm25": 1}, "at": "2026-11-20T04:00:00"}, "shape"),
        ({"values": {"pm25": 1}, "at": 1e300}, "shape"),
        (told("AQ-1", NOON, nothing=1), "unknown_field"),
        (told("AQ-1", NOON, pm25=float("nan")), "not_a_value"),
        (told("AQ-1", NOON, pm25=float("inf")), "not_a_value"),
        (told("AQ-1", NOON, pm25="35"), "not_a_value"),
        (told("AQ-1", NOON, pm25=True), "not_a_value"),
        (told("AQ-1", NOON, pm25=10**400), "not_a_value"),
        ({"values": {"pm25": 0.03}, "units": {"pm25": "mg/m³"}}, "wrong_unit"),
        (told("AQ-1", NOON + timedelta(minutes=6), pm25=1), "ahead"),
        (told("AQ-1", NOON - timedelta(days=730), pm25=1), "too_old"),
    ],
)
def test_what_is_not_taken_is_counted_by_its_reason(air: Device, item: Any, reason: str) -> None:
    answer = take(air, item, told("AQ-1", NOON, pm10=1))
    assert answer.states == ["refused", "stored"]
    assert [wrong.reason for wrong in answer.wrong] == [reason]
    counted = IntakeRefusal.objects.get()
    assert (counted.reason, counted.count) == (reason, 1)
    assert AuditEntry.objects.filter(action="readings.refused").count() == 1


def test_a_good_field_is_stored_beside_a_bad_one(air: Device) -> None:
    answer = take(air, told("AQ-1", NOON, pm25=35, pm10="x"))
    assert (answer.states, answer.stored) == (["partly"], 1)


def test_a_stopped_device_is_not_heard(air: Device) -> None:
    Device.objects.update(is_active=False)
    assert take(air, told("AQ-1", NOON, pm25=1)).wrong[0].reason == "stopped"
    assert not Reading.objects.exists()


def test_out_of_range_and_gaps_are_kept_and_marked(air: Device) -> None:
    doubted = told("AQ-1", NOON, so2=5) | {"quality": "suspect"}
    take(air, told("AQ-1", NOON, pm25=-1, pm10=None), doubted)
    assert stored(air, "pm25") == [(-1, Quality.SUSPECT, Flaw.RANGE)]
    assert stored(air, "pm10") == [(None, Quality.MISSING, Flaw.NONE)]
    assert stored(air, "so2") == [(5, Quality.SUSPECT, Flaw.TOLD)]


def test_a_jump_is_suspect_unless_it_had_time(air: Device) -> None:
    near, far = NOON + timedelta(minutes=5), NOON + timedelta(hours=5)
    take(air, told("AQ-1", NOON, temperature=10))
    take(air, told("AQ-1", near, temperature=30), at=near)
    take(air, told("AQ-1", far, temperature=10), at=far)
    assert [row[2] for row in stored(air, "temperature")] == [Flaw.NONE, Flaw.STEP, Flaw.NONE]


def test_a_jump_within_a_batch_is_suspect(air: Device) -> None:
    items = [
        told("AQ-1", NOON - timedelta(minutes=n), temperature=t)
        for n, t in ((10, 20), (5, 40), (0, 41))
    ]
    take(air, *items)
    assert [row[2] for row in stored(air, "temperature")] == [0, Flaw.STEP, 0]


def test_the_value_after_a_wild_one_is_believed(air: Device) -> None:
    for n, value in enumerate((35, 1500, 36)):
        moment = NOON + timedelta(minutes=5 * n)
        take(air, told("AQ-1", moment, pm25=value), at=moment)
    assert [row[2] for row in stored(air, "pm25")] == [Flaw.NONE, Flaw.RANGE, Flaw.NONE]


def test_a_value_that_never_changes_is_suspect(air: Device) -> None:
    for hour in range(9):
        moment = NOON + timedelta(hours=hour)
        take(air, told("AQ-1", moment, pm25=35 if hour < 8 else 36, pm10=hour), at=moment)
    assert [row[2] for row in stored(air, "pm25")] == [0] * 6 + [Flaw.STUCK] * 2 + [0]
    assert {row[2] for row in stored(air, "pm10")} == {Flaw.NONE}


def test_what_comes_late_is_marked_late(air: Device) -> None:
    take(air, told("AQ-1", NOON - timedelta(days=3), pm25=1))
    assert stored(air, "pm25")[0][1] == Quality.LATE
    assert Device.objects.get().presence.state == DeviceState.UNKNOWN


def test_days_get_parts_of_their_own_and_old_ones_go(air: Device) -> None:
    take(air, told("AQ-1", NOON, pm25=1), told("AQ-1", NOON - timedelta(days=9), pm25=2))
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from sensing_reading_20261111")
        assert cursor.fetchone() == (1,)
    dropped = partitions.drop_before(NOON.date() - timedelta(days=2))
    assert dropped[-1] == "sensing_reading_20261111"
    assert Reading.objects.count() == 1
    assert partitions.ensure([NOON.date()]) == []


def test_heard_faulty_silent_and_back(cast: Cast) -> None:
    lamp = device("L-1", profile="street_lamp")
    state = lambda: Device.objects.get(pk=lamp.pk).presence.state  # noqa: E731
    minute = timedelta(minutes=1)
    take(lamp, told("L-1", NOON, on=True))
    assert state() == DeviceState.ONLINE
    take(lamp, told("L-1", NOON + minute, status="lamp_fault"), at=NOON + minute)
    assert state() == DeviceState.FAULT
    take(lamp, told("L-1", NOON + 2 * minute, on=True), at=NOON + 2 * minute)
    assert state() == DeviceState.FAULT
    assert fall_silent(now=NOON + 50 * minute) == 0
    assert fall_silent(now=NOON + 90 * minute) == 1
    assert state() == DeviceState.UNKNOWN
    take(lamp, told("L-1", NOON + 95 * minute, status="normal"), at=NOON + 95 * minute)
    assert state() == DeviceState.ONLINE
    assert fall_silent(now=NOON + 300 * minute) == 1
    assert state() == DeviceState.OFFLINE
    history = StateChange.objects.order_by("pk").values_list("after", flat=True)
    assert list(history) == ["online", "fault", "unknown", "online", "offline"]


def test_a_program_reaches_only_devices_of_its_areas(cast: Cast) -> None:
    device("E-1")
    device("W-1", at=Cast.inside_west())
    sender = cast.handler
    with clock.at(NOON):
        answer = take_readings([told("E-1", pm25=1), told("W-1", pm25=1)], sender=sender)
    assert answer.states == ["stored", "refused"]
    assert answer.wrong[0].reason == "unknown_node"


def test_the_product_itself_speaks_of_every_device_but_invents_none(cast: Cast) -> None:
    device("E-1")
    device("W-1", at=Cast.inside_west())
    Device.objects.filter(node="W-1").update(is_active=False)
    items = [told("E-1", pm25=1), told("W-1", pm25=1), told("X-1", pm25=1), {"values": {"pm25": 1}}]
    with clock.at(NOON):
        answer = take_readings(items, sender=SYSTEM)
    assert answer.states == ["stored", "refused", "refused", "refused"]
    assert [w.reason for w in answer.wrong] == ["stopped", "unknown_node", "unknown_node"]


@pytest.mark.parametrize("node", ["X\x00", "\ud800", "设备", "", "x" * 10_000, "{,}", 'a"\\'])
def test_a_name_no_device_can_have_is_an_unknown_one(cast: Cast, node: str) -> None:
    device("E-1")
    with clock.at(NOON):
        answer = take_readings([told(node, pm25=1), told("E-1", pm25=1)], sender=cast.handler)
    assert answer.states == ["refused", "stored"]
    assert [wrong.reason for wrong in answer.wrong] == ["unknown_node"]


def test_the_first_reading_of_a_day_makes_its_part(air: Device) -> None:
    partitions.drop_before(NOON.date() + timedelta(days=9))
    with transaction.atomic():  # within one, the short way must not spoil it
        assert take(air, told("AQ-1", NOON, pm25=35)).stored == 1
    assert Reading.objects.count() == 1


def test_an_evaluator_is_not_troubled_with_what_it_does_not_follow(air: Device) -> None:
    seen: list[Told] = []
    followed: list[str] = []
    with temporarily("test", lambda readings: seen.extend(readings), profiles=lambda: followed):
        take(air, told("AQ-1", NOON, pm25=35))
        assert seen == []
        followed.append("air")
        take(air, told("AQ-1", NOON, pm25=35, pm10=60))
    assert [reading.values for reading in seen] == [{"pm10": 60.0}]


def test_a_category_is_told_by_its_code_a_switch_as_yes_or_no(cast: Cast) -> None:
    seen: list[Told] = []
    lamp = device("L-1", profile="street_lamp")
    with temporarily("test", lambda readings: seen.extend(readings)):
        take(lamp, told("L-1", NOON, status="normal", on=1))
        late = take(lamp, told("L-1", NOON - timedelta(minutes=1), status="lamp_fault"))
    assert late.states == ["stored"]
    values = [dict(reading.values) for reading in seen]
    assert values == [{"status": "normal", "on": True}, {"status": "lamp_fault"}]
    assert values[0]["on"] is True


def test_invented_nodes_fill_no_table(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.sensing.services.refusals.MOST_ROWS", 3)
    items = [told(f"X-{n}\n", pm25=1) for n in range(10)]
    with clock.at(NOON):
        take_readings(items, sender=cast.handler)
    rows = list(IntakeRefusal.objects.order_by("node").values_list("node", "count"))
    assert rows == [("", 7), ("X-0", 1), ("X-1", 1), ("X-2", 1)]


def test_evaluators_see_what_was_stored_by_quality(air: Device) -> None:
    seen: list[Told] = []
    with temporarily("test", lambda readings: seen.extend(readings)):
        take(air, told("AQ-1", NOON, pm25=35, pm10=-1, no2=None))
        take(air, told("AQ-1", NOON, pm25=35))
    assert {(r.quality, tuple(r.values.items())) for r in seen} == {
        ("valid", (("pm25", 35.0),)),
        ("suspect", (("pm10", -1.0),)),
        ("missing", (("no2", None),)),
    }
    assert {(r.asset_id, r.profile, r.at) for r in seen} == {(air.asset_id, "air", NOON)}


def test_a_failing_evaluator_harms_no_reading_and_is_shown_it_again(air: Device) -> None:
    calls: list[Sequence[Told]] = []

    def stumble(readings: Sequence[Told]) -> None:
        calls.append(readings)
        if len(calls) == 1:
            raise RuntimeError("out of order")

    with temporarily("test", stumble):
        assert take(air, told("AQ-1", NOON, pm25=35)).states == ["stored"]
        assert PendingEvaluation.objects.get().error == "RuntimeError: out of order"
        assert evaluate_again() == 1
    assert calls[0] == calls[1]
    assert not PendingEvaluation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("minutes", [2, 20])  # few values go another way than many
def test_the_same_batch_from_two_at_once_is_stored_once(
    minutes: int, transactional_db: None
) -> None:
    from tests.cast import build_cast

    cast = build_cast()
    made = [device(f"AQ-{n}") for n in range(4)]
    moment = clock.now()
    items = [
        told(d.node, moment - timedelta(minutes=m), pm25=m, pm10=m)
        for d in made
        for m in range(minutes)
    ]
    answers: list[Any] = []

    def send(order: list[Any]) -> None:
        try:
            answers.append(take_readings(order, sender=cast.handler))
        finally:
            connection.close()

    threads = [Thread(target=send, args=(o,)) for o in (items, items[::-1], items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = len(items) * 2
    assert sum(answer.stored for answer in answers) == values
    assert sum(answer.duplicates for answer in answers) == values * 2
    assert Reading.objects.count() == values
    assert {wrong.reason for answer in answers for wrong in answer.wrong} == set()
