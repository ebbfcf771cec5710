"""Makes a PDF of a picture: one page, the picture on it whole. Runs as a program of its own.

Reads a picture from standard input, writes a PDF, or ends badly. The pixels are decoded and
written anew, so that nothing else the file carried comes along. Source: ES-01.
"""

import io
import sys
import zlib

from PIL import Image, ImageOps
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

FORMATS = ["PNG", "JPEG", "WEBP", "TIFF"]
MOST_PIXELS = 40_000_000
A4 = (595.28, 841.89)  # points
MARGIN = 28.35  # points, a centimetre: seals and codes need paper around the picture


def page_of(content: bytes) -> bytes:
    """Will give a page of A4, upright or lying as the picture is, with the picture within.

    Raises: ValueError (no picture, too large, or of several pages).
    """
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS or getattr(opened, "n_frames", 1) > 1:
            raise ValueError("too large, or several pictures in one")
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    width, height = A4 if paper.height >= paper.width else A4[::-1]
    scale = min((width - 2 * MARGIN) / paper.width, (height - 2 * MARGIN) / paper.height)
    x, y = (width - paper.width * scale) / 2, (height - paper.height * scale) / 2
    drawn = (
        f"q {paper.width * scale:.3f} 0 0 {paper.height * scale:.3f} {x:.3f} {y:.3f} cm /Im Do Q"
    )
    return _pdf(paper, drawn, (width, height))


def _pdf(paper: Image.Image, drawn: str, size: tuple[float, float]) -> bytes:
    writer = PdfFileWriter()
    told = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Image"),
            pdf_name("/Width"): generic.NumberObject(paper.width),
            pdf_name("/Height"): generic.NumberObject(paper.height),
            pdf_name("/BitsPerComponent"): generic.NumberObject(8),
            pdf_name("/ColorSpace"): pdf_name("/DeviceRGB"),
            pdf_name("/Filter"): pdf_name("/FlateDecode"),
        }
    )
    picture = generic.StreamObject(told, encoded_data=zlib.compress(paper.tobytes(), 6))
    pictures = generic.DictionaryObject({pdf_name("/Im"): writer.add_object(picture)})
    contents = writer.add_object(generic.StreamObject(stream_data=drawn.encode("ascii")))
    resources = generic.DictionaryObject({pdf_name("/XObject"): pictures})
    writer.insert_page(PageObject(contents=contents, media_box=(0, 0, *size), resources=resources))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(page_of(sys.stdin.buffer.read()))
