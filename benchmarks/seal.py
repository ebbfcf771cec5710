"""Documents sealed through the service, beside the library alone with the same kind of key."""

import io
import os
import resource
import time
from pathlib import Path
from typing import Any

from benchmarks.runner import Bench, Figure

DESCRIPTION = "seals per second through the service against the bare library, memory of a batch"
WARM = 5
DOCUMENTS = int(os.environ.get("SEAL_DOCUMENTS", "100"))
BATCH = int(os.environ.get("SEAL_BATCH", "300"))
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
    return [
        Figure("library alone", bare, "seals/s"),
        Figure("through the service", ours, "seals/s"),
        Figure("service / library", ours / bare, "", ">=", 0.6),
        Figure("memory grown in a batch", growth, "MB", "<=", MOST_GROWTH_MB),
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


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
