"""Lists of revoked certificates: written by the test authority, brought by the city's.

A list lies beside the authority's certificate as ``*.crl`` (DER or PEM). What a seal embeds so
that it is verifiable after its certificate has expired comes from here.
Source: RFC 5280 chapter 5; ETSI EN 319 142-1 (B-LT); ES-06.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import crl, pem, x509
from django.conf import settings

from apps.common import clock
from apps.seals.crypto import certificates
from apps.seals.crypto.algorithms import mechanism_of

LIFE = timedelta(days=30)
FRESH = timedelta(hours=12)


def lists() -> list[crl.CertificateList]:
    """Will give the lists of all authorities believed here."""
    folders = [Path(settings.SEALS_DIR) / "authorities"]
    if settings.SEALS_AUTHORITIES_DIR:
        folders.append(Path(settings.SEALS_AUTHORITIES_DIR))
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.crl"))]
    return [_read(file.read_bytes()) for file in files]


def list_of(issuer: x509.Name, at: datetime) -> crl.CertificateList | None:
    """Will give the list of an authority that is in force at a moment, the newest."""
    found = [each for each in lists() if each.issuer == issuer and _is_in_force(each, at)]
    return max(found, key=_since, default=None)


def write_list(algorithm: str, revoked: Sequence[tuple[int, datetime]]) -> bool:
    """Will have the test authority write its list anew where it is old or tells less; in workers.

    revoked: serial numbers with their moments. True where one was written.
    Raises: Refused (no test authority here).
    """
    path = Path(settings.SEALS_DIR) / "authorities" / f"{algorithm}.crl"
    now = clock.now().replace(microsecond=0)
    if path.exists():
        known = _read(path.read_bytes())
        is_fresh = timedelta(0) <= now - _since(known) < FRESH
        told = known["tbs_cert_list"]["revoked_certificates"].native or []
        if is_fresh and {each["user_certificate"] for each in told} == {s for s, _at in revoked}:
            return False
    issuer, sign = certificates.authority_for(algorithm)
    body = crl.TbsCertList(
        {
            "version": "v2",
            "signature": mechanism_of(algorithm),
            "issuer": issuer.subject,
            # As with certificates: a clock a little ahead writes no list of tomorrow.
            "this_update": certificates.time_of(now - timedelta(minutes=5)),
            "next_update": certificates.time_of(now + LIFE),
            "crl_extensions": [
                {
                    "extn_id": "authority_key_identifier",
                    "extn_value": {"key_identifier": bytes(issuer.public_key.sha1)},
                },
                {"extn_id": "crl_number", "extn_value": int(now.timestamp())},
            ],
        }
    )
    if revoked:  # an empty list is left out (RFC 5280 5.1.2.6)
        body["revoked_certificates"] = [
            {"user_certificate": serial, "revocation_date": certificates.time_of(at)}
            for serial, at in revoked
        ]
    made = crl.CertificateList(
        {
            "tbs_cert_list": body,
            "signature_algorithm": mechanism_of(algorithm),
            "signature": sign(body.dump()),
        }
    )
    path.write_bytes(made.dump())
    return True


def _read(data: bytes) -> crl.CertificateList:
    if pem.detect(data):
        data = pem.unarmor(data)[2]
    return crl.CertificateList.load(data)


def _since(found: crl.CertificateList) -> datetime:
    since: datetime = found["tbs_cert_list"]["this_update"].native
    return since


def _is_in_force(found: crl.CertificateList, at: datetime) -> bool:
    until = found["tbs_cert_list"]["next_update"].native
    return _since(found) <= at and (until is None or at < until)
