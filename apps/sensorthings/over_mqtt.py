"""The standard over MQTT: observations made by publishing, and told to who follows them.

A sender writes below its own name only, ``sta/<name>/v1.1/Datastreams(n)/Observations``, as the
broker proves; a program is told on ``sta/<name>/told/Datastreams(n)/Observations``. Two prefixes,
not one: a broker hands a message back to whoever subscribed to the topic it came on.
Source: OGC 18-088 clause 14, IO-09, decision 0087.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from apps.alarms.rules import Reading
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.memory import Memory
from apps.mqtt import registry as mqtt
from apps.mqtt.services import publish
from apps.sensing.enums import Refusal
from apps.sensing.services import MOST_VALUES, count_refusals
from apps.sensorthings.entities import moment, observation_id
from apps.sensorthings.models import Follower
from apps.sensorthings.selectors.following import followed_by
from apps.sensorthings.services import login_of, take_from_devices

MADE = "sta/+/v1.1/+/Observations"
_PATH = re.compile(r"Datastreams\((\d{1,18})\)\Z")
Followed = dict[tuple[int, str], list[tuple[int, str]]]

_followed: Memory[Followed] = Memory(of=("sensorthings.Follower", "gateway.ApiClient"))
_profiles: Memory[frozenset[str]] = Memory(of=("sensorthings.Follower",))


def register() -> None:
    """Will hear observations published at the broker."""
    mqtt.register_topic(MADE, take_messages)


def take_messages(messages: Sequence[mqtt.Message]) -> None:
    """Will store the observations of messages in order (``mqtt.registry.Handler``).

    Each holds one observation of a datastream of the device that sent it. There is no answer:
    what is not taken is counted.
    """
    bodies: list[tuple[str, int, Any]] = []
    counted: dict[tuple[Refusal, str], tuple[int, str]] = {}
    for message in messages:
        try:
            body: Any = json.loads(message.payload)
        except (ValueError, RecursionError):
            body = None
        found = _PATH.match(message.topic.split("/")[-2])
        if not isinstance(body, dict) or found is None:
            _count(counted, Refusal.SHAPE, message.node)
            continue
        if body.get("phenomenonTime") is None:  # messages of one batch have a moment each
            body = {**body, "phenomenonTime": message.arrived_at.isoformat()}
        bodies.append((message.node, int(found[1]), body))
    for first in range(0, len(bodies), MOST_VALUES):
        part = bodies[first : first + MOST_VALUES]
        for (node, _key, _body), taken in zip(part, take_from_devices(part), strict=True):
            if taken.error is not None and not taken.is_counted:
                _count(counted, _reason(taken.error), node)
    count_refusals(counted, now=clock.now())


def tell_followers(readings: Sequence[Reading]) -> None:
    """Will have programs told of stored readings of what they follow; an evaluator of sensing.

    In the transaction in which the readings are stored: told if they are, and only then. What a
    program may no longer see it is not told, two seconds later at most.
    """
    followed = _followed.get("all", _read_followed)
    for reading in readings:
        for code, value in reading.values.items():
            for series_id, login in followed.get((reading.asset_id, code), ()):
                document = {
                    "@iot.id": observation_id(series_id, reading.at),
                    "phenomenonTime": moment(reading.at),
                    "result": value,
                }
                publish(
                    f"sta/{login}/told/Datastreams({series_id})/Observations",
                    json.dumps(document, ensure_ascii=False).encode(),
                )


def profiles_followed() -> Collection[str]:
    """Will give the kinds of devices somebody follows; none: no flush is told of."""
    return _profiles.get("all", _read_profiles)


def _read_profiles() -> frozenset[str]:
    return frozenset(Follower.objects.values_list("series__device__profile__code", flat=True))


def _read_followed() -> Followed:
    found: Followed = {}
    for client, rows in followed_by():
        told = rows.values_list("pk", "device__asset_id", "field__code")
        for series_id, asset_id, code in told:
            found.setdefault((asset_id, code), []).append((series_id, login_of(client)))
    return found


def _count(counted: dict[tuple[Refusal, str], tuple[int, str]], why: Refusal, node: str) -> None:
    counted[why, node] = (counted.get((why, node), (0, ""))[0] + 1, "MQTT")


def _reason(error: DomainError) -> Refusal:
    return Refusal.UNKNOWN_FIELD if error.field == "Datastream" else Refusal.SHAPE
