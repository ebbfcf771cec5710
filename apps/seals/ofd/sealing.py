"""Puts seals on an OFD document: Signatures.xml, and for each seal its own three parts.

Every signature covers each part of the document, the list of all signatures, and the parts of
those before it; so the last closes the document and nothing can be added or taken away. The seal
itself, and the seal on the data, are structures of GB/T 38540; what is signed is the SM3 digest
of Signature.xml. Source: GB/T 33190-2016 chapter 18; GB/T 38540-2020; ES-01, ES-06.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import qrcode

from apps.seals.crypto.algorithms import SM3_ID, SM3_WITH_SM2, digest
from apps.seals.crypto.national import seal_signature
from apps.seals.ofd.package import (
    below,
    located,
    millimetres,
    pack,
    read_xml,
    root,
    tag,
    text_of,
    unpack,
    written,
)
from apps.seals.ofd.writing import NOTES, SIGNATURES
from apps.seals.pdf.signing import Hand

_SIGNS = "Doc_0/Signs"
QR_MM, EDGE_MM, CODE_WIDTH_MM, CODE_HEIGHT_MM = 16.0, 6.0, 34.0, 21.0


@dataclass(frozen=True)
class Look:
    """One appearance. page: from 0. strip: (number, count) of a seal cut across pages."""

    page: int
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    strip: tuple[int, int] | None = None


@dataclass(frozen=True)
class Stamped:
    """One seal: the structure of the seal (DER), who signs, where it is seen."""

    structure: bytes
    hand: Hand
    looks: Sequence[Look]


def seal(
    content: bytes, seals: Sequence[Stamped], *, at: datetime, code: str, address: str,
    stamp: Callable[[bytes], bytes | None] | None = None,
) -> bytes:  # fmt: skip
    """Will give the sealed document; the parts given stay byte by byte, but two lists.

    code, address: printed with a QR code at the bottom right of the last page. stamp: gives a
    time stamp token (RFC 3161, DER) over the bytes given, None for none.
    Raises: BadPackage; what a hand's ``sign`` raises.
    """
    parts = unpack(content)
    pages = _pages(parts)
    if code:
        _print_code(parts, pages, code, address, at)
    parts[SIGNATURES] = _listed(len(seals))
    for number, each in enumerate(seals):
        folder = f"{_SIGNS}/Sign_{number}"
        parts[f"{folder}/Seal.esl"] = each.structure
        told = _told(parts, each, pages, folder=folder, at=at)
        parts[f"{folder}/Signature.xml"] = told
        parts[f"{folder}/SignedValue.dat"] = seal_signature(
            each.structure, over=digest("sm3", told), where=f"/{folder}/Signature.xml", at=at,
            certificate=each.hand.certificate, sign=each.hand.sign, stamp=stamp,
        )  # fmt: skip
    return pack(parts)


@dataclass(frozen=True)
class _Page:
    number: str
    width_mm: float
    height_mm: float


def _pages(parts: Mapping[str, bytes]) -> list[_Page]:
    where = "Doc_0/Document.xml"
    found = []
    for each in read_xml(parts, where).iter(tag("Page")):
        page = read_xml(parts, located(each.attrib["BaseLoc"], beside=where))
        box = [float(side) for side in text_of(page, "Area/PhysicalBox").split()]
        found.append(_Page(each.attrib["ID"], box[2], box[3]))
    return found


def _listed(count: int) -> bytes:
    made = root("Signatures")
    below(made, "MaxSignId", str(count))
    for number in range(count):
        where = f"/{_SIGNS}/Sign_{number}/Signature.xml"
        below(made, "Signature", ID=str(number + 1), Type="Seal", BaseLoc=where)
    return written(made)


def _told(
    parts: Mapping[str, bytes], seal: Stamped, pages: Sequence[_Page], *, folder: str, at: datetime
) -> bytes:
    made = root("Signature")
    info = below(made, "SignedInfo")
    below(info, "Provider", ProviderName="CityBrain", Version="1.0", Company="CityBrain")
    below(info, "SignatureMethod", SM3_WITH_SM2)
    below(info, "SignatureDateTime", f"{at.astimezone(UTC):%Y%m%d%H%M%SZ}")
    covered = below(info, "References", CheckMethod=SM3_ID)
    for name in sorted(parts):
        value = base64.b64encode(digest("sm3", parts[name])).decode()
        below(below(covered, "Reference", FileRef=f"/{name}"), "CheckValue", value)
    for number, look in enumerate(seal.looks, 1):
        _look(info, look, pages[look.page].number, str(number))
    below(below(info, "Seal"), "BaseLoc", f"/{folder}/Seal.esl")
    below(made, "SignedValue", f"/{folder}/SignedValue.dat")
    return written(made)


def _look(info: Element, look: Look, page: str, number: str) -> None:
    x, clip = look.x_mm, {}
    if look.strip is not None:
        # The whole picture lies partly beside the page; the strip that shows is cut out of it.
        at, count = look.strip
        width = look.width_mm / count
        x -= at * width
        clip = {"Clip": millimetres(at * width, 0, width, look.height_mm)}
    where = millimetres(x, look.y_mm, look.width_mm, look.height_mm)
    below(info, "StampAnnot", ID=number, PageRef=page, Boundary=where, **clip)


def _print_code(
    parts: dict[str, bytes], pages: Sequence[_Page], code: str, address: str, at: datetime
) -> None:
    """A note on the last page: the page's own part stays as it was."""
    # Some readers find a note by such a name alone.
    page, where = pages[-1], f"Page_{len(pages) - 1}/Annotation.xml"
    listed = root("Annotations")
    below(below(listed, "Page", PageID=page.number), "FileLoc", where)
    parts[NOTES] = written(listed)
    made = root("PageAnnot")
    note = below(
        made, "Annot", ID="9000001", Type="Stamp", Creator="CityBrain",
        LastModDate=f"{at:%Y-%m-%d}",
    )  # fmt: skip
    below(note, "Remark", address or code)
    left = page.width_mm - CODE_WIDTH_MM - EDGE_MM
    top = page.height_mm - CODE_HEIGHT_MM - EDGE_MM
    box = millimetres(left, top, CODE_WIDTH_MM, CODE_HEIGHT_MM)
    look = below(note, "Appearance", Boundary=box)
    square = below(
        look, "PathObject", ID="9000002", Boundary=millimetres(18, 0, QR_MM, QR_MM), Stroke="false",
        Fill="true",
    )  # fmt: skip
    below(square, "FillColor", Value="0 0 0")
    below(square, "AbbreviatedData", _squares(address or code))
    words = below(
        look, "TextObject", ID="9000003", Boundary=millimetres(0, QR_MM, CODE_WIDTH_MM, 4.5),
        Font="1", Size="2.8",
    )  # fmt: skip
    below(words, "TextCode", code, X="0", Y="3.4", DeltaX=f"g {len(code) - 1} 1.7")
    parts[located(where, beside=NOTES)] = written(made)


def _squares(text: str) -> str:
    made = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    made.add_data(text)
    rows = made.get_matrix()
    step = QR_MM / len(rows)
    found = []
    for number, row in enumerate(rows):
        for column, is_dark in enumerate(row):
            if is_dark:
                x, y = column * step, number * step
                a, b = millimetres(x, y), millimetres(x + step, y)
                c, d = millimetres(x + step, y + step), millimetres(x, y + step)
                found.append(f"M {a} L {b} L {c} L {d} C")
    return " ".join(found)
