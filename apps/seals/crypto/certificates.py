"""Certificates: issued by the test authority of a demo, or brought from the city's authority.

The test authority says in its own name what it is (演示). Its keys lie in the software store; a
real authority is outside: a request goes there (``request_for``), a certificate comes back.
Source: GB/T 20518, RFC 5280, RFC 2986; ES-06.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import csr, keys, pem, x509
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.common import clock
from apps.common.errors import InvalidInput, Refused
from apps.seals.crypto.algorithms import (
    ECDSA,
    RSA,
    SM2,
    algorithm_of_key,
    digest,
    is_signed_by,
    mechanism_of,
)
from apps.seals.crypto.stores import SOFTWARE, get_store

AUTHORITY_NAME = "城市云脑演示证书机构（仅供测试）"
AUTHORITY_LIFE = timedelta(days=3650)
SEAL_LIFE = timedelta(days=1095)

Signs = Callable[[bytes], bytes]


def read_certificate(data: bytes) -> x509.Certificate:
    """Will read a certificate, DER or PEM. Raises: InvalidInput (field "certificate")."""
    try:
        if pem.detect(data):
            data = pem.unarmor(data)[2]
        found = x509.Certificate.load(data, strict=True)
        found.public_key.native  # noqa: B018  read whole now, not when it is used
        return found
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(_("不是可以读取的数字证书"), field="certificate") from error


def pem_of(der: bytes, kind: str = "CERTIFICATE") -> str:
    """Will give DER bytes as PEM."""
    return pem.armor(kind, der).decode()


def issue(
    *, public: bytes, unit: str, name: str, authority: tuple[x509.Certificate, Signs],
    until: datetime | None = None, is_for_time: bool = False,
) -> x509.Certificate:  # fmt: skip
    """Will have the test authority certify a public key (DER) for a seal of a unit.

    is_for_time: for a time stamp authority instead. The certificate lives three years.
    """
    issuer, sign = authority
    extensions: list[dict[str, Any]] = [
        _extension("key_usage", {"digital_signature", "non_repudiation"}, critical=True),
        _extension("basic_constraints", {"ca": False}, critical=True),
        _extension("authority_key_identifier", {"key_identifier": _key_id(issuer.public_key)}),
    ]
    if is_for_time:
        extensions.append(_extension("extended_key_usage", ["time_stamping"], critical=True))
    subject = {"country_name": "CN", "organization_name": unit[:60], "common_name": name[:60]}
    key = keys.PublicKeyInfo.load(public)
    return _certificate(key, subject, issuer.subject, issuer.public_key, extensions, sign, until)


def authority_for(algorithm: str) -> tuple[x509.Certificate, Signs]:
    """Will give the test authority of an algorithm, made when first asked for; in workers only.

    Raises: Refused (this installation has none: certificates come from the city's authority).
    """
    if not settings.SEALS_DEMO_AUTHORITY:
        raise Refused(_("本系统未启用演示证书机构，请导入证书机构签发的证书"), code="no_authority")
    path, sign = Path(settings.SEALS_DIR) / "authorities" / f"{algorithm}.pem", _signs(algorithm)
    if path.exists():
        return read_certificate(path.read_bytes()), sign
    key = keys.PublicKeyInfo.load(get_store(SOFTWARE).make(f"authority-{algorithm}", algorithm))
    made = _self_signed(algorithm, key, sign)
    _put(path, made)
    return made, sign


def is_old_authority(name: x509.Name) -> bool:
    """Will tell whether this is the one name all three test authorities once had."""
    return bool(name.native.get("common_name") == AUTHORITY_NAME)


def authority_name(algorithm: str) -> str:
    """Will give what the test authority of an algorithm is called."""
    return f"{AUTHORITY_NAME}{algorithm.upper()}"


def rename_authorities() -> list[str]:
    """Will give each old test authority a name of its own and tell of which algorithms.

    The key stays; the old certificate is kept beside the new one, so that what was certified
    under the old name is believed. In workers only; run again it changes nothing.
    """
    folder = Path(settings.SEALS_DIR) / "authorities"
    replaced = []
    for algorithm in (RSA, ECDSA, SM2):
        path = folder / f"{algorithm}.pem"
        if not path.exists():
            continue
        old = path.read_bytes()
        certificate = read_certificate(old)
        if not is_old_authority(certificate.subject):
            continue
        (folder / f"{algorithm}-earlier.pem").write_bytes(old)
        (folder / f"{algorithm}.crl").unlink(missing_ok=True)  # of a name that is no longer told
        made = _self_signed(algorithm, certificate.public_key, _signs(algorithm))
        _put(path, made)
        replaced.append(algorithm)
    return replaced


def _signs(algorithm: str) -> Signs:
    return lambda data: get_store(SOFTWARE).sign(f"authority-{algorithm}", data)


def _put(path: Path, made: x509.Certificate) -> None:
    """Whole or not at all: other processes read it at any time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(pem_of(made.dump()), encoding="ascii")
    draft.replace(path)


def _self_signed(algorithm: str, key: keys.PublicKeyInfo, sign: Signs) -> x509.Certificate:
    # A name for each key: whoever looks for the issuer of a list of revocation goes by the name.
    name = {"country_name": "CN", "common_name": authority_name(algorithm)}
    extensions = [
        _extension("key_usage", {"key_cert_sign", "crl_sign"}, critical=True),
        _extension("basic_constraints", {"ca": True}, critical=True),
    ]
    until = clock.now() + AUTHORITY_LIFE
    return _certificate(key, name, x509.Name.build(name), key, extensions, sign, until)


def has_authority(algorithm: str) -> bool:
    """Will tell whether the test authority of an algorithm was made already."""
    return (Path(settings.SEALS_DIR) / "authorities" / f"{algorithm}.pem").exists()


def trusted() -> list[x509.Certificate]:
    """Will give the authorities whose seals are believed here: of the demo and of the city."""
    folders = [Path(settings.SEALS_DIR) / "authorities"]
    if settings.SEALS_AUTHORITIES_DIR:
        folders.append(Path(settings.SEALS_AUTHORITIES_DIR))
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.pem"))]
    return [read_certificate(file.read_bytes()) for file in files]


def request_for(*, public: bytes, unit: str, name: str, algorithm: str, sign: Signs) -> str:
    """Will give the request (PEM, PKCS#10) for the city's authority to certify a key."""
    subject = {"country_name": "CN", "organization_name": unit[:60], "common_name": name[:60]}
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": x509.Name.build(subject),
            "subject_pk_info": keys.PublicKeyInfo.load(public),
        }
    )
    signed = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": mechanism_of(algorithm),
            "signature": sign(info.dump()),
        }
    )
    return pem_of(signed.dump(), "CERTIFICATE REQUEST")


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Will tell whether one certificate was signed with the key of the other."""
    signature = certificate["signature_value"].native
    return certificate.issuer == issuer.subject and is_signed_by(
        issuer.public_key, signature, certificate["tbs_certificate"].dump()
    )


def serial_of(certificate: x509.Certificate) -> str:
    """Will give the serial number as people compare it: upper-case hexadecimal."""
    return f"{certificate.serial_number:X}"


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Will give the SHA-256 of the certificate, by which a signature finds its seal."""
    return digest("sha256", certificate.dump()).hex()


def _certificate(
    key: keys.PublicKeyInfo, subject: dict[str, str], issuer: x509.Name,
    issuer_key: keys.PublicKeyInfo, extensions: list[dict[str, Any]], sign: Signs,
    until: datetime | None,
) -> x509.Certificate:  # fmt: skip
    now = clock.now().replace(microsecond=0)
    mechanism = mechanism_of(algorithm_of_key(issuer_key))
    identifier = _extension("key_identifier", _key_id(key))
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(127),
            "signature": mechanism,
            "issuer": issuer,
            "validity": {
                # A worker whose clock is a little ahead must not make a certificate of tomorrow.
                "not_before": time_of(now - timedelta(minutes=5)),
                "not_after": time_of(until or now + SEAL_LIFE),
            },
            "subject": x509.Name.build(subject),
            "subject_public_key_info": key,
            "extensions": [*extensions, identifier],
        }
    )
    return x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": mechanism,
            "signature_value": sign(body.dump()),
        }
    )


def time_of(moment: datetime) -> x509.Time:
    """Will give a moment as certificates and lists write it.

    Whole seconds, and two digits of the year until 2049 (RFC 5280 4.1.2.5): others refuse.
    """
    form = "utc_time" if moment.year < 2050 else "general_time"
    return x509.Time({form: moment.replace(microsecond=0)})


def _extension(name: str, value: Any, *, critical: bool = False) -> dict[str, Any]:
    return {"extn_id": name, "critical": critical, "extn_value": value}


def _key_id(key: keys.PublicKeyInfo) -> bytes:
    return bytes(key.sha1)


def key_of_request(request: str) -> keys.PublicKeyInfo:
    """Will give the public key a request (PEM) asks a certificate for."""
    found = csr.CertificationRequest.load(pem.unarmor(request.encode("ascii"))[2])
    return found["certification_request_info"]["subject_pk_info"]
