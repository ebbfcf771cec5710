"""Ways out for evidence: who stamps a digest with the time.

An adapter is registered under a name in ``AppConfig.ready``; ``settings.EVIDENCE_TSA`` chooses
one ("" for none). A city adds its own authority as one module.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings


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


@contextmanager
def temporarily(name: str, authority: TimeStampAuthority) -> Iterator[None]:
    """Will make an authority known within the block; for tests."""
    register_authority(name, authority)
    try:
        yield
    finally:
        del _authorities[name]
