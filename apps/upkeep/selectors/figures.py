"""What the platform says of itself, asked when somebody asks: figures with names and words.

Every group is asked by itself, so that one that cannot be had keeps none of the others.
Source: PF-08, OP-20, OP-21.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Max, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.alarms.models import Alarm
from apps.clocks.enums import ClockState
from apps.clocks.models import Clock
from apps.common import clock, health, outbox, standby
from apps.upkeep.models import RequestMinute
from apps.upkeep.selectors.backups import last_good_backup, last_restore_test

logger = logging.getLogger(__name__)

SLOW_MS = 500
_CONNECTIONS = """
select count(*), current_setting('max_connections')::int, pg_database_size(current_database())
from pg_stat_activity where backend_type = 'client backend'
"""
_STATEMENTS = """
select count(*), coalesce(max(mean_exec_time), 0) from pg_stat_statements
where mean_exec_time > %s
  and dbid = (select oid from pg_database where datname = current_database())
"""


@dataclass(frozen=True)
class Figure:
    """One figure. name: of the metric, without prefix; unit: as the page writes it."""

    name: str
    label: Promise | str
    value: float
    unit: str = ""
    labels: dict[str, str] = field(default_factory=dict)


def all_figures() -> list[Figure]:
    """Will ask for every figure now; takes some milliseconds. A group that fails is one figure."""
    found: list[Figure] = []
    for name, group in GROUPS.items():
        try:
            with transaction.atomic():
                found += group()
        except (DatabaseError, OSError, ValueError):
            logger.exception("figures could not be had", extra={"group": name})
            found.append(Figure("group_failed", _("无法取得"), 1, labels={"group": name}))
    return found


def _state() -> Iterator[Figure]:
    yield Figure("redis_up", _("缓存与队列可用"), health.redis_answers())
    yield Figure("read_only", _("只读状态"), standby.is_read_only())


def _outbox() -> Iterator[Figure]:
    state = outbox.measure()
    yield Figure("outbox_waiting", _("待办消息"), state.waiting)
    yield Figure("outbox_oldest_seconds", _("最早的待办等待"), state.oldest_seconds, "s")
    yield Figure("outbox_dead", _("放弃的消息"), state.dead)


def _clocks() -> Iterator[Figure]:
    running = Clock.objects.filter(state=ClockState.RUNNING)
    yield Figure("clocks_running", _("计时中的时限"), running.count())
    late = running.filter(due_at__lt=clock.now()).count()
    yield Figure("clocks_overdue", _("已超期的时限"), late)


def _alarms() -> Iterator[Figure]:
    rows = Alarm.objects.filter(ended_at=None).order_by().values_list("level")
    for level, count in rows.annotate(n=Count("pk")).order_by("level"):
        yield Figure("alarms_open", _("未结束的告警"), count, labels={"level": str(level)})


def _database() -> Iterator[Figure]:
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        used, most, size = cursor.fetchone()
    yield Figure("database_connections", _("数据库连接"), used)
    yield Figure("database_connections_max", _("数据库连接上限"), most)
    yield Figure("database_bytes", _("数据库大小"), size, "B")


def _statements() -> Iterator[Figure]:
    """Only where the city has switched the extension on."""
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('pg_stat_statements') is not null")
        if not cursor.fetchone()[0]:
            return
        cursor.execute(_STATEMENTS, [SLOW_MS])
        count, slowest = cursor.fetchone()
    yield Figure("slow_statements", _("慢查询"), count)
    yield Figure("slowest_statement_seconds", _("最慢查询平均用时"), slowest / 1000, "s")


def _disk() -> Iterator[Figure]:
    folders = {"data": settings.VAR_DIR, "media": settings.MEDIA_ROOT}
    if settings.BACKUP_ENABLED:
        folders["backup"] = Path(settings.BACKUP_DIR)
    for name, folder in folders.items():
        path = Path(folder)
        while not path.exists():
            path = path.parent
        usage = shutil.disk_usage(path)
        yield Figure("disk_free_bytes", _("磁盘剩余"), usage.free, "B", {"disk": name})
        yield Figure("disk_total_bytes", _("磁盘容量"), usage.total, "B", {"disk": name})


def _backups() -> Iterator[Figure]:
    now = clock.now()
    run, test = last_good_backup(), last_restore_test()
    if run is not None and run.started_at is not None:
        age = (now - run.started_at).total_seconds()
        yield Figure("backup_age_seconds", _("距最近备份"), age, "s")
    if test is not None and test.ended_at is not None:
        age = (now - test.ended_at).total_seconds()
        yield Figure("restore_test_age_seconds", _("距最近恢复测试"), age, "s")
        yield Figure("restore_test_good", _("恢复测试合格"), bool(test.is_good))


def _requests() -> Iterator[Figure]:
    since = clock.now() - timedelta(minutes=6)
    found = RequestMinute.objects.filter(minute_at__gte=since).aggregate(
        n=Sum("requests"), failures=Sum("failures"), ms=Sum("total_ms"), slowest=Max("slowest_ms"),
        minutes=Count("pk"),
    )  # fmt: skip
    if found["minutes"]:
        rate = found["n"] / found["minutes"] / 60
        yield Figure("requests_per_second", _("每秒请求"), rate)
        yield Figure("requests_failed", _("近五分钟失败请求"), found["failures"])
        yield Figure("request_mean_seconds", _("平均响应"), found["ms"] / found["n"] / 1000, "s")
        yield Figure("request_slowest_seconds", _("最慢响应"), found["slowest"] / 1000, "s")


def _certificates() -> Iterator[Figure]:
    for name, at in certificate_ends():
        days = (at - clock.now()).total_seconds() / 86400
        yield Figure("certificate_days_left", _("证书剩余天数"), days, "d", {"file": name})


def certificate_ends() -> Iterator[tuple[str, datetime]]:
    """Will give until when the certificates of the settings hold: name of the file, aware."""
    paths: list[Any] = [
        settings.CERTIFICATE_ANCHORS, settings.CERTIFICATE_INTERMEDIATES,
        settings.MQTT_CERTIFICATE, settings.MQTT_AUTHORITY_FILE, settings.EVIDENCE_TSA_CA,
        *(sorted(Path(settings.MQTT_FOLDER).glob("*.pem")) if settings.MQTT_ENABLED else ()),
    ]  # fmt: skip
    for path in (Path(path) for path in paths if path):
        if not path.is_file() or b"BEGIN CERTIFICATE" not in (content := path.read_bytes()):
            continue
        for certificate in x509.load_pem_x509_certificates(content):
            yield path.name, certificate.not_valid_after_utc.astimezone(UTC)


GROUPS: dict[str, Callable[[], Iterator[Figure]]] = {
    "state": _state,
    "outbox": _outbox,
    "clocks": _clocks,
    "alarms": _alarms,
    "database": _database,
    "statements": _statements,
    "disk": _disk,
    "backups": _backups,
    "requests": _requests,
    "certificates": _certificates,
}
