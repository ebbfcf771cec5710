"""Edge nodes: batches once, late ones marked, silence seen and never taken for well. IO-18."""

import json
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.alarms.enums import AlarmState
from apps.alarms.models import Alarm
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import NotAllowed, Refused
from apps.gateway.services import issue_client
from apps.polling.models import EdgeBatch, EdgeNode
from apps.polling.services import (
    EdgeSpec,
    hear,
    save_edge,
    set_behind,
    set_edge_active,
    take_batch,
    watch_edges,
)
from apps.sensing.enums import DeviceState, Quality
from apps.sensing.models import Device, Reading, StateChange
from tests.cast import Cast
from tests.sensing.factories import device, person, told

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = "/api/v1/sensing/edge/"


def client_of(cast: Cast, *scopes: str) -> tuple[Any, str]:
    return issue_client(
        SYSTEM, name="边缘", tenant=cast.tenant, service_user=cast.handler, scopes=scopes
    )


def spec_of(cast: Cast, client: Any, **given: Any) -> EdgeSpec:
    plain = {"code": "edge-1", "name": "东区边缘", "unit": cast.east_works, "area": cast.east}
    return EdgeSpec(**plain | {"client": client, "silent_after_s": 60} | given)


@pytest.fixture
def known(cast: Cast) -> tuple[EdgeNode, str]:
    client, key = client_of(cast, "polling.edge")
    with clock.at(NOON):
        edge = save_edge(SYSTEM, spec=spec_of(cast, client))
    return edge, key


@pytest.fixture
def air(known: tuple[EdgeNode, str]) -> Device:
    made = device("AQ-1")
    set_behind(SYSTEM, edge_id=known[0].pk, device=made, is_behind=True)
    return made


def call(key: str, path: str, body: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": f"Api-Key {key}"} if key else {}
    return Client().post(f"{URL}{path}/", text, content_type="application/json", headers=headers)


def test_a_batch_is_taken_once_and_answered_the_same(
    known: tuple[EdgeNode, str], air: Device
) -> None:
    edge, key = known
    device("AQ-2")
    moment = clock.now() - timedelta(hours=6)
    body = {
        "number": 7,
        "backlog": 120,
        "readings": [told("AQ-1", moment, pm25=35), told("AQ-2", moment, pm25=1), 5],
    }
    first = call(key, "batches", body)
    assert first.status_code == 200
    assert first.json() == {
        "stored": 1, "duplicates": 0, "results": ["stored", "refused", "refused"],
        "refused": [
            {"index": 1, "field": "", "code": "other_node"},
            {"index": 2, "field": "", "code": "other_node"},
        ],
    }  # fmt: skip
    assert Reading.objects.get().quality == Quality.LATE
    assert call(key, "batches", body).json() == first.json()
    changed = body | {"readings": [told("AQ-1", moment, pm25=36)]}
    differs = call(key, "batches", changed)
    assert (differs.status_code, differs.json()["code"]) == (409, "batch_differs")
    edge.refresh_from_db()
    assert (edge.backlog, EdgeBatch.objects.count()) == (120, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"readings": [{}]}, "number"),
        ({"number": -1, "readings": [{}]}, "number"),
        ({"number": True, "readings": [{}]}, "number"),
        ({"number": 1}, "readings"),
        ({"number": 1, "readings": []}, "readings"),
        ({"number": 1, "readings": {}}, "readings"),
        ({"number": 1, "readings": [0] * 20_001}, "readings"),
        ({"number": 1, "readings": [{}], "backlog": "x"}, "backlog"),
        ([], "number"),
    ],
)
def test_what_is_wrong_is_named(known: tuple[EdgeNode, str], body: Any, field: str) -> None:
    answer = call(known[1], "batches", body)
    assert answer.status_code == 400
    assert field in answer.content.decode()


def test_ten_megabytes_are_refused(known: tuple[EdgeNode, str]) -> None:
    assert call(known[1], "batches", "[" + "1," * 5_000_000 + "1]").status_code == 413


def test_only_its_own_client_is_an_edge_node(cast: Cast, known: tuple[EdgeNode, str]) -> None:
    _client, stranger = client_of(cast, "polling.edge")
    _other, unscoped = client_of(cast)
    body: dict[str, Any] = {"backlog": 0}
    assert call("", "heartbeats", body).status_code == 401
    assert call(unscoped, "heartbeats", body).status_code == 403
    assert call(stranger, "heartbeats", body).status_code == 404
    set_edge_active(SYSTEM, edge_id=known[0].pk, is_active=False)
    assert call(known[1], "heartbeats", body).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_twice_at_once_is_stored_once(
    known: tuple[EdgeNode, str], air: Device
) -> None:
    moment = clock.now()
    answers: list[Any] = []

    def send() -> None:
        items = [told("AQ-1", moment, pm25=35)]
        answers.append(take_batch(known[0].pk, number=1, readings=items))
        connection.close()

    senders = [Thread(target=send) for _n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert [answer["stored"] for answer in answers] == [1, 1, 1, 1]
    assert (EdgeBatch.objects.count(), Reading.objects.count()) == (1, 1)


def test_a_silent_node_is_an_alarm_and_its_devices_are_unknown(
    known: tuple[EdgeNode, str], air: Device
) -> None:
    edge, _key = known
    with clock.at(NOON):
        take_batch(edge.pk, number=1, readings=[told("AQ-1", NOON, pm25=35)])
    with clock.at(NOON + timedelta(seconds=59)):
        assert watch_edges() == 0
    with clock.at(NOON + timedelta(seconds=61)):
        assert (watch_edges(), watch_edges()) == (1, 0)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.state, alarm.unit) == ("edge_silent", "active", edge.unit)
    air.presence.refresh_from_db()
    assert air.presence.state == DeviceState.UNKNOWN
    assert StateChange.objects.order_by("-at").first().after == DeviceState.UNKNOWN
    with clock.at(NOON + timedelta(minutes=9)):
        hear(edge.pk, backlog=0, version="1.2")
    alarm.refresh_from_db()
    assert alarm.state == AlarmState.RECOVERED
    air.presence.refresh_from_db()
    assert air.presence.state == DeviceState.UNKNOWN
    with clock.at(NOON + timedelta(minutes=10)):
        late = NOON + timedelta(minutes=10)
        take_batch(edge.pk, number=2, readings=[told("AQ-1", late, pm25=35)])
    air.presence.refresh_from_db()
    assert air.presence.state == DeviceState.ONLINE


def test_a_stopped_node_leaves_its_alarm_unknown(known: tuple[EdgeNode, str]) -> None:
    with clock.at(NOON + timedelta(hours=1)):
        watch_edges()
    set_edge_active(SYSTEM, edge_id=known[0].pk, is_active=False)
    assert Alarm.objects.get().state == AlarmState.UNKNOWN


def test_a_device_is_behind_one_node(cast: Cast, known: tuple[EdgeNode, str], air: Device) -> None:
    client, _key = client_of(cast, "polling.edge")
    other = save_edge(SYSTEM, spec=spec_of(cast, client, code="edge-2"))
    with pytest.raises(Refused):
        set_behind(SYSTEM, edge_id=other.pk, device=air, is_behind=True)
    for _twice in range(2):
        set_behind(SYSTEM, edge_id=known[0].pk, device=air, is_behind=False)
    set_behind(SYSTEM, edge_id=other.pk, device=air, is_behind=True)
    assert [row.device for row in other.devices.all()] == [air]


def web(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_nodes_are_kept_on_pages(cast: Cast) -> None:
    keeper = person("keeper", "device_keeper", cast.east_works)
    client, _key = client_of(cast, "polling.edge")
    device("AQ-1")
    form = {
        "code": "e-1", "name": "边缘一", "unit": cast.east_works.code, "area": cast.east.code,
        "client": client.pk, "silent_after_s": 300,
    }  # fmt: skip
    assert web(keeper).post("/devices/edge/new/", form | {"silent_after_s": 3}).status_code == 422
    assert web(keeper).post("/devices/edge/new/", form).status_code == 302
    edge = EdgeNode.objects.get()
    address = f"/devices/edge/{edge.pk}/"
    assert web(keeper).post(f"{address}devices/", {"node": "AQ-1"}).status_code == 302
    assert web(keeper).post(f"{address}devices/", {"node": "AQ-7"}).status_code == 302
    page = web(keeper).get(address).content.decode()
    assert "AQ-1" in page
    assert "边缘一" in web(keeper).get("/devices/edge/?q=e-1").content.decode()
    away = {"node": "AQ-1", "away": "1"}
    assert web(keeper).post(f"{address}devices/", away).status_code == 302
    assert not edge.devices.exists()
    assert web(keeper).post(f"{address}edit/", form | {"name": "新名"}).status_code == 302
    assert web(keeper).post(f"{address}active/", {"active": "0"}).status_code == 302
    edge.refresh_from_db()
    assert (edge.name, edge.is_active) == ("新名", False)
    stranger = person("west", "device_keeper", cast.west_works)
    for more in ("", "edit/"):
        assert web(stranger).get(f"{address}{more}").status_code == 404
    with pytest.raises(NotAllowed):
        save_edge(stranger, spec=spec_of(cast, client, code="x"))
    reader = person("reader", "device_reader", cast.east_works)
    assert web(reader).get(address).status_code == 200
    assert web(reader).post(f"{address}active/").status_code == 403
