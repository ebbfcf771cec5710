"""Draws a document of our own to be sealed: the certificate or paper a matter gives out.

The page is a picture, so that it looks the same in every reader and needs no font there; the
words lie beneath it unseen, so that they are found, copied and read aloud. Lengths in
millimetres. Source: ES-07.
"""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageDraw, ImageFont
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from apps.common.errors import Refused
from apps.seals.pdf.impressions import chinese_font

WIDTH_MM, HEIGHT_MM = 210, 297
DPI = 150
_PER_MM = 72 / 25.4
_LEFT_MM, _VALUE_MM, _RIGHT_MM = 28, 66, 182
#: Where the seal is laid, over the name of the unit: left and top of a seal of 40 mm.
SEAL_AT_MM = (128.0, 205.0)
_WORDS_MAP = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /words def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap end end"""


@dataclass(frozen=True)
class Paper:
    """What stands on a document. lines: (label, value); the unit and the day stand below."""

    title: str
    lines: Sequence[tuple[str, str]]
    unit: str
    day: str


@dataclass(frozen=True)
class _Word:
    """A text: its left end and baseline in mm from the top left, its height in mm."""

    text: str
    x_mm: float
    y_mm: float
    size_mm: float


def write(paper: Paper) -> bytes:
    """Will give the document as PDF, one page of A4.

    Raises: Refused (no Chinese font on this machine; more than fits on a page).
    """
    words = _laid_out(paper)
    return _pdf(_drawn(words), words, paper.title)


def _laid_out(paper: Paper) -> list[_Word]:
    width = _width(paper.title, 9)
    words = [_Word(paper.title, (WIDTH_MM - width) / 2, 52, 9)]
    y = 78.0
    for label, value in paper.lines:
        words.append(_Word(label, _LEFT_MM, y, 5))
        for row in _broken(value, _RIGHT_MM - _VALUE_MM, 5):
            words.append(_Word(row, _VALUE_MM, y, 5))
            y += 9
        y += 2
    if y > SEAL_AT_MM[1]:
        raise Refused(_("证照内容超过一页"), code="too_long")
    for below, text in ((20, paper.unit), (30, paper.day)):
        middle = SEAL_AT_MM[0] + 20 - _width(text, 5.4) / 2
        words.append(_Word(text, middle, SEAL_AT_MM[1] + below, 5.4))
    return words


def _drawn(words: Sequence[_Word]) -> Image.Image:
    size = (round(WIDTH_MM * DPI / 25.4), round(HEIGHT_MM * DPI / 25.4))
    page = Image.new("L", size, 255)
    pen = ImageDraw.Draw(page)
    # Below the frame there is room for the code the copy is verified by (``marking``).
    edge = [round(each * DPI / 25.4) for each in (12, 12, WIDTH_MM - 12, HEIGHT_MM - 32)]
    pen.rectangle(edge, outline=120, width=3)
    for word in words:
        at = (word.x_mm * DPI / 25.4, word.y_mm * DPI / 25.4)
        pen.text(at, word.text, font=_font(word.size_mm), fill=0, anchor="ls")
    return page


def _pdf(page: Image.Image, words: Sequence[_Word], title: str) -> bytes:
    writer = PdfFileWriter()
    picture = generic.StreamObject(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Image"),
                pdf_name("/Width"): generic.NumberObject(page.width),
                pdf_name("/Height"): generic.NumberObject(page.height),
                pdf_name("/BitsPerComponent"): generic.NumberObject(8),
                pdf_name("/ColorSpace"): pdf_name("/DeviceGray"),
                pdf_name("/Filter"): pdf_name("/FlateDecode"),
            }
        ),
        encoded_data=zlib.compress(page.tobytes(), 6),
    )
    width, height = WIDTH_MM * _PER_MM, HEIGHT_MM * _PER_MM
    drawn = [f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im Do Q BT 3 Tr"]
    for word in words:
        code = word.text.encode("utf-16-be").hex()
        x, y = word.x_mm * _PER_MM, height - word.y_mm * _PER_MM
        drawn.append(f"/F {word.size_mm * _PER_MM:.2f} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm <{code}> Tj")
    contents = generic.StreamObject(stream_data=" ".join([*drawn, "ET"]).encode("ascii"))
    resources = generic.DictionaryObject(
        {
            pdf_name("/XObject"): generic.DictionaryObject(
                {pdf_name("/Im"): writer.add_object(picture)}
            ),
            pdf_name("/Font"): generic.DictionaryObject({pdf_name("/F"): _unseen_font(writer)}),
        }
    )
    writer.insert_page(
        PageObject(
            contents=writer.add_object(contents),
            media_box=(0, 0, round(width, 2), round(height, 2)),
            resources=resources,
        )
    )
    writer.root[pdf_name("/Lang")] = pdf_string("zh-CN")
    writer.set_info(generic.DictionaryObject({pdf_name("/Title"): pdf_string(title)}))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _unseen_font(writer: PdfFileWriter) -> generic.IndirectObject:
    """A font never drawn with: its codes are those of UTF-16, and it says so."""
    system = {
        pdf_name("/Registry"): pdf_string("Adobe"),
        pdf_name("/Ordering"): pdf_string("Identity"),
        pdf_name("/Supplement"): generic.NumberObject(0),
    }
    below = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/CIDFontType0"),
            pdf_name("/BaseFont"): pdf_name("/Unseen"),
            pdf_name("/CIDSystemInfo"): generic.DictionaryObject(system),
            pdf_name("/DW"): generic.NumberObject(1000),
        }
    )
    above = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type0"),
            pdf_name("/BaseFont"): pdf_name("/Unseen"),
            pdf_name("/Encoding"): pdf_name("/Identity-H"),
            pdf_name("/DescendantFonts"): generic.ArrayObject([writer.add_object(below)]),
            pdf_name("/ToUnicode"): writer.add_object(generic.StreamObject(stream_data=_WORDS_MAP)),
        }
    )
    return writer.add_object(above)


def _broken(text: str, width_mm: float, size_mm: float) -> list[str]:
    """The text in rows that fit; Chinese breaks anywhere."""
    rows = [""]
    for letter in text:
        if letter == "\n" or _width(rows[-1] + letter, size_mm) > width_mm:
            rows.append("")
        if letter != "\n":
            rows[-1] += letter
    return rows


def _width(text: str, size_mm: float) -> float:
    return _font(size_mm).getlength(text) * 25.4 / DPI


def _font(size_mm: float) -> ImageFont.FreeTypeFont:
    found = chinese_font(round(size_mm * DPI / 25.4))
    if found is None:
        raise Refused(_("本机没有中文字体，无法生成证照"), code="no_font")
    return found
