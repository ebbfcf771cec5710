"""Readings that arrive by MQTT: read as those pushed over HTTP are, many devices at once.

One message is one item of ``sent``, a list of items, or ``{"readings": [...]}``. The broker has
proven whose topic it came on; an item that names another node is refused. There is no answer:
what is not taken is counted. Source: IO-09, IO-20.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.common import clock
from apps.mqtt.enums import Turned
from apps.mqtt.registry import Message
from apps.sensing.enums import Refusal
from apps.sensing.services import MOST_VALUES, Proven, count_refusals, take_readings

#: Items of one message: an edge node that was cut off sends in several.
MOST_ITEMS = 2000
_REASONS = {
    Turned.LOGIN: Refusal.BAD_KEY,
    Turned.TOO_LARGE: Refusal.TOO_LARGE,
    Turned.FLOOD: Refusal.FLOOD,
}


def take_messages(messages: Sequence[Message]) -> None:
    """Will store the readings of messages in order (``mqtt.registry.Handler``)."""
    items: list[Any] = []
    nodes: list[str] = []
    counted: dict[tuple[Refusal, str], tuple[int, str]] = {}
    values = 0
    for message in messages:
        found = _items_of(message.payload)
        if isinstance(found, Refusal):
            key = (found, message.node)
            counted[key] = (counted.get(key, (0, ""))[0] + 1, "MQTT")
            continue
        told = sum(_weight(item) for item in found)
        if items and values + told > MOST_VALUES:
            take_readings(items, sender=Proven(nodes))
            items, nodes, values = [], [], 0
        items += [_with_moment(item, message.arrived_at) for item in found]
        nodes += [message.node] * len(found)
        values += told
    if items:
        take_readings(items, sender=Proven(nodes))
    count_refusals(counted, now=clock.now())


def count_turned(turned: Mapping[tuple[Turned, str], int], now: datetime) -> None:
    """Will count what broker and listener turned away (``mqtt.registry.Counter``)."""
    count_refusals(
        {(_REASONS[why], node): (count, "MQTT") for (why, node), count in turned.items()}, now=now
    )


def _items_of(payload: bytes) -> list[Any] | Refusal:
    """The items of one message, or why it has none."""
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):  # bad UTF-8 is a ValueError too
        return Refusal.SHAPE
    if isinstance(told, dict) and isinstance(told.get("readings"), list):
        told = told["readings"]
    found = told if isinstance(told, list) else [told]
    if not found:
        return Refusal.SHAPE
    is_many = len(found) > MOST_ITEMS or sum(map(_weight, found)) > MOST_VALUES
    return Refusal.TOO_LARGE if is_many else found


def _with_moment(item: Any, arrived_at: datetime) -> Any:
    """Messages of one batch that name no moment each have their own: that of their arrival."""
    if isinstance(item, dict) and item.get("at") is None:
        return {**item, "at": arrived_at.isoformat()}
    return item


def _weight(item: Any) -> int:
    """Values of an item; one for what is no item."""
    values = item.get("values") if isinstance(item, dict) else None
    return max(1, len(values)) if isinstance(values, dict) else 1
