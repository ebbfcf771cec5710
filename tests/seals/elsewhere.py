"""Documents signed by other systems, whose authority is believed here unless said otherwise."""

import io
import secrets
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter

from apps.common import clock
from apps.seals.crypto import certificates, workshop
from apps.seals.crypto.stores import SOFTWARE, get_store
from apps.seals.pdf.signing import Hand, StoreSigner


def signed(
    content: bytes, name: str, *, certify: bool = False, lock: FieldMDPSpec | None = None,
    is_trusted: bool = True, algorithm: str = "rsa",
) -> bytes:  # fmt: skip
    """Will give the document with the visible signature of another system added."""
    with workshop.opened():
        label = f"other-{secrets.token_hex(8)}"
        certificate, chain = _identity(name, label, algorithm, is_trusted)
        hand = Hand(name, certificate, chain, lambda data: get_store(SOFTWARE).sign(label, data))
        told = PdfSignatureMetadata(
            field_name=name, subfilter=SigSeedSubFilter.PADES, certify=certify,
            md_algorithm="sha256", docmdp_permissions=MDPPerm.FILL_FORMS,
        )  # fmt: skip
        spec = SigFieldSpec(name, box=(60, 560, 160, 620), field_mdp_spec=lock)
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        out = io.BytesIO()
        PdfSigner(told, signer=StoreSigner(hand), new_field_spec=spec).sign_pdf(writer, output=out)
    return out.getvalue()


def changed(content: bytes, **entries: Any) -> bytes:
    """Will give the document with an update that puts entries into its first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    reference = writer.find_page_for_modification(0)[0]
    page = reference.get_object()
    for key, value in entries.items():
        page[f"/{key}"] = writer.add_object(value)
    writer.mark_update(reference)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _identity(
    name: str, label: str, algorithm: str, is_trusted: bool
) -> tuple[x509.Certificate, list[x509.Certificate]]:
    authority = certificates.authority_for(algorithm)
    if not is_trusted:
        key = get_store(SOFTWARE).make(f"{label}-issuer", algorithm)
        own = certificates.issue(public=key, unit="stranger", name="stranger", authority=authority)
        authority = (own, lambda data: get_store(SOFTWARE).sign(f"{label}-issuer", data))
    public = get_store(SOFTWARE).make(label, algorithm)
    until = clock.now() + certificates.SEAL_LIFE
    made = certificates.issue(
        public=public, unit="另一机构", name=name, authority=authority, until=until
    )
    return made, [authority[0]]
