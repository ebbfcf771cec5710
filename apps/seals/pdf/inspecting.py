"""What a document is and what hides in it. Runs as a program of its own, without Django.

Reads one line of JSON (``trusted``, ``moment`` as ``pdf.checking``) and a PDF from standard input,
writes one JSON object: ``pages`` (width, height in points as shown, rotation) and ``earlier`` (how
many valid signatures it brings), or ``refused`` (a code of ``REASONS``). What a reader
may show differently tomorrow than today is refused, because a seal vouches for what was seen.
Source: ES-01; "Shadow Attacks" (NDSS 2021).
"""

import base64
import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

MOST_PAGES = 500
MOST_OBJECTS = 200_000
DEEPEST = 60
_SCRIPTS = frozenset({"/JavaScript", "/Rendition"})
_ACTIONS = frozenset({"/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Movie"})
_CONTAINERS = frozenset({"/RichMedia", "/FileAttachment", "/3D", "/Screen", "/Sound", "/Movie"})
_HIDDEN = 0b10 | 0b100000  # annotation flags: hidden, not viewed


class Found(Exception):
    """Something for which the document is refused."""


def inspect(
    content: bytes, *, trusted: Sequence[x509.Certificate] = (), moment: datetime | None = None
) -> dict[str, Any]:
    """Will give the pages of a document and its signatures, or why it is refused.

    trusted: the authorities believed here; moment: aware, now where none is given.
    """
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        if reader.encrypted:
            raise Found("encrypted")
        earlier = _look_through(reader)
        _look_at_layers(reader.root)
        if earlier:
            _require_joinable(reader, earlier, trusted, moment or datetime.now(UTC))
        return {"pages": [_page(each) for each in _pages(reader)], "earlier": earlier}
    except Found as found:
        return {"refused": str(found)}
    except Exception:  # noqa: BLE001  whatever a file does to its reader, it is a broken file
        return {"refused": "broken"}


def _require_joinable(
    reader: PdfFileReader, found: int, trusted: Sequence[x509.Certificate], moment: datetime
) -> None:
    # Only here: the library's judges take half a second to load, and few documents bring any.
    from apps.seals.pdf.earlier import trouble_with

    trouble = trouble_with(reader, found=found, trusted=list(trusted), moment=moment)
    if trouble:
        raise Found(trouble)


def _look_through(reader: PdfFileReader) -> int:
    """Refuses what hides; gives how many signatures there are."""
    if "/AcroForm" in reader.root:
        form = reader.root["/AcroForm"]
        for field in (each.get_object() for each in form.get("/Fields", [])):
            if field.get("/FT") != "/Sig":
                raise Found("form")
            if "/V" not in field:
                raise Found("open_field")
        if "/XFA" in form:
            raise Found("form")
    for key in ("/AA", "/JavaScript"):
        if key in reader.root:
            raise Found("script")
    action = reader.root.get("/OpenAction")
    if isinstance(action, generic.DictionaryObject) and action.get("/S") != "/GoTo":
        raise Found("script" if action.get("/S") in _SCRIPTS else "action")
    size = int(reader.trailer["/Size"])
    if size > MOST_OBJECTS:
        raise Found("too_heavy")
    signatures = 0
    for number in range(1, size):
        try:
            found = reader.get_object(generic.Reference(number, 0, reader))
        except PdfError:  # free, or of another generation
            continue
        signatures += _judge(found, 0)
    return signatures


def _judge(found: Any, depth: int) -> int:
    """Refuses what acts, what is fetched, what is carried along; counts signatures.

    Looks into direct values; those that are objects of their own have their turn.
    """
    if depth > DEEPEST:
        raise Found("too_heavy")
    if isinstance(found, generic.ArrayObject):
        inner = list(found.raw_iter() if hasattr(found, "raw_iter") else iter(found))
    elif isinstance(found, generic.DictionaryObject):
        _refuse(found)
        inner = [found.raw_get(key) for key in found]
    else:
        return 0
    direct = [each for each in inner if not isinstance(each, generic.IndirectObject)]
    return int(_is_signature(found)) + sum(_judge(each, depth + 1) for each in direct)


def _is_signature(found: Any) -> bool:
    return isinstance(found, generic.DictionaryObject) and "/ByteRange" in found


def _refuse(found: generic.DictionaryObject) -> None:
    kind, subtype = found.raw_get("/S") if "/S" in found else None, found.get("/Subtype")
    if kind in _SCRIPTS or "/JS" in found:
        raise Found("script")
    if kind in _ACTIONS or "/AA" in found:
        raise Found("action")
    if subtype in _CONTAINERS or found.get("/Type") == "/EmbeddedFile" or "/EmbeddedFiles" in found:
        raise Found("attachment")
    if (
        found.get("/Type") == "/Annot"
        and int(found.get("/F", 0)) & _HIDDEN
        and not _is_unseen(found)
    ):
        raise Found("hidden")


def _is_unseen(found: generic.DictionaryObject) -> bool:
    """A signature without a picture hides nothing: its field covers no place on the page."""
    sides = [float(each) for each in found.get("/Rect", [])]
    return found.get("/FT") == "/Sig" and len(sides) == 4 and sides[:2] == sides[2:]


def _look_at_layers(root: generic.DictionaryObject) -> None:
    """Refuses layers that are off, or whose state depends on where they are looked at."""
    if "/OCProperties" not in root:
        return
    layers = root["/OCProperties"]
    for plan in (layers["/D"], *layers.get("/Configs", [])):
        plan = plan.get_object()
        if plan.get("/OFF") or plan.get("/BaseState", "/ON") != "/ON" or plan.get("/AS"):
            raise Found("layers")


def _pages(reader: PdfFileReader) -> Iterator[Any]:
    count = int(reader.root["/Pages"]["/Count"])
    if not 1 <= count <= MOST_PAGES:
        raise Found("too_many_pages" if count > MOST_PAGES else "broken")
    for number in range(count):
        yield reader.find_page_for_modification(number)[0].get_object()


def _page(page: Any) -> dict[str, float]:
    box, turned = box_of(page), rotation_of(page)
    width, height = box[2] - box[0], box[3] - box[1]
    if not (10 <= width <= 14400 and 10 <= height <= 14400):
        raise Found("broken")
    if turned in (90, 270):
        width, height = height, width
    return {"width": round(width, 2), "height": round(height, 2), "rotation": turned}


def box_of(page: Any) -> tuple[float, float, float, float]:
    """Will give what is shown of a page in its own points: left, bottom, right, top."""
    raw = inherited(page, "/CropBox") or inherited(page, "/MediaBox")
    x0, y0, x1, y1 = (float(value) for value in raw)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def rotation_of(page: Any) -> int:
    """Will give by how much a page is turned clockwise when shown: 0, 90, 180, 270."""
    turned = int(inherited(page, "/Rotate") or 0) % 360
    if turned % 90:
        raise Found("broken")
    return turned


def inherited(page: Any, key: str) -> Any:
    """Will give an entry of a page, or of what stands above it in the tree."""
    for _level in range(DEEPEST):
        if key in page:
            return page[key]
        if "/Parent" not in page:
            return None
        page = page["/Parent"]
    raise Found("broken")


def _main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    told = json.loads(sys.stdin.buffer.readline())
    trusted = [x509.Certificate.load(base64.b64decode(each)) for each in told["trusted"]]
    moment = datetime.fromisoformat(told["moment"])
    sys.stdout.write(json.dumps(inspect(sys.stdin.buffer.read(), trusted=trusted, moment=moment)))


if __name__ == "__main__":
    _main()
