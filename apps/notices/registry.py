"""Ways out of the house: what sends text messages and e-mails.

An adapter is registered under a name in ``AppConfig.ready``; settings choose one per channel
(``SMS_ADAPTER``, ``EMAIL_ADAPTER``). A city adds its own provider as one module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings


@dataclass(frozen=True)
class Message:
    """What goes out. key: names this message for ever; a provider may drop a repeat by it."""

    channel: str
    to: str
    subject: str
    text: str
    key: str


class AdapterError(Exception):
    """The message did not go out. retryable: the same message may succeed later."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.retryable = retryable


class MessageAdapter(Protocol):
    """Sends one message and gives the provider's number for it (may be empty).

    Must end within some seconds. Called outside a transaction; may be called again with the
    same key when the first answer was lost. Raises: AdapterError, nothing else.
    """

    def send(self, message: Message) -> str: ...


_adapters: dict[str, MessageAdapter] = {}
_kinds: dict[str, Any] = {}


def register_kind(code: str, label: Any) -> None:
    """Will give a kind of notice the name people filter by. Raises: ValueError (taken)."""
    if _kinds.get(code, label) != label:
        raise ValueError(f"kind {code} is already registered")
    _kinds[code] = label


def kind_label(code: str) -> str:
    """Will give the name of a kind; an unregistered one is shown as its code."""
    return str(_kinds.get(code, code))


def register(name: str, adapter: MessageAdapter) -> None:
    """Will make an adapter known. Raises: ValueError (the name is taken)."""
    if name in _adapters:
        raise ValueError(f"adapter {name} is already registered")
    _adapters[name] = adapter


def get_adapter(channel: str) -> MessageAdapter:
    """Will give the adapter chosen for a channel. Raises: KeyError (settings name none)."""
    chosen = {"sms": settings.SMS_ADAPTER, "email": settings.EMAIL_ADAPTER}
    return _adapters[chosen[channel]]


@contextmanager
def temporarily(name: str, adapter: MessageAdapter) -> Iterator[None]:
    """Will replace or add an adapter within the block; for tests."""
    before = _adapters.get(name)
    _adapters[name] = adapter
    try:
        yield
    finally:
        if before is None:
            del _adapters[name]
        else:
            _adapters[name] = before
