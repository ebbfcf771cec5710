"""Requests of a minute, added up over all processes. Source: OP-20, OP-21."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from apps.common import clock
from apps.upkeep.models import RequestMinute

KEEP_DAYS = 60
_ADD = """
insert into upkeep_requestminute as kept (minute_at, requests, failures, total_ms, slowest_ms)
values (%s, %s, %s, %s, %s)
on conflict (minute_at) do update set
    requests = kept.requests + excluded.requests,
    failures = kept.failures + excluded.failures,
    total_ms = kept.total_ms + excluded.total_ms,
    slowest_ms = greatest(kept.slowest_ms, excluded.slowest_ms)
"""


@dataclass
class MinuteCount:
    """What one process answered in a minute. failures: answers of 500 and more."""

    requests: int = 0
    failures: int = 0
    total_ms: int = 0
    slowest_ms: int = 0

    def add(self, took_ms: int, is_failure: bool) -> None:
        """Will count one answer."""
        self.requests += 1
        self.failures += is_failure
        self.total_ms += took_ms
        self.slowest_ms = max(self.slowest_ms, took_ms)


def write_minute(minute_at: datetime, count: MinuteCount) -> None:
    """Will add what a process counted to what others did. minute_at: aware, its begin."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            [minute_at, count.requests, count.failures, count.total_ms, count.slowest_ms],
        )


def drop_old_minutes() -> int:
    """Will drop minutes older than sixty days; reviews keep their peaks."""
    before = clock.now() - timedelta(days=KEEP_DAYS)
    return RequestMinute.objects.filter(minute_at__lt=before).delete()[0]
