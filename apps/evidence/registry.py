"""Ways out for evidence: who stamps a digest with the time. And which rows are protected.

An adapter is registered under a name in ``AppConfig.ready``; ``settings.EVIDENCE_TSA`` chooses
one ("" for none). A city adds its own authority as one module.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from django.apps import apps
from django.conf import settings
from django.dispatch import Signal

#: A table was protected: ``model`` (the class), ``protected``.
rows_registered = Signal()


@dataclass(frozen=True)
class Stamp:
    """A time stamp. token: the DER answer of RFC 3161. trusted: PEM of whom to trust."""

    token: bytes
    at: datetime
    serial: str
    trusted: str


class StampFailed(Exception):
    """No valid time stamp came back; trying again later may help."""


class TimeStampAuthority(Protocol):
    """Stamps SHA-256 digests. Called outside the city's own transactions where possible.

    stamp: ends within some seconds. Raises: StampFailed, nothing else.
    """

    label: str

    def stamp(self, digest: str) -> Stamp: ...


_authorities: dict[str, TimeStampAuthority] = {}


def register_authority(name: str, authority: TimeStampAuthority) -> None:
    """Will make an authority known. Raises: ValueError (the name is taken)."""
    if name in _authorities:
        raise ValueError(f"authority {name} is already registered")
    _authorities[name] = authority


def chosen_authority() -> TimeStampAuthority | None:
    """Will give the authority of this installation. Raises: KeyError (nobody has that name)."""
    return _authorities[settings.EVIDENCE_TSA] if settings.EVIDENCE_TSA else None


@dataclass(frozen=True)
class ChainAccess:
    """Which chain is meant. channel, contract: names there, "" where there are none."""

    code: str
    url: str
    channel: str
    contract: str


@dataclass(frozen=True)
class ChainStatus:
    """What a chain says of itself."""

    height: int
    contracts: list[str]


@dataclass(frozen=True)
class Receipt:
    """What a chain says of one digest. signed: the bytes ``signature`` (base64) is over."""

    transaction: str
    digest: str
    block: int
    at: datetime
    signed: bytes
    signature: str
    raw: dict[str, Any]


class ChainFailed(Exception):
    """The chain is away or answered nonsense; trying again later may help."""


class OutsideChain(Protocol):
    """Keeps digests where we cannot change them. Each call ends within some seconds.

    submit: the same key again gives the first receipt. Raises: ChainFailed, nothing else.
    """

    label: Any

    def status(self, chain: ChainAccess) -> ChainStatus: ...

    def submit(self, chain: ChainAccess, *, key: str, digest: str, kind: str) -> Receipt: ...

    def query(self, chain: ChainAccess, *, transaction: str) -> Receipt: ...

    def certificate(self, chain: ChainAccess, *, transaction: str) -> bytes: ...


_chains: dict[str, OutsideChain] = {}


def register_chain_adapter(name: str, adapter: OutsideChain) -> None:
    """Will make a way to a chain known. Raises: ValueError (the name is taken)."""
    if name in _chains:
        raise ValueError(f"chain adapter {name} is already registered")
    _chains[name] = adapter


def chain_adapter(name: str) -> OutsideChain:
    """Will give the adapter of a chain. Raises: KeyError."""
    return _chains[name]


def chain_adapters() -> dict[str, Any]:
    """Will give the names and labels of the ways to chains."""
    return {name: adapter.label for name, adapter in _chains.items()}


@dataclass(frozen=True)
class Protected:
    """A table whose rows carry keyed digests. Source: AU-03.

    model: "app.Model". fields: columns, and many-to-many relations by name; what services
    change by ``save`` (a ``QuerySet.update`` sends no signal and would look like tampering).
    counts: which rows nobody noted are an offence (lookups of a filter); {} for all, None for
    none: rows that arrive in bulk.
    """

    model: str
    fields: tuple[str, ...]
    counts: Mapping[str, Any] | None = field(default_factory=dict)


_protected: dict[str, Protected] = {}


def register_protected(
    model: str, *fields: str, counts: Mapping[str, Any] | None = MappingProxyType({})
) -> None:
    """Will protect a table from the next look on; see ``Protected``.

    Call in ``AppConfig.ready`` of the app that owns the model, if it stands above this one.
    Raises: ValueError (protected already, or no such field).
    """
    if model in _protected:
        raise ValueError(f"{model} is already protected")
    owner = apps.get_model(model)
    for name in fields:
        owner._meta.get_field(name)
    _protected[model] = Protected(model, fields, counts)
    rows_registered.send(Protected, model=owner, protected=_protected[model])


def protected_tables() -> list[Protected]:
    """Will give every protected table, by name."""
    return [_protected[name] for name in sorted(_protected)]


@contextmanager
def temporarily(name: str, authority: TimeStampAuthority) -> Iterator[None]:
    """Will make an authority known within the block; for tests."""
    register_authority(name, authority)
    try:
        yield
    finally:
        del _authorities[name]
