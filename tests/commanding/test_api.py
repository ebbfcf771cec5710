"""Devices ask and answer, programs give commands: who may, what is answered, what is bounded."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.commanding.enums import CommandState
from apps.commanding.models import Command
from apps.gateway.services import issue_client
from apps.sensing.models import Device
from tests.cast import Cast
from tests.commanding.factories import key_of, lamp, switched

WAITING = "/api/v1/sensing/commands/"


def ask(key: str) -> Any:
    return Client().get(WAITING, headers={"Authorization": key})


def answer(key: str, number: int, body: Any) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(
        f"{WAITING}{number}/answer/",
        text,
        content_type="application/json",
        headers={"Authorization": key},
    )


def program(cast: Cast, user: User, *scopes: str) -> str:
    _client, key = issue_client(
        SYSTEM, name="路灯平台", tenant=cast.tenant, service_user=user, scopes=scopes
    )
    return f"Api-Key {key}"


def give(key: str, body: Any, **headers: str) -> Any:
    return Client().post(
        "/api/v1/commands/",
        body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": key} | headers,
    )


ON = {"node": "LAMP-1", "code": "switch", "parameters": {"state": "on"}, "reason": "夜间照明"}


def test_a_device_asks_again_until_it_has_answered(crew: Cast, light: Device) -> None:
    command, key = switched(crew.operator, light), key_of(light)
    told = [ask(key).json()["commands"] for _time in range(2)]
    assert [[one["number"] for one in each] for each in told] == [[command.pk]] * 2
    assert told[0][0]["parameters"] == {"state": "on"}
    said = [answer(key, command.pk, {"outcome": "done"}).json() for _time in range(2)]
    assert said == [{"number": command.pk, "state": "acknowledged"}] * 2
    assert ask(key).json() == {"commands": []}


def test_another_device_and_strangers_get_nothing(crew: Cast, light: Device) -> None:
    command, other = switched(crew.operator, light), key_of(lamp(crew.east_works, "LAMP-2"))
    assert ask(other).json() == {"commands": []}
    assert answer(other, command.pk, {"outcome": "done"}).status_code == 404
    assert ask("Device-Key nobody.x").status_code == 401
    assert ask(program(crew, crew.operator, "commanding.send")).status_code == 401
    command.refresh_from_db()
    assert command.state == CommandState.QUEUED


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[]", 400),
        ({}, 400),
        ({"outcome": "exploded"}, 400),
        ({"outcome": "done", "text": 5 * "x" * 500}, 400),
        ('{"outcome": "done", "text": "' + "x" * (10 * 2**20) + '"}', 413),
    ],
)
def test_what_is_no_answer(crew: Cast, light: Device, body: Any, status: int) -> None:
    command, key = switched(crew.operator, light), key_of(light)
    assert answer(key, command.pk, body).status_code == status
    command.refresh_from_db()
    assert command.state == CommandState.QUEUED


def test_a_program_gives_a_command_and_asks_after_it(crew: Cast, light: Device) -> None:
    key = program(crew, crew.operator, "commanding.send")
    made = give(key, ON, **{"Idempotency-Key": "night-2026"})
    again = give(key, ON, **{"Idempotency-Key": "night-2026"})
    assert (made.status_code, made.json()["number"]) == (201, again.json()["number"])
    asked = Client().get(
        f"/api/v1/commands/{made.json()['number']}/", headers={"Authorization": key}
    )
    assert (asked.json()["state"], asked.json()["node"]) == ("queued", "LAMP-1")


def test_a_program_is_bound_by_scope_right_and_area(crew: Cast, light: Device) -> None:
    assert give(program(crew, crew.operator, "sensing.send"), ON).json()["code"] == "scope_missing"
    assert give(program(crew, crew.reader, "commanding.send"), ON).status_code == 403
    west = give(program(crew, crew.neighbour, "commanding.send"), ON)
    assert (west.status_code, west.json()["errors"][0]["field"]) == (404, "node")
    assert not Command.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "explode"}, "code"),
        ({"parameters": {"state": "<script>"}}, "state"),
        ({"reason": "夜"}, "reason"),
    ],
)
def test_a_wrong_command_names_the_field(
    crew: Cast, light: Device, change: dict[str, Any], field: str
) -> None:
    key = program(crew, crew.operator, "commanding.send")
    refused = give(key, ON | change)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, field)


def test_a_command_of_ten_megabytes_is_not_read(crew: Cast, light: Device) -> None:
    key = program(crew, crew.operator, "commanding.send")
    assert give(key, ON | {"reason": "x" * (10 * 2**20)}).status_code == 413
    assert give(key, ON, **{"Idempotency-Key": "short"}).status_code == 400
