"""Alarms begin, are counted, go on, fall silent and end. AL-01, AL-03."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection

from apps.alarms.enums import AlarmState, EventKind, Level
from apps.alarms.models import Alarm, AlarmEvent
from apps.alarms.services import recover_alarm, silence_alarm
from apps.clocks.models import Clock
from apps.clocks.services import fire_due
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.notices.models import Notice
from tests.alarms.factories import asset, minutes, raised
from tests.cast import Cast

WATER = {"source": "device", "kind": "water_high"}


def kinds(alarm: Alarm) -> list[str]:
    return [str(event.kind) for event in alarm.events.all()]


def test_an_alarm_belongs_where_its_asset_stands(watch: Cast) -> None:
    thing = asset(watch)
    alarm = raised(thing)
    assert (alarm.tenant, alarm.unit, alarm.area) == (watch.tenant, watch.east_works, thing.area)
    assert (alarm.about, alarm.state, alarm.count) == (thing.name, "active", 1)
    assert kinds(alarm) == ["raised"]
    told = Notice.objects.get(kind="alarms")
    assert told.recipient == watch.operator_east
    running = Clock.objects.get(subject_type="alarms.alarm", subject_id=alarm.pk)
    assert running.due_at - running.started_at == timedelta(minutes=10)


def test_the_same_trouble_is_counted(watch: Cast) -> None:
    thing, now = asset(watch), clock.now()
    first = raised(thing, at=now - minutes(9))
    again = raised(thing, at=now - minutes(8), sentence="水位3.8米。", facts={"level_m": 3.8})
    assert (again.pk, again.count, again.last_at) == (first.pk, 2, now - minutes(8))
    assert (again.sentence, again.facts) == ("水位3.8米。", {"level_m": 3.8})
    assert kinds(again) == ["raised"]
    other_kind = raised(thing, kind="tilted")
    other_key = raised(thing, key="channel-2")
    assert len({first.pk, other_kind.pk, other_key.pk}) == 3


def test_a_repeat_may_move_the_level(watch: Cast) -> None:
    thing = asset(watch)
    raised(thing, level=Level.YELLOW)
    alarm = raised(thing, level=Level.RED)
    assert alarm.level == Level.RED
    moved = alarm.events.get(kind=EventKind.LEVEL)
    assert (moved.data["before"], moved.data["after"]) == (2, 4)
    assert Notice.objects.filter(kind="alarms").count() == 1  # yellow tells nobody


def test_it_recovers_and_may_come_again(watch: Cast) -> None:
    thing, now = asset(watch), clock.now()
    first = raised(thing, at=now - minutes(5))
    ended = recover_alarm(**WATER, asset=thing, at=now - minutes(1), sentence="水位3.1米。")
    assert ended is not None
    assert (ended.pk, ended.state, ended.ended_at) == (first.pk, "recovered", now - minutes(1))
    assert Clock.objects.get(subject_id=first.pk).outcome == "recovered"
    assert recover_alarm(**WATER, asset=thing, at=now, sentence="") is None
    assert raised(thing, at=now).pk != first.pk


def test_what_comes_late_neither_raises_nor_ends(watch: Cast) -> None:
    thing, now = asset(watch), clock.now()
    alarm = raised(thing, at=now - minutes(5))
    assert recover_alarm(**WATER, asset=thing, at=now - minutes(6), sentence="") is None
    older = raised(thing, at=now - minutes(7), sentence="旧的")
    assert (older.first_at, older.sentence) == (now - minutes(7), alarm.sentence)
    recover_alarm(**WATER, asset=thing, at=now - minutes(2), sentence="")
    late = raised(thing, at=now - minutes(3))
    assert (late.pk, late.state) == (alarm.pk, "recovered")
    assert Alarm.objects.count() == 1


def test_a_silent_source_is_unknown_never_recovered(watch: Cast) -> None:
    thing, now = asset(watch), clock.now()
    raised(thing, at=now - minutes(5))
    alarm = silence_alarm(**WATER, asset=thing, at=now - minutes(2), sentence="2分钟没有数据。")
    assert alarm is not None
    assert (alarm.state, alarm.ended_at) == (AlarmState.UNKNOWN, None)
    again = raised(thing, at=now)
    assert (again.state, kinds(again)) == ("active", ["raised", "silent", "heard"])


def test_an_alarm_without_asset_belongs_to_the_city(watch: Cast) -> None:
    alarm = raised(None, source="platform", kind="low_disk", key="db1", title="")
    assert (alarm.title, alarm.area, alarm.unit) == ("磁盘空间不足", watch.city, None)
    told = set(Notice.objects.filter(kind="alarms").values_list("recipient__username", flat=True))
    assert told == {"operator", "chief"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"asset": None}, "key"), ({"at": datetime(2026, 1, 1)}, "at"), ({"key": "x" * 121}, "key")],
)
def test_what_no_alarm_can_be_about_is_refused(
    watch: Cast, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        raised(changes.pop("asset", asset(watch)), **changes)
    assert refused.value.field == field
    assert not Alarm.objects.exists()


def test_many_alike_are_told_once(watch: Cast) -> None:
    now = clock.now()
    with clock.at(now):
        for number in range(5):
            raised(asset(watch, f"水位计{number}"))
    assert Notice.objects.filter(kind="alarms").count() == 1
    assert Alarm.objects.count() == 5


def test_nobody_answers_for_ten_minutes(watch: Cast) -> None:
    now = clock.now()
    with clock.at(now):
        alarm = raised(asset(watch))
    with clock.at(now + minutes(11)):
        fire_due()
    assert kinds(alarm) == ["raised", "overdue"]
    told = Notice.objects.get(title__startswith="告警超过首次响应时限")
    assert told.recipient == watch.chief


def test_history_is_never_rewritten(watch: Cast) -> None:
    alarm = raised(asset(watch))
    with pytest.raises(DatabaseError, match="append-only"):
        AlarmEvent.objects.filter(alarm=alarm).update(text="")


@pytest.mark.django_db(transaction=True)
def test_two_sources_at_once_raise_one(watch: Cast) -> None:
    thing, together, found = asset(watch), Barrier(4), []

    def report() -> None:
        together.wait()
        found.append(raised(thing).pk)
        connection.close()

    threads = [Thread(target=report) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alarm = Alarm.objects.get()
    assert set(found) == {alarm.pk}
    assert alarm.count == 4
