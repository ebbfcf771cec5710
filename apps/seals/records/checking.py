"""Judges a detached signature on a record. Runs as a program of its own, without Django.

Reads one line of JSON (``trusted``, ``moment`` as ``pdf.checking``; ``record``: bytes that follow)
then the record and the signature; writes one JSON object with the verdict. Source: ES-02.
"""

import asyncio
import base64
import binascii
import json
import logging
import sys
import warnings
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, pem, x509
from asn1crypto.algos import DSASignature
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

from apps.seals.crypto.algorithms import ECDSA, algorithm_of, is_signed_by
from apps.seals.pdf.checking import Validator, described, is_believed
from apps.seals.records.signing import JWS_NAMES

LONGEST_JWS = 64 * 1024


def check(
    record: bytes, signature: bytes, *, trusted: list[x509.Certificate], moment: datetime
) -> dict[str, Any]:
    """Will give ``signatures``, one verdict as ``pdf.checking.check``, or ``refused``: "broken"."""
    context = ValidationContext(
        trust_roots=trusted, moment=moment, allow_fetching=False, signature_validator=Validator()
    )
    try:
        text = signature.strip()
        if text.count(b".") == 2 and len(text) <= LONGEST_JWS and text[:2] == b"ey":
            told = _judged_jws(record, text, context)
        else:
            told = _judged_cms(record, signature, context)
    except Exception:  # noqa: BLE001  whatever a file does to its reader, it is a broken file
        return {"refused": "broken"}
    return {"signatures": [told]}


def _judged_cms(record: bytes, signature: bytes, context: ValidationContext) -> dict[str, Any]:
    if pem.detect(signature):
        signature = pem.unarmor(signature)[2]
    signed = cms.ContentInfo.load(signature, strict=True)["content"]
    if signed["encap_content_info"]["content"].native is not None:
        raise ValueError("the signature brings a content of its own")
    status = asyncio.run(async_validate_detached_cms(record, signed, context))
    stamp = status.timestamp_validity
    claimed = status.signer_reported_dt
    return described(status.signing_cert) | {
        "field": "",
        "claimed_at": claimed.isoformat() if claimed else None,
        "intact": bool(status.intact),
        "valid": bool(status.valid),
        "trusted": bool(status.trusted),
        "covers": "whole",
        "level": "T" if stamp and stamp.valid else "B",
        "stamped_at": stamp.timestamp.isoformat()
        if stamp and stamp.valid and stamp.trusted
        else None,
    }


def _judged_jws(record: bytes, text: bytes, context: ValidationContext) -> dict[str, Any]:
    head, payload, signature = text.split(b".")
    header = json.loads(_bytes_of(head))
    if payload or header.get("crit") != ["b64"] or header.get("b64") is not False:
        raise ValueError("no detached payload after RFC 7797")
    chain = [x509.Certificate.load(base64.b64decode(each, validate=True)) for each in header["x5c"]]
    leaf = chain[0]
    algorithm = algorithm_of(leaf)
    # The name is judged by the key and never the other way round.
    is_named = JWS_NAMES.get(algorithm) == header.get("alg")
    is_bound = _bytes_of(header["x5t#S256"].encode()) == leaf.sha256
    value = _bytes_of(signature)
    if algorithm == ECDSA:
        r, s = (int.from_bytes(part, "big") for part in (value[:32], value[32:]))
        value = DSASignature({"r": r, "s": s}).dump() if len(value) == 64 else b""
    is_good = is_named and is_bound and is_signed_by(leaf.public_key, value, head + b"." + record)
    return described(leaf) | {
        "field": "",
        "claimed_at": datetime.fromtimestamp(int(header["iat"]), UTC).isoformat(),
        "intact": is_good,
        "valid": is_good,
        "trusted": is_believed(leaf, chain[1:], context),
        "covers": "whole",
        "level": "B",
        "stamped_at": None,
    }


def _bytes_of(text: bytes) -> bytes:
    """Base64url without its padding, strictly: a second writing of a signature is none."""
    padded = text + b"=" * (-len(text) % 4)
    found = base64.b64decode(padded, altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(found).rstrip(b"=") != text:
        raise binascii.Error("not the one way to write it")
    return found


def _main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    told = json.loads(sys.stdin.buffer.readline())
    trusted = [x509.Certificate.load(base64.b64decode(each)) for each in told["trusted"]]
    record = sys.stdin.buffer.read(int(told["record"]))
    moment = datetime.fromisoformat(told["moment"])
    answer = check(record, sys.stdin.buffer.read(), trusted=trusted, moment=moment)
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    _main()
