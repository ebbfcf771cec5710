"""Documents to be sealed: taken in, looked through in a bounded program, drawn for placing.

Nothing of a document is read in a web process. Source: ES-01; PF-05.
"""

import base64
import json
import tempfile
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common import clock, files
from apps.common.errors import InvalidInput
from apps.common.models import StoredFile
from apps.seals.crypto import revocations
from apps.seals.crypto.certificates import trusted
from apps.seals.ofd.package import is_package
from apps.seals.pdf import child

PER_MM = 72 / 25.4
WIDEST_PX = 900
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
OFD_TYPE = "application/ofd"
MOST_SHOWN = 64 * 1024
#: Kinds of letters (Unicode) nobody sees: controls, turns of direction, private ones, halves.
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
#: Why a document is refused, for people.
REASONS = {
    "encrypted": gettext_lazy("文件已加密，请去除密码后再提交"),
    "broken": gettext_lazy("文件损坏或不是规范的 PDF，请重新导出"),
    "open_field": gettext_lazy("文件中有尚未签署的签名域，请先完成或去除后再提交"),
    "earlier_broken": gettext_lazy("文件已有的签名无效或不完整，不能在其上盖章"),
    "earlier_changed": gettext_lazy("文件在已有签名之后被改动过，不能盖章"),
    "earlier_untrusted": gettext_lazy("文件已有的签名不是受信任机构的证书，不能在其上盖章"),
    "earlier_closed": gettext_lazy("已有的签名不允许再加签章；请提交未签名的原件"),
    "form": gettext_lazy("文件含可填写的表单，盖章后内容仍可能变化；请打印为 PDF 后再提交"),
    "script": gettext_lazy("文件含脚本，内容可能自行变化，不能盖章"),
    "action": gettext_lazy("文件含自动动作（打开即执行、提交数据等），不能盖章"),
    "attachment": gettext_lazy("文件夹带附件或多媒体，不能盖章"),
    "hidden": gettext_lazy("文件含隐藏的批注，不能盖章"),
    "layers": gettext_lazy("文件含隐藏或随场合变化的图层，不能盖章"),
    "too_many_pages": gettext_lazy("文件页数过多，请分开提交"),
    "too_heavy": gettext_lazy("文件过于复杂，处理超时；请重新导出"),
    "ofd_broken": gettext_lazy("文件损坏或不是规范的 OFD"),
    "ofd_heavy": gettext_lazy("OFD 展开后过大，或部件、签名过多"),
    "ofd_path": gettext_lazy("OFD 内的路径越出文件、重复或是链接"),
    "ofd_entities": gettext_lazy("OFD 内的 XML 含实体或外部定义，不予读取"),
}


@dataclass(frozen=True)
class Taken:
    """What may be sealed. pages: width, height (points as shown), rotation; [] for a record.

    earlier: how many valid signatures of others it brings; every seal joins them. source: the
    office file it was made of. is_pending: an office file still, of which a worker makes a page.
    """

    file: StoredFile
    pages: list[dict[str, float]]
    earlier: int = 0
    source: StoredFile | None = None
    is_pending: bool = False


def take_document(upload: File) -> Taken:
    """Will keep a PDF that can be sealed; of a picture (PNG, JPEG, WebP, TIFF) a page made of it.

    What is approved and sealed then is the page, not the picture.
    Raises: InvalidInput (field "file"; the code says why, see ``REASONS``; office files:
        "not_pdf"; too large: "file_too_large"; a picture nobody can read: "picture").
    """
    upload.seek(0)
    head = upload.read(1024)
    upload.seek(0)
    if head.startswith(_PICTURES) or head[8:12] == b"WEBP":
        upload = ContentFile(_page_of(upload.read(settings.UPLOAD_MAX_BYTES + 1)), name="page.pdf")
    elif is_package(head):
        raise InvalidInput(
            _("别处制作的 OFD 不能在此显示核对；请提交 PDF，签名格式选 OFD"),
            field="file", code="not_pdf",
        )  # fmt: skip
    elif b"%PDF-" not in head:
        raise InvalidInput(_("请提交 PDF、图片或办公文件"), field="file", code="not_pdf")
    told = look_through(upload.read())
    upload.seek(0)
    stored = files.store(upload, allow=frozenset({"document"}))
    return Taken(stored, told["pages"], told["earlier"])


def _page_of(picture: bytes) -> bytes:
    if len(picture) > settings.UPLOAD_MAX_BYTES:
        raise InvalidInput(_("文件过大"), field="file", code="file_too_large")
    try:
        return child.run_python("apps.seals.pdf.picturing", given=picture)
    except child.ChildFailed as error:
        raise InvalidInput(
            _("图片无法读取、过大或含多页，请另存为 PDF"), field="file", code="picture"
        ) from error


def take_record(upload: File) -> Taken:
    """Will keep data to be signed: JSON, or plain text in UTF-8.

    What two readers could show differently is refused: keys that come twice, letters that turn
    the direction of writing or are not seen. Raises: InvalidInput (field "file"; codes
    "file_too_large", "not_text", "unclear").
    """
    upload.seek(0)
    content = upload.read(settings.UPLOAD_MAX_BYTES + 1)
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise InvalidInput(_("文件过大"), field="file", code="file_too_large")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            _("数据文件应为 UTF-8 编码的 JSON 或文本"), field="file", code="not_text"
        ) from error
    if any(unicodedata.category(each) in _UNSEEN and each not in "\t\n\r" for each in set(text)):
        raise InvalidInput(
            _("数据中有看不见或改变书写方向的字符，不能签名"), field="file", code="unclear"
        )
    try:
        json.loads(text, object_pairs_hook=_each_key_once)
    except RecursionError as error:
        raise InvalidInput(_("数据嵌套过深"), field="file", code="unclear") from error
    except ValueError:
        return Taken(files.keep(content, media_type="text/plain"), [])
    return Taken(files.keep(content, media_type="application/json"), [])


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidInput(
            _("JSON 中有重复的键，不同程序会读出不同内容"), field="file", code="unclear"
        )
    return found


def record_text(stored: StoredFile) -> str:
    """Will give the beginning of a record for the eye, laid out where it is JSON."""
    with files.open_stored(stored) as source:
        content = source.read(MOST_SHOWN + 1)
    text = content[:MOST_SHOWN].decode("utf-8", "replace")
    if stored.media_type == "application/json" and len(content) <= MOST_SHOWN:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return text


def look_through(content: bytes) -> dict[str, Any]:
    """Will give ``pages`` and ``earlier`` of a PDF. Raises: InvalidInput (as ``take_document``)."""
    if len(content) > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise InvalidInput(
            _("文件超过 %(limit)d MB 上限") % {"limit": limit}, field="file", code="file_too_large"
        )
    given = judges_head() + content
    try:
        told: dict[str, Any] = json.loads(
            child.run_python("apps.seals.pdf.inspecting", given=given)
        )
    except (child.ChildFailed, ValueError) as error:
        raise InvalidInput(REASONS["too_heavy"], field="file", code="too_heavy") from error
    if "refused" in told:
        raise InvalidInput(REASONS[told["refused"]], field="file", code=told["refused"])
    return told


def judges_head(**more: int) -> bytes:
    """Will give the line the bounded programs read first: whom we believe, and what time it is."""
    head = {
        "trusted": [base64.b64encode(each.dump()).decode() for each in trusted()],
        "lists": [base64.b64encode(each.dump()).decode() for each in revocations.lists()],
        "moment": clock.now().isoformat(),
    }
    return json.dumps(head | more).encode() + b"\n"


def page_picture(stored: StoredFile, *, number: int, width_px: int = WIDEST_PX) -> bytes:
    """Will give a page as PNG, as wide as asked. number: from 1.

    Raises: InvalidInput (the page cannot be drawn within the bounds).
    """
    if stored.media_type == OFD_TYPE:
        head = {"page": number - 1, "width_px": min(width_px, WIDEST_PX)}
        return _asked_of_ofd(stored, head)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        _copy(stored, copy.name)
        try:
            return child.run(
                [
                    "pdftoppm", "-png", "-f", str(number), "-l", str(number),
                    "-scale-to-x", str(min(width_px, WIDEST_PX)), "-scale-to-y", "-1", copy.name,
                ]
            )  # fmt: skip
        except child.ChildFailed as error:
            raise InvalidInput(_("这一页无法显示"), field="file", code="too_heavy") from error


@dataclass(frozen=True)
class Word:
    """Where a keyword stands: page from 1, its middle in mm from the top left as shown."""

    page: int
    x_mm: float
    y_mm: float


def find_keyword(stored: StoredFile, keyword: str) -> list[Word]:
    """Will find a keyword on the pages, whatever gaps the letters have.

    Raises: InvalidInput (field "keyword": it is nowhere, or the text cannot be read).
    """
    wanted = "".join(keyword.split())
    found = _in_ofd(stored, wanted) if stored.media_type == OFD_TYPE else _in_pdf(stored, wanted)
    if not found:
        raise InvalidInput(
            _("文件中没有关键字“%(keyword)s”") % {"keyword": keyword}, field="keyword"
        )
    return found


def _in_ofd(stored: StoredFile, wanted: str) -> list[Word]:
    found: list[Word] = []
    for number, page in enumerate(json.loads(_asked_of_ofd(stored, {"words": 1})), 1):
        for row in page:
            text = "".join(row["text"].split())
            if (at := text.find(wanted)) >= 0:
                middle = (at + len(wanted) / 2) / len(text)
                x = row["x_mm"] + row["width_mm"] * middle
                found.append(Word(number, x, row["y_mm"] + row["height_mm"] / 2))
    return found


def _asked_of_ofd(stored: StoredFile, head: dict[str, int]) -> bytes:
    with files.open_stored(stored) as source:
        given = json.dumps(head).encode() + b"\n" + source.read()
    try:
        return child.run_python("apps.seals.ofd.drawing", given=given)
    except child.ChildFailed as error:
        raise InvalidInput(_("这一页无法显示"), field="file", code="too_heavy") from error


def _in_pdf(stored: StoredFile, wanted: str) -> list[Word]:
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        _copy(stored, copy.name)
        try:
            told = child.run(["pdftotext", "-bbox-layout", copy.name, "-"])
        except child.ChildFailed as error:
            raise InvalidInput(_("文件的文字无法读取"), field="keyword") from error
    found: list[Word] = []
    try:
        pages = [e for e in fromstring(told).iter() if e.tag.endswith("}page")]
    except ET.ParseError as error:
        raise InvalidInput(_("文件的文字无法读取"), field="keyword") from error
    for number, page in enumerate(pages, 1):
        for line in (e for e in page.iter() if e.tag.endswith("}line")):
            found += _in_line(line, wanted, number)
    return found


def _in_line(line: ET.Element, wanted: str, page: int) -> list[Word]:
    """Each letter has the share of its word's box; a hit is the box of its letters."""
    letters: list[tuple[str, float, float, float, float]] = []
    for word in (e for e in line.iter() if e.tag.endswith("}word")):
        text = "".join((word.text or "").split())
        x0, x1 = float(word.attrib["xMin"]), float(word.attrib["xMax"])
        y0, y1 = float(word.attrib["yMin"]), float(word.attrib["yMax"])
        step = (x1 - x0) / max(1, len(text))
        letters += [(c, x0 + i * step, x0 + (i + 1) * step, y0, y1) for i, c in enumerate(text)]
    line_text = "".join(letter[0] for letter in letters)
    at = line_text.find(wanted)
    if at < 0:
        return []
    hit = letters[at : at + len(wanted)]
    x, y = (hit[0][1] + hit[-1][2]) / 2, (hit[0][3] + hit[0][4]) / 2
    return [Word(page, x / PER_MM, y / PER_MM)]


def _copy(stored: StoredFile, path: str) -> None:
    with files.open_stored(stored) as source:
        Path(path).write_bytes(source.read())
