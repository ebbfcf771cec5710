"""Signatures in a marked document: PAdES baseline B-B, and B-T where a time authority is set.

The key is reached through a function; what it signs are the DER signed attributes, so that the
signature can be checked with OpenSSL alone (docs/seals.md). Source: ETSI EN 319 142-1, ISO
32000-2 12.8; ES-01, ES-06.
"""

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import algos, x509
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import Signer
from pyhanko.sign.signers.cms_embedder import (
    PdfCMSEmbedder,
    SigIOSetup,
    SigMDPSetup,
    SigObjSetup,
)
from pyhanko.sign.signers.pdf_byterange import PdfSignedData
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from apps.seals.crypto.algorithms import DIGESTS, SM2, algorithm_of, mechanism_of

#: Bytes kept free in the document for a signature with its certificates and time stamp.
ROOM = 24_576


@dataclass(frozen=True)
class Hand:
    """Who signs which field. chain: the certificates above. sign: over bytes, as a key store."""

    field: str
    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    sign: Callable[[bytes], bytes]
    reason: str = ""


class StoreSigner(Signer):
    """Makes the CMS structure; the signature itself comes from the key store."""

    def __init__(self, hand: Hand) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(list(hand.chain))
        self._algorithm = algorithm_of(hand.certificate)
        super().__init__(
            signing_cert=hand.certificate,
            cert_registry=store,
            signature_mechanism=mechanism_of(self._algorithm),
            embed_roots=True,
        )
        self._sign = hand.sign

    @property
    def digest_name(self) -> str:
        """The digest of documents signed with this key."""
        return DIGESTS[self._algorithm]

    def get_signature_mechanism_for_digest(
        self, digest_algorithm: str | None
    ) -> algos.SignedDigestAlgorithm:
        """Will give the one mechanism of the key."""
        return mechanism_of(self._algorithm)

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """Will have the key store sign."""
        return b"\0" * 256 if dry_run else self._sign(data)


def sign(
    content: bytes, hands: Sequence[Hand], *, at: datetime, timestamper: TimeStamper | None = None,
    joins: bool = False,
) -> bytes:  # fmt: skip
    """Will sign the fields of a marked document one after the other; each covers those before.

    The first certifies: from then on only the seals that are still due may be added (DocMDP),
    after the last nothing. joins: the document was signed before by others; then none certifies.
    Raises: what a hand's ``sign`` raises.
    """
    return asyncio.run(_sign_all(content, hands, at, timestamper, joins))


async def _sign_all(
    content: bytes, hands: Sequence[Hand], at: datetime, timestamper: TimeStamper | None,
    joins: bool,
) -> bytes:  # fmt: skip
    for number, hand in enumerate(hands):
        is_last = number == len(hands) - 1
        certifies = number == 0 and not joins
        content = await _sign_one(
            content, hand, at, timestamper, certifies=certifies, closes=is_last
        )
    return content


async def _sign_one(
    content: bytes, hand: Hand, at: datetime, timestamper: TimeStamper | None, *,
    certifies: bool, closes: bool,
) -> bytes:  # fmt: skip
    signer = StoreSigner(hand)
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    steps: Any = PdfCMSEmbedder().write_cms(hand.field, writer, existing_fields_only=True)
    field = next(steps).get_object()
    permits = MDPPerm.NO_CHANGES if closes else MDPPerm.FILL_FORMS
    lock = FieldMDPSpec(FieldMDPAction.INCLUDE, fields=[hand.field])
    signature = steps.send(
        SigObjSetup(
            sig_placeholder=_signature_object(hand, at),
            mdp_setup=SigMDPSetup(
                md_algorithm=signer.digest_name,
                certify=certifies,
                field_lock=None if certifies else lock,
                docmdp_perms=permits if certifies else None,
            ),
        )
    )
    if certifies and "/Kids" in field:
        # Poppler looks for the signature at the widgets. Only here: a widget that changes after
        # the first signature would be a change nobody could tell from tampering.
        for kid in field.raw_get("/Kids"):
            kid.get_object()[pdf_name("/V")] = signature
            writer.mark_update(kid)
    out = io.BytesIO()
    prepared, _output = steps.send(SigIOSetup(md_algorithm=signer.digest_name, output=out))
    made = await signer.async_sign(
        prepared.document_digest,
        digest_algorithm=signer.digest_name,
        use_pades=True,
        timestamper=timestamper,
    )
    steps.send(made)
    return out.getvalue()


def _signature_object(hand: Hand, at: datetime) -> PdfSignedData:
    made = PdfSignedData(
        obj_type=pdf_name("/Sig"), subfilter=SigSeedSubFilter.PADES, timestamp=at,
        bytes_reserved=ROOM,
    )  # fmt: skip
    made[pdf_name("/Name")] = pdf_string(hand.certificate.subject.native.get("common_name", ""))
    if hand.reason:
        made[pdf_name("/Reason")] = pdf_string(hand.reason)
    return made


__all__ = ["ROOM", "SM2", "Hand", "StoreSigner", "sign"]
