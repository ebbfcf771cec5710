"""Ways by which commands travel to devices, besides a device that asks for them itself.

A transport is given one command at a time, outside of any transaction, and says whether it
handed it over. It may get the same number again until the device has answered, so the other
side drops what it has done already. What the device answers goes to ``services.take_answer``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Message:
    """A command as a device gets it. parameters: plain JSON values. ends_at: aware."""

    number: int
    node: str
    code: str
    parameters: dict[str, Any]
    ends_at: datetime

    def body(self) -> dict[str, Any]:
        """Will give it as JSON for whatever carries it."""
        return {
            "number": self.number,
            "code": self.code,
            "parameters": self.parameters,
            "ends_at": self.ends_at.isoformat(),
        }


#: True: handed over. False: this way does not lead to the device now.
Transport = Callable[[Message], bool]
_transports: list[Transport] = []


def register_transport(send: Transport) -> None:
    """Will offer commands to this way too. Raises: ValueError (it is known already)."""
    if send in _transports:
        raise ValueError(f"transport {send} is already registered")
    _transports.append(send)


def transports() -> list[Transport]:
    """Will give the ways there are, in the order of their registration."""
    return list(_transports)


@contextmanager
def temporarily(send: Transport) -> Iterator[None]:
    """Will offer commands to a way within the block; for tests."""
    register_transport(send)
    try:
        yield
    finally:
        _transports.remove(send)
