"""Figures of hours and days, late data, retention."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.common import clock
from apps.sensing.models import DayFigure, Device, HourFigure, RollupDue
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
