"""Is this process of use? Asked by load balancers, answered without a login or details."""

import logging
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from apps.common import outbox

logger = logging.getLogger(__name__)

OUTBOX_LATE_SECONDS = 600.0


@dataclass(frozen=True)
class Health:
    """What stands: without the database nothing works, the others cost speed only."""

    database: bool
    redis: bool
    outbox: bool

    @property
    def ready(self) -> bool:
        return self.database


def check() -> Health:
    """Will ask the database, Redis and the outbox, each within their connection time-outs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        late = outbox.measure().oldest_seconds > OUTBOX_LATE_SECONDS
    except DatabaseError:
        logger.exception("the database does not answer")
        return Health(database=False, redis=redis_answers(), outbox=False)
    return Health(database=True, redis=redis_answers(), outbox=not late)


def redis_answers() -> bool:
    """Will tell whether Redis answers, within its connection time-out."""
    try:
        return bool(get_redis_connection("default").ping())
    except (RedisError, OSError):
        return False
