"""What goes between the planner and the protocols: plain values, no rows of the database."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.polling.enums import ByteOrder, DataType, Table


class Unreachable(Exception):
    """The gateway could not be connected to: nothing behind it can be asked now."""


class Unanswered(Exception):
    """Connected, but what was asked was not answered, or not in a way that can be read."""


@dataclass(frozen=True)
class Problem:
    """Why one field could not be read."""

    text: str


@dataclass(frozen=True)
class Line:
    """Where one field stands; see ``PlanLine``. kind: of the profile's field."""

    field: str
    address: str
    kind: str
    table: str = Table.HOLDING
    data_type: str = DataType.UINT16
    byte_order: str = ByteOrder.ABCD
    scale: float = 1
    offset: float = 0


@dataclass(frozen=True)
class Asked:
    """One device to ask. key: of its poll; node: the device's name; address: see ``Poll``."""

    key: int
    node: str
    address: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Endpoint:
    """Where and how to connect. secret: by name what the protocol proves itself with.

    is_tls, server_name: of HTTP, see ``Gateway``.
    """

    protocol: str
    host: str
    port: int
    timeout_s: int
    snmp_version: str = "2c"
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_tls: bool = False
    server_name: str = ""


#: Raw values by field as the device wrote them, ``Problem`` where there is none.
Raw = dict[str, Any]
#: Asks one device. Raises: Unreachable; Unanswered.
Reader = Callable[[Asked], Awaitable[Raw]]
#: Connects and gives what asks. Raises: Unreachable.
Opener = Callable[[Endpoint], AbstractAsyncContextManager[Reader]]


@dataclass
class Outcome:
    """How one device was asked. at: when it answered. error: why nothing of it could be read."""

    asked: Asked
    at: datetime
    raw: Raw = field(default_factory=dict)
    error: str = ""

    @property
    def has_answered(self) -> bool:
        """Whether anything came back, be it that there is nothing to read."""
        return bool(self.raw)
