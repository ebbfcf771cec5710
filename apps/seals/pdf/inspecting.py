"""What a document is and what hides in it. Runs as a program of its own, without Django.

Reads a PDF from standard input, writes one JSON object: ``pages`` (width, height in points as
shown, rotation) or ``refused`` (a code of ``REASONS`` in ``services.documents``). What a reader
may show differently tomorrow than today is refused, because a seal vouches for what was seen.
Source: ES-01; "Shadow Attacks" (NDSS 2021).
"""

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

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


def inspect(content: bytes) -> dict[str, Any]:
    """Will give the pages of a document, or why it is refused."""
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        if reader.encrypted:
            raise Found("encrypted")
        _look_through(reader)
        _look_at_layers(reader.root)
        return {"pages": [_page(each) for each in _pages(reader)]}
    except Found as found:
        return {"refused": str(found)}
    except Exception:  # noqa: BLE001  whatever a file does to its reader, it is a broken file
        return {"refused": "broken"}


def _look_through(reader: PdfFileReader) -> None:
    if "/AcroForm" in reader.root:
        form = reader.root["/AcroForm"]
        if "/XFA" in form or form.get("/Fields"):
            raise Found("signed" if _has_signature(form) else "form")
    for key in ("/AA", "/JavaScript"):
        if key in reader.root:
            raise Found("script")
    action = reader.root.get("/OpenAction")
    if isinstance(action, generic.DictionaryObject) and action.get("/S") != "/GoTo":
        raise Found("script" if action.get("/S") in _SCRIPTS else "action")
    size = int(reader.trailer["/Size"])
    if size > MOST_OBJECTS:
        raise Found("too_heavy")
    for number in range(1, size):
        try:
            found = reader.get_object(generic.Reference(number, 0, reader))
        except PdfError:  # free, or of another generation
            continue
        _judge(found, 0)


def _has_signature(form: generic.DictionaryObject) -> bool:
    fields = [each.get_object() for each in form.get("/Fields", [])]
    return any(field.get("/FT") == "/Sig" for field in fields)


def _judge(found: Any, depth: int) -> None:
    """Refuses what acts, what is fetched, what is carried along; looks into direct values."""
    if depth > DEEPEST:
        raise Found("too_heavy")
    if isinstance(found, generic.ArrayObject):
        for raw in found.raw_iter() if hasattr(found, "raw_iter") else iter(found):
            if not isinstance(raw, generic.IndirectObject):
                _judge(raw, depth + 1)
    if not isinstance(found, generic.DictionaryObject):
        return
    kind, subtype = found.raw_get("/S") if "/S" in found else None, found.get("/Subtype")
    if kind in _SCRIPTS or "/JS" in found:
        raise Found("script")
    if kind in _ACTIONS or "/AA" in found:
        raise Found("action")
    if subtype in _CONTAINERS or found.get("/Type") == "/EmbeddedFile" or "/EmbeddedFiles" in found:
        raise Found("attachment")
    if found.get("/Type") in ("/Sig", "/DocTimeStamp") and "/ByteRange" in found:
        raise Found("signed")
    if found.get("/Type") == "/Annot" and int(found.get("/F", 0)) & _HIDDEN:
        raise Found("hidden")
    for key in found:
        raw = found.raw_get(key)
        if not isinstance(raw, generic.IndirectObject):
            _judge(raw, depth + 1)


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


if __name__ == "__main__":
    sys.stdout.write(json.dumps(inspect(sys.stdin.buffer.read())))
