"""What carries messages out, and the form in which every channel hands them in.

A sender is registered under a name in ``AppConfig.ready``; an account names the one it uses.
What arrives comes as ``Incoming`` from the signed addresses or from the reader of the mailbox to
``services.receiving.receive``; channels repeat and reorder, the service bears both.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.notices.registry import AdapterError

__all__ = [
    "AdapterError",
    "DeviceGone",
    "Incoming",
    "IncomingFile",
    "IncomingMedia",
    "LineWord",
    "Outgoing",
    "Reach",
    "Waking",
]


@dataclass(frozen=True)
class Reach:
    """How a channel's other end is reached. options: plain; secrets: opened for this call."""

    code: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IncomingFile:
    """A file as it came: its name, its bytes; refused: of ``enums.Refused``, where not read."""

    name: str
    content: bytes = b""
    refused: str = ""


@dataclass(frozen=True)
class IncomingMedia:
    """A picture or a voice the platform keeps for us. media_id: by which it is fetched."""

    media_id: str
    name: str


@dataclass(frozen=True)
class Incoming:
    """One message from outside.

    provider_id: its number there, the same for a repeat. outsider: who wrote, as the channel
    names them (openid, phone, address). thread: numbers of messages it answers. is_automatic: a
    program wrote it (bounce, absence note): kept, answered by nobody. at: aware. media: what
    the platform holds of it, fetched later.
    """

    provider_id: str
    outsider: str
    text: str
    at: datetime
    name: str = ""
    subject: str = ""
    thread: tuple[str, ...] = ()
    files: tuple[IncomingFile, ...] = ()
    is_automatic: bool = False
    media: tuple[IncomingMedia, ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """One message to be sent. key: names it for ever. answers: number of the one it answers.

    data: what a line gets beside the words: kind, number, and the case's fields.
    """

    to: str
    text: str
    key: str
    subject: str = ""
    answers: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LineWord:
    """What another hotline says. number: theirs; case: ours, where the word is about ours."""

    provider_id: str
    kind: str
    number: str
    text: str
    at: datetime
    title: str = ""
    case: str = ""
    state: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None


#: Sends one message and gives its number at the provider (may be empty). Ends within seconds,
#: outside a transaction, may be called again with the same key. Raises: AdapterError.
Sender = Callable[[Reach, Outgoing], str]

#: Fetches what a platform holds, by its number; ends within seconds, outside a transaction.
#: Gives the file without a name, ``refused`` where it holds it no more or it is too large.
#: Raises: AdapterError.
Fetcher = Callable[[Reach, str], IncomingFile]


class DeviceGone(AdapterError):
    """The telephone is no longer known where it is woken: its app was taken off."""

    def __init__(self, words: str) -> None:
        super().__init__(words, retryable=False)


@dataclass(frozen=True)
class Waking:
    """A telephone to be woken. endpoint: its address or token, opened for this call; key: of
    this wake, the same in a repeat."""

    endpoint: str
    key: str


#: Wakes one telephone; ends within seconds, outside a transaction, may be called again with the
#: same key. Raises: DeviceGone; AdapterError.
Pusher = Callable[[Reach, Waking], None]

_pushers: dict[str, tuple[Any, Pusher]] = {}


def register_pusher(name: str, label: Any, pusher: Pusher) -> None:
    """Will make a way to wake telephones known. Raises: ValueError (the name is taken)."""
    if name in _pushers:
        raise ValueError(f"pusher {name} is already registered")
    _pushers[name] = (label, pusher)


def pusher_choices() -> list[tuple[str, Any]]:
    """Will give name and label of every way to wake a telephone."""
    return [(name, label) for name, (label, _pusher) in sorted(_pushers.items())]


def pusher_of(name: str) -> Pusher:
    """Raises: KeyError (no such way)."""
    return _pushers[name][1]


_senders: dict[str, tuple[Any, Sender]] = {}
_fetchers: dict[str, Fetcher] = {}


def register_fetcher(name: str, fetcher: Fetcher) -> None:
    """Will have what comes by a sender's platform fetched so. Raises: ValueError (taken)."""
    if name in _fetchers:
        raise ValueError(f"fetcher {name} is already registered")
    _fetchers[name] = fetcher


def fetcher_of(name: str) -> Fetcher | None:
    """Will give what fetches for a sender, None where its platform holds nothing."""
    return _fetchers.get(name)


def register_sender(name: str, label: Any, sender: Sender) -> None:
    """Will make a way out known. Raises: ValueError (the name is taken)."""
    if name in _senders:
        raise ValueError(f"sender {name} is already registered")
    _senders[name] = (label, sender)


def sender_choices() -> list[tuple[str, Any]]:
    """Will give name and label of every way out."""
    return [(name, label) for name, (label, _sender) in sorted(_senders.items())]


def sender_of(name: str) -> Sender:
    """Raises: KeyError (no such way out)."""
    return _senders[name][1]


@contextmanager
def temporarily(name: str, sender: Sender) -> Iterator[None]:
    """Will replace or add a way out within the block; for tests."""
    before = _senders.get(name)
    _senders[name] = (name, sender)
    try:
        yield
    finally:
        del _senders[name]
        if before is not None:
            _senders[name] = before
