"""Judges the signatures of a PDF. Runs as a program of its own, without Django.

Reads one line of JSON (``trusted``, ``lists``: base64 DER of certificates and of lists of
revocation, ``moment``) and then the document
from standard input; writes one JSON object with a verdict on every signature. Source: ETSI EN
319 102-1; ES-02.
"""

import asyncio
import base64
import io
import json
import logging
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator

from apps.seals.crypto.algorithms import SM2_NAME, is_signed_by

MOST_SIGNATURES = 50


class Validator(DefaultSignatureValidator):
    """As the library's, and SM2 with SM3 beside it."""

    def validate_signature(
        self, signature: bytes, signed_data: bytes, public_key_info: Any,
        signature_algorithm: Any, *args: Any, **kwargs: Any,
    ) -> None:  # fmt: skip
        """Raises: InvalidSignature."""
        if signature_algorithm["algorithm"].native != SM2_NAME:
            super().validate_signature(
                signature, signed_data, public_key_info, signature_algorithm, *args, **kwargs
            )
            return
        if not is_signed_by(public_key_info, signature, signed_data):
            from cryptography.exceptions import InvalidSignature

            raise InvalidSignature


def check(
    content: bytes, *, trusted: list[x509.Certificate], moment: datetime,
    lists: Sequence[crl.CertificateList] = (),
) -> dict[str, Any]:  # fmt: skip
    """Will give ``signatures``, a list of verdicts, or ``refused``: "broken", "encrypted".

    A verdict: field, fingerprint (SHA-256 of the certificate), serial, subject, issuer,
    algorithm, intact, valid, trusted, covers (``whole``, ``later`` for allowed later changes,
    ``altered``), level ("B", "T", "LT", "LTA"), claimed_at, stamped_at, not_after.
    """
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        if reader.encrypted:
            return {"refused": "encrypted"}
        found = reader.embedded_regular_signatures
    except Exception:  # noqa: BLE001  whatever a file does to its reader, it is a broken file
        return {"refused": "broken"}
    if len(found) > MOST_SIGNATURES:
        return {"refused": "broken"}
    kept = _kept(reader, lists)
    return {"signatures": [_judged(each, kept, trusted, moment) for each in found]}


@dataclass(frozen=True)
class _Kept:
    """What proves a document: its store (or None), the stamps over it, lists of today."""

    store: Any
    stamps: list[Any]
    lists: Sequence[crl.CertificateList]


def _kept(reader: PdfFileReader, lists: Sequence[crl.CertificateList]) -> _Kept:
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        store = None
    return _Kept(store, reader.embedded_timestamp_signatures, lists)


def _judged(
    found: Any, kept: _Kept, trusted: list[x509.Certificate], moment: datetime
) -> dict[str, Any]:
    told: dict[str, Any] = described(found.signer_cert) | {
        "field": found.field_name,
        "claimed_at": found.self_reported_timestamp and found.self_reported_timestamp.isoformat(),
    }
    broken = {"intact": False, "valid": False, "trusted": False, "covers": "altered"}
    broken |= {"stamped_at": None, "level": "B"}
    try:
        status = asyncio.run(validate(found, trusted, moment))
        status, level = asyncio.run(_at_its_time(found, status, kept, trusted, moment))
    except Exception:  # noqa: BLE001  a signature nobody can judge is no signature
        return told | broken
    stamp = status.timestamp_validity
    return told | {
        "intact": bool(status.intact),
        "valid": bool(status.valid and status.docmdp_ok is not False),
        "trusted": bool(status.trusted),
        "covers": _coverage(status),
        "level": level,
        "stamped_at": stamp.timestamp.isoformat()
        if stamp and stamp.valid and stamp.trusted
        else None,
    }


async def _at_its_time(
    found: Any, status: Any, kept: _Kept, trusted: list[x509.Certificate],
    moment: datetime,
) -> tuple[Any, str]:  # fmt: skip
    """The verdict by what the document brings, as of the time of its stamp, and the level.

    Without a stamp nothing was kept in time; without lists of revocation in the document it is
    judged as of now. Source: ETSI EN 319 102-1 5.5, 5.6.
    """
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.intact and stamp.valid):
        return status, "B"
    if kept.store is None:
        return status, "T"
    until, level = moment, "LT"
    for each in kept.stamps:
        archive = await async_validate_pdf_timestamp(each, _context(kept, trusted, moment))
        is_later = each.signed_revision > found.signed_revision
        if archive.intact and archive.valid and archive.trusted and is_later:
            until, level = archive.timestamp, "LTA"
            break
    then = await async_validate_pdf_signature(
        found,
        signer_validation_context=_context(kept, trusted, stamp.timestamp, lists=True),
        ts_validation_context=_context(kept, trusted, until, lists=True),
    )
    proved = then.timestamp_validity
    if then.trusted and proved is not None and proved.trusted:
        return then, level
    return status, "T"


def _context(
    kept: _Kept, trusted: list[x509.Certificate], at: datetime, *, lists: bool = False
) -> ValidationContext:
    """lists: no word about a certificate is not taken for a good one."""
    return kept.store.as_validation_context(
        {
            "crls": kept.lists,
            "trust_roots": trusted, "moment": at, "allow_fetching": False,
            "signature_validator": Validator(), "retroactive_revinfo": True,
            "revocation_mode": "require" if lists else "soft-fail",
        }
    )  # fmt: skip


def described(certificate: x509.Certificate) -> dict[str, Any]:
    """Will give what a verdict says of a certificate."""
    return {
        "fingerprint": certificate.sha256.hex(),
        "serial": f"{certificate.serial_number:X}",
        "subject": certificate.subject.native,
        "issuer": certificate.issuer.native,
        "not_after": certificate.not_valid_after.isoformat(),
    }


def is_believed(
    certificate: x509.Certificate, above: Sequence[x509.Certificate], context: ValidationContext
) -> bool:
    """Will tell whether a certificate for signing leads up to an authority believed here."""
    validator = CertificateValidator(certificate, above, validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage({"digital_signature"}))
    except (ValidationError, PathBuildingError):
        return False
    return True


async def validate(found: Any, trusted: list[x509.Certificate], moment: datetime) -> Any:
    """Will give the library's status of one signature. Raises: what a broken one makes it."""
    context = ValidationContext(
        trust_roots=trusted, moment=moment, allow_fetching=False, signature_validator=Validator()
    )
    return await async_validate_pdf_signature(found, signer_validation_context=context)


def _coverage(status: Any) -> str:
    if status.coverage.name == "ENTIRE_FILE":
        return "whole"
    return "later" if status.docmdp_ok else "altered"


def _main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    told = json.loads(sys.stdin.buffer.readline())
    trusted = [x509.Certificate.load(base64.b64decode(each)) for each in told["trusted"]]
    lists = [crl.CertificateList.load(base64.b64decode(each)) for each in told["lists"]]
    moment = datetime.fromisoformat(told["moment"])
    answer = check(sys.stdin.buffer.read(), trusted=trusted, moment=moment, lists=lists)
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    _main()
