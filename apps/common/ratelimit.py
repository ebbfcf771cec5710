"""How often something may happen: so many times per span of seconds.

Counted in fixed spans (a caller who times it well may get twice the limit across a border;
the spans are short). Counted in Redis; when Redis is away in a table of PostgreSQL, because a
flood of anonymous reports must be stopped especially when something is broken. Call it outside
a transaction that the refusal would roll back. Source: PF-05.
"""

import hashlib
import logging
import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from apps.common import clock
from apps.common.errors import TooMany
from apps.common.models import RateCounter

logger = logging.getLogger(__name__)

REDIS_SILENCE_SECONDS = 5.0  # after a failure, count in the database this long
_redis_silent_until = 0.0

_COUNT_IN_REDIS = """
local hits = redis.call('INCR', KEYS[1])
if hits == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return hits
"""
_COUNT_IN_TABLE = """
    INSERT INTO common_ratecounter AS counter (scope, key_digest, "window", hits, expires_at)
    VALUES (%s, %s, %s, 1, %s)
    ON CONFLICT (scope, key_digest, "window") DO UPDATE SET hits = counter.hits + 1
    RETURNING hits
"""


def hit(scope: str, key: str, *, limit: int, per_seconds: int) -> int:
    """Will count one more and give how many are left in this span.

    scope: what is limited, for example ``citizen.report``; key: whose (address, phone, client);
    kept only as a digest.
    Raises: TooMany, code ``rate_limited`` (``data["retry_after"]``: seconds until the next span).
    """
    moment = clock.now().timestamp()
    window = int(moment // per_seconds)
    ends_at = (window + 1) * per_seconds
    digest = hashlib.sha256(key.encode()).hexdigest()
    hits = _count(scope, digest, window, per_seconds, ends_at)
    if hits > limit:
        retry_after = max(1, int(ends_at - moment) + 1)
        raise TooMany(
            _("操作过于频繁，请 %(seconds)d 秒后再试") % {"seconds": retry_after},
            code="rate_limited",
            data={"retry_after": retry_after},
        )
    return limit - hits


def purge() -> int:
    """Will drop the table's counters of past spans and give their number."""
    return RateCounter.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _count(scope: str, digest: str, window: int, per_seconds: int, ends_at: int) -> int:
    global _redis_silent_until
    if time.monotonic() >= _redis_silent_until:
        try:
            client: Any = get_redis_connection("default")
            prefix = settings.CACHES["default"].get("KEY_PREFIX", "cb")
            name = f"{prefix}:rate:{scope}:{digest}:{per_seconds}:{window}"
            return int(client.eval(_COUNT_IN_REDIS, 1, name, per_seconds + 1))
        except (RedisError, OSError):
            _redis_silent_until = time.monotonic() + REDIS_SILENCE_SECONDS
            logger.warning("redis not reachable; rate limits are counted in the database")
    expires_at = datetime.fromtimestamp(ends_at, tz=UTC)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_IN_TABLE, [f"{scope}/{per_seconds}"[:60], digest, window, expires_at])
        return int(cursor.fetchone()[0])
