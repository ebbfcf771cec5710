"""What keeps a sealed document verifiable for years: PAdES B-LT and B-LTA.

B-LT: the certificates and lists of revocation are put into the document (DSS). B-LTA: a time
stamp over all of it follows. Neither is a change after ISO 32000-2 12.8.2.2, so that both may
follow a seal that closes the document. Source: ETSI EN 319 142-1 5.4, 5.5; ES-06.
"""

import asyncio
import io
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import crl, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from apps.seals.pdf.checking import Validator


def embed(
    content: bytes, *, certificates: Sequence[x509.Certificate],
    lists: Sequence[crl.CertificateList],
) -> bytes:  # fmt: skip
    """Will add what proves each signature's certificate: B-LT, where the signature has a stamp."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    for found in PdfFileReader(io.BytesIO(content)).embedded_regular_signatures:
        DocumentSecurityStore.supply_dss_in_writer(
            writer, found.pkcs7_content.hex().encode("ascii"), certs=certificates, crls=lists
        )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def stamped_until(content: bytes) -> datetime | None:
    """Will tell when the certificate of the last document time stamp ends; None without one."""
    found = PdfFileReader(io.BytesIO(content)).embedded_timestamp_signatures
    until: datetime | None = found[-1].signer_cert.not_valid_after if found else None
    return until


def stamp_again(
    content: bytes, timestamper: TimeStamper, *, certificates: Sequence[x509.Certificate],
    lists: Sequence[crl.CertificateList], moment: datetime,
) -> bytes:  # fmt: skip
    """Will put the proof of the last time stamp into the document and a new stamp over it.

    Raises: what the authority raises; PdfError, SigningError (the last stamp does not hold).
    """
    out = asyncio.run(
        PdfTimeStamper(timestamper).async_update_archival_timestamp_chain(
            PdfFileReader(io.BytesIO(content)), _context(certificates, lists, moment),
            in_place=False,
        )
    )  # fmt: skip
    out.seek(0)
    return bytes(out.read())


def stamp(
    content: bytes, timestamper: TimeStamper, *, certificates: Sequence[x509.Certificate],
    lists: Sequence[crl.CertificateList],
) -> bytes:  # fmt: skip
    """Will put a time stamp over the whole document: B-LTA. Raises: what the authority raises."""
    context = _context(certificates, lists)
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    out = asyncio.run(PdfTimeStamper(timestamper).async_timestamp_pdf(writer, "sha256", context))
    out.seek(0)
    return bytes(out.read())


def _context(
    certificates: Sequence[x509.Certificate], lists: Sequence[crl.CertificateList],
    moment: datetime | None = None,
) -> ValidationContext:  # fmt: skip
    return ValidationContext(
        trust_roots=list(certificates), crls=list(lists), allow_fetching=False, moment=moment,
        signature_validator=Validator(),
    )  # fmt: skip
