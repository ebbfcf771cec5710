"""Which event an event comes from, carried through the outbox.

A listener's effect makes events that other listeners hear. So that such a chain is known and
ends, whoever orders an effect for an event adds ``payload()``, and whoever does it works
``within`` what the order carried. Outside of effects an event is its own root.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """root: event a person or the outside caused. depth: deliveries so far. via: the last one."""

    root: int
    depth: int
    via: int


_cause: ContextVar[Cause | None] = ContextVar("matters_cause", default=None)


def current() -> Cause | None:
    """Will give what the present work comes from; None: it begins something."""
    return _cause.get()


def payload() -> dict[str, Any]:
    """Will give the cause for the payload of an outbox message; empty outside of effects."""
    cause = _cause.get()
    return {} if cause is None else {"cause": [cause.root, cause.depth, cause.via]}


def read(message: Mapping[str, Any]) -> Cause | None:
    """Will read what ``payload`` wrote."""
    raw = message.get("cause")
    return Cause(*raw) if raw else None


@contextmanager
def within(cause: Cause | None) -> Iterator[None]:
    """Will let the block's events carry this cause."""
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)
