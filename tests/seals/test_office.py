"""Office files made into PDF by a worker, and what is refused of them. ES-01."""

import io
import subprocess
import threading
import zipfile
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from docx import Document
from openpyxl import Workbook

from apps.accounts.assurance import demands
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput
from apps.seals import office, services
from apps.seals.crypto import workshop
from apps.seals.models import Seal, SealLog, SealUse
from apps.seals.pdf.inspecting import inspect
from tests.cast import Cast
from tests.quiet import QuietHandler
from tests.seals.factories import Hall, content_of, in_use, upload


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.SEALS_OFFICE = True


@pytest.fixture
def seal(cast: Cast, people: Hall) -> Seal:
    return in_use(cast, people)


def docx(text: str = "准予临时占道施工。") -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


def xlsx() -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["项目", "金额"])
    book.save(out)
    return out.getvalue()


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


_FETCHED = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:xlink="http://www.w3.org/1999/xlink"><office:body><office:text><text:p>Letter
 <draw:frame svg:width="3cm" svg:height="3cm"><draw:image xlink:href="{address}"
 xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>
 </office:text></office:body></office:document-content>"""
_MANIFEST = """<?xml version="1.0"?><manifest:manifest
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry
 manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>
 <manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
 </manifest:manifest>"""


def odt(address: str) -> bytes:
    """A letter with a picture that lies elsewhere."""
    return packed(
        **{
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "content.xml": _FETCHED.format(address=address).encode(),
            "META-INF/manifest.xml": _MANIFEST.encode(),
        }
    )


_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{end}:1.0"'
    for name, end in [
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("svg", "svg-compatible"),
    ]
)  # fmt: skip
_BODIES = {
    "spreadsheet": """<office:spreadsheet><table:table table:name="费用"><table:table-row>
 <table:table-cell office:value-type="string"><text:p>{word}</text:p></table:table-cell>
 </table:table-row></table:table></office:spreadsheet>""",
    "presentation": """<office:presentation><draw:page draw:name="一"><draw:frame svg:x="2cm"
 svg:y="2cm" svg:width="16cm" svg:height="3cm"><draw:text-box><text:p>{word}</text:p>
 </draw:text-box></draw:frame></draw:page></office:presentation>""",
}


def flat(sort: str, word: str) -> bytes:
    """A document of one file, of which the office program itself makes every other form."""
    body = _BODIES[sort].format(word=word)
    return (
        f'<?xml version="1.0"?><office:document {_SPACES} office:mimetype='
        f'"application/vnd.oasis.opendocument.{sort}"><office:body>{body}</office:body>'
        "</office:document>"
    ).encode()


def asked(people: Hall, seal: Seal, content: bytes, **given: Any) -> SealUse:
    plain: dict[str, Any] = {
        "title": "占道许可", "reason": "发文盖章", "level": 3,
        "document": services.take(upload(content, "letter.docx"), given.get("form", "pdf")),
        "wanted": [services.Wanted(seal, x_mm=120, y_mm=900, is_loose=True)],
    }  # fmt: skip
    return services.ask_use(people.clerk, new=services.NewUse(**plain | given))


def test_a_letter_is_converted_by_a_worker_approved_and_sealed(
    cast: Cast, people: Hall, seal: Seal, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demands, "require", lambda *_args: None)
    client.force_login(people.clerk)
    given = {
        "title": "占道许可", "reason": "发文盖章", "seals": [seal.code], "rule": "point",
        "form": "pdf", "file": upload(docx(), "letter.docx"),
    }  # fmt: skip
    page = client.post("/seals/uses/new/", given, follow=True).content.decode()
    assert "正在转换为版式文件" in page
    use = SealUse.objects.get()
    office_digest = use.digest
    with workshop.opened():
        assert services.read_due() == 1
        assert services.read_due() == 0
    use.refresh_from_db()
    assert (use.state, len(use.pages), use.source is not None) == ("draft", 1, True)
    assert use.digest != office_digest
    assert client.get(f"/seals/uses/{use.pk}/pages/1/")["Content-Type"] == "image/png"
    source = client.get(f"/seals/uses/{use.pk}/files/source/")
    assert "wordprocessingml" in source["Content-Type"]
    services.submit_use(people.clerk, use_id=use.pk)
    services.approve_use(people.approver, use_id=use.pk, digest=use.digest)
    with workshop.opened():
        services.seal_due()
    use.refresh_from_db()
    assert services.verify_bytes(content_of(use)).is_good
    assert AuditEntry.objects.filter(action="seal_use.converted").count() == 1


def test_a_sheet_becomes_ofd_and_nothing_is_fetched_from_elsewhere(
    cast: Cast, people: Hall
) -> None:
    asked_for: list[str] = []

    class Elsewhere(QuietHandler):
        def do_GET(self) -> None:
            asked_for.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        letter = odt(f"http://127.0.0.1:{server.server_port}/logo.png")
        kind = office.kind_of(letter)
        assert kind is not None
        with workshop.opened():
            made = office.convert(letter, kind)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "pages" in inspect(made)
    assert asked_for == []
    seal = in_use(cast, people, algorithm="sm2")
    use = asked(people, seal, xlsx(), form="ofd", hands_in=True, wanted=[services.Wanted(seal)])
    with workshop.opened():
        services.read_due()
    use.refresh_from_db()
    assert (use.state, use.document.media_type) == ("waiting", "application/ofd")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (packed(**{"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"}), "macro"),
        (packed(**{"xl/workbook.xml": b"\0" * (201 * 2**20)}), "file_too_large"),
        (docx()[:-40], "file_damaged"),
    ],
)
def test_what_hides_or_swells_is_refused_at_the_door(
    people: Hall, content: bytes, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.take(upload(content, "letter.docx"), "pdf")
    assert (refused.value.field, refused.value.code) == ("file", code)


def test_where_it_is_switched_off_the_page_says_so(
    people: Hall, seal: Seal, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEALS_OFFICE = False
    monkeypatch.setattr(demands, "require", lambda *_args: None)
    client.force_login(people.clerk)
    given = {
        "title": "占道许可", "reason": "发文盖章", "seals": [seal.code], "rule": "point",
        "form": "pdf", "file": upload(docx(), "letter.docx"),
    }  # fmt: skip
    assert "未启用办公文件转换" in client.get("/seals/uses/new/").content.decode()
    answer = client.post("/seals/uses/new/", given)
    assert answer.status_code == 422
    assert "本系统未启用办公文件转换" in answer.content.decode()
    assert not SealUse.objects.exists()


def test_a_converter_that_hangs_or_is_missing_ends_the_request_with_a_word(
    people: Hall, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "WALL_S", 0)
    use = asked(people, seal, docx())
    with workshop.opened():
        assert services.read_due() == 0
    use.refresh_from_db()
    assert use.state == "failed"
    assert "办公文件无法转换" in use.failure
    assert SealLog.objects.filter(use_number=use.number, is_done=False).count() == 1
    monkeypatch.setattr(office, "PROGRAM", office.PROGRAM.with_name("none"))
    kind = office.kind_of(docx())
    assert kind is not None
    with workshop.opened(), pytest.raises(InvalidInput) as refused:
        office.convert(docx(), kind)
    assert "没有安装 LibreOffice" in str(refused.value)


def test_no_page_opens_an_office_file(people: Hall) -> None:
    kind = office.kind_of(docx())
    assert kind is not None
    with pytest.raises(workshop.KeysClosed):
        office.convert(docx(), kind)


@pytest.mark.parametrize(
    ("sort", "form"), [("spreadsheet", "ods"), ("presentation", "odp"), ("presentation", "pptx")]
)
def test_sheets_and_slides_become_pages_with_their_words(
    tmp_path: Path, sort: str, form: str
) -> None:
    plain = tmp_path / "paper.xml"
    plain.write_bytes(flat(sort, "占道施工费用表"))
    subprocess.run(
        [
            str(office.PROGRAM), "--headless", f"-env:UserInstallation={tmp_path.as_uri()}/home",
            "--convert-to", form, "--outdir", str(tmp_path), str(plain),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    given = (tmp_path / f"paper.{form}").read_bytes()
    kind = office.kind_of(given)
    assert kind is not None
    assert kind.suffix == form
    with workshop.opened():
        made = office.convert(given, kind)
    assert len(inspect(made)["pages"]) == 1
    told = subprocess.run(["pdftotext", "-", "-"], input=made, check=True, capture_output=True)
    assert "占道施工费用表" in told.stdout.decode()
