"""HL-07, HL-16: a message of the app wakes the citizen's telephones and says nothing of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.demo import platforms
from apps.gateway import signing
from apps.messaging.models import Conversation, Device
from apps.messaging.services import answer, wake_due
from apps.residents.enums import TOKEN_HEADER
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.matters.factories import ACCEPT, act
from tests.messaging.factories import SECRET, account, agent
from tests.residents import factories as make
from tests.residents.conftest import simulated  # noqa: F401  autouse here too
from tests.residents.factories import PHONE, Program

URL = "/api/v1/public/me/push-devices/"


@pytest.fixture
def app(cast: Cast, live: str) -> Program:
    return make.program(cast.tenant, cast.acceptor)


@pytest.fixture
def citizen(app: Program) -> Client:
    token = make.sign_in(app.client).token
    return Client(headers={"Authorization": app.key, TOKEN_HEADER: token})


@pytest.fixture
def distributor(settings: Any) -> Iterator[tuple[platforms.Platform, str]]:
    """Who wakes telephones, and the address at which."""
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with platforms.platform() as (made, address):
        yield made, f"{address}/push"


def register(citizen: Client, endpoint: str, way: str = "unifiedpush") -> Any:
    body = {"way": way, "endpoint": endpoint, "name": "我的手机"}
    return citizen.post(URL, body, content_type="application/json")


def test_progress_by_the_app_wakes_the_telephone_once_and_tells_it_nothing(
    cast: Cast, citizen: Client, distributor: tuple[platforms.Platform, str]
) -> None:
    made, address = distributor
    account(cast, channel="app", sender="app", secrets={})
    citizen.put("/api/v1/public/me/notices/", {"way": "app"}, content_type="application/json")
    first = register(citizen, f"{address}/a1")
    assert (first.status_code, register(citizen, f"{address}/a1").status_code) == (201, 200)
    assert wake_due() == 0
    case = demand(cast, reporter_phone=PHONE)
    act(cast.acceptor, case, "accept", ACCEPT)
    answer(agent(cast), conversation_id=Conversation.objects.get().pk, text="在办", key="k")
    assert wake_due() == 1  # three messages, one wake
    assert wake_due() == 0
    [(path, body, heads)] = made.wakes
    assert (path, set(body), body["type"]) == ("/push/a1", {"type", "key"}, "messages")
    assert heads["ttl"] == "86400"
    assert case.number not in str(body)
    kept = Device.objects.get()
    assert address not in f"{kept.endpoint_sealed}{kept.endpoint_digest}"
    assert address not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert "endpoint" not in citizen.get(URL).json()[0]


def test_one_that_is_gone_is_ended_and_a_busy_distributor_is_asked_later(
    cast: Cast, citizen: Client, distributor: tuple[platforms.Platform, str]
) -> None:
    made, address = distributor
    account(cast, channel="app", sender="app", secrets={})
    for name in ("gone", "busy", "a1"):
        register(citizen, f"{address}/{name}")
    citizen.get("/api/v1/public/me/messages/")
    answer(agent(cast), conversation_id=Conversation.objects.get().pk, text="在办", key="k")
    assert wake_due() == 1
    gone, busy, _fine = Device.objects.order_by("id")
    assert (gone.endpoint_sealed, gone.end_reason) == ("", "answered 410")
    assert (busy.attempts, busy.error, busy.ended_at) == (1, "answered 429", None)
    assert busy.wake_at is not None
    with clock.at(busy.wake_at + timedelta(seconds=1)):
        assert wake_due() == 0
        busy.refresh_from_db()
        assert busy.attempts == 2
    with clock.at(clock.now() + timedelta(days=1)):
        Device.objects.filter(pk=busy.pk).update(attempts=5)
        wake_due()
    busy.refresh_from_db()
    assert (busy.wake_at, busy.attempts) == (None, 0)  # the message waits for the app
    assert len(made.wakes) == 1


def test_the_relay_of_the_city_is_told_the_token_under_a_signature(
    cast: Cast, citizen: Client, distributor: tuple[platforms.Platform, str]
) -> None:
    made, address = distributor
    options, secrets = {"push_url": f"{address}/relay"}, {"push": SECRET}
    account(cast, channel="app", sender="app", options=options, secrets=secrets)
    register(citizen, "maker-token-1", way="relay")
    citizen.get("/api/v1/public/me/messages/")
    answer(agent(cast), conversation_id=Conversation.objects.get().pk, text="在办", key="k")
    assert wake_due() == 1
    [(_path, body, heads)] = made.wakes
    assert body["device"] == "maker-token-1"
    assert signing.is_fresh(heads, at=clock.now())
    assert "webhook-signature" in heads


def test_wrong_addresses_are_named_and_a_telephone_is_of_one_account(
    cast: Cast, app: Program, citizen: Client, distributor: tuple[platforms.Platform, str]
) -> None:
    _made, address = distributor
    for body, field in (
        ({"way": "pigeon", "endpoint": "x"}, "way"),
        ({"way": "unifiedpush", "endpoint": "http://169.254.169.254/latest"}, "endpoint"),
        ({"way": "unifiedpush", "endpoint": "file:///etc/passwd"}, "endpoint"),
        ({"way": "relay", "endpoint": "a\x00b"}, "endpoint"),
        ({"way": "relay", "endpoint": "x" * 1001}, "endpoint"),
    ):
        refused = citizen.post(URL, body, content_type="application/json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)
    assert not Device.objects.exists()
    mine = register(citizen, f"{address}/a1").json()["id"]
    token = make.sign_in(app.client, phone="13900000077").token
    other = Client(headers={"Authorization": app.key, TOKEN_HEADER: token})
    assert other.delete(f"{URL}{mine}/").status_code == 404
    assert register(other, f"{address}/a1").status_code == 201  # sold, and set up anew
    assert citizen.get(URL).json() == []
    theirs = other.get(URL).json()[0]["id"]
    assert other.delete(f"{URL}{theirs}/").status_code == 204
    assert other.delete(f"{URL}{theirs}/").status_code == 404
    for number in range(7):
        register(citizen, f"token-{number}", way="relay")
    assert len(citizen.get(URL).json()) == 5
