"""The platform watches itself: disk, queues, database, cache, backup. Source: AL-01, AL-03.

Each look takes well under a second and is bounded by the time-outs of what it asks. A limit to
begin and an easier one to end keep an alarm from flapping.
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from kombu.exceptions import OperationalError

from apps.alarms.enums import Level, Source
from apps.alarms.registry import (
    Sighting,
    Standing,
    Trouble,
    Watcher,
    register_kind,
    register_watcher,
)
from apps.common import clock, health, outbox

#: Free share of the disk: orange below, red below, over at.
DISK_LOW, DISK_OUT, DISK_FINE = 0.10, 0.05, 0.12
#: Messages that wait, and how old the oldest may be.
OUTBOX_LONG, OUTBOX_LATE = 5000, timedelta(minutes=10)
BROKER_LONG, BROKER_FINE = 1000, 200
#: Share of the connections the database allows.
CONNECTIONS_MANY, CONNECTIONS_FINE = 0.80, 0.70
BACKUP_OLD = timedelta(hours=26)
_CONNECTIONS = """
select count(*), current_setting('max_connections')::int
from pg_stat_activity where backend_type = 'client backend'
"""


def register() -> None:
    """Will name the kinds of alarms about the platform, and have it watched."""
    register_kind("queue_long", gettext_lazy("任务积压"))
    register_kind("broker_down", gettext_lazy("消息中间件无响应"))
    register_kind("cache_down", gettext_lazy("缓存无响应"))
    register_kind("connections_many", gettext_lazy("数据库连接将满"))
    register_kind("backup_old", gettext_lazy("备份过期"))
    register_kind("beat_silent", gettext_lazy("后台定时任务停止"))
    for code, label, kinds, look in (
        ("platform.disk", gettext_lazy("数据盘"), {"low_disk"}, disk),
        ("platform.outbox", gettext_lazy("待办消息"), {"queue_long"}, queue),
        ("platform.broker", gettext_lazy("后台任务队列"), {"broker_down", "queue_long"}, broker),
        ("platform.cache", gettext_lazy("缓存"), {"cache_down"}, cache),
        ("platform.database", gettext_lazy("数据库连接"), {"connections_many"}, connections),
        ("platform.backup", gettext_lazy("备份"), {"backup_old"}, backup),
    ):
        register_watcher(Watcher(code, label, Source.PLATFORM, frozenset(kinds), look))


def disk(standing: Sequence[Standing]) -> Sighting:
    """Whether the disk of the data has room."""
    folder = Path(settings.VAR_DIR)
    usage = shutil.disk_usage(folder if folder.exists() else folder.parent)
    share = usage.free / usage.total
    text = _("剩余%(share).1f%%（%(free).1f GB）") % {
        "share": share * 100, "free": usage.free / 1024**3,
    }  # fmt: skip
    if share >= (DISK_FINE if standing else DISK_LOW):
        return Sighting(text)
    level = Level.RED if share < DISK_OUT else Level.ORANGE
    facts = {"free_share": round(share, 4), "free_bytes": usage.free}
    sentence = _("数据盘%(text)s，低于%(least)d%%。") % {"text": text, "least": DISK_LOW * 100}
    return Sighting(text, [Trouble("low_disk", level, sentence, facts, key=_("数据盘"))])


def queue(standing: Sequence[Standing]) -> Sighting:
    """Whether what was promised within the database is being done."""
    found = outbox.measure()
    minutes = found.oldest_seconds / 60
    text = _("等待%(n)d条，最早的等了%(minutes)d分钟") % {"n": found.waiting, "minutes": minutes}
    late = found.oldest_seconds > OUTBOX_LATE.total_seconds() / (2 if standing else 1)
    if not late and found.waiting < OUTBOX_LONG / (2 if standing else 1):
        return Sighting(text)
    facts = {"waiting": found.waiting, "oldest_s": round(found.oldest_seconds)}
    sentence = _("待办消息积压：%s。") % text
    return Sighting(text, [Trouble("queue_long", Level.ORANGE, sentence, facts, key=_("待办消息"))])


def broker(standing: Sequence[Standing]) -> Sighting:
    """Whether the workers keep up, and whether the broker answers at all."""
    with current_app.connection_for_read(connect_timeout=2) as asked:
        own: tuple[type[BaseException], ...] = (*asked.connection_errors, *asked.channel_errors)
        refused: tuple[type[BaseException], ...] = (*own, OperationalError, OSError)
        try:
            # Not ``default_channel``: that one asks without end.
            name = current_app.conf.task_default_queue
            channel: Any = asked.channel()
            waiting = channel.queue_declare(queue=name).message_count
        except refused as error:
            return _no_broker(error)
    text = _("排队%d个任务") % waiting
    if waiting < (BROKER_FINE if standing else BROKER_LONG):
        return Sighting(text)
    sentence = _("后台任务%s，处理不过来。") % text
    facts = {"waiting": waiting}
    trouble = Trouble("queue_long", Level.ORANGE, sentence, facts, key=_("后台任务队列"))
    return Sighting(text, [trouble])


def _no_broker(error: BaseException) -> Sighting:
    sentence = _("消息中间件无响应，后台任务只能等定时轮询。")
    facts = {"error": type(error).__name__}
    trouble = Trouble("broker_down", Level.ORANGE, sentence, facts, key=_("消息中间件"))
    return Sighting(_("无响应"), [trouble])


def cache(standing: Sequence[Standing]) -> Sighting:
    """Whether the cache answers; without it everything is slower, nothing is lost."""
    if health.check().redis:
        return Sighting(_("正常"))
    sentence = _("缓存无响应，页面变慢，实时刷新停止。")
    return Sighting(_("无响应"), [Trouble("cache_down", Level.ORANGE, sentence, {}, key=_("缓存"))])


def connections(standing: Sequence[Standing]) -> Sighting:
    """Whether the database can take more callers."""
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        used, most = cursor.fetchone()
    text = _("已用%(used)d个，共%(most)d个") % {"used": used, "most": most}
    if used / most < (CONNECTIONS_FINE if standing else CONNECTIONS_MANY):
        return Sighting(text)
    sentence = _("数据库连接%s。") % text
    facts = {"used": used, "most": most}
    trouble = Trouble("connections_many", Level.ORANGE, sentence, facts, key=_("数据库"))
    return Sighting(text, [trouble])


def backup(standing: Sequence[Standing]) -> Sighting:
    """Whether the last backup is of today or yesterday; nothing where no mark is set."""
    if not settings.BACKUP_MARK:
        return Sighting(_("没有设置备份完成标记，不检查"))
    mark = Path(settings.BACKUP_MARK)
    if not mark.exists():
        sentence = _("没有备份完成标记，备份从未完成。")
        trouble = Trouble("backup_old", Level.RED, sentence, {}, key=_("备份"))
        return Sighting(_("从未完成"), [trouble])
    age = clock.now() - datetime.fromtimestamp(mark.stat().st_mtime, tz=UTC)
    text = _("%.1f小时前完成") % (age.total_seconds() / 3600)
    if age < BACKUP_OLD:
        return Sighting(text)
    facts = {"age_s": round(age.total_seconds())}
    sentence = _("最近一次备份%s，应在26小时内。") % text
    return Sighting(text, [Trouble("backup_old", Level.ORANGE, sentence, facts, key=_("备份"))])
