"""What the hotline asks of a telephone exchange, and what it is told by it.

An adapter talks to one make of exchange and lives in ``adapters/<name>.py`` with a class
``Exchange``; ``settings.TELEPHONE_ADAPTER`` names it. What happens on the telephone comes back
as ``CallEvent``, from the signed address ``hotline:exchange-events`` or from the adapter
itself, to ``services.calls.apply_event``. Exchanges repeat and reorder events; the services
bear both.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import BinaryIO, Protocol

from django.conf import settings

from apps.hotline.enums import CallDirection, CallEventKind, LegRole


@dataclass(frozen=True)
class CallEvent:
    """One thing that happened on the telephone.

    exchange_id: the exchange's number of the call. line: the number that was called.
    phone: the other side as delivered, maybe withheld. agent: login name of the agent the
    exchange gave the call to; empty when it waits for anybody. recording: the exchange's key,
    usually known when the call ended. at: aware. leg: the exchange's name of the agent's part
    of the call, for one who is on it a second time. role: as what the agent rings. key: what
    the caller pressed, 1 to 5. language: what the caller chose, empty for the usual one.
    """

    kind: CallEventKind
    exchange_id: str
    line: str
    at: datetime
    phone: str = ""
    agent: str = ""
    recording: str = ""
    direction: CallDirection = CallDirection.IN
    leg: str = ""
    role: LegRole = LegRole.FIRST
    key: str = ""
    language: str = ""


@dataclass(frozen=True)
class Recording:
    """A recording ready to be read; ``stream`` can seek and must be closed."""

    stream: BinaryIO
    size_bytes: int
    media_type: str


class TelephoneExchange(Protocol):
    """What every adapter does. Calls leave the machine: never inside a transaction."""

    #: Whether calls are invented here, for training and demonstrations.
    is_simulated: bool

    def dial(self, *, agent: str, line: str, phone: str) -> str:
        """Will call ``phone`` and connect the agent; gives the exchange's number of the call."""

    def answer(self, *, exchange_id: str, agent: str) -> None:
        """Will connect a ringing call to the agent's telephone."""

    def hang_up(self, *, exchange_id: str) -> None:
        """Will end a call."""

    def offer(self, *, exchange_id: str, agent: str) -> None:
        """Will let a waiting call ring at an agent's telephone."""

    def withdraw(self, *, exchange_id: str, agent: str) -> None:
        """Will take a call that rings unanswered, or a consultation, from an agent."""

    def hold(self, *, exchange_id: str, agent: str) -> None:
        """Will let the caller hear music."""

    def resume(self, *, exchange_id: str, agent: str) -> None:
        """Will connect the caller with the agent again."""

    def transfer(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will hand the call to another agent unseen: the first is off it at once."""

    def consult(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will hold the caller and ring another agent, to be asked or to take over."""

    def complete(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will leave the caller to the agent who was consulted."""

    def join(self, *, exchange_id: str, agent: str, to: str) -> None:
        """Will make a call of three of caller, agent and the one consulted."""

    def open_recording(self, key: str) -> Recording:
        """Will open a recording. Raises: NotFound."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Will give the signature of a message to or from an exchange: hex HMAC-SHA256."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


@cache
def exchange() -> TelephoneExchange:
    """Will give the adapter the settings name."""
    module = import_module(f"apps.hotline.adapters.{settings.TELEPHONE_ADAPTER}")
    found: TelephoneExchange = module.Exchange()
    return found
