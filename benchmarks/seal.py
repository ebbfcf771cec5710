"""Documents sealed and verified through the service, beside the library alone.

Sealing: the same kind of key in the library's own signer. Verifying: the library's own validation,
also in a program of its own for each document, as everything that strangers upload is read here.
"""

import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.runner import Bench, Figure

DESCRIPTION = "seals and verdicts per second against the bare library, memory of a batch"
WARM = 5
DOCUMENTS = int(os.environ.get("SEAL_DOCUMENTS", "100"))
BATCH = int(os.environ.get("SEAL_BATCH", "1000"))
VERIFIED = int(os.environ.get("SEAL_VERIFIED", "40"))
MOST_GROWTH_MB = 40


def run(bench: Bench) -> list[Figure]:
    bench.setup_django()
    from django.conf import settings

    settings.SEALS_DIR = Path(bench.data) / "seals"
    settings.MEDIA_ROOT = Path(bench.data) / "media"
    settings.SEALS_DEMO_AUTHORITY, settings.SEALS_TSA = True, ""
    from apps.seals.crypto import workshop

    with workshop.opened():
        return _measure(bench)


def _measure(bench: Bench) -> list[Figure]:
    from django.core.files.base import ContentFile

    from apps.seals import services
    from benchmarks.support.sealing import build_hall, letter

    hall = build_hall("rsa")
    content = letter()
    bench.progress("the library alone")
    _bare(hall.seal, content, WARM)
    began = time.perf_counter()
    _bare(hall.seal, content, DOCUMENTS)
    bare = DOCUMENTS / (time.perf_counter() - began)

    def wait(count: int) -> None:
        # As a worker enters a batch: every document looked through, asked for, handed in.
        clerk, approver = hall.people["clerk"], hall.people["approver"]
        new = services.NewBatch(
            "测试批次", "发文盖章", [services.Wanted(hall.seal, x_mm=20, y_mm=200)]
        )
        for first in range(0, count, 100):
            papers = range(first, min(first + 100, count))
            uploads = [ContentFile(content + b"\n" * n, name=f"{n}.pdf") for n in papers]
            batch = services.open_batch(clerk, new=new, uploads=uploads)
            services.enter_due(most=len(uploads))
            for use in batch.uses.all():
                services.approve_use(approver, use_id=use.pk, digest=use.digest)

    bench.progress("through the service")
    wait(WARM + DOCUMENTS)
    services.seal_due(most=WARM)
    began = time.perf_counter()
    done = services.seal_due(most=DOCUMENTS)
    ours = done / (time.perf_counter() - began)
    before = _memory_mb()
    bench.progress("a batch")
    wait(BATCH)
    services.seal_due(most=BATCH)
    growth = _memory_mb() - before
    bench.progress("verifying")
    told = _verified()
    before = _memory_mb()
    for _number in range(VERIFIED):
        services.verify_bytes(told.content)
    return [
        Figure("library alone", bare, "seals/s"),
        Figure("through the service", ours, "seals/s"),
        Figure("service / library", ours / bare, "", ">=", 0.6),
        Figure(f"memory grown in a batch of {BATCH}", growth, "MB", "<=", MOST_GROWTH_MB),
        Figure("verifying: library alone, own program", told.bare, "documents/s"),
        Figure("verifying: through the service", told.ours, "documents/s"),
        Figure("verifying: service / library", told.ours / told.bare, "", ">=", 0.6),
        Figure("memory grown while verifying", _memory_mb() - before, "MB", "<=", MOST_GROWTH_MB),
    ]


def _bare(seal: Any, content: bytes, count: int) -> None:
    """The library's own signer with a key in memory, the same picture, no time stamp."""
    from asn1crypto import keys
    from PIL import Image
    from pyhanko.pdf_utils.images import PdfImage
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner, fields
    from pyhanko.stamp import StaticStampStyle
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    from apps.seals.crypto.certificates import read_certificate
    from apps.seals.crypto.stores import SoftwareStore, get_store

    issue = seal.issues.get()
    store = get_store("software")
    assert isinstance(store, SoftwareStore)
    _algorithm, private = store._open(issue.key_label)
    signer = SimpleSigner(
        signing_cert=read_certificate(issue.certificate.encode()),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )
    style = StaticStampStyle(
        background=PdfImage(Image.open(io.BytesIO(bytes(issue.picture)))), border_width=0
    )
    told = PdfSignatureMetadata(
        field_name="Seal1", subfilter=fields.SigSeedSubFilter.PADES, certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )  # fmt: skip
    spec = fields.SigFieldSpec("Seal1", box=(60, 160, 173, 273))
    for _number in range(count):
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        PdfSigner(told, signer=signer, stamp_style=style, new_field_spec=spec).sign_pdf(writer)


@dataclass(frozen=True)
class _Verified:
    content: bytes
    bare: float
    ours: float


def _verified() -> _Verified:
    """Documents per second, each read by a program of its own in both cases."""
    from apps.common import files
    from apps.seals import services
    from apps.seals.crypto.certificates import trusted
    from apps.seals.models import SealUse

    use = SealUse.objects.filter(state="sealed").select_related("sealed")[0]
    assert use.sealed is not None
    with files.open_stored(use.sealed) as source:
        content = source.read()
    with tempfile.TemporaryDirectory() as folder:
        document, authority = Path(folder) / "sealed.pdf", Path(folder) / "authority.der"
        document.write_bytes(content)
        command = [sys.executable, "-c", _LIBRARY, str(document), str(authority)]
        authority.write_bytes(trusted()[0].dump())
        subprocess.run(command, check=True)
        began = time.perf_counter()
        for _number in range(VERIFIED):
            subprocess.run(command, check=True)
        bare = VERIFIED / (time.perf_counter() - began)
    assert services.verify_bytes(content).is_good
    began = time.perf_counter()
    for _number in range(VERIFIED):
        services.verify_bytes(content)
    return _Verified(content, bare, VERIFIED / (time.perf_counter() - began))


_LIBRARY = """
import sys
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
roots = [x509.Certificate.load(open(sys.argv[2], "rb").read())]
for each in PdfFileReader(open(sys.argv[1], "rb")).embedded_regular_signatures:
    status = validate_pdf_signature(each, ValidationContext(trust_roots=roots))
    assert status.intact and status.valid
"""


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
