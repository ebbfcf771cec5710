"""Doubtful values and gaps of a device become an alarm, and end it by themselves. AL-03, IO-05."""

from datetime import timedelta

import pytest

from apps.alarms.models import Alarm
from apps.alarms.registry import Standing, all_watchers, only_watchers
from apps.alarms.services import watch_round
from apps.common import clock
from apps.sensing.models import Datastream, Device, HourFigure
from apps.sensing.quality_watch import GAPS, SUSPECT, look
from tests.cast import Cast
from tests.sensing.factories import device

#: Of tomorrow: whatever a test publishes before it looks is in force by then, at any hour of today.
NOON = clock.now().replace(hour=4, minute=30, second=0, microsecond=0) + timedelta(days=1)


def figures(one: Device, count: int, suspects: int, *, hours_ago: int = 1) -> None:
    """Of every series of the device, for one hour before the present one."""
    hour = NOON.replace(minute=0) - timedelta(hours=hours_ago)
    HourFigure.objects.bulk_create(
        HourFigure(series_id=series.pk, hour=hour, count=count, suspects=suspects, counted=count)
        for series in Datastream.objects.filter(device=one)
    )


def expected(one: Device) -> int:
    return 3600 // one.profile.report_every_s


@pytest.mark.parametrize(
    ("share", "whole", "standing", "kinds"),
    [
        (0.0, 1.0, (), []),
        (0.6, 1.0, (), [SUSPECT]),
        (0.4, 1.0, (), []),
        (0.4, 1.0, (SUSPECT,), [SUSPECT]),  # over only below 30%
        (0.0, 0.4, (), [GAPS]),
        (0.0, 0.7, (), []),
        (0.0, 0.7, (GAPS,), [GAPS]),  # over only from 80% on
        (0.0, 0.9, (GAPS,), []),
    ],
)
def test_what_is_doubtful_and_what_is_missing(
    cast: Cast, share: float, whole: float, standing: tuple[str, ...], kinds: list[str]
) -> None:
    one = device()
    count = round(expected(one) * whole)
    figures(one, count, round(count * share))
    with clock.at(NOON):
        seen = look([Standing(kind, "", one.asset_id) for kind in standing])
    assert [(trouble.kind, trouble.asset) for trouble in seen.troubles] == [
        (kind, one.asset) for kind in kinds
    ]
    assert seen.unseen == frozenset()
    assert "1台设备" in seen.text


def test_a_silent_device_is_unseen_not_well(cast: Cast) -> None:
    one = device()
    with clock.at(NOON):
        seen = look([Standing(SUSPECT, "", one.asset_id)])
    assert (seen.troubles, seen.unseen) == ([], {one.asset_id})


def test_a_device_out_of_use_troubles_nobody(cast: Cast) -> None:
    one = device()
    figures(one, 2, 2)
    Device.objects.update(is_active=False)
    with clock.at(NOON):
        assert look([]).troubles == []


def test_from_figures_to_an_alarm_and_back(cast: Cast) -> None:
    one = device()
    figures(one, expected(one), expected(one))
    [mine] = [watcher for watcher in all_watchers() if watcher.code == "sensing.quality"]
    with only_watchers(mine), clock.at(NOON):
        assert watch_round() == 1
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.source, alarm.asset) == (SUSPECT, "data", one.asset)
    assert "100%" in alarm.sentence
    figures(one, expected(one), 0, hours_ago=0)
    with only_watchers(mine), clock.at(NOON + timedelta(hours=1)):
        watch_round()
    alarm.refresh_from_db()
    assert alarm.state == "recovered"
