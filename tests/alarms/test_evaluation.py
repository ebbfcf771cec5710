"""Readings in, alarms out; a restart in the middle changes nothing. AL-02, AL-03."""

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from apps.alarms.models import Alarm, AlarmRule, RuleState
from apps.alarms.services import (
    NewRule,
    Reading,
    evaluate_batch,
    publish_rule,
    save_rule,
    tick_due,
)
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.memory import forget_all
from tests.alarms.factories import asset, minutes
from tests.cast import Cast

BODY: dict[str, Any] = {
    "levels": [
        {"level": 3, "raise": "level_m >= 3.5", "clear": "level_m < 3.2", "for_s": 60},
        {"level": 4, "raise": "level_m >= 4", "clear": "level_m < 3.8"},
    ],
    "no_data_s": 600,
}


def in_force(watch: Cast, body: dict[str, Any] = BODY, **changes: Any) -> AlarmRule:
    new = NewRule(**({"name": "水位过高", "profile": "water-level", "body": body} | changes))
    draft = save_rule(SYSTEM, unit=watch.center, new=new)
    publish_rule(SYSTEM, version_id=draft.pk, checker=None)
    forget_all()
    return draft.rule


def said(thing: Asset, at: datetime, level_m: float) -> Reading:
    return Reading(thing.pk, "water-level", at, {"level_m": level_m}, "valid")


def test_a_rise_and_its_end(watch: Cast) -> None:
    rule, thing, now = in_force(watch), asset(watch), clock.now()
    start = now.replace(microsecond=0) - minutes(30)
    evaluate_batch([said(thing, start, 3.0), said(thing, start + minutes(1), 3.6)])
    assert not Alarm.objects.exists()
    evaluate_batch([said(thing, start + minutes(m), 3.7) for m in (2, 3, 4)])
    alarm = Alarm.objects.get()
    assert (alarm.level, alarm.count, alarm.title) == (3, 3, "水位过高")
    assert (alarm.rule, alarm.rule_version, alarm.facts) == (rule.code, 1, {"level_m": 3.7})
    assert "满足“level_m ≥ 3.5”" in alarm.sentence
    assert "已持续3分钟" in alarm.sentence
    evaluate_batch([said(thing, start + minutes(5), 4.2)])
    alarm.refresh_from_db()
    assert alarm.level == 4
    assert alarm.sentence.startswith("level_m 4.2（上次3.7）")
    evaluate_batch([said(thing, start + minutes(6), 3.1)])
    alarm.refresh_from_db()
    assert (alarm.state, alarm.ended_at) == ("recovered", start + minutes(6))


def test_silence_is_unknown_and_its_own_alarm(watch: Cast) -> None:
    in_force(watch)
    thing, now = asset(watch), clock.now()
    with clock.at(now):
        evaluate_batch([said(thing, now, 4.2)])
    with clock.at(now + minutes(11)):
        assert (tick_due(), tick_due()) == (1, 0)
    high, silent = Alarm.objects.order_by("pk")
    assert (high.state, silent.kind, silent.state) == ("unknown", "no_data", "active")
    assert silent.is_outage
    with clock.at(now + minutes(20)):
        evaluate_batch([said(thing, now + minutes(20), 3.9)])
    high.refresh_from_db()
    silent.refresh_from_db()
    assert (high.state, silent.state) == ("active", "recovered")


def test_only_the_things_a_rule_is_about(watch: Cast) -> None:
    in_force(watch, area=watch.east)
    near, far, now = asset(watch), asset(watch, "西区", west=True), clock.now()
    evaluate_batch(
        [
            said(near, now, 5),
            said(far, now, 5),
            said(near, now, 5)._replace(profile="other"),
            said(near, now, 5)._replace(asset_id=10**9),
        ]
    )
    assert Alarm.objects.get().asset == near


def test_a_restart_in_the_middle_goes_on(watch: Cast) -> None:
    in_force(watch)
    things, now = [asset(watch, "甲"), asset(watch, "乙")], clock.now()
    start = now - minutes(20)
    course = [3.0, 3.6, 3.7, 3.6, 4.1, 3.9, 3.7, 3.3, 3.1, 3.6, 3.6, 3.0]
    readings = [said(things[0], start + minutes(n), h) for n, h in enumerate(course)]
    evaluate_batch(readings)
    for reading in readings:
        forget_all()
        evaluate_batch([reading._replace(asset_id=things[1].pk)])

    def told(thing: Asset) -> list[Any]:
        return [
            (
                alarm.count,
                alarm.level,
                alarm.first_at,
                alarm.last_at,
                alarm.ended_at,
                alarm.sentence,
            )
            for alarm in Alarm.objects.filter(asset=thing).order_by("first_at")
        ]

    assert told(things[0]) == told(things[1])
    assert len(told(things[0])) == 2


def test_a_new_version_keeps_what_stands(watch: Cast) -> None:
    rule, thing, now = in_force(watch), asset(watch), clock.now()
    evaluate_batch([said(thing, now - minutes(9), 4.5)])
    body = {"levels": [{"level": 4, "raise": "level_m >= 6", "clear": "level_m < 2"}]}
    new = NewRule("水位过高", "water-level", body)
    draft = save_rule(SYSTEM, unit=watch.center, new=new, rule_id=rule.pk)
    publish_rule(SYSTEM, version_id=draft.pk, checker=None)
    forget_all()
    evaluate_batch([said(thing, now - minutes(8), 4.5)])
    assert Alarm.objects.get().state == "active"
    evaluate_batch([said(thing, now - minutes(7), 1.9)])
    assert Alarm.objects.get().state == "recovered"
    assert RuleState.objects.get().version == 2


def test_many_readings_ask_little(
    watch: Cast, django_assert_max_num_queries: Any, remember_from_now: Callable[[], None]
) -> None:
    in_force(watch)
    things, now = [asset(watch, f"水位计{n}") for n in range(50)], clock.now()
    remember_from_now()
    evaluate_batch([said(thing, now - minutes(2), 1.0) for thing in things])
    with django_assert_max_num_queries(6):
        evaluate_batch([said(thing, now, 1.1) for thing in things])
    assert not Alarm.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_raise_one(watch: Cast) -> None:
    in_force(watch)
    thing, now, together = asset(watch), clock.now(), Barrier(2)

    def work(second: int) -> None:
        together.wait()
        evaluate_batch([said(thing, now - minutes(second), 4.5)])
        connection.close()

    threads = [Thread(target=work, args=[n]) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Alarm.objects.count() == 1
    assert RuleState.objects.count() == 1
