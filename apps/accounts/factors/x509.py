"""Judging X.509 certificates and what their keys signed.

Chain to the trust anchors of the city, times, key usage, revocation by list, and a signature
over the challenge: raw with the certificate beside it, or CMS (PKCS#7, detached) which carries
it. RSA from 2048 bits with SHA-256 and ECDSA on the NIST curves. SM2 is not taken: the library
knows neither the curve nor its digest; a city with SM2 cards puts an adapter for its signature
appliance in this place. Source: RFC 5280; RFC 5652; GB/T 39786-2021 8.4.
"""

import base64
import binascii
import hashlib
import itertools
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.factors.checking import CertificateRefused, Holder, Proof

MOST_CHARACTERS = 20_000
SMALLEST_RSA_BITS = 2048
SECONDS = 5  # for openssl to look at one signature
_ARMOUR = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]+-----")
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


@dataclass(frozen=True)
class Trust:
    """Whom we believe. lists: revocation lists; every anchor needs a fresh one of its own."""

    anchors: Sequence[x509.Certificate]
    intermediates: Sequence[x509.Certificate] = ()
    lists: Sequence[x509.CertificateRevocationList] = ()


class X509Checker:
    """Judges by files: ``CERTIFICATE_ANCHORS``, ``_INTERMEDIATES`` and ``_CRLS`` in the settings.

    The files are read at each judgement: a new revocation list counts at once.
    """

    is_simulated = False

    def trust(self) -> Trust:
        """Will read whom we believe. Raises: CertificateRefused (a file cannot be read)."""
        try:
            above = settings.CERTIFICATE_INTERMEDIATES
            return Trust(
                anchors=_load_certificates(settings.CERTIFICATE_ANCHORS),
                intermediates=_load_certificates(above) if above else (),
                lists=[_load_list(path) for path in settings.CERTIFICATE_CRLS],
            )
        except (OSError, ValueError) as error:
            raise CertificateRefused(
                _("系统的证书信任配置不可用，请联系管理员。"), why=f"trust: {error}"
            ) from error

    def holder_of(self, certificate: str, *, at: datetime) -> Holder:
        found = load_certificate(certificate)
        _require_in_force(found, self.trust(), at)
        return _holder(found)

    def prove(self, challenge: bytes, proof: Proof, *, at: datetime) -> Holder:
        signature = _bytes(proof.signature)
        if proof.certificate.strip():
            found = load_certificate(proof.certificate)
            _require_signed(found, signature, challenge)
        else:
            found = _signer_of(signature, challenge)
        _require_in_force(found, self.trust(), at)
        return _holder(found)


def load_certificate(text: str) -> x509.Certificate:
    """Will read one certificate, PEM or base64 of DER. Raises: CertificateRefused."""
    try:
        return x509.load_der_x509_certificate(_bytes(text))
    except ValueError as error:
        raise CertificateRefused(
            _("这不是一份可读的数字证书（PEM 或 DER 的 Base64）。"), why="unreadable"
        ) from error


def _bytes(text: str) -> bytes:
    bare = "".join(_ARMOUR.sub("", text[:MOST_CHARACTERS]).split())
    try:
        found = base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CertificateRefused(_("签名或证书不是 Base64 文本。"), why="not base64") from error
    if not found:
        raise CertificateRefused(_("请粘贴 U 盾给出的签名。"), why="empty")
    return found


# --- The signature ---------------------------------------------------------------------


def _require_signed(certificate: x509.Certificate, signature: bytes, challenge: bytes) -> None:
    key = _key_of(certificate)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, challenge, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, challenge, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise _not_signed() from error


def _key_of(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise CertificateRefused(
            _("本系统还不能核验该证书的算法（例如 SM2），请使用 RSA 或 ECDSA 证书。"),
            why="algorithm",
        ) from error
    strong = isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA_BITS
    curve = isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)
    if not (strong or curve):
        raise CertificateRefused(_("证书的密钥强度不够或算法不受支持。"), why="weak key")
    assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return key


def _signer_of(signature: bytes, challenge: bytes) -> x509.Certificate:
    """Gives the certificate whose key made a detached CMS over the challenge.

    Through ``openssl``, because the library makes CMS but does not check it. Whether the
    certificate is trusted is judged afterwards, as for a raw signature.
    """
    with tempfile.TemporaryDirectory(prefix="citybrain-cms-") as name:
        folder = Path(name)
        (folder / "signature").write_bytes(signature)
        (folder / "challenge").write_bytes(challenge)
        done = subprocess.run(  # noqa: S603  fixed words and paths of our own
            [  # noqa: S607  the system's own
                "openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER",
                "-in", str(folder / "signature"), "-content", str(folder / "challenge"),
                "-signer", str(folder / "signer"), "-out", str(folder / "out"),
            ],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise _not_signed()
        signers = x509.load_pem_x509_certificates((folder / "signer").read_bytes())
    if len(signers) != 1:
        raise _not_signed()
    _key_of(signers[0])
    return signers[0]


def _not_signed() -> CertificateRefused:
    return CertificateRefused(
        _("签名与本次的验证文字不符，请重新获取验证文字后再签。"), why="signature"
    )


# --- The certificate -------------------------------------------------------------------


def _require_in_force(certificate: x509.Certificate, trust: Trust, at: datetime) -> None:
    _key_of(certificate)
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc:
        raise CertificateRefused(_("证书尚未生效或已过期。"), why="expired")
    _require_usage(certificate)
    for link, issuer in _chain(certificate, trust, at):
        _require_not_revoked(link, issuer, trust, at)


def _require_usage(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except ValueError as error:
        raise CertificateRefused(_("证书的扩展项不可读。"), why="extensions") from error
    if not (usage.digital_signature or usage.content_commitment):
        raise CertificateRefused(_("该证书不是用于签名的证书。"), why="key usage")


def _chain(
    certificate: x509.Certificate, trust: Trust, at: datetime
) -> list[tuple[x509.Certificate, x509.Certificate]]:
    """Gives each certificate of the path beside its issuer, the holder's first."""
    if not trust.anchors:
        raise CertificateRefused(_("系统还没有配置信任的证书机构。"), why="no anchors")
    builder = PolicyBuilder().store(Store(list(trust.anchors))).time(at)
    builder = builder.extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        verifier = builder.build_client_verifier()
        path = verifier.verify(certificate, list(trust.intermediates)).chain
    except (VerificationError, ValueError) as error:
        raise CertificateRefused(
            _("该证书不是本市信任的证书机构颁发的。"), why=f"chain: {error}"
        ) from error
    return list(itertools.pairwise(path))


def _require_not_revoked(
    certificate: x509.Certificate, issuer: x509.Certificate, trust: Trust, at: datetime
) -> None:
    """A list that is missing, forged or out of date refuses: not knowing is not a clean bill."""
    key = _key_of(issuer)
    for found in trust.lists:
        if found.issuer != issuer.subject or not found.is_signature_valid(key):
            continue
        if found.next_update_utc is None or found.next_update_utc <= at:
            continue
        if found.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            raise CertificateRefused(_("该证书已被证书机构吊销。"), why="revoked")
        return
    raise CertificateRefused(
        _("无法确认该证书是否已被吊销（吊销名单缺失或过期），请联系管理员。"), why="no list"
    )


def _holder(certificate: x509.Certificate) -> Holder:
    return Holder(
        serial=f"{certificate.serial_number:x}",
        issuer_digest=hashlib.sha256(certificate.issuer.public_bytes()).hexdigest(),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        subject=certificate.subject.rfc4514_string()[:300],
        issuer=certificate.issuer.rfc4514_string()[:300],
        expires_at=certificate.not_valid_after_utc,
    )


def _load_certificates(path: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(Path(path).read_bytes())


def _load_list(path: str) -> x509.CertificateRevocationList:
    content = Path(path).read_bytes()
    if content.lstrip().startswith(b"-----"):
        return x509.load_pem_x509_crl(content)
    return x509.load_der_x509_crl(content)


def pem_of(certificate: x509.Certificate) -> str:
    """Will write a certificate as people pass it on."""
    return certificate.public_bytes(Encoding.PEM).decode()
