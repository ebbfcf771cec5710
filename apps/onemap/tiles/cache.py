"""What was drawn, in Redis: made once however many people ask, in a bounded room.

A thing lies in one of a fixed number of places of its shelf, chosen by its key; the next one
with the same place replaces it. So the room is bounded without counting, whatever is asked
for. Without Redis everything is made when it is asked for: slower, never wrong.
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis.exceptions import RedisError

_STEP_S = 0.015
_DIGEST_BYTES = 32


@dataclass(frozen=True)
class Shelf:
    """Room for ``places`` things of at most ``most_bytes``; bigger ones are not kept.

    wait_s: how long somebody waits for another who makes the same, a little more than it takes.
    """

    name: str
    places: int
    most_bytes: int
    wait_s: float

    def kept_or(self, key: str, make: Callable[[], tuple[bytes, int]]) -> bytes:
        """Will give what is kept under the key, else what ``make`` gives, which is kept then.

        make: gives the bytes and for how many seconds they may be kept. Whoever comes while it
        is being made waits for it; if it fails the next one tries.
        """
        if not settings.MAP_TILES_KEPT:
            return make()[0]
        digest = hashlib.sha256(key.encode()).digest()
        place = f"{_prefix()}:{self.name}:{int.from_bytes(digest[:4], 'big') % self.places}"
        flight = f"{_prefix()}:{self.name}-flight:{digest.hex()}"
        until = time.monotonic() + self.wait_s
        try:
            redis: Any = get_redis_connection("default")
            while (found := _found(redis, place, digest)) is None:
                if redis.set(flight, b"1", nx=True, px=int(self.wait_s * 1000)):
                    # Whoever made it may have ended between the look and the mark.
                    found = _found(redis, place, digest)
                    break
                if time.monotonic() >= until:
                    return make()[0]
                time.sleep(_STEP_S)
            else:
                return found
        except (RedisError, OSError):
            return make()[0]
        try:
            return self._keep(redis, place, digest, make()) if found is None else found
        finally:
            with suppress(RedisError, OSError):
                redis.delete(flight)

    def _keep(self, redis: Any, place: str, digest: bytes, made: tuple[bytes, int]) -> bytes:
        content, seconds = made
        if len(content) <= self.most_bytes:
            with suppress(RedisError, OSError):
                redis.set(place, digest + content, ex=seconds)
        return content


def _found(redis: Any, place: str, digest: bytes) -> bytes | None:
    kept = redis.get(place)
    return kept[_DIGEST_BYTES:] if kept is not None and kept.startswith(digest) else None


def _prefix() -> str:
    return str(settings.CACHES["default"].get("KEY_PREFIX", "cb"))
