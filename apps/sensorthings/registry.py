"""Who hears of observations once they are stored: a broker that serves subscribers, for one.

A listener is called after the commit with what was stored, from whatever door it came; one that
raises is logged and harms nobody. Source: OGC 18-088 clause 14.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Observed:
    """One observation stored. series_id: its datastream; value: as told, None for a gap."""

    series_id: int
    at: datetime
    value: float | str | bool | None


Listener = Callable[[Sequence[Observed]], object]

_listeners: dict[str, Listener] = {}
_begin: list[Callable[[], object]] = []


def begin_with(begin: Callable[[], object]) -> None:
    """Will do this once, when the first listener comes: hearing costs every flush a little."""
    _begin.append(begin)


def register_listener(name: str, listener: Listener) -> None:
    """Will have a listener told of observations. Raises: ValueError (the name is taken)."""
    if name in _listeners:
        raise ValueError(f"listener {name} is already registered")
    _listeners[name] = listener
    while _begin:
        _begin.pop()()


def listeners() -> dict[str, Listener]:
    """Will give the listeners by name."""
    return dict(_listeners)


@contextmanager
def temporarily(name: str, listener: Listener) -> Iterator[None]:
    """Will have a listener known within the block; for tests."""
    register_listener(name, listener)
    try:
        yield
    finally:
        del _listeners[name]
