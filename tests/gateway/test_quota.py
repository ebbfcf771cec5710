"""Rates and daily quotas: exact under load, told to the caller, gentle when Redis is away."""

import threading
from typing import Any

import pytest
from django.test import Client
from redis.exceptions import RedisError

from apps.common import ratelimit
from apps.gateway import quota
from tests.gateway.factories import client_with_key, issue

ADDRESS = "/api/v1/services/"


def test_two_hundred_at_once_never_get_one_too_many(live: str) -> None:
    let_in, start = [], threading.Barrier(20)

    def call(client_id: int, rate: str, daily: int) -> None:
        start.wait()
        for _n in range(10):
            standing = quota.take(client_id, rate=rate, daily=daily)
            let_in.append(not standing.lacking)

    for client_id, rate, daily in ((1, "100000/min", 77), (2, "77/day", 0), (3, "77/day", 50)):
        let_in.clear()
        threads = [threading.Thread(target=call, args=(client_id, rate, daily)) for _n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(let_in), sum(let_in)) == (200, daily or 77)


def test_tokens_come_back(live: str) -> None:
    assert [quota.take(1, rate="1/s", daily=0).lacking for _n in range(2)] == ["", "rate"]
    redis = quota.get_redis_connection("default")
    [bucket] = redis.keys("*quota:{1}:1:1")
    redis.hset(bucket, "at", "1")
    assert quota.take(1, rate="1/s", daily=0).lacking == ""


@pytest.mark.django_db
@pytest.mark.usefixtures("time_held")
def test_the_caller_is_told_where_it_stands(live: str) -> None:
    client, key = issue(rate="10/min")
    client.daily_quota = 2
    client.save()
    web = Client(headers={"Authorization": f"Api-Key {key}"})
    first = web.get(ADDRESS)
    assert first.status_code == 200, first.content
    assert first["RateLimit-Policy"] == '"rate";q=10;w=60, "day";q=2;w=86400'
    assert first["RateLimit"].startswith('"rate";r=9, "day";r=1;t=')
    web.get(ADDRESS)
    refused = web.get(ADDRESS)
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    assert refused.json()["data"]["key"] == key.partition(".")[0]
    assert 0 < int(refused["Retry-After"]) <= 86_400


@pytest.mark.django_db
@pytest.mark.usefixtures("time_held")
def test_without_redis_calls_are_counted_in_the_database(monkeypatch: Any, live: str) -> None:
    def away(*args: Any) -> Any:
        raise RedisError

    monkeypatch.setattr(quota, "get_redis_connection", away)
    monkeypatch.setattr(ratelimit, "get_redis_connection", away)
    monkeypatch.setattr(quota, "_redis_silent_until", 0.0)
    monkeypatch.setattr(ratelimit, "_redis_silent_until", 0.0)
    found = [quota.take(9, rate="3/day", daily=0) for _n in range(4)]
    assert [each.lacking for each in found] == ["", "", "", "rate"]
    found = [quota.take(8, rate="9/day", daily=2) for _n in range(3)]
    assert [each.lacking for each in found] == ["", "", "day"]


@pytest.mark.django_db
@pytest.mark.usefixtures("time_held")
def test_one_clients_calls_cost_no_other(live: str) -> None:
    from tests.gateway.factories import TenantFactory, UserFactory

    for prefix in ("first00001", "second0001"):
        client_with_key(
            f"{prefix}.s", name=prefix, tenant=TenantFactory(), service_user=UserFactory(),
            rate="1/hour",
        )  # fmt: skip
    for prefix in ("first00001", "second0001"):
        web = Client(headers={"Authorization": f"Api-Key {prefix}.s"})
        assert [web.get(ADDRESS).status_code for _n in range(2)] == [200, 429]
