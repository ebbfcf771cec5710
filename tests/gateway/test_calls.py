"""The calls of other systems: kept, told as a story, shown to their managers alone."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import NotFound
from apps.gateway import selectors, services
from apps.gateway.models import ApiCall, ApiClient, Connector, Delivery
from apps.gateway.sealing import seal
from apps.gateway.selectors import CallSearch
from apps.gateway.services import calls
from tests.cast import Cast, role_named
from tests.gateway.factories import client_with_key
from tests.gateway.test_catalogue import manager_of_another_body

pytestmark = pytest.mark.django_db
KEY = f"stories001.{'s' * 32}"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def program(cast: Cast, live: str) -> ApiClient:
    """A client; what calls of other tests left in this process is out of the way."""
    services.write_calls()
    ApiCall.objects.all().delete()
    return client_with_key(
        KEY, name="随手拍", tenant=cast.tenant, service_user=cast.acceptor,
        scopes=["cases.report"], rate="100000/min",
    )  # fmt: skip


@pytest.fixture
def manager(cast: Cast) -> User:
    """Somebody who manages clients by a post of the city."""
    role = role_named("supervisor")
    role.permissions.add(Permission.objects.get(codename="manage_clients"))
    return cast.supervisor


def call(key: str = KEY, **headers: str) -> Any:
    web = Client(headers={"Authorization": f"Api-Key {key}"} | headers)
    return web.get("/api/v1/services/")


def test_a_call_is_kept_with_the_number_it_was_answered(program: ApiClient, manager: User) -> None:
    answer = call(traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    assert not ApiCall.objects.exists()
    assert services.write_calls() == 1
    assert services.write_calls() == 0
    kept = ApiCall.objects.get()
    assert kept.request_id == answer["X-Request-Id"]
    assert (kept.client, kept.status, kept.trace_id) == (program, 200, TRACE)
    assert (kept.key, kept.path, kept.code) == ("stories001", "/api/v1/services/", "")


def test_refusals_are_written_at_once(program: ApiClient) -> None:
    call("stories001.wrong")
    refused = ApiCall.objects.get()
    assert (refused.status, refused.code, refused.client) == (401, "authentication_failed", None)
    Client(headers={"Authorization": f"Api-Key {KEY}"}).get("/api/v1/cases/")
    assert ApiCall.objects.get(client=program).code == "scope_missing"


def test_nothing_is_lost_without_redis(program: ApiClient, monkeypatch: Any) -> None:
    def away(*args: Any) -> Any:
        raise RedisError

    monkeypatch.setattr(calls, "get_redis_connection", away)
    call()
    calls.hand_on_calls(may_write=False)
    assert not ApiCall.objects.exists()
    assert services.write_calls() == 0
    assert ApiCall.objects.get().status == 200


def test_a_flood_without_a_worker_is_written_by_whoever_calls(
    program: ApiClient, monkeypatch: Any
) -> None:
    monkeypatch.setattr(calls, "MOST_WAITING", 2)
    monkeypatch.setattr(calls, "MOST_HERE", 3)
    monkeypatch.setattr(calls, "WAIT_SECONDS", 60)  # a slow machine takes a second for each
    for _n in range(3):
        call()
    assert ApiCall.objects.count() == 3


def test_people_in_a_browser_are_no_calls(cast: Cast, live: str, client: Client) -> None:
    client.force_login(cast.acceptor)
    client.get("/api/v1/services/")
    assert (services.write_calls(), ApiCall.objects.count()) == (0, 0)


@pytest.mark.parametrize("odd", ["x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-" + TRACE])
def test_odd_traces_are_dropped(program: ApiClient, odd: str) -> None:
    call(traceparent=odd)
    services.write_calls()
    assert ApiCall.objects.get().trace_id == ""


def test_the_story_joins_deeds_and_messages(
    program: ApiClient, cast: Cast, manager: User, client: Client
) -> None:
    Connector.objects.create(
        code="works", name="城管平台", tenant=cast.tenant, url="https://10.0.0.1/",
        topics=["case.*"], secret=seal("whsec_eA=="), created_at=clock.now(), created_by_name="x",
    )  # fmt: skip
    lon, lat = Cast.inside_east()
    body = {"text": "解放路路口的井盖松动，声音很大。", "lon": lon, "lat": lat}
    web = Client(headers={"Authorization": f"Api-Key {KEY}"})
    answer = web.post("/api/v1/demands/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    client.force_login(manager)
    page = client.get(f"/clients/calls/{answer['X-Request-Id']}/")
    story = page.context["story"]
    assert story.entries
    assert {entry.request_id for entry in story.entries} == {answer["X-Request-Id"]}
    assert [d.topic for d in story.deliveries] == ["case.state"] * Delivery.objects.count()
    assert "城管平台" in page.content.decode() or not story.deliveries


def test_list_is_narrowed_and_charted(program: ApiClient, manager: User, client: Client) -> None:
    call()
    call("stories001.wrong")
    Client(headers={"Authorization": f"Api-Key {KEY}"}).get("/api/v1/cases/")
    services.write_calls()
    count = lambda **asked: selectors.list_calls(manager, CallSearch(**asked)).count()  # noqa: E731
    assert [count(), count(result="ok"), count(result="refused"), count(result="403")] == [
        2,
        1,
        1,
        1,
    ]
    assert count(path="/api/v1/cases") == 1
    assert count(slower_ms=600_000) == 0
    client.force_login(manager)
    page = client.get(f"/clients/calls/?client={program.pk}&path=/api/v1/s&slower_ms=x")
    assert page.status_code == 200
    assert page.context["rows"][0]["calls"] == 2
    figures = selectors.figures_of(manager, since=timedelta(hours=1))[program.pk]
    assert (figures.calls, figures.refused) == (2, 1)


def test_other_bodies_calls_are_not_there(program: ApiClient, cast: Cast, client: Client) -> None:
    call()
    services.write_calls()
    number = ApiCall.objects.get().request_id
    client.force_login(cast.handler)
    assert client.get("/clients/calls/").status_code == 403
    stranger = manager_of_another_body(cast)
    assert not selectors.list_calls(stranger, CallSearch()).exists()
    with pytest.raises(NotFound):
        selectors.get_call(stranger, number)
    client.force_login(stranger)
    assert client.get(f"/clients/calls/{number}/").status_code in {403, 404}


def test_old_calls_go(program: ApiClient) -> None:
    for days in (1, 200):
        ApiCall.objects.create(
            at=clock.now() - timedelta(days=days), request_id=uuid.uuid4().hex, method="GET",
            path="/", status=200, duration_ms=1,
        )  # fmt: skip
    assert services.purge_calls(older_than=timedelta(days=180)) == 1
    assert ApiCall.objects.count() == 1
