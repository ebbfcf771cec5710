"""Readings over HTTP: who may send, what is answered, what is bounded."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.services import issue_client
from apps.sensing.api import intake
from apps.sensing.models import Device, IntakeRefusal, Reading
from apps.sensing.services import rotate_key
from tests.cast import Cast
from tests.sensing.factories import device, told

URL = "/api/v1/sensing/readings/"


@pytest.fixture
def air(cast: Cast) -> Device:
    return device("AQ-1")


@pytest.fixture
def key(air: Device) -> str:
    return "Device-Key " + rotate_key(SYSTEM, device_id=air.pk)


def push(key: str, *items: Any, body: str | None = None) -> Any:
    text = body if body is not None else json.dumps({"readings": items})
    headers = {"Authorization": key} if key else {}
    return Client().post(URL, text, content_type="application/json", headers=headers)


def client_key(cast: Cast, *scopes: str) -> str:
    _client, key = issue_client(
        SYSTEM, name="平台", tenant=cast.tenant, service_user=cast.handler, scopes=scopes
    )
    return f"Api-Key {key}"


def test_a_device_sends_of_itself(air: Device, key: str) -> None:
    moment = clock.now()
    answer = push(key, {"at": moment.isoformat(), "values": {"pm25": 35.5, "co": 0.4}})
    assert answer.status_code == 200
    assert answer.json() == {"stored": 2, "duplicates": 0, "results": ["stored"], "refused": []}
    assert Reading.objects.count() == 2
    again = push(key, {"at": moment.isoformat(), "values": {"pm25": 35.5}})
    assert again.json()["results"] == ["duplicate"]


def test_every_reading_has_its_own_answer(air: Device, key: str) -> None:
    body = '{"readings": [{"values": {"pm25": NaN, "pm10": 5}}, {"values": {"pm25": 1}}, 7]}'
    answer = push(key, body=body).json()
    assert answer["results"] == ["partly", "stored", "refused"]
    assert [(e["index"], e["field"], e["code"]) for e in answer["refused"]] == [
        (0, "pm25", "not_a_value"),
        (2, "", "shape"),
    ]
    assert answer["refused"][0]["message"] == "不是有效值"


def test_of_another_node_it_says_nothing(air: Device, key: str) -> None:
    device("AQ-2")
    answer = push(key, told("AQ-2", pm25=1))
    assert (answer.status_code, answer.json()["refused"][0]["code"]) == (422, "other_node")


@pytest.mark.parametrize("wrong", ["", "Device-Key nobody.x", "Device-Key ", "Api-Key a.b"])
def test_strangers_are_not_let_in(air: Device, wrong: str) -> None:
    assert push(wrong, told("AQ-1", pm25=1)).status_code == 401
    assert not Reading.objects.exists()
    assert IntakeRefusal.objects.filter(reason="bad_key").exists() == ("Device" in wrong)


def test_a_person_with_a_session_is_no_device(cast: Cast, air: Device) -> None:
    client = Client()
    client.force_login(cast.handler)
    body = json.dumps({"readings": [told("AQ-1", pm25=1)]})
    assert client.post(URL, body, content_type="application/json").status_code == 401


def test_a_program_needs_the_scope(cast: Cast, air: Device) -> None:
    refused = push(client_key(cast, "cases.read"), told("AQ-1", pm25=1))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    taken = push(client_key(cast, "sensing.send"), told("AQ-1", pm25=1), told("AQ-7", pm25=1))
    assert taken.json()["results"] == ["stored", "refused"]
    assert IntakeRefusal.objects.get().node == "AQ-7"


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"readings": []}', '{"readings": {}}'])
def test_what_is_no_batch(air: Device, key: str, body: str) -> None:
    answer = push(key, body=body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert IntakeRefusal.objects.get().reason == "shape"


def test_a_call_is_bounded(air: Device, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    large = push(key, body='{"readings": "' + "x" * (10 * 2**20) + '"}')
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    monkeypatch.setattr(intake, "MOST_VALUES", 3)
    many = push(key, *[told("AQ-1", pm25=1, pm10=1)] * 2)
    assert many.status_code == 413
    assert IntakeRefusal.objects.get().count == 2


@pytest.mark.usefixtures("time_held")
def test_a_flood_from_one_device_waits_and_others_go_on(
    air: Device, key: str, settings: Any
) -> None:
    settings.DEVICE_CALLS_PER_MINUTE = 2
    other = "Device-Key " + rotate_key(SYSTEM, device_id=device("AQ-2").pk)
    codes = [push(key, {"values": {"pm25": 1}}).status_code for _time in range(3)]
    assert codes == [200, 200, 429]
    assert int(push(key, {"values": {"pm25": 1}})["Retry-After"]) > 0
    assert push(other, {"values": {"pm25": 1}}).status_code == 200
    assert IntakeRefusal.objects.get().reason == "flood"
