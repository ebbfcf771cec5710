"""From a device's reading to an alarm that says why, and over past readings before that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.alarms.enums import AlarmState, Level
from apps.alarms.models import Alarm
from apps.alarms.registry import HistoryQuery, all_profiles
from apps.alarms.services import NewRule, publish_rule, save_rule, tick_due
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.sensing.models import Device
from apps.sensing.services.intake import take_readings
from apps.sensing.watching import past_readings
from tests.alarms.factories import person
from tests.cast import Cast
from tests.sensing.factories import device, told

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HIGH = {
    "levels": [{"level": 3, "raise": "level >= 3.5", "clear": "level < 3.2"}],
    "no_data_s": 1800,
    "no_data_level": 2,
}


@pytest.fixture
def gauge(cast: Cast) -> Device:
    return device("WL-1", profile="water_level")


@pytest.fixture
def rule(cast: Cast) -> None:
    with clock.at(NOON - timedelta(days=1)):
        new = NewRule("水位过高", "water_level", HIGH)
        draft = save_rule(SYSTEM, unit=cast.center, new=new)
        publish_rule(
            SYSTEM, version_id=draft.pk, checker=person("checker", "publisher", cast.center)
        )


def say(gauge: Device, minutes: int, **values: Any) -> None:
    at = NOON + timedelta(minutes=minutes)
    with clock.at(at):
        take_readings([told(gauge.node, at, **values)], sender=gauge)


def test_rules_know_the_kinds_of_devices_and_their_fields() -> None:
    profile = all_profiles()["water_level"]
    assert (str(profile.label), profile.fields["level"]) == ("水位流量站", ("水位", "m"))


def test_a_reading_raises_an_alarm_and_another_ends_it(gauge: Device, rule: None) -> None:
    say(gauge, 0, level=3.0)
    assert not Alarm.objects.exists()
    say(gauge, 1, level=3.6, flow=2.0)
    alarm = Alarm.objects.get()
    assert (alarm.asset_id, alarm.level) == (gauge.asset_id, Level.ORANGE)
    assert "3.6" in alarm.sentence
    say(gauge, 2, level=3.3)
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.ACTIVE  # between the two limits nothing changes
    say(gauge, 3, level=3.1)
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.RECOVERED


def test_a_silent_gauge_is_unknown_not_recovered(gauge: Device, rule: None) -> None:
    say(gauge, 0, level=3.6)
    with clock.at(NOON + timedelta(hours=1)):
        tick_due()
    states = set(Alarm.objects.values_list("kind", "state"))
    assert ("no_data", AlarmState.ACTIVE) in states
    assert AlarmState.RECOVERED not in {state for _kind, state in states}
    assert AlarmState.UNKNOWN in {state for _kind, state in states}


def test_a_doubtful_value_beside_a_sound_one_raises_nothing_but_keeps_the_sound_one(
    gauge: Device, rule: None
) -> None:
    say(gauge, 0, level=3.6, battery=900)  # no battery holds 900 percent
    assert Alarm.objects.get().level == Level.ORANGE


def test_past_readings_come_thing_by_thing_in_order(gauge: Device) -> None:
    other = device("WL-2", profile="water_level", at=(120.013, 36.012))
    for minutes, level in ((0, 1.0), (1, 1.1)):
        say(other, minutes, level=level)
        say(gauge, minutes, level=level, flow=2.0)
    span = (NOON, NOON + timedelta(minutes=1))
    found = list(past_readings(HistoryQuery("water_level", *span)))
    assert [(r.asset_id, r.at, dict(r.values)) for r in found] == [
        (gauge.asset_id, NOON, {"level": 1.0, "flow": 2.0}),
        (other.asset_id, NOON, {"level": 1.0}),
    ]
    query = HistoryQuery(
        "water_level", NOON, NOON + timedelta(hours=1), frozenset({other.asset_id})
    )
    assert [r.values["level"] for r in past_readings(query)] == [1.0, 1.1]
