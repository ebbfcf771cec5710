"""What an alarm may come from, with its evidence. Source: AL-05."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.alarms.enums import Outcome
from apps.alarms.models import Alarm
from apps.alarms.selectors import Cause, probable_causes
from apps.alarms.services import add_dependency
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock
from tests.alarms.factories import asset, minutes, person, raised
from tests.cast import Cast


def out(thing: Asset) -> Alarm:
    return raised(thing, kind="offline", title="")


def guessed(cast: Cast, alarm: Alarm, unit: str = "east_works") -> list[Cause]:
    alarm.refresh_from_db()
    name = f"reader-{alarm.pk}"
    return probable_causes(person(name, "reader", getattr(cast, unit)), alarm)


def street(cast: Cast, count: int) -> tuple[Asset, list[Asset]]:
    cabinet = asset(cast, "街头机柜")
    cameras = [asset(cast, f"摄像机{n}") for n in range(count)]
    for camera in cameras:
        add_dependency(SYSTEM, child=camera, parent=cabinet, kind="power")
    return cabinet, cameras


def test_the_thing_it_hangs_on_is_out(watch: Cast) -> None:
    cabinet, (camera,) = street(watch, 1)
    parent, child = out(cabinet), out(camera)
    first = guessed(watch, child)[0]
    assert (first.text, first.alarms) == ("供电中断：街头机柜", (parent,))
    assert guessed(watch, parent) == []


def test_its_neighbours_on_a_silent_parent_fell_out_too(watch: Cast) -> None:
    _cabinet, cameras = street(watch, 3)
    alarms = [out(camera) for camera in cameras]
    first = guessed(watch, alarms[0])[0]
    assert first.text == "街头机柜的供电故障"
    assert "另有 2 个对象" in first.evidence
    assert set(first.alarms) == set(alarms[1:])


def test_one_neighbour_proves_nothing(watch: Cast) -> None:
    _cabinet, cameras = street(watch, 2)
    alarms = [out(camera) for camera in cameras]
    assert guessed(watch, alarms[0]) == []


def test_many_of_a_kind_at_once_speak_for_the_district(watch: Cast) -> None:
    now = clock.now()
    alarms = []
    for number in range(4):
        with clock.at(now + minutes(number)):
            alarms.append(raised(asset(watch, f"水位计{number}"), at=now + minutes(number)))
    with clock.at(now + minutes(30)):
        late = raised(asset(watch, "水位计9"), at=now + minutes(30))
        (cause,) = guessed(watch, alarms[0])
        assert cause.text == "片区性原因（供电、网络或天气）"
        assert set(cause.alarms) == set(alarms[1:])
        assert guessed(watch, late) == []


def test_doubted_data_and_how_it_ended_before(watch: Cast) -> None:
    thing = asset(watch)
    now = clock.now()
    for days in (40, 30, 20):
        with clock.at(now - timedelta(days=days)):
            past = raised(thing)
        Alarm.objects.filter(pk=past.pk).update(
            state="closed", ended_at=now - timedelta(days=days - 1),
            outcome=Outcome.FALSE if days < 35 else Outcome.REPAIRED, result="探头结冰",
        )  # fmt: skip
    doubt = raised(thing, source="data", kind="stuck", title="读数不变")
    own, before = guessed(watch, raised(thing))
    assert (own.text, own.alarms) == ("设备自身：读数不可信", (doubt,))
    assert before.text == "以往多为：误报"
    assert "3 次中有 2 次" in before.evidence
    assert "探头结冰" in before.evidence


def test_the_same_hour_of_many_days(watch: Cast) -> None:
    thing = asset(watch)
    now = clock.now().replace(minute=20)
    for days in (3, 2, 1):
        with clock.at(now - timedelta(days=days)):
            past = raised(thing)
        Alarm.objects.filter(pk=past.pk).update(
            state="recovered", ended_at=now - timedelta(days=days) + minutes(5)
        )
    with clock.at(now):
        (cause,) = guessed(watch, raised(thing))
    assert cause.text == "每天同一时段的规律性原因"
    assert "近30天有 3 天" in cause.evidence


@pytest.mark.parametrize(("unit", "sees"), [("east_works", True), ("west_works", False)])
def test_only_what_the_viewer_may_see_counts(watch: Cast, unit: str, sees: bool) -> None:
    _cabinet, cameras = street(watch, 3)
    alarms = [out(camera) for camera in cameras]
    assert bool(guessed(watch, alarms[0], unit)) is sees


def test_the_page_says_them(watch: Cast, client: Client) -> None:
    cabinet, (camera,) = street(watch, 1)
    parent, child = out(cabinet), out(camera)
    client.force_login(person("looker", "reader", watch.east_works))
    page = client.get(f"/alarms/{child.pk}/").content.decode()
    assert "可能的原因" in page
    assert "供电中断：街头机柜" in page
    assert f'href="/alarms/{parent.pk}/"' in page
