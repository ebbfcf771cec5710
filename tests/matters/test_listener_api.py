"""Listeners and deliveries for other systems (MT-07): scope, tenant, pages, replay."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant, User
from apps.common import tokens
from apps.gateway.models import ApiClient
from apps.matters.enums import DeliveryState, EffectKind
from apps.matters.models import Listener, ListenerDelivery
from tests.cast import Cast
from tests.gateway.factories import client_with_key
from tests.matters import ears, joint
from tests.matters import factories as make

pytestmark = pytest.mark.django_db

SCOPES = ("listeners.read", "listeners.replay")
LISTENERS, DELIVERIES = "/api/v1/listeners/", "/api/v1/deliveries/"


def client_of(cast: Cast, user: User, *scopes: str) -> Client:
    secret = tokens.new_token()
    client_with_key(
        f"listen0001.{secret}",
        name="联动平台",
        tenant=cast.tenant,
        service_user=user,
        scopes=list(scopes),
        rate="100000/min",
    )
    return Client(headers={"Authorization": f"Api-Key listen0001.{secret}"})


def failed(cast: Cast) -> ListenerDelivery:
    effect = ears.acts("parent", "archive")
    ears.active(cast, effect=EffectKind.ACT, effect_data=effect)
    make.registered(cast)
    joint.drain()
    return ListenerDelivery.objects.get()


def test_listeners_are_read_with_their_sentence_and_counts(cast: Cast, live: Any) -> None:
    delivery = failed(cast)
    client = client_of(cast, cast.author, *SCOPES)
    listed = client.get(LISTENERS).json()["results"]
    one = client.get(f"{LISTENERS}{delivery.listener_id}/").json()
    assert listed == [one]
    assert "当“民生诉求”的案件发生“登记”时" in one["sentence"]
    assert (one["state"], one["done"], one["failed"]) == ("active", 0, 1)
    assert client.get(f"{LISTENERS}?state=draft").json()["results"] == []


def test_deliveries_are_read_and_replayed(cast: Cast, live: Any) -> None:
    delivery = failed(cast)
    client = client_of(cast, cast.author, *SCOPES)
    found = client.get(f"{DELIVERIES}?state=failed&listener={delivery.listener_id}").json()
    assert found["results"][0]["error"] == "没有可由系统执行该操作的关联案件"
    answer = client.post(f"{DELIVERIES}{delivery.pk}/replay/")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    again = client.post(f"{DELIVERIES}{delivery.pk}/replay/")
    assert again.status_code == 409
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING


def test_the_reason_is_for_who_may_see_the_case(cast: Cast, live: Any) -> None:
    ears.active(cast, condition={"fact": "channel", "op": "in", "values": ["phone"]})
    make.registered(cast)
    joint.drain()
    client = client_of(cast, cast.author, *SCOPES)
    assert client.get(DELIVERIES).json()["results"][0]["reason"] == ""
    ApiClient.objects.update(service_user=cast.supervisor)
    assert "电话" in client.get(DELIVERIES).json()["results"][0]["reason"]


def test_a_missing_scope_is_named(cast: Cast, live: Any) -> None:
    delivery = failed(cast)
    client = client_of(cast, cast.author, "listeners.read")
    answer = client.post(f"{DELIVERIES}{delivery.pk}/replay/")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    ApiClient.objects.update(scopes=["cases.read"])
    assert client.get(LISTENERS).status_code == 403
    assert client.get(DELIVERIES).status_code == 403


@pytest.mark.parametrize("person", ["handler", "outsider"])
def test_an_account_without_the_right_is_refused(cast: Cast, live: Any, person: str) -> None:
    delivery = failed(cast)
    client = client_of(cast, cast.people[person], *SCOPES)
    assert client.get(LISTENERS).status_code == 403
    assert client.get(DELIVERIES).status_code == 403
    assert client.get(f"{LISTENERS}{delivery.listener_id}/").status_code == 404
    assert client.post(f"{DELIVERIES}{delivery.pk}/replay/").status_code == 404


def test_a_supervisor_reads_and_may_not_replay(cast: Cast, live: Any) -> None:
    delivery = failed(cast)
    client = client_of(cast, cast.supervisor, *SCOPES)
    assert len(client.get(DELIVERIES).json()["results"]) == 1
    assert client.post(f"{DELIVERIES}{delivery.pk}/replay/").status_code == 403


def test_the_neighbours_are_not_there(cast: Cast, live: Any) -> None:
    delivery = failed(cast)
    other = Tenant.objects.create(code="other", name="邻市", area=cast.city)
    Listener.objects.update(tenant=other)
    type(delivery.case).objects.filter(pk=delivery.case_id).update(tenant=other)
    client = client_of(cast, cast.author, *SCOPES)
    assert client.get(LISTENERS).json()["results"] == []
    assert client.get(DELIVERIES).json()["results"] == []
    assert client.get(f"{DELIVERIES}?listener={delivery.listener_id}").status_code == 404
    assert client.post(f"{DELIVERIES}{delivery.pk}/replay/").status_code == 404


def test_pages_follow_one_another_without_a_total(cast: Cast, live: Any) -> None:
    names = [f"监听{number:02d}" for number in range(60)]
    for name in names:
        ears.written(cast, name=name)
    client = client_of(cast, cast.author, *SCOPES)
    found, url = [], LISTENERS
    while url:
        page = client.get(url).json()
        found += [row["name"] for row in page["results"]]
        url = page["next"]
    assert sorted(found) == names
    assert len(found) > len(client.get(LISTENERS).json()["results"])


def test_nobody_is_asked_to_sign_in(live: Any) -> None:
    assert Client().get(LISTENERS).status_code in (401, 403)
