"""Numbers that may be used once: how a replayed request is told from a new one.

Kept in Redis. When Redis is away they are kept in PostgreSQL, and both are asked until what
only one of them knows is too old to matter: a replay is refused then as well, and nobody has
to wait. Source: GW-02.
"""

import hashlib
import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from apps.common import clock
from apps.gateway.httpsig import AHEAD_SECONDS, FRESH_SECONDS
from apps.gateway.models import UsedNonce

logger = logging.getLogger(__name__)

KEPT_SECONDS = FRESH_SECONDS + AHEAD_SECONDS + 1
_INSERT = """
    INSERT INTO gateway_usednonce (digest, expires_at) VALUES (%s, %s)
    ON CONFLICT (digest) DO NOTHING RETURNING id
"""
_ask_both_until = 0.0


def is_new(keyid: str, nonce: str) -> bool:
    """Will remember a nonce of a key and tell whether it had not been used before."""
    global _ask_both_until
    digest = hashlib.sha256(f"{keyid}\n{nonce}".encode()).hexdigest()
    try:
        prefix = settings.CACHES["default"].get("KEY_PREFIX", "cb")
        name = f"{prefix}:nonce:{digest}"
        fresh = bool(get_redis_connection("default").set(name, 1, nx=True, ex=KEPT_SECONDS))
        if time.monotonic() >= _ask_both_until:
            return fresh
    except (RedisError, OSError):
        logger.warning("redis not reachable; nonces are kept in the database")
        _ask_both_until = time.monotonic() + KEPT_SECONDS
        fresh = True
    return _is_new_in_table(digest) and fresh


def purge_nonces() -> int:
    """Will drop what is too old to matter and give the number."""
    return UsedNonce.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _is_new_in_table(digest: str) -> bool:
    expires_at = clock.now() + timedelta(seconds=KEPT_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [digest, expires_at])
        return cursor.fetchone() is not None
