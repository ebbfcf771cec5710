"""The platform as a source of alarms: it raises, grades and recovers by itself. AL-01, AL-03."""

from collections import namedtuple
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test import Client

from apps.alarms import platform_watch
from apps.alarms.enums import Level, Source
from apps.alarms.models import Alarm, WatchRound
from apps.alarms.registry import Sighting, Standing, Trouble, Watcher, all_watchers, only_watchers
from apps.alarms.services import look_at_beat, raise_alarm, watch_round
from apps.common import clock, outbox
from apps.common.models import OutboxMessage
from tests.alarms.factories import asset
from tests.cast import Cast

Usage = namedtuple("Usage", "total used free")


class Eye:
    """A watcher that sees what a test has it see. told: what it was told stands."""

    def __init__(self) -> None:
        self.seen = Sighting("正常")
        self.told: list[Standing] = []
        self.error: Exception | None = None
        self.looks = 0

    def look(self, standing: Sequence[Standing]) -> Sighting:
        self.looks += 1
        self.told = list(standing)
        if self.error is not None:
            raise self.error
        return self.seen

    @property
    def watcher(self) -> Watcher:
        return Watcher("test.eye", "测试", Source.PLATFORM, frozenset({"low_disk"}), self.look)


TROUBLE = Trouble("low_disk", Level.ORANGE, "剩余8%。", {"free": 0.08}, key="数据盘")


def rounds(eye: Eye, number: int) -> int:
    with only_watchers(eye.watcher), clock.at(clock.now() + timedelta(minutes=number)):
        return watch_round()


def test_trouble_is_raised_once_counted_and_over_by_itself(watch: Cast) -> None:
    eye = Eye()
    eye.seen = Sighting("剩余8%", [TROUBLE])
    assert rounds(eye, 1) == 1
    assert rounds(eye, 2) == 1
    alarm = Alarm.objects.get()
    assert (alarm.source, alarm.kind, alarm.about, alarm.level) == (
        "platform",
        "low_disk",
        "数据盘",
        3,
    )
    assert (alarm.count, alarm.state, alarm.rule) == (2, "active", "test.eye")
    assert eye.told == [Standing("low_disk", "数据盘", None)]
    eye.seen = Sighting("剩余20%")
    rounds(eye, 3)
    alarm.refresh_from_db()
    assert alarm.state == "recovered"
    assert "剩余20%" in alarm.events.latest("pk").text


def test_who_cannot_look_ends_nothing(watch: Cast) -> None:
    eye = Eye()
    eye.seen = Sighting("剩余8%", [TROUBLE])
    rounds(eye, 1)
    eye.error = OSError("gone")
    rounds(eye, 2)
    alarm = Alarm.objects.get()
    assert alarm.state == "unknown"
    row = WatchRound.objects.get()
    assert (row.error, row.failed_at is not None) == ("OSError", True)
    eye.error = None
    rounds(eye, 3)
    alarm.refresh_from_db()
    assert alarm.state == "active"
    assert WatchRound.objects.get().failed_at is None


def test_one_that_fails_keeps_no_other_from_looking(watch: Cast) -> None:
    broken, fine = Eye(), Eye()
    broken.error = ValueError("x")
    other = Watcher("test.other", "另", Source.PLATFORM, frozenset(), fine.look)
    with only_watchers(broken.watcher, other):
        assert watch_round() == 2
    assert fine.looks == 1


def test_an_asset_nobody_hears_is_unknown_not_over(watch: Cast) -> None:
    eye, thing = Eye(), asset(watch)
    eye.seen = Sighting("", [Trouble("low_disk", Level.BLUE, "缺漏。", {}, asset=thing)])
    rounds(eye, 1)
    eye.seen = Sighting("", unseen=frozenset({thing.pk}))
    rounds(eye, 2)
    assert Alarm.objects.get().state == "unknown"


def test_alarms_of_others_are_left_alone(watch: Cast) -> None:
    raise_alarm(
        source="platform", kind="low_disk", asset=None, key="别的盘", level=Level.RED,
        at=clock.now(), sentence="他处上报。", facts={},
    )  # fmt: skip
    eye = Eye()
    rounds(eye, 1)
    assert eye.told == []
    assert Alarm.objects.get().state == "active"


def test_each_looks_at_its_turn_only(watch: Cast) -> None:
    eye = Eye()
    with only_watchers(eye.watcher):
        assert [watch_round(), watch_round()] == [1, 0]
    assert eye.looks == 1


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_look_once(watch: Cast) -> None:
    eye, found = Eye(), []
    eye.seen = Sighting("剩余8%", [TROUBLE])

    def goes_round() -> None:
        found.append(watch_round())
        connection.close()

    with only_watchers(eye.watcher):
        threads = [Thread(target=goes_round) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert sorted(found) == [0, 1]
    assert Alarm.objects.get().count == 1


def test_beat_that_stopped_is_noticed_by_an_open_page(watch: Cast, client: Client) -> None:
    eye = Eye()
    assert look_at_beat() is None  # nothing was ever watched
    with only_watchers(eye.watcher):
        watch_round()
    cache.delete("alarms-beat-asked")
    assert look_at_beat() is None
    client.force_login(watch.operator)
    with clock.at(clock.now() + timedelta(minutes=5)):
        cache.delete("alarms-beat-asked")
        client.get("/alarms/waiting.json")
        client.get("/alarms/waiting.json")
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.level, alarm.count) == ("beat_silent", Level.RED, 1)
    rounds(eye, 6)
    alarm.refresh_from_db()
    assert alarm.state == "recovered"


# --- What each of the platform's own sees ------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "standing", "level"),
    [(15, False, None), (11, False, None), (11, True, Level.ORANGE), (8, False, Level.ORANGE),
     (3, False, Level.RED)],
)  # fmt: skip
def test_disk(
    db: None, monkeypatch: pytest.MonkeyPatch, free: int, standing: bool, level: int | None
) -> None:
    usage = Usage(100 * 1024**3, 0, free * 1024**3)
    monkeypatch.setattr(platform_watch.shutil, "disk_usage", lambda _folder: usage)
    seen = platform_watch.disk([Standing("low_disk", "数据盘", None)] if standing else [])
    assert [trouble.level for trouble in seen.troubles] == ([] if level is None else [level])
    assert f"{free}.0%" in seen.text


def test_the_real_disk_has_a_size(db: None) -> None:
    assert "GB" in platform_watch.disk([]).text


def test_outbox_that_is_not_emptied(db: None) -> None:
    assert platform_watch.queue([]).troubles == ()
    outbox.enqueue("test.late", key="1", payload={})
    late = clock.now() - timedelta(minutes=11)
    OutboxMessage.objects.update(available_at=late, created_at=late)
    [trouble] = platform_watch.queue([]).troubles
    assert (trouble.kind, trouble.facts["waiting"]) == ("queue_long", 1)
    fresh = clock.now() - timedelta(minutes=6)
    OutboxMessage.objects.update(available_at=fresh, created_at=fresh)
    assert platform_watch.queue([]).troubles == ()
    assert platform_watch.queue([Standing("queue_long", "待办消息", None)]).troubles


def test_broker_that_answers_and_one_that_does_not(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "排队" in platform_watch.broker([]).text
    here = current_app.connection_for_read

    def nowhere(**said: Any) -> Any:
        return here("redis://127.0.0.1:1/0", **said)

    monkeypatch.setattr(current_app, "connection_for_read", nowhere)
    [trouble] = platform_watch.broker([]).troubles
    assert trouble.kind == "broker_down"


def test_cache_that_does_not_answer(db: None, settings: Any) -> None:
    assert platform_watch.cache([]).troubles == ()
    gone = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"default": gone}
    [trouble] = platform_watch.cache([]).troubles
    assert trouble.kind == "cache_down"


def test_connections_of_the_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert platform_watch.connections([]).troubles == ()
    monkeypatch.setattr(platform_watch, "CONNECTIONS_MANY", 0.0001)
    [trouble] = platform_watch.connections([]).troubles
    assert trouble.facts["used"] >= 1


def test_backup(db: None, settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_MARK = ""
    assert platform_watch.backup([]).troubles == ()
    settings.BACKUP_MARK = str(tmp_path / "done")
    [trouble] = platform_watch.backup([]).troubles
    assert trouble.level == Level.RED
    (tmp_path / "done").touch()
    assert platform_watch.backup([]).troubles == ()
    with clock.at(clock.now() + timedelta(hours=27)):
        [trouble] = platform_watch.backup([]).troubles
    assert (trouble.level, trouble.kind) == (Level.ORANGE, "backup_old")


def test_the_page_lists_every_watcher(watch: Cast, client: Client) -> None:
    watch_round()
    client.force_login(watch.reader)
    page = client.get("/alarms/sources/").content.decode()
    for watcher in all_watchers():
        assert watcher.code in page
    assert "从未检查" not in page
    client.force_login(watch.outsider)
    assert client.get("/alarms/sources/").status_code == 403
