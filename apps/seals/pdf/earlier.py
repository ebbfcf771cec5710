"""Signatures a document brings along: whether a seal may join them without spoiling any.

Part of the program that inspects documents; without Django. What a signature does not cover, or
no longer covers, is what "shadow attacks" live on: nothing may have been added after the last
signature but what keeps signatures verifiable. Source: ISO 32000-2 12.8; ETSI EN 319 142-1; ES-01.
"""

import asyncio
from datetime import datetime
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import FieldMDPAction
from pyhanko.sign.validation import async_validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from apps.seals.pdf.checking import MOST_SIGNATURES, Validator, validate


def trouble_with(
    reader: PdfFileReader, *, found: int, trusted: list[x509.Certificate], moment: datetime
) -> str:
    """Will give why no seal may be added, a code of ``REASONS``, or "" where one may.

    found: signature objects met in the file; one that no field shows is a trick.
    """
    signatures, stamps = reader.embedded_regular_signatures, reader.embedded_timestamp_signatures
    if len(signatures) + len(stamps) != found or found > MOST_SIGNATURES or not signatures:
        return "earlier_broken"
    for number, each in enumerate(signatures, 1):
        said = _trouble_of(each, trusted, moment, is_last=number == len(signatures))
        if said:
            return said
    for each in stamps:
        status = asyncio.run(_stamped(each, trusted, moment))
        if not (status.intact and status.valid and status.trusted):
            return "earlier_broken"
    return ""


def _trouble_of(
    found: Any, trusted: list[x509.Certificate], moment: datetime, *, is_last: bool
) -> str:
    status = asyncio.run(validate(found, trusted, moment))
    if not (status.intact and status.valid):
        return "earlier_broken"
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return "earlier_broken"
    # A later signature is judged by itself; after the last one only its upkeep may follow.
    bearable = ModificationLevel.LTA_UPDATES if is_last else ModificationLevel.FORM_FILLING
    if not status.docmdp_ok or status.modification_level > bearable:
        return "earlier_changed"
    if not status.trusted:
        return "earlier_untrusted"
    if found.docmdp_level is not None or _locks_new_fields(found.fieldmdp):
        return "earlier_closed"
    return ""


def _locks_new_fields(lock: Any) -> bool:
    return lock is not None and lock.action != FieldMDPAction.INCLUDE


async def _stamped(found: Any, trusted: list[x509.Certificate], moment: datetime) -> Any:
    context = ValidationContext(
        trust_roots=trusted, moment=moment, allow_fetching=False, signature_validator=Validator()
    )
    return await async_validate_pdf_timestamp(found, context)
