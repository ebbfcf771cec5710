"""Documents built to deceive or to hurt, made here. Refused with a reason; nothing is kept."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.seals.pdf.inspecting import inspect
from apps.seals.services import take_document, verify_bytes
from tests.seals.factories import pdf, upload

_JS = {"/Type": "/Action", "/S": "/JavaScript", "/JS": "app.alert(1)"}
_LAYER = {"/Type": "/OCG", "/Name": "secret"}
HOSTILE: dict[str, tuple[bytes, str]] = {
    "script when opened": (pdf(root={"/OpenAction": _JS}), "script"),
    "script in names": (pdf(root={"/Names": {"/JavaScript": {"/Names": ["a", _JS]}}}), "script"),
    "script of the document": (pdf(root={"/AA": {"/WC": _JS}}), "script"),
    "script of a page": (pdf(page={"/AA": {"/O": _JS}}), "action"),
    "program started": (pdf(root={"/OpenAction": {"/S": "/Launch", "/F": "x"}}), "action"),
    "data sent": (
        pdf(page={"/Annots": [{"/Type": "/Annot", "/A": {"/S": "/SubmitForm"}}]}), "action",
    ),
    "form": (pdf(root={"/AcroForm": {"/Fields": [{"/FT": "/Tx", "/T": "sum"}]}}), "form"),
    "form of XML": (pdf(root={"/AcroForm": {"/Fields": [], "/XFA": "x"}}), "form"),
    "field to be signed by anybody": (
        pdf(root={"/AcroForm": {"/Fields": [{"/FT": "/Sig"}]}}), "open_field",
    ),
    "signature without a field": (
        pdf(root={"/Perms": {"/UR3": {"/Type": "/Sig", "/ByteRange": [0, 1, 2, 3]}}}),
        "earlier_broken",
    ),
    "attachment": (pdf(root={"/Names": {"/EmbeddedFiles": {"/Names": []}}}), "attachment"),
    "medium": (
        pdf(page={"/Annots": [{"/Type": "/Annot", "/Subtype": "/RichMedia"}]}), "attachment",
    ),
    "hidden note": (
        pdf(page={"/Annots": [{"/Type": "/Annot", "/Subtype": "/FreeText", "/F": 2}]}), "hidden",
    ),
    "layer off": (
        pdf(root={"/OCProperties": {"/OCGs": [_LAYER], "/D": {"/OFF": [_LAYER]}}}), "layers",
    ),
    "layer for paper only": (
        pdf(root={"/OCProperties": {"/OCGs": [_LAYER], "/D": {"/AS": [{"/Event": "/Print"}]}}}),
        "layers",
    ),
    "cut off": (pdf()[:-200], "broken"),
    "no pages": (b"%PDF-1.7\ntrailer<</Root 1 0 R>>\n%%EOF", "broken"),
    "huge page": (pdf(page={"/MediaBox": [0, 0, 99999999, 9]}), "broken"),
    "crooked page": (pdf(page={"/Rotate": 45}), "broken"),
    "no page tree": (pdf(root={"/Pages": {"/Count": 99999, "/Kids": []}}), "too_many_pages"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_each_trick_is_named(name: str) -> None:
    content, reason = HOSTILE[name]
    assert inspect(content) == {"refused": reason}


def test_an_encrypted_document_is_named() -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf())))
    writer.encrypt(owner_pass="secret", user_pass="secret")
    out = io.BytesIO()
    writer.write(out)
    assert inspect(out.getvalue()) == {"refused": "encrypted"}


def test_plain_documents_pass() -> None:
    told = inspect(pdf("One", "Two", root={"/OpenAction": {"/S": "/GoTo", "/D": [0, "/Fit"]}}))
    assert [page["width"] for page in told["pages"]] == [595.0, 595.0]
    turned = inspect(pdf("One", page={"/Rotate": 90}))
    assert (turned["pages"][0]["width"], turned["pages"][0]["height"]) == (842.0, 595.0)


WHOLE = pdf("Whole")


@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, 1200), byte=st.integers(0, 255))
def test_no_single_byte_makes_the_inspection_fall_over(at: int, byte: int) -> None:
    content = bytearray(WHOLE)
    content[at % len(content)] = byte
    told = inspect(bytes(content))
    assert "pages" in told or told["refused"] in {"broken", "encrypted", "too_many_pages"} | {
        reason for _content, reason in HOSTILE.values()
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (HOSTILE["script when opened"][0], "script"),
        (b"PK\x03\x04word/document.xml", "not_pdf"),
        (b"", "not_pdf"),
        (b"%PDF-1.7\n" + b"\0" * 2000, "broken"),
    ],
)
def test_handed_in_it_is_refused_and_not_kept(content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        take_document(upload(content))
    assert (refused.value.field, refused.value.code) == ("file", code)
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_ten_megabytes_and_more_are_bounded(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10 * 2**20
    with pytest.raises(InvalidInput) as refused:
        take_document(upload(pdf() + b"\n%" + b"x" * 10 * 2**20))
    assert refused.value.code == "file_too_large"


@pytest.mark.django_db
def test_a_document_that_hangs_its_reader_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor limit ends the program, not the page."""
    monkeypatch.setattr("apps.seals.pdf.child.CPU_S", 0)
    with pytest.raises(InvalidInput) as refused:
        take_document(upload(pdf()))
    assert refused.value.code == "too_heavy"


@pytest.mark.django_db
def test_verifying_nonsense_says_so() -> None:
    with pytest.raises(InvalidInput) as refused:
        verify_bytes(b"%PDF-1.4 nonsense")
    assert refused.value.code == "broken"
