"""How many calls a client may make: a rate and a number a day, by one question to Redis.

Rate: a bucket of as many tokens as the rate names, refilled evenly over its span; a call takes
one. Day: a counter of the city's calendar day. Both are looked at and taken from in one Lua
script, so that two calls at once never share a token. Redis keeps the time too: servers whose
clocks differ agree.

When Redis is away calls are counted by ``common.ratelimit`` in PostgreSQL, from zero, rate and
day in fixed spans: a client may then get a second helping, nobody is refused for our failure.
Source: GW-02.
"""

import logging
import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as midnight

from django.conf import settings
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from apps.common import clock, ratelimit
from apps.common.errors import TooMany
from apps.gateway.throttling import parse_rate

logger = logging.getLogger(__name__)

REDIS_SILENCE_SECONDS = 5.0  # after a failure, count in the database this long
DAY_SECONDS = 86_400
_redis_silent_until = 0.0

# KEYS: bucket, day counter. ARGV: tokens in a full bucket, seconds to fill it, calls a day (0:
# any number), seconds the day's counter lives. Answers: let in (1) or what was lacking (0 a
# token, -1 the day), whole tokens left, seconds to the next token, calls left today.
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local most, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local daily = tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or most
local at = tonumber(kept[2]) or now
tokens = math.min(most, tokens + math.max(0, now - at) * most / span)
local used = 0
if daily > 0 then used = tonumber(redis.call('GET', KEYS[2]) or '0') end
local answer = 1
if daily > 0 and used >= daily then answer = -1
elseif tokens < 1 then answer = 0
else
  tokens = tokens - 1
  if daily > 0 then
    used = redis.call('INCR', KEYS[2])
    redis.call('EXPIRE', KEYS[2], ARGV[4])
  end
end
local left, seen = string.format('%.6f', tokens), string.format('%.6f', now)
redis.call('HSET', KEYS[1], 'tokens', left, 'at', seen)
redis.call('EXPIRE', KEYS[1], math.ceil(span) + 1)
local wait = math.max(0, (1 - tokens) * span / most)
return {answer, math.floor(tokens), math.ceil(wait), math.max(0, daily - used)}
"""


@dataclass(frozen=True)
class Standing:
    """What a call found. lacking: "" let in, "rate" or "day" what was used up.

    retry_after: seconds, 0 when let in. left_today: None where the day has no limit.
    """

    limit: int
    per_seconds: int
    left: int
    daily: int
    left_today: int | None
    lacking: str = ""
    retry_after: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """``RateLimit`` and ``RateLimit-Policy``. Source: draft-ietf-httpapi-ratelimit-headers."""
        policy = [f'"rate";q={self.limit};w={self.per_seconds}']
        standing = [f'"rate";r={self.left}']
        if self.left_today is not None:
            policy.append(f'"day";q={self.daily};w={DAY_SECONDS}')
            standing.append(f'"day";r={self.left_today};t={seconds_to_midnight()}')
        return {"RateLimit-Policy": ", ".join(policy), "RateLimit": ", ".join(standing)}


def take(client_id: int, *, rate: str, daily: int) -> Standing:
    """Will take one call from a client's rate and day, if both have one left.

    rate: ``600/min``, "" for the city's general one; daily: 0 for any number.
    """
    global _redis_silent_until
    limit, per_seconds = parse_rate(rate or settings.API_RATE)
    if time.monotonic() >= _redis_silent_until:
        try:
            return _take_in_redis(client_id, limit, per_seconds, daily)
        except (RedisError, OSError):
            _redis_silent_until = time.monotonic() + REDIS_SILENCE_SECONDS
            logger.warning("redis not reachable; quotas are counted in the database")
    return _take_in_table(client_id, limit, per_seconds, daily)


def seconds_to_midnight() -> int:
    """Will give the seconds until the city's next day begins."""
    now = timezone.localtime(clock.now())
    next_day = datetime.combine(now.date() + timedelta(days=1), midnight.min, now.tzinfo)
    return max(1, math.ceil((next_day - now).total_seconds()))


def _take_in_redis(client_id: int, limit: int, per_seconds: int, daily: int) -> Standing:
    prefix = settings.CACHES["default"].get("KEY_PREFIX", "cb")
    bucket = f"{prefix}:quota:{{{client_id}}}:{limit}:{per_seconds}"
    day = f"{prefix}:quota:{{{client_id}}}:{clock.today().isoformat()}"
    left_of_day = seconds_to_midnight()
    answer, left, wait, today = get_redis_connection("default").eval(
        _TAKE, 2, bucket, day, limit, per_seconds, daily, left_of_day + 3600
    )
    lacking = {1: "", 0: "rate", -1: "day"}[int(answer)]
    return Standing(
        limit=limit,
        per_seconds=per_seconds,
        left=int(left),
        daily=daily,
        left_today=int(today) if daily else None,
        lacking=lacking,
        retry_after={"": 0, "rate": max(1, int(wait)), "day": left_of_day}[lacking],
    )


def _take_in_table(client_id: int, limit: int, per_seconds: int, daily: int) -> Standing:
    left, left_today, lacking, retry_after = 0, None, "rate", 0
    try:
        left = ratelimit.hit("api", f"client:{client_id}", limit=limit, per_seconds=per_seconds)
        lacking = "day"
        if daily:
            left_today = ratelimit.hit(
                "api.day", f"client:{client_id}", limit=daily, per_seconds=DAY_SECONDS
            )
        lacking = ""
    except TooMany as error:
        retry_after = int(error.data["retry_after"])
        left_today = 0 if daily else None
    return Standing(limit, per_seconds, left, daily, left_today, lacking, retry_after)
