"""Commands by MQTT: handed to the broker for a device that logs in there, answered the same way.

A device that is away gets its command from the broker when it is back, and again from here until
it has answered; the number lets it drop what it has done. Source: IO-16, docs/decisions/0063.
"""

import json
import logging
from collections.abc import Sequence
from typing import Any

from apps.commanding.enums import Outcome
from apps.commanding.registry import Message as Order
from apps.commanding.registry import register_transport
from apps.commanding.services import take_answer
from apps.common import clock
from apps.common.errors import DomainError
from apps.mqtt import registry as mqtt
from apps.mqtt.selectors import live_logins
from apps.mqtt.services import publish
from apps.sensing.enums import Refusal
from apps.sensing.models import Device
from apps.sensing.services import count_refusals

ANSWERS = "devices/+/acks"

logger = logging.getLogger(__name__)


def register() -> None:
    """Will offer commands to the broker, and hear the answers that come through it."""
    register_transport(send)
    mqtt.register_topic(ANSWERS, take_answers)


def send(order: Order) -> bool:
    """Will have a command sent to its device; False: it does not log in at the broker."""
    if not live_logins(clock.now()).filter(name=mqtt.login_name(order.node)).exists():
        return False
    topic = mqtt.device_topic(order.node, "commands")
    publish(topic, json.dumps(order.body()).encode(), expires_at=order.ends_at)
    return True


def take_answers(messages: Sequence[mqtt.Message]) -> None:
    """Will take ``{"number": 7, "outcome": "done", "text": "…"}`` of each (``mqtt.Handler``).

    What is no such thing is counted among what was refused; an answer to no command of this
    device, or to one that ended otherwise, changes nothing.
    """
    misshapen: dict[tuple[Refusal, str], tuple[int, str]] = {}
    for message in messages:
        told = _read(message.payload)
        if told is None:
            key = (Refusal.SHAPE, message.node)
            misshapen[key] = (misshapen.get(key, (0, ""))[0] + 1, "MQTT")
        elif (device := Device.objects.filter(node=message.node).first()) is not None:
            try:
                take_answer(device, number=told[0], outcome=told[1], text=told[2])
            except DomainError as refusal:
                logger.info("an answer of %s to command %s: %s", message.node, told[0], refusal)
    count_refusals(misshapen, now=clock.now())


def _read(payload: bytes) -> tuple[int, Outcome, str] | None:
    """The number of the command, what became of it, and the device's own words."""
    try:
        told: Any = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    number, outcome, text = told.get("number"), told.get("outcome"), told.get("text", "")
    if type(number) is not int or not 0 < number < 2**63:
        return None
    if outcome not in Outcome.values or not isinstance(text, str):
        return None
    return number, Outcome(outcome), text
