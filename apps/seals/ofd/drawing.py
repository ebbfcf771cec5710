"""Draws a page of an OFD document of ours, or tells its words. Runs as a program of its own.

Reads one line of JSON, ``page`` (from 0) and ``width_px``, or ``words``, and then the document
from standard input; writes a PNG, or a JSON list of lines for each page. Only what ``writing``
and ``sealing`` make is drawn: pictures of pages, seals, the code. Source: ES-01.
"""

import io
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from PIL import Image, ImageDraw

from apps.seals.crypto import national
from apps.seals.ofd.package import located, read_xml, tag, text_of, unpack
from apps.seals.ofd.writing import NOTES, SIGNATURES
from apps.seals.pdf.impressions import chinese_font

_DOCUMENT = "Doc_0/Document.xml"


def draw(content: bytes, *, page: int, width_px: int) -> bytes:
    """Will give a page as PNG with the seals on it. page: from 0."""
    parts = unpack(content)
    number, told = _pages(parts)[page]
    width_mm = float(text_of(told, "Area/PhysicalBox").split()[2])
    picture = Image.open(io.BytesIO(parts[f"Doc_0/Res/page_{page}.png"])).convert("RGBA")
    height = round(picture.height * width_px / picture.width)
    picture = picture.resize((width_px, height), Image.Resampling.LANCZOS)
    scale = width_px / width_mm
    for note in _notes(parts, number):
        _draw_note(picture, note, scale)
    for look, png in _looks(parts, number):
        _draw_seal(picture, look, png, scale)
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG")
    return out.getvalue()


def words(content: bytes) -> list[list[dict[str, Any]]]:
    """Will give the lines of each page: text, and x_mm, y_mm, width_mm, height_mm."""
    return [
        [_line(each) for each in told.iter(tag("TextObject"))]
        for _number, told in _pages(unpack(content))
    ]


def _line(found: Element) -> dict[str, Any]:
    x, y, width, height = _lengths(found.attrib["Boundary"])
    text = text_of(found, "TextCode")
    return {"text": text, "x_mm": x, "y_mm": y, "width_mm": width, "height_mm": height}


def _pages(parts: Mapping[str, bytes]) -> list[tuple[str, Element]]:
    return [
        (each.attrib["ID"], read_xml(parts, located(each.attrib["BaseLoc"], beside=_DOCUMENT)))
        for each in read_xml(parts, _DOCUMENT).iter(tag("Page"))
    ]


def _notes(parts: Mapping[str, bytes], number: str) -> Iterator[Element]:
    for each in read_xml(parts, NOTES).iter(tag("Page")):
        if each.attrib["PageID"] == number:
            where = located(text_of(each, "FileLoc"), beside=NOTES)
            yield from read_xml(parts, where).iter(tag("Appearance"))


def _looks(parts: Mapping[str, bytes], number: str) -> Iterator[tuple[Element, bytes]]:
    for each in read_xml(parts, SIGNATURES).iter(tag("Signature")):
        told = read_xml(parts, located(each.attrib["BaseLoc"], beside=SIGNATURES))
        structure = parts[located(text_of(told, "SignedInfo/Seal/BaseLoc"), beside=SIGNATURES)]
        png = national.SESeal.load(structure)["seal_info"]["picture"]["data"].native
        for look in told.iter(tag("StampAnnot")):
            if look.attrib["PageRef"] == number:
                yield look, png


def _draw_seal(page: Image.Image, look: Element, png: bytes, scale: float) -> None:
    x, y, width, height = (side * scale for side in _lengths(look.attrib["Boundary"]))
    with Image.open(io.BytesIO(png)) as opened:
        size = (max(1, round(width)), max(1, round(height)))
        picture = opened.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    if "Clip" in look.attrib:
        left, top, wide, high = (side * scale for side in _lengths(look.attrib["Clip"]))
        picture = picture.crop((round(left), round(top), round(left + wide), round(top + high)))
        x, y = x + left, y + top
    page.alpha_composite(picture, (max(0, round(x)), max(0, round(y))))


def _draw_note(page: Image.Image, note: Element, scale: float) -> None:
    pen = ImageDraw.Draw(page)
    left, top, _width, _height = _lengths(note.attrib["Boundary"])
    for path in note.iter(tag("PathObject")):
        x, y, _w, _h = _lengths(path.attrib["Boundary"])
        for square in text_of(path, "AbbreviatedData").split("M")[1:]:
            told = _lengths(square.replace("L", " ").replace("C", " "))
            corners = [(told[0], told[1]), (told[4], told[5])]
            pen.rectangle(
                [((left + x + a) * scale, (top + y + b) * scale) for a, b in corners], fill="black"
            )
    for words_ in note.iter(tag("TextObject")):
        x, y, _w, _h = _lengths(words_.attrib["Boundary"])
        font = chinese_font(max(6, round(float(words_.attrib["Size"]) * scale)))
        at = ((left + x) * scale, (top + y) * scale)
        pen.text(at, text_of(words_, "TextCode"), font=font, fill="black")


def _lengths(text: str) -> list[float]:
    return [float(each) for each in text.split()]


def _main() -> None:
    told = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    if "words" in told:
        sys.stdout.write(json.dumps(words(content)))
    else:
        png = draw(content, page=int(told["page"]), width_px=int(told["width_px"]))
        sys.stdout.buffer.write(png)


if __name__ == "__main__":
    _main()
