"""Where seals stand on a document, and the fields drawn for them before the first signature.

All fields of a document are made at once: a field that is added after a certifying signature
would make it invalid. A seal that stands in several places, or across pages (骑缝章), is one
field with several widgets, so one signature. The picture is part of the widget, not of the page.
Lengths in millimetres from the top left of the page as shown. Source: ISO 32000-1 12.7.4.5; ES-01.
"""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import qrcode
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from apps.seals.pdf.impressions import Impression, strip
from apps.seals.pdf.inspecting import box_of, rotation_of

PER_MM = 72 / 25.4
QR_MM = 16.0
EDGE_MM = 6.0
_LOCKED_PRINTED = 0b10000000 | 0b100
_SIGNATURES_EXIST_APPEND_ONLY = 3


@dataclass(frozen=True)
class Spot:
    """One appearance. page: from 0. strip: (number, count) of a seal cut across pages."""

    page: int
    x_mm: float
    y_mm: float
    strip: tuple[int, int] | None = None


@dataclass(frozen=True)
class Field:
    """One seal on a document: the field's name, the picture, where it stands."""

    name: str
    label: str
    impression: Impression
    spots: Sequence[Spot]


def mark(content: bytes, fields: Sequence[Field], *, code: str = "", address: str = "") -> bytes:
    """Will append the fields of all seals, and the code by which the copy is verified.

    The bytes given stay the beginning of the bytes returned. code, address: printed with a QR
    code at the bottom right of the last page; "" for none, and for a document that was signed
    before: a note on the page would be a change its signatures do not allow.
    """
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    if code:
        _print_code(writer, code, address)
    listed = _form_of(writer)["/Fields"]
    for field in fields:
        listed.append(_field(writer, field))
    writer.update_container(listed)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _form_of(writer: IncrementalPdfFileWriter) -> Any:
    """The form of a document that was signed before, else a new one."""
    if "/AcroForm" in writer.root:
        form = writer.root["/AcroForm"]
        form[pdf_name("/SigFlags")] = generic.NumberObject(_SIGNATURES_EXIST_APPEND_ONLY)
        writer.update_container(form)
        return form
    form = generic.DictionaryObject(
        {
            pdf_name("/Fields"): generic.ArrayObject(),
            pdf_name("/SigFlags"): generic.NumberObject(_SIGNATURES_EXIST_APPEND_ONLY),
        }
    )
    writer.root[pdf_name("/AcroForm")] = writer.add_object(form)
    writer.update_root()
    return form


def _field(writer: IncrementalPdfFileWriter, field: Field) -> Any:
    made = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Sig"),
            pdf_name("/T"): pdf_string(field.name),
            pdf_name("/TU"): pdf_string(field.label),
        }
    )
    if len(field.spots) == 1 and field.spots[0].strip is None:
        return _single(writer, field, made)
    reference = writer.add_object(made)
    above = {pdf_name("/Parent"): reference}
    whole: Any = None
    kids = generic.ArrayObject()
    for spot in field.spots:
        width, height = field.impression.width_mm, field.impression.height_mm
        if spot.strip is None:
            whole = whole or _picture(writer, field.impression.png)
            image = whole
        else:
            number, count = spot.strip
            width /= count
            image = _picture(writer, strip(field.impression.png, number=number, count=count))
        kids.append(_widget(writer, spot, (width, height), image, entries=above))
    made[pdf_name("/Kids")] = kids
    return reference


def _single(writer: IncrementalPdfFileWriter, field: Field, made: Any) -> Any:
    """A field that is its own widget: every reader knows this shape."""
    size = (field.impression.width_mm, field.impression.height_mm)
    image = _picture(writer, field.impression.png)
    return _widget(writer, field.spots[0], size, image, entries=made)


def _widget(
    writer: IncrementalPdfFileWriter, spot: Spot, size_mm: tuple[float, float], image: Any,
    *, entries: dict[Any, Any],
) -> Any:  # fmt: skip
    page_ref = writer.find_page_for_modification(spot.page)[0]
    width, height = size_mm[0] * PER_MM, size_mm[1] * PER_MM
    drawn = f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /Im Do Q".encode()
    resources = {pdf_name("/XObject"): generic.DictionaryObject({pdf_name("/Im"): image})}
    widget = _annotation(writer, page_ref, spot, (width, height), drawn, resources)
    widget |= {pdf_name("/Subtype"): pdf_name("/Widget")} | entries
    reference = writer.add_object(widget)
    writer.register_annotation(page_ref, reference)
    return reference


def _annotation(
    writer: IncrementalPdfFileWriter, page_ref: Any, spot: Spot, size: tuple[float, float],
    drawn: bytes, resources: dict[Any, Any],
) -> generic.DictionaryObject:  # fmt: skip
    rect, matrix = _placed(page_ref.get_object(), spot, size)
    look = generic.StreamObject(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): _numbers((0, 0, *size)),
                pdf_name("/Matrix"): _numbers(matrix),
                pdf_name("/Resources"): generic.DictionaryObject(resources),
            }
        ),
        stream_data=drawn,
    )
    appearance = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})
    return generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/F"): generic.NumberObject(_LOCKED_PRINTED),
            pdf_name("/Rect"): _numbers(rect),
            pdf_name("/P"): page_ref,
            pdf_name("/AP"): appearance,
        }
    )


def _placed(
    page: Any, spot: Spot, size: tuple[float, float]
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """The rectangle in the page's own points, and the turn that keeps the seal upright."""
    left, bottom, right, top = box_of(page)
    x, y = spot.x_mm * PER_MM, spot.y_mm * PER_MM
    width, height = size
    turned = rotation_of(page)
    if turned == 90:
        return (left + y, bottom + x, left + y + height, bottom + x + width), (0, 1, -1, 0, 0, 0)
    if turned == 180:
        return (right - x - width, bottom + y, right - x, bottom + y + height), (-1, 0, 0, -1, 0, 0)
    if turned == 270:
        return (right - y - height, top - x - width, right - y, top - x), (0, -1, 1, 0, 0, 0)
    return (left + x, top - y - height, left + x + width, top - y), (1, 0, 0, 1, 0, 0)


def _picture(writer: IncrementalPdfFileWriter, png: bytes) -> Any:
    width, height, colours, ink = _pressed(png)
    told = {
        pdf_name("/Type"): pdf_name("/XObject"),
        pdf_name("/Subtype"): pdf_name("/Image"),
        pdf_name("/Width"): generic.NumberObject(width),
        pdf_name("/Height"): generic.NumberObject(height),
        pdf_name("/BitsPerComponent"): generic.NumberObject(8),
        pdf_name("/Filter"): pdf_name("/FlateDecode"),
    }
    mask = told | {pdf_name("/ColorSpace"): pdf_name("/DeviceGray")}
    picture = told | {
        pdf_name("/ColorSpace"): pdf_name("/DeviceRGB"),
        pdf_name("/SMask"): writer.add_object(_stream(mask, ink)),
    }
    return writer.add_object(_stream(picture, colours))


@lru_cache(maxsize=64)  # a batch puts the same impression on every document
def _pressed(png: bytes) -> tuple[int, int, bytes, bytes]:
    """Width, height, the colours and the ink of a picture, both compressed."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGBA")
    colours, ink = picture.convert("RGB").tobytes(), picture.getchannel("A").tobytes()
    return picture.width, picture.height, zlib.compress(colours, 6), zlib.compress(ink, 6)


def _stream(told: dict[Any, Any], data: bytes) -> generic.StreamObject:
    return generic.StreamObject(generic.DictionaryObject(told), encoded_data=data)


def _print_code(writer: IncrementalPdfFileWriter, code: str, address: str) -> None:
    """A stamp annotation of the last page: the page's own content stays as it was."""
    last = int(writer.root["/Pages"]["/Count"]) - 1
    page_ref = writer.find_page_for_modification(last)[0]
    page = page_ref.get_object()
    left, bottom, right, top = box_of(page)
    width, height = (right - left) / PER_MM, (top - bottom) / PER_MM
    if rotation_of(page) in (90, 270):
        width, height = height, width
    size = (34 * PER_MM, (QR_MM + 5) * PER_MM)
    spot = Spot(last, width - 34 - EDGE_MM, height - QR_MM - 5 - EDGE_MM)
    font = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1"),
            pdf_name("/BaseFont"): pdf_name("/Helvetica"),
        }
    )
    fonts = generic.DictionaryObject({pdf_name("/F"): writer.add_object(font)})
    drawn = _qr(address or code, at=(18 * PER_MM, 5 * PER_MM)) + (
        f" BT /F 7 Tf {0} {4} Td ({code}) Tj ET"
    )
    made = _annotation(
        writer, page_ref, spot, size, drawn.encode("ascii"), {pdf_name("/Font"): fonts}
    )
    made |= {
        pdf_name("/Subtype"): pdf_name("/Stamp"),
        pdf_name("/Contents"): pdf_string(address or code),
    }
    writer.register_annotation(page_ref, writer.add_object(made))


def _qr(text: str, *, at: tuple[float, float]) -> str:
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    step = QR_MM * PER_MM / len(rows)
    squares = [
        f"{at[0] + column * step:.3f} {at[1] + (len(rows) - 1 - row) * step:.3f} "
        f"{step:.3f} {step:.3f} re"
        for row, line in enumerate(rows)
        for column, is_dark in enumerate(line)
        if is_dark
    ]
    return f"0 g {' '.join(squares)} f"


def _numbers(values: Sequence[float]) -> generic.ArrayObject:
    return generic.ArrayObject([generic.FloatObject(round(value, 4)) for value in values])
