"""What the hotline asks of a telephone exchange, and what it is told by it.

An adapter talks to one make of exchange and lives in ``adapters/<name>.py`` with a class
``Exchange`` that does all of ``COMMANDS``; ``settings.TELEPHONE_ADAPTER`` names it. What happens
on the telephone comes back as ``CallEvent``, from the signed address
``hotline:exchange-events`` or from the adapter itself, to ``services.calls.apply_event``.
Exchanges repeat and reorder events; the services bear both.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.hotline.enums import CallDirection, CallEventKind, LegRole

if TYPE_CHECKING:
    from apps.hotline.adapters.rest import Exchange as RestExchange
    from apps.hotline.adapters.simulator import Exchange as SimulatedExchange


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


#: What every adapter does, by keyword: ``line``, ``phone`` and ``exchange_id`` (the exchange's
#: number of the call) are text, ``agent`` and ``to`` login names; ``is_simulated`` says whether
#: calls are invented. Calls leave the machine: never inside a transaction.
COMMANDS = {
    "dial": "agent, line, phone: calls the phone, connects the agent, gives the call's number",
    "answer": "exchange_id, agent: connects a ringing call to the agent's telephone",
    "hang_up": "exchange_id: ends a call",
    "offer": "exchange_id, agent: lets a waiting call ring at an agent's telephone",
    "withdraw": "exchange_id, agent: takes an unanswered call, or a consultation, from an agent",
    "hold": "exchange_id, agent: lets the caller hear music",
    "resume": "exchange_id, agent: connects the caller with the agent again",
    "transfer": "exchange_id, agent, to: hands the call on unseen, the first is off it at once",
    "consult": "exchange_id, agent, to: holds the caller and rings another agent",
    "complete": "exchange_id, agent, to: leaves the caller to the agent who was consulted",
    "join": "exchange_id, agent, to: makes a call of three",
    "open_recording": "key: gives a ``Recording``. Raises: NotFound",
    "erase_recording": "key: deletes a recording for good; one that is gone already is none",
}


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Will give the signature of a message to or from an exchange: hex HMAC-SHA256."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


@cache
def exchange() -> "RestExchange | SimulatedExchange":
    """Will give the adapter the settings name. Raises: ImproperlyConfigured (lacks a command)."""
    module = import_module(f"apps.hotline.adapters.{settings.TELEPHONE_ADAPTER}")
    found: RestExchange | SimulatedExchange = module.Exchange()
    if lacking := [name for name in COMMANDS if not callable(getattr(found, name, None))]:
        raise ImproperlyConfigured(f"{settings.TELEPHONE_ADAPTER} lacks {', '.join(lacking)}")
    return found
