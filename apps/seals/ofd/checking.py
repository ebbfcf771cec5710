"""Judges the seals of an OFD document. Runs as a program of its own, without Django.

Reads one line of JSON (``trusted``, ``moment`` as ``pdf.checking``) and then the document from
standard input; writes one JSON object with a verdict on every seal. Source: GB/T 33190-2016
chapter 18; GB/T 38540-2020 chapter 8; ES-02.
"""

import asyncio
import base64
import binascii
import hmac
import json
import logging
import posixpath
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from asn1crypto import cms, x509
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from apps.seals.crypto import national
from apps.seals.crypto.algorithms import SM3_ID, digest
from apps.seals.ofd.package import BadPackage, located, read_xml, tag, text_of, unpack
from apps.seals.pdf.checking import MOST_SIGNATURES, Validator, described, is_believed

_OWN = ("SignedValue.dat", "Signature.xml", "Seal.esl")


def check(content: bytes, *, trusted: list[x509.Certificate], moment: datetime) -> dict[str, Any]:
    """Will give ``signatures``, verdicts as ``pdf.checking.check``, or ``refused``.

    refused: "ofd_broken", "ofd_heavy", "ofd_path", "ofd_entities", "encrypted".
    """
    context = ValidationContext(
        trust_roots=trusted, moment=moment, allow_fetching=False, signature_validator=Validator()
    )
    try:
        parts = unpack(content)
        found = _found(parts)
        return {"signatures": [_judged(parts, each, found, context) for each in found]}
    except BadPackage as refused:
        return {"refused": str(refused)}
    except Exception:  # noqa: BLE001  whatever a file does to its reader, it is a broken file
        return {"refused": "ofd_broken"}


@dataclass(frozen=True)
class _Signature:
    """One entry of Signatures.xml: the part it means, and that part read."""

    name: str
    part: str
    told: Element


def _found(parts: Mapping[str, bytes]) -> list[_Signature]:
    signatures = []
    for body in read_xml(parts, "OFD.xml").iter(tag("DocBody")):
        listed = text_of(body, "Signatures")
        if not listed:
            continue
        where = located(listed, beside="OFD.xml")
        for each in read_xml(parts, where).iter(tag("Signature")):
            part = located(each.attrib.get("BaseLoc", ""), beside=where)
            told = read_xml(parts, part)
            signatures.append(_Signature(each.attrib.get("ID", ""), part, told))
    if len(signatures) > MOST_SIGNATURES:
        raise BadPackage("ofd_heavy")
    return signatures


def _judged(
    parts: Mapping[str, bytes], found: _Signature, others: Sequence[_Signature],
    context: ValidationContext,
) -> dict[str, Any]:  # fmt: skip
    value = parts[located(text_of(found.told, "SignedValue"), beside=found.part)]
    signed = national.read_signature(value)
    leaf = x509.Certificate.load(signed["cert"].native, strict=True)
    body = signed["to_sign"]
    maker = x509.Certificate.load(body["es_seal"]["cert"].native, strict=True)
    is_same = hmac.compare_digest(
        national.bytes_of(body["data_hash"]), digest("sm3", parts[found.part])
    )
    covered, is_whole = _covered(parts, found)
    stamped, stamp_holds = _stamped(signed, context)
    at = body["time_info"].native
    return described(leaf) | {
        "field": found.name,
        "claimed_at": at.isoformat(),
        "intact": is_same and is_whole,
        "valid": stamp_holds
        and national.is_genuine(signed, leaf, at=at)
        and body["property_info"].native.lstrip("/") == found.part
        and _has_own_seal(parts, found, body["es_seal"].dump()),
        "trusted": all(is_believed(each, [], context) for each in (leaf, maker)),
        "covers": _coverage(parts, covered, found, others),
        "level": "T" if stamped else "B",
        "stamped_at": stamped and stamped.isoformat(),
    }


def _covered(parts: Mapping[str, bytes], found: _Signature) -> tuple[set[str], bool]:
    """The parts a signature names, and whether each is as it was."""
    listed = found.told.find(f"{tag('SignedInfo')}/{tag('References')}")
    if listed is None or listed.attrib.get("CheckMethod", "").upper() not in (SM3_ID, "SM3"):
        return set(), False
    covered: set[str] = set()
    is_whole = True
    for each in listed.iter(tag("Reference")):
        name = located(each.attrib.get("FileRef", ""), beside=found.part)
        try:
            said = base64.b64decode(text_of(each, "CheckValue"), validate=True)
        except binascii.Error:
            said = b""
        is_whole &= name in parts and hmac.compare_digest(said, digest("sm3", parts[name]))
        covered.add(name)
    return covered, is_whole and bool(covered)


def _coverage(
    parts: Mapping[str, bytes], covered: set[str], found: _Signature, others: Sequence[_Signature]
) -> str:
    """ "whole"; "later": only other seals followed; "altered": a part nobody vouches for."""
    own = {found.part, located(text_of(found.told, "SignedValue"), beside=found.part)}
    left = set(parts) - covered - own
    if not left:
        return "whole"
    bearable = {
        posixpath.join(posixpath.dirname(each.part), name)
        for each in (*others, found)
        for name in _OWN
    }
    lists = {name for name in left if posixpath.basename(name) == "Signatures.xml"}
    return "later" if left <= bearable | lists else "altered"


def _has_own_seal(parts: Mapping[str, bytes], found: _Signature, structure: bytes) -> bool:
    """The seal that lies beside is the one that was signed with."""
    beside = text_of(found.told, "SignedInfo/Seal/BaseLoc")
    return not beside or parts[located(beside, beside=found.part)] == structure


def _stamped(signed: Any, context: ValidationContext) -> tuple[datetime | None, bool]:
    """The moment a believed time authority proves, and whether the stamp holds or is none."""
    if signed["time_stamp"].native is None:
        return None, True
    told = cms.ContentInfo.load(national.bytes_of(signed["time_stamp"]), strict=True)["content"]
    over = national.bytes_of(signed["signature"])
    found = asyncio.run(validate_tst_signed_data(told, context, lambda name: digest(name, over)))
    status = TimestampSignatureStatus(**found)
    holds = bool(status.intact and status.valid)
    return status.timestamp if holds and status.trusted else None, holds


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
