"""Who judges certificates here: an adapter, chosen by ``settings.CERTIFICATE_CHECKER``.

``x509`` judges against the trust anchors and revocation lists of the city; ``simulator`` is a
test authority for the demo; ``closed`` takes nobody's. A city with a signature appliance
(签名验签服务器) or with SM2 cards registers its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings

from apps.common.errors import Refused


class CertificateRefused(Refused):
    """A certificate, or what it signed, is not taken. why: a short code, for the log."""

    code = "certificate_refused"

    def __init__(self, message: object, *, why: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True)
class Holder:
    """Whom a certificate names. serial: hexadecimal; digests: SHA-256, hexadecimal."""

    serial: str
    issuer_digest: str
    fingerprint: str
    subject: str
    issuer: str
    expires_at: datetime


@dataclass(frozen=True)
class Proof:
    """What a card gave back. signature: base64 or PEM, over the challenge's bytes.

    certificate: PEM or base64 of DER; "" when the signature is CMS (PKCS#7) and carries it.
    """

    signature: str
    certificate: str = ""


class CertificateChecker(Protocol):
    """Judges certificates; called outside a transaction, must end within some seconds."""

    is_simulated: bool

    def holder_of(self, certificate: str, *, at: datetime) -> Holder:
        """Will name the holder of a certificate in force: trusted, in time, not revoked.

        Proves nothing about who presents it. Raises: CertificateRefused.
        """
        ...

    def prove(self, challenge: bytes, proof: Proof, *, at: datetime) -> Holder:
        """Will name the holder whose key signed the challenge, certificate in force.

        Raises: CertificateRefused.
        """
        ...


_checkers: dict[str, CertificateChecker] = {}


def register(name: str, checker: CertificateChecker) -> None:
    """Will make an adapter known. Raises: ValueError (the name is taken)."""
    if name in _checkers:
        raise ValueError(f"checker {name} is already registered")
    _checkers[name] = checker


def checker() -> CertificateChecker:
    """Will give the adapter chosen. Raises: KeyError (settings name none that is known)."""
    return _checkers[settings.CERTIFICATE_CHECKER]


def is_offered() -> bool:
    """Will tell whether certificates are taken here at all."""
    return bool(settings.CERTIFICATE_CHECKER != "closed")


@contextmanager
def temporarily(name: str, adapter: CertificateChecker) -> Iterator[None]:
    """Will replace or add an adapter within the block; for tests."""
    before = _checkers.get(name)
    _checkers[name] = adapter
    try:
        yield
    finally:
        if before is None:
            del _checkers[name]
        else:
            _checkers[name] = before
