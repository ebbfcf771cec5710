"""Commands by MQTT through the real broker, and what devices answer there. IO-16."""

import json
from typing import Any

import pytest

from apps.audit.services import SYSTEM
from apps.commanding import over_mqtt, services
from apps.commanding.enums import CommandState
from apps.commanding.models import Command
from apps.commanding.registry import temporarily
from apps.common import clock
from apps.mqtt import registry
from apps.mqtt.models import Outgoing
from apps.mqtt.registry import Message, device_topic
from apps.sensing.models import Device, IntakeRefusal
from apps.sensing.services import rotate_key
from tests.cast import Cast
from tests.commanding.factories import lamp, switched
from tests.mqtt.broker import Mosquitto, comes_true, listening
from tests.mqtt.conftest import broker, calls
from tests.mqtt.test_broker import gets_in

__all__ = ["broker", "calls"]


def said(node: str, body: object) -> Message:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Message(node, device_topic(node, "acks"), payload, clock.now())


@pytest.fixture
def sent(crew: Cast, light: Device) -> Command:
    """A command the lamp was given over the broker."""
    rotate_key(SYSTEM, device_id=light.pk)
    command = switched(crew.operator, light)
    with temporarily(over_mqtt.send):
        assert services.deliver_due() == 1
    command.refresh_from_db()
    return command


def test_it_goes_to_its_device_until_its_time_is_over(sent: Command, light: Device) -> None:
    message = Outgoing.objects.get()
    assert message.topic == f"devices/{light.node}/commands"
    assert json.loads(bytes(message.payload))["number"] == sent.pk
    assert (message.expires_at, sent.state) == (sent.ends_at, CommandState.SENT)


def test_a_device_that_never_logs_in_there_is_left_to_ask(crew: Cast, light: Device) -> None:
    command = switched(crew.operator, light)
    with temporarily(over_mqtt.send):
        assert services.deliver_due() == 0
    command.refresh_from_db()
    assert (command.state, Outgoing.objects.count()) == (CommandState.QUEUED, 0)


def test_an_answer_ends_it_and_the_same_again_changes_nothing(sent: Command, light: Device) -> None:
    answer = said(light.node, {"number": sent.pk, "outcome": "failed", "text": "灯头开路"})
    over_mqtt.take_answers([answer, answer])
    sent.refresh_from_db()
    assert (sent.state, sent.outcome) == (CommandState.FAILED, "灯头开路")


def test_another_device_cannot_answer(sent: Command, crew: Cast) -> None:
    other = lamp(crew.west_works, "LAMP-W")
    over_mqtt.take_answers([said(other.node, {"number": sent.pk, "outcome": "done"})])
    sent.refresh_from_db()
    assert sent.state == CommandState.SENT


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe", b"[" * 100_000, b"null", {"number": True, "outcome": "done"},
        {"number": 10**30, "outcome": "done"}, {"number": -1, "outcome": "done"},
        {"number": 1, "outcome": "maybe"}, {"number": 1, "outcome": "done", "text": 5},
        {"number": 1, "outcome": ["done"]},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_counted(sent: Command, light: Device, body: Any) -> None:
    over_mqtt.take_answers([said(light.node, body)])
    assert IntakeRefusal.objects.get().node == light.node
    sent.refresh_from_db()
    assert sent.state == CommandState.SENT


@pytest.mark.django_db(transaction=True)
def test_there_and_back_through_the_broker(
    crew: Cast, light: Device, broker: Mosquitto, calls: Any
) -> None:
    key = rotate_key(SYSTEM, device_id=light.pk)
    command = switched(crew.operator, light)
    with registry.temporarily(over_mqtt.ANSWERS, over_mqtt.take_answers), listening():
        device = gets_in(calls, light.node, key)
        device.client.subscribe(device_topic(light.node, "commands"), 1)
        with temporarily(over_mqtt.send):
            assert services.deliver_due() == 1
        assert comes_true(lambda: device.heard)
        number = json.loads(device.heard[0][1])["number"]
        device.say("acks", json.dumps({"number": number, "outcome": "done"}).encode())

        def is_done() -> bool:
            command.refresh_from_db()
            return command.state == CommandState.ACKNOWLEDGED

        assert comes_true(is_done)
