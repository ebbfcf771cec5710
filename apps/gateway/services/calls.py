"""Keeping the calls: cheaply, without losing one that was refused. Source: GW-01.

A call that went well is put on a list in Redis and written with others every few seconds; one
that was refused is written at once, and so is every call while Redis is away. A list lost with
Redis costs the story of calls that went well, never their effects: those are in the audit log.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from apps.common import clock
from apps.gateway.models import ApiCall, ApiClient

logger = logging.getLogger(__name__)

BATCH = 1000
MOST_WAITING = 50_000  # the worker is away: whoever calls next writes them
_ONE_WRITER = 7_421_093  # key of the advisory lock: two writers would take the same calls


class Noted(TypedDict):
    """A call as the middleware saw it; plain JSON. at: ISO 8601."""

    at: str
    request_id: str
    trace_id: str
    client_id: int | None
    key: str
    method: str
    path: str
    status: int
    code: str
    duration_ms: int
    ip: str | None


def note_call(call: Noted) -> None:
    """Will keep a call, now or with the next batch; never raises, a record is no reason to fail."""
    if call["status"] < 400:
        try:
            waiting = get_redis_connection("default").rpush(_list(), json.dumps(call))
        except (RedisError, OSError):
            logger.warning("redis not reachable; calls are written one by one")
        else:
            if waiting > MOST_WAITING:
                write_calls()
            return
    try:
        keep_calls([call])
    except DatabaseError:
        logger.exception("call not kept", extra={"request": call["request_id"]})


def write_calls() -> int:
    """Will write the calls that wait in Redis and give their number; one writer at a time."""
    written = 0
    try:
        redis = get_redis_connection("default")
        while True:
            with transaction.atomic():
                if not _is_only_writer():
                    return written
                waiting = [json.loads(text) for text in redis.lrange(_list(), 0, BATCH - 1)]
                keep_calls(waiting)
                redis.ltrim(_list(), len(waiting), -1)
            written += len(waiting)
            if len(waiting) < BATCH:
                return written
    except (RedisError, OSError):
        return written


def purge_calls(*, older_than: timedelta) -> int:
    """Will drop calls longer ago, in pieces, and give their number."""
    before, dropped = clock.now() - older_than, 0
    while True:
        old = ApiCall.objects.filter(at__lt=before).order_by("at").values("pk")[:10_000]
        count = ApiCall.objects.filter(pk__in=old).delete()[0]
        dropped += count
        if count < 10_000:
            return dropped


def keep_calls(calls: Sequence[Noted]) -> None:
    """Will write calls at once; one that is there already is left as it is."""
    ids = {call["client_id"] for call in calls}
    known = set(ApiClient.objects.filter(pk__in=ids).values_list("pk", flat=True))
    rows = [
        ApiCall(
            **{
                **call,
                "at": datetime.fromisoformat(call["at"]),
                "client_id": call["client_id"] if call["client_id"] in known else None,
            }
        )
        for call in calls
    ]
    ApiCall.objects.bulk_create(rows, ignore_conflicts=True)


def _list() -> str:
    return f"{settings.CACHES['default'].get('KEY_PREFIX', 'cb')}:gateway:calls"


def _is_only_writer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_WRITER])
        return bool(cursor.fetchone()[0])
