"""Keeping the calls: cheaply, without losing one that was refused. Source: GW-01.

A call that was refused is written at once. One that went well waits in its process for at most
a second, goes to a list in Redis with those of that second, and is written with the list every
few seconds; while Redis is away it is written from the process. A process killed, or a list
lost with Redis, costs the story of calls that went well, never their effects: those are in the
audit log.
"""

import atexit
import json
import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from apps.audit import services as audit
from apps.common import clock
from apps.gateway.models import ApiCall, ApiClient

logger = logging.getLogger(__name__)

BATCH = 1000
MOST_WAITING = 50_000  # the worker is away: whoever calls next writes them
MOST_HERE = 100  # in one process
WAIT_SECONDS = 1.0
_ONE_WRITER = 7_421_093  # key of the advisory lock: two writers would take the same calls

_lock = threading.Lock()
_timer: threading.Timer | None = None


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
    shown: str
    covered: str


_waiting: list[Noted] = []


def note_call(call: Noted) -> None:
    """Will keep a call, now or with the next batch; never raises, a record is no reason to fail."""
    global _timer
    if call["status"] >= 400:
        _keep_anyway([call])
        return
    with _lock:
        _waiting.append(call)
        is_many = len(_waiting) >= MOST_HERE
        if _timer is None and not is_many:
            _timer = threading.Timer(WAIT_SECONDS, hand_on_calls, kwargs={"may_write": False})
            _timer.daemon = True
            _timer.start()
    if is_many:
        hand_on_calls()


def note_personal(client: ApiClient, *, path: str, fields: str) -> None:
    """Will write to the audit log that a client saw personal data as it is; never raises.

    fields: codes with commas. The answer is out already; a record that fails is logged.
    """
    try:
        with transaction.atomic():
            audit.record(
                client,
                "api_client.personal_read",
                object_type="gateway.client",
                object_id=client.pk,
                object_label=client.name,
                data={"fields": fields, "path": path[:300], "purpose": client.clear_purpose},
            )
    except DatabaseError:
        logger.exception("a read of personal data could not be written down")


def hand_on_calls(*, may_write: bool = True) -> None:
    """Will hand the calls that wait in this process to Redis, or write them if it is away.

    may_write: whether the database may be asked; else they go on waiting for the next call.
    """
    global _timer
    with _lock:
        calls = list(_waiting)
        _waiting.clear()
        if _timer is not None:
            _timer.cancel()
        _timer = None
    if not calls:
        return
    try:
        texts = [json.dumps(call) for call in calls]
        waiting = get_redis_connection("default").rpush(_list(), *texts)
    except (RedisError, OSError):
        logger.warning("redis not reachable; calls are written by the process")
        if may_write:
            _keep_anyway(calls)
        else:
            with _lock:
                _waiting[:0] = calls
    else:
        if may_write and waiting > MOST_WAITING:
            write_calls()


def write_calls() -> int:
    """Will write the calls that wait in Redis and give their number; one writer at a time."""
    written = 0
    hand_on_calls()
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


def _keep_anyway(calls: Sequence[Noted]) -> None:
    try:
        keep_calls(calls)
    except DatabaseError:
        numbers = [call["request_id"] for call in calls]
        logger.exception("calls not kept", extra={"requests": numbers})


def _list() -> str:
    return f"{settings.CACHES['default'].get('KEY_PREFIX', 'cb')}:gateway:calls"


def _is_only_writer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_WRITER])
        return bool(cursor.fetchone()[0])


atexit.register(hand_on_calls, may_write=False)
