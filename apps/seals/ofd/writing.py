"""Makes an OFD document of drawn pages: the picture is seen, its words lie beneath it unseen.

Every reader shows the same page, and needs no font for it; the words are found and copied. The
places for seals and notes are named from the beginning, so that sealing adds parts and changes
none of those that were approved but the two empty lists. Source: GB/T 33190-2016; ES-01.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element

from apps.seals.ofd.package import below, millimetres, pack, root, written

SIGNATURES = "Doc_0/Signs/Signatures.xml"
NOTES = "Doc_0/Annots/Annotations.xml"
_FONT_ID = 1


@dataclass(frozen=True)
class Row:
    """A line of words and the box it stands in, mm from the top left."""

    text: str
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Page:
    """A page as drawn. Lengths in mm."""

    png: bytes
    width_mm: float
    height_mm: float
    rows: Sequence[Row] = ()


def write(pages: Sequence[Page], *, identifier: str, on: date) -> bytes:
    """Will give the document. identifier: 32 hexadecimal digits, of this document alone."""
    numbers = iter(range(_FONT_ID + 1, 10_000_000))
    pictures = [next(numbers) for _page in pages]
    parts: dict[str, bytes] = {}
    listed: list[int] = []
    for number, page in enumerate(pages):
        listed.append(next(numbers))
        parts[f"Doc_0/Res/page_{number}.png"] = page.png
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = _content(page, pictures[number], numbers)
    parts["OFD.xml"] = _front(identifier, on)
    parts["Doc_0/Document.xml"] = _document(pages, listed, most=next(numbers))
    parts["Doc_0/PublicRes.xml"] = _fonts()
    parts["Doc_0/DocumentRes.xml"] = _pictures(pictures)
    parts[SIGNATURES] = written(_signatures())
    parts[NOTES] = written(root("Annotations"))
    return pack(parts)


def _front(identifier: str, on: date) -> bytes:
    made = root("OFD", Version="1.1", DocType="OFD")
    body = below(made, "DocBody")
    told = below(body, "DocInfo")
    below(told, "DocID", identifier)
    below(told, "CreationDate", on.isoformat())
    below(told, "Creator", "CityBrain")
    below(body, "DocRoot", "Doc_0/Document.xml")
    below(body, "Signatures", SIGNATURES)
    return written(made)


def _signatures() -> Element:
    made = root("Signatures")
    below(made, "MaxSignId", "0")
    return made


def _document(pages: Sequence[Page], listed: Sequence[int], *, most: int) -> bytes:
    made = root("Document")
    common = below(made, "CommonData")
    below(common, "MaxUnitID", str(most))
    area = below(common, "PageArea")
    below(area, "PhysicalBox", millimetres(0, 0, pages[0].width_mm, pages[0].height_mm))
    below(common, "PublicRes", "PublicRes.xml")
    below(common, "DocumentRes", "DocumentRes.xml")
    tree = below(made, "Pages")
    for number, each in enumerate(listed):
        below(tree, "Page", ID=str(each), BaseLoc=f"Pages/Page_{number}/Content.xml")
    below(made, "Annotations", NOTES.removeprefix("Doc_0/"))
    return written(made)


def _fonts() -> bytes:
    made = root("Res", BaseLoc="Res")
    below(below(made, "Fonts"), "Font", ID=str(_FONT_ID), FontName="宋体", FamilyName="宋体")
    return written(made)


def _pictures(numbers: Sequence[int]) -> bytes:
    made = root("Res", BaseLoc="Res")
    listed = below(made, "MultiMedias")
    for number, each in enumerate(numbers):
        medium = below(listed, "MultiMedia", ID=str(each), Type="Image", Format="PNG")
        below(medium, "MediaFile", f"page_{number}.png")
    return written(made)


def _content(page: Page, picture: int, numbers: Iterator[int]) -> bytes:
    made = root("Page")
    width, height = page.width_mm, page.height_mm
    below(below(made, "Area"), "PhysicalBox", millimetres(0, 0, width, height))
    layer = below(below(made, "Content"), "Layer", ID=str(next(numbers)), Type="Body")
    below(
        layer, "ImageObject", ID=str(next(numbers)), Boundary=millimetres(0, 0, width, height),
        CTM=millimetres(width, 0, 0, height, 0, 0), ResourceID=str(picture),
    )  # fmt: skip
    for row in page.rows:
        _row(layer, row, str(next(numbers)))
    return written(made)


def _row(layer: Element, row: Row, number: str) -> None:
    words = below(
        layer, "TextObject", ID=number, Font=str(_FONT_ID), Size=millimetres(row.height_mm * 0.8),
        Boundary=millimetres(row.x_mm, row.y_mm, row.width_mm, row.height_mm), Alpha="0",
    )  # fmt: skip
    step = row.width_mm / max(1, len(row.text))
    steps = f"g {len(row.text) - 1} {millimetres(step)}" if len(row.text) > 1 else ""
    where = {"X": "0", "Y": millimetres(row.height_mm * 0.8)}
    below(words, "TextCode", row.text, **where, **({"DeltaX": steps} if steps else {}))
