"""Figures of hours and days, late data, retention."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.common import clock
from apps.sensing.models import DayFigure, Device, HourFigure, Reading, RollupDue
from apps.sensing.services.intake import take_readings
from apps.sensing.services.rollups import keep_parts, purge, roll_up
from tests.cast import Cast
from tests.sensing.factories import device, told

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def air(cast: Cast) -> Device:
    return device("AQ-1")


def fill(made: Device, *values: float, begin: datetime = NOON, now: datetime | None = None) -> None:
    items = [told("AQ-1", begin + timedelta(minutes=5 * n), pm25=v) for n, v in enumerate(values)]
    with clock.at(now or begin + timedelta(minutes=55)):
        take_readings(items, sender=made)


def rolled(at: datetime) -> int:
    with clock.at(at):
        return roll_up()


def test_an_hour_is_computed_when_it_is_over(air: Device) -> None:
    fill(air, 10, 20, 30, -5)
    assert rolled(NOON + timedelta(minutes=58)) == 0
    assert rolled(NOON + timedelta(minutes=66)) == 1
    hour = HourFigure.objects.get()
    assert (hour.count, hour.suspects, hour.low, hour.high, hour.mean) == (4, 1, 10, 30, 20)
    day = DayFigure.objects.get()
    assert (day.day.isoformat(), day.mean) == ("2026-11-20", 20)
    assert not RollupDue.objects.exists()


def test_late_readings_change_their_hour_and_day(air: Device) -> None:
    fill(air, 10, 20)
    rolled(NOON + timedelta(hours=2))
    later = NOON + timedelta(days=2)
    fill(air, 60, begin=NOON + timedelta(minutes=30), now=later)
    assert rolled(later) == 0
    assert rolled(later + timedelta(minutes=3)) == 1
    assert (HourFigure.objects.get().mean, DayFigure.objects.get().mean) == (30, 30)


def test_days_are_those_of_the_city(air: Device) -> None:
    evening = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    fill(air, 1, 1, 1, 1, 1, 1, 7, begin=evening)
    assert rolled(evening + timedelta(hours=3)) == 2
    days = DayFigure.objects.order_by("day").values_list("day", "total")
    assert [(day.day, total) for day, total in days] == [(20, 6.0), (21, 7.0)]


def test_parts_are_made_ahead_and_old_figures_go(air: Device) -> None:
    fill(air, 1)
    rolled(NOON + timedelta(hours=2))
    with clock.at(NOON + timedelta(days=1000)):
        assert "sensing_reading_20261120" in keep_parts()
        assert purge() == 0
    with clock.at(NOON + timedelta(days=1200)):
        assert purge() == 1
    assert DayFigure.objects.exists()


#: The first moment of 20 November in the city.
MIDNIGHT = datetime(2026, 11, 19, 16, 0, tzinfo=UTC)
A_MICROSECOND = timedelta(microseconds=1)


def parts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from sensing_reading order by at")
        return [name.removeprefix("sensing_reading_") for (name,) in cursor.fetchall()]


def test_a_day_ends_with_its_last_microsecond(air: Device) -> None:
    moments = [MIDNIGHT - A_MICROSECOND, MIDNIGHT, MIDNIGHT + timedelta(days=1) - A_MICROSECOND]
    with clock.at(MIDNIGHT + timedelta(days=1)):
        take_readings([told("AQ-1", at, pm25=1) for at in moments], sender=air)
    assert parts() == ["20261119", "20261120", "20261120"]


def test_the_turn_of_a_year_and_a_leap_day_have_parts_of_their_own(air: Device) -> None:
    begin = datetime(2028, 2, 27, 16, 0, tzinfo=UTC)
    moments = [begin, begin + timedelta(days=1), begin + timedelta(days=2)]
    turn = datetime(2027, 12, 31, 16, 0, tzinfo=UTC)
    with clock.at(begin + timedelta(days=3)):
        items = [told("AQ-1", at, pm25=1) for at in (turn - A_MICROSECOND, turn, *moments)]
        assert take_readings(items, sender=air).stored == 5
    assert parts() == ["20271231", "20280101", "20280228", "20280229", "20280301"]


@pytest.mark.parametrize("now", [MIDNIGHT - A_MICROSECOND, MIDNIGHT, MIDNIGHT + A_MICROSECOND])
def test_what_is_still_taken_is_never_in_a_part_that_is_dropped(
    air: Device, settings: Any, now: datetime
) -> None:
    settings.READING_KEEP_DAYS = 3
    oldest = now - timedelta(days=2)
    with clock.at(now):
        items = [told("AQ-1", at, pm25=1) for at in (oldest, oldest - A_MICROSECOND)]
        answer = take_readings(items, sender=air)
        keep_parts()
    assert answer.states == ["stored", "refused"]
    assert [wrong.reason for wrong in answer.wrong] == ["too_old"]
    assert Reading.objects.count() == 1


def test_a_dropped_day_keeps_its_figures_and_takes_nothing_more(air: Device, settings: Any) -> None:
    settings.READING_KEEP_DAYS = 3
    fill(air, 10, 20)
    rolled(NOON + timedelta(hours=2))
    later = NOON + timedelta(days=4)
    with clock.at(later):
        assert "sensing_reading_20261120" in keep_parts()
        assert keep_parts() == []
        late = take_readings([told("AQ-1", NOON + timedelta(minutes=30), pm25=99)], sender=air)
    assert [wrong.reason for wrong in late.wrong] == ["too_old"]
    assert rolled(later + timedelta(minutes=9)) == 0
    assert (HourFigure.objects.get().mean, DayFigure.objects.get().mean) == (15, 15)
    assert parts() == []
