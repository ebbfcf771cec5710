"""Which processes may open private keys: workers, and programs started by hand. No web process.

A worker says so when it starts (``apps.seals.apps``); whoever else asks for a key is refused.
Source: ES-04.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_state = {"open": False}


class KeysClosed(RuntimeError):
    """A process that serves pages asked for a private key: a slip of the programmer."""


def open_here(*_args: object, **_kwargs: object) -> None:
    """Will let this process open keys from now on; a receiver of Celery's start signals."""
    _state["open"] = True


def is_open() -> bool:
    """Will tell whether this process may open keys."""
    return _state["open"]


def require_open() -> None:
    """Raises: KeysClosed."""
    if not _state["open"]:
        raise KeysClosed("private keys are opened by workers only")


@contextmanager
def opened() -> Iterator[None]:
    """Will let this process open keys within the block: a command, a test."""
    before = _state["open"]
    _state["open"] = True
    try:
        yield
    finally:
        _state["open"] = before
