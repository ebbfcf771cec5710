"""Reads that arrive by MQTT (``devices/<node>/tags``): as those pushed over HTTP.

One message is one item of ``sent``, a list of items, or ``{"reads": [...]}``; an empty list says
that the reader lives. What is not taken is counted. Source: IO-09, IO-14.
"""

import json
from collections.abc import Sequence
from typing import Any

from apps.common import clock
from apps.mqtt.registry import Message
from apps.sensing.enums import Refusal
from apps.sensing.services import Proven, count_refusals
from apps.tagging.services import MOST_READS, hear_readers, take_reads


def take_messages(messages: Sequence[Message]) -> None:
    """Will take the reads of messages in order (``mqtt.registry.Handler``)."""
    items: list[Any] = []
    nodes: list[str] = []
    alive: set[str] = set()
    counted: dict[tuple[Refusal, str], tuple[int, str]] = {}
    for message in messages:
        found = _items_of(message.payload)
        if isinstance(found, Refusal):
            key = (found, message.node)
            counted[key] = (counted.get(key, (0, ""))[0] + 1, "MQTT")
            continue
        if not found:
            alive.add(message.node)
        if items and len(items) + len(found) > MOST_READS:
            take_reads(items, sender=Proven(nodes))
            items, nodes = [], []
        items += [_with_moment(item, message) for item in found]
        nodes += [message.node] * len(found)
    if items:
        take_reads(items, sender=Proven(nodes))
    if alive:
        hear_readers(alive)
    count_refusals(counted, now=clock.now())


def _items_of(payload: bytes) -> list[Any] | Refusal:
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):  # bad UTF-8 is a ValueError too
        return Refusal.SHAPE
    if isinstance(told, dict) and isinstance(told.get("reads"), list):
        told = told["reads"]
    found = told if isinstance(told, list) else [told]
    return Refusal.TOO_LARGE if len(found) > MOST_READS else found


def _with_moment(item: Any, message: Message) -> Any:
    """Messages of one batch that name no moment each have their own: that of their arrival."""
    if isinstance(item, dict) and item.get("at") is None:
        return {**item, "at": message.arrived_at.isoformat()}
    return item
