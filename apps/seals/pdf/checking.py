"""Judges the signatures of a PDF. Runs as a program of its own, without Django.

Reads one line of JSON (``trusted``: base64 DER certificates, ``moment``) and then the document
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
from datetime import datetime
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
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


def check(content: bytes, *, trusted: list[x509.Certificate], moment: datetime) -> dict[str, Any]:
    """Will give ``signatures``, a list of verdicts, or ``refused``: "broken", "encrypted".

    A verdict: field, fingerprint (SHA-256 of the certificate), serial, subject, issuer,
    algorithm, intact, valid, trusted, covers (``whole``, ``later`` for allowed later changes,
    ``altered``), claimed_at, stamped_at, not_after.
    """
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        if reader.encrypted:
            return {"refused": "encrypted"}
        found = reader.embedded_signatures
    except Exception:  # noqa: BLE001  whatever a file does to its reader, it is a broken file
        return {"refused": "broken"}
    if len(found) > MOST_SIGNATURES:
        return {"refused": "broken"}
    return {"signatures": [_judged(each, trusted, moment) for each in found]}


def _judged(found: Any, trusted: list[x509.Certificate], moment: datetime) -> dict[str, Any]:
    told: dict[str, Any] = described(found.signer_cert) | {
        "field": found.field_name,
        "claimed_at": found.self_reported_timestamp and found.self_reported_timestamp.isoformat(),
    }
    broken = {"intact": False, "valid": False, "trusted": False, "covers": "altered"}
    broken |= {"stamped_at": None, "closed": False}
    try:
        status = asyncio.run(_validate(found, trusted, moment))
    except Exception:  # noqa: BLE001  a signature nobody can judge is no signature
        return told | broken
    stamp = status.timestamp_validity
    return told | {
        "intact": bool(status.intact),
        "valid": bool(status.valid and status.docmdp_ok is not False),
        "trusted": bool(status.trusted),
        "covers": _coverage(status),
        "stamped_at": stamp.timestamp.isoformat()
        if stamp and stamp.valid and stamp.trusted
        else None,
    }


def described(certificate: x509.Certificate) -> dict[str, Any]:
    """Will give what a verdict says of a certificate."""
    return {
        "fingerprint": certificate.sha256.hex(),
        "serial": f"{certificate.serial_number:X}",
        "subject": certificate.subject.native,
        "issuer": certificate.issuer.native,
        "not_after": certificate.not_valid_after.isoformat(),
    }


async def _validate(found: Any, trusted: list[x509.Certificate], moment: datetime) -> Any:
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
    moment = datetime.fromisoformat(told["moment"])
    answer = check(sys.stdin.buffer.read(), trusted=trusted, moment=moment)
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    _main()
