"""A test authority and cards that are files; for the demo and for tests.

The authority's key is made at the first use below ``settings.CERTIFICATE_SIMULATOR_DIR``. Every
card says in its name that it is a simulation. Signing is what the program beside a real card
does; here it happens on the server, which is why this must never serve a real hall.
"""

import base64
import contextlib
import fcntl
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from django.conf import settings

from apps.accounts.factors.checking import Proof
from apps.accounts.factors.x509 import Trust, X509Checker, pem_of
from apps.common import clock

AUTHORITY = "CityBrain 模拟证书机构（仅供演示）"
YEARS = timedelta(days=3650)
CARD_LIFE = timedelta(days=730)
LIST_LIFE = timedelta(days=30)


class SimulatedChecker(X509Checker):
    """The real judgement, over the simulated authority's certificates."""

    is_simulated = True

    def trust(self) -> Trust:
        with _home() as home:
            authority, key = _authority(home)
            return Trust(anchors=[authority], lists=[_list(home, authority, key)])


def issue_card(name: str, *, number: str) -> str:
    """Will make a card for somebody and give its certificate (PEM).

    number: names the card's files and stands in the certificate; issuing it again replaces it.
    """
    with _home() as home:
        authority, authority_key = _authority(home)
        key = ec.generate_private_key(ec.SECP256R1())
        moment = clock.now()
        subject = [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name}（模拟）"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, number),
        ]
        card = (
            _builder(moment, CARD_LIFE)
            .subject_name(x509.Name(subject))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(_points_to(authority), critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        _write(home / f"card-{number}", card, key)
        return pem_of(card)


def list_cards() -> list[str]:
    """Will give the numbers of the cards that were made."""
    with _home() as home:
        return sorted(path.stem.removeprefix("card-") for path in home.glob("card-*.pem"))


def sign(number: str, challenge: bytes) -> Proof:
    """Will sign as the card does. Raises: FileNotFoundError (no such card)."""
    with _home() as home:
        if number not in {path.stem.removeprefix("card-") for path in home.glob("card-*.pem")}:
            raise FileNotFoundError(number)
        card, key = _read(home / f"card-{number}")
        signature = key.sign(challenge, ec.ECDSA(hashes.SHA256()))
        return Proof(base64.b64encode(signature).decode(), pem_of(card))


def revoke(number: str) -> None:
    """Will put a card on the authority's list of the revoked."""
    with _home() as home:
        card, _key = _read(home / f"card-{number}")
        with (home / "revoked").open("a") as file:
            file.write(f"{card.serial_number:x}\n")


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    """One process at a time: two would make two authorities."""
    home = Path(settings.CERTIFICATE_SIMULATOR_DIR)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield home


def _authority(home: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    if (home / "authority.pem").exists():
        return _read(home / "authority")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, AUTHORITY)])
    made = (
        _builder(clock.now(), YEARS)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(home / "authority", made, key)
    return made, key


def _list(
    home: Path, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateRevocationList:
    """Made anew at each judgement: the simulated authority is never out of date."""
    moment = clock.now()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(moment)
        .next_update(moment + LIST_LIFE)
    )
    revoked = home / "revoked"
    for line in set(revoked.read_text().split()) if revoked.exists() else ():
        entry = x509.RevokedCertificateBuilder().serial_number(int(line, 16))
        builder = builder.add_revoked_certificate(entry.revocation_date(moment).build())
    return builder.sign(key, hashes.SHA256())


def _builder(moment: datetime, life: timedelta) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + life)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )


def _points_to(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    known = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)


def _write(place: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = place.with_suffix(".key")
    path.touch(mode=0o600)
    path.write_bytes(secret)
    place.with_suffix(".pem").write_text(pem_of(certificate), "utf-8")


def _read(place: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate = x509.load_pem_x509_certificate(place.with_suffix(".pem").read_bytes())
    key = load_pem_private_key(place.with_suffix(".key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return certificate, key
