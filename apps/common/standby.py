"""Whether this installation can only be read now, and whether live work waits in a queue.

A standby of the database takes no writes; one that is switched to read only neither. PostgreSQL
tells every connection by itself when that changes (``in_hot_standby``,
``default_transaction_read_only``), so asking costs no journey. Without Redis nothing is lost:
what was ordered waits as rows. Source: PF-08.
"""

import time
from typing import Any

from django.db import DatabaseError, connection

from apps.common import health

_READ_ONLY = "25006"  # SQLSTATE read_only_sql_transaction
REDIS_ASKED_EVERY_S = 15.0
_redis: tuple[float, bool] = (0.0, True)


def is_read_only(*, connect: bool = False) -> bool:
    """Will tell whether the database takes no writes, as far as this connection has heard.

    connect: open a connection to hear it, where there is none yet. False where the database
    does not answer at all: that is another trouble.
    """
    try:
        if connect:
            connection.ensure_connection()
    except DatabaseError:
        return False
    raw: Any = connection.connection
    if raw is None or raw.closed:
        return False
    tell = raw.info.parameter_status
    return "on" in (tell("in_hot_standby"), tell("default_transaction_read_only"))


def was_refused(error: BaseException) -> bool:
    """Will tell whether an error means that the database takes no writes."""
    return getattr(error.__cause__, "sqlstate", "") == _READ_ONLY


def is_queueing() -> bool:
    """Will tell whether Redis is away, so that effects wait for the next round; asked seldom."""
    global _redis
    now = time.monotonic()
    if now - _redis[0] > REDIS_ASKED_EVERY_S:
        _redis = (now, health.redis_answers())
    return not _redis[1]


def forget() -> None:
    """Will ask anew at the next question; for tests."""
    global _redis
    _redis = (0.0, True)
