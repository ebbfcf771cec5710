"""What higher apps plug in: who takes the messages of which topics, who counts what is refused.

A topic pattern names the sender by its first ``+``: ``devices/+/readings``. The broker lets a
device write below its own name only, so ``Message.node`` is proven.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from apps.mqtt.enums import Turned


@dataclass(frozen=True, slots=True)
class Message:
    """One message. node: whose topic it came on. payload: as sent, at most ``MOST_BYTES``."""

    node: str
    topic: str
    payload: bytes
    arrived_at: datetime


#: Called with messages in the order sent, inside one transaction; acknowledged after its commit.
#: It raises for what it cannot take: each message is then tried alone and laid aside.
Handler = Callable[[Sequence[Message]], None]
#: Called inside a transaction with how often what was turned away of which node ("": unknown).
Counter = Callable[[Mapping[tuple[Turned, str], int], datetime], None]

_handlers: dict[str, Handler] = {}
_counters: dict[str, Counter] = {}


def register_topic(pattern: str, handler: Handler) -> None:
    """Will have messages of topics like ``pattern`` given to ``handler``.

    Raises: ValueError (no ``+``, a ``#``, or the pattern has another handler).
    """
    levels = pattern.split("/")
    if "+" not in levels or "#" in pattern or pattern.startswith("$"):
        raise ValueError(f"{pattern}: a pattern names the sender by its first +")
    if _handlers.get(pattern, handler) is not handler:
        raise ValueError(f"{pattern} already has a handler")
    _handlers[pattern] = handler


def register_counter(name: str, counter: Counter) -> None:
    """Will have ``counter`` told what was turned away. Raises: ValueError (the name is taken)."""
    if _counters.get(name, counter) is not counter:
        raise ValueError(f"{name} is registered already")
    _counters[name] = counter


def patterns() -> list[str]:
    """Will give what to subscribe to."""
    return sorted(_handlers)


def handler_of(pattern: str) -> Handler:
    """Will give who takes the messages of a pattern."""
    return _handlers[pattern]


def counters() -> list[Counter]:
    """Will give who wants to know what was turned away."""
    return list(_counters.values())


def pattern_of(topic: str) -> tuple[str, str] | None:
    """Will give the pattern a topic belongs to, and the name of the sender in it."""
    levels = topic.split("/")
    for pattern in _handlers:
        wanted = pattern.split("/")
        if len(wanted) == len(levels) and all(
            want in ("+", level) for want, level in zip(wanted, levels, strict=True)
        ):
            return pattern, levels[wanted.index("+")]
    return None


def login_name(node: str) -> str:
    """Will give a node's name at the broker, where ``:`` ends a user name."""
    return node.replace(":", "~")


def node_of_login(name: str) -> str:
    """Will give the node back; ``~`` is in no node's name."""
    return name.replace("~", ":")


def device_topic(node: str, leaf: str) -> str:
    """Will give the topic of a device. leaf: readings, commands, acks."""
    return f"devices/{login_name(node)}/{leaf}"


@contextmanager
def temporarily(pattern: str, handler: Handler) -> Iterator[None]:
    """Will register for the block only: tests."""
    before = _handlers.get(pattern)
    _handlers[pattern] = handler
    try:
        yield
    finally:
        if before is None:
            del _handlers[pattern]
        else:
            _handlers[pattern] = before
