import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.common import clock, ratelimit
from apps.common.errors import TooMany
from apps.common.models import RateCounter

NOON = datetime(2026, 11, 20, 4, 0, 10, tzinfo=UTC)


@pytest.fixture(params=["redis", "table"])
def store(request, settings, monkeypatch):
    """Both places where hits are counted; the table by pointing Redis to a dead socket."""
    monkeypatch.setattr(ratelimit, "_redis_silent_until", 0.0)
    if request.param == "table":
        dead = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/redis.sock?db=1"}
        settings.CACHES = {"default": dead}
    return request.param


@pytest.fixture
def key(request) -> str:
    return f"{request.node.name}{datetime.now(UTC)}"


@pytest.mark.django_db
def test_the_limit_holds_and_says_when_to_come_back(store, key):
    with clock.at(NOON):
        assert [ratelimit.hit("t", key, limit=2, per_seconds=60) for _ in range(2)] == [1, 0]
        with pytest.raises(TooMany) as refusal:
            ratelimit.hit("t", key, limit=2, per_seconds=60)
    assert refusal.value.data["retry_after"] == 51
    assert RateCounter.objects.exists() == (store == "table")


@pytest.mark.django_db
def test_next_span_begins_anew(store, key):
    with clock.at(NOON):
        ratelimit.hit("t", key, limit=1, per_seconds=60)
    with clock.at(NOON + timedelta(seconds=60)):
        assert ratelimit.hit("t", key, limit=1, per_seconds=60) == 0


@pytest.mark.django_db
def test_others_are_not_touched(store, key):
    ratelimit.hit("t", key, limit=1, per_seconds=60)
    assert ratelimit.hit("t", key + "x", limit=1, per_seconds=60) == 0


@pytest.mark.django_db
def test_old_counters_are_purged(key):
    RateCounter.objects.create(
        scope="t", key_digest="x", window=1, expires_at=clock.now() - timedelta(1)
    )
    assert ratelimit.purge() == 1


@pytest.mark.django_db(transaction=True)
def test_forty_at_once_never_pass_the_limit(store, key):
    passed, start = [], threading.Barrier(8)

    def knock() -> None:
        start.wait()
        for _ in range(5):
            try:
                passed.append(ratelimit.hit("t", key, limit=10, per_seconds=3600))
            except TooMany:
                continue
        connection.close()

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 10
