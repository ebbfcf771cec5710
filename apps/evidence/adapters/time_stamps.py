"""Time stamps by RFC 3161: a real authority over HTTP, and one that lives in this checkout.

Requests, answers and checks go through the ``openssl`` command, which every Debian that has
certificates also has. Nothing is trusted that ``openssl ts -verify`` does not accept.
"""

import contextlib
import datetime as dt
import fcntl
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.common import http
from apps.common.errors import InvalidInput
from apps.evidence.registry import Stamp, StampFailed

TIMEOUT_S = 10
_CONFIG = """
[tsa]
default_tsa = simulator
[simulator]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.0.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class HttpAuthority:
    """A time stamp authority at ``settings.EVIDENCE_TSA_URL``; trusts ``EVIDENCE_TSA_CA``."""

    label = str(_("外部时间戳机构"))

    def stamp(self, digest: str) -> Stamp:
        with _folder() as folder:
            query = _query(folder, digest)
            try:
                answer = http.post_bytes(
                    settings.EVIDENCE_TSA_URL,
                    query.read_bytes(),
                    headers={
                        "Content-Type": "application/timestamp-query",
                        "Accept": "application/timestamp-reply",
                    },
                    timeout_s=TIMEOUT_S,
                    total_s=TIMEOUT_S,
                )
                trusted = Path(settings.EVIDENCE_TSA_CA).read_text("utf-8")
            except (http.CallFailed, InvalidInput, OSError) as error:
                raise StampFailed(str(error)) from error
            return _accept(digest, answer.body, trusted)


class SimulatedAuthority:
    """An authority with a key of its own below the data folder; for the demo and for tests."""

    label = str(_("时间戳机构（模拟）"))

    def stamp(self, digest: str) -> Stamp:
        home = Path(settings.EVIDENCE_DIR) / "simulated-authority"
        certificate = _simulated_identity(home)
        with _folder() as folder, (home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # openssl counts serial numbers in a file
            query = _query(folder, digest)
            config = folder / "tsa.cnf"
            config.write_text(_CONFIG.format(folder=home), "utf-8")
            answer = folder / "answer.tsr"
            _openssl(
                "ts", "-reply", "-config", str(config), "-queryfile", str(query),
                "-signer", str(home / "tsa.pem"), "-inkey", str(home / "tsa.key"),
                "-out", str(answer),
            )  # fmt: skip
            return _accept(digest, answer.read_bytes(), certificate)


def is_stamped(digest: str, token: bytes, trusted: str) -> bool:
    """Will tell whether a token stamps this SHA-256 digest (hex) by somebody trusted (PEM)."""
    with _folder() as folder:
        answer, authority = folder / "answer.tsr", folder / "trusted.pem"
        answer.write_bytes(token)
        authority.write_text(trusted, "utf-8")
        try:
            _openssl(
                "ts", "-verify", "-digest", digest, "-in", str(answer), "-CAfile", str(authority)
            )
        except StampFailed:
            return False
    return True


def _accept(digest: str, token: bytes, trusted: str) -> Stamp:
    if not is_stamped(digest, token, trusted):
        raise StampFailed("the time stamp does not verify")
    with _folder() as folder:
        answer = folder / "answer.tsr"
        answer.write_bytes(token)
        text = _openssl("ts", "-reply", "-in", str(answer), "-text")
    at = re.search(r"Time stamp: (.+?)(\.\d+)? (\d{4}) GMT", text)
    serial = re.search(r"Serial number: (0x[0-9A-F]+)", text)
    if at is None or serial is None:
        raise StampFailed("the time stamp does not tell its time")
    moment = dt.datetime.strptime(f"{at[1]} {at[3]}", "%b %d %H:%M:%S %Y").replace(tzinfo=dt.UTC)
    return Stamp(token=token, at=moment, serial=serial[1], trusted=trusted)


def _query(folder: Path, digest: str) -> Path:
    query = folder / "query.tsq"
    _openssl("ts", "-query", "-digest", digest, "-sha256", "-cert", "-out", str(query))
    return query


def _simulated_identity(home: Path) -> str:
    """Gives the certificate of the simulated authority, made the first time."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "tsa.pem").exists():
            private, certificate = _make_identity()
            (home / "serial").write_text("01\n", "utf-8")
            key_file = home / "tsa.key"
            key_file.touch(mode=0o600)
            key_file.write_bytes(private)
            (home / "tsa.pem").write_bytes(certificate)
    return (home / "tsa.pem").read_text("utf-8")


def _make_identity() -> tuple[bytes, bytes]:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CityBrain simulated TSA")])
    # The wall clock of this machine, not the city's: openssl compares with that one.
    moment = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - dt.timedelta(days=1))
        .not_valid_after(moment + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(private, hashes.SHA256())
    )
    key = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key, certificate.public_bytes(Encoding.PEM)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cb-tsa-") as folder:
        yield Path(folder)


def _openssl(*arguments: str) -> str:
    """Runs openssl. Raises: StampFailed (it refuses, is missing, or takes too long)."""
    try:
        done = subprocess.run(  # noqa: S603  fixed program, arguments of our own
            ["openssl", *arguments],  # noqa: S607  the system's own
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or b""
        raise StampFailed(said.decode(errors="replace")[-300:] or str(error)) from error
    return done.stdout.decode(errors="replace")
