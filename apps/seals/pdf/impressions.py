"""The picture of a seal: taken from a scan, written anew, cut, drawn. Lengths in millimetres.

White paper becomes transparent, so that the seal lies over the text as ink does; the size on
paper is kept beside the picture and never guessed from its pixels. Source: GB/T 38540-2020 6.2
(picture with width and height in millimetres); ES-05.
"""

import io
import math
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, ImageDraw, ImageFont, UnidentifiedImageError

from apps.common.errors import InvalidInput

PER_MM = 300 / 25.4
LEAST_MM, MOST_MM = 10, 80
MOST_PIXELS = 16_000_000
LEAST_INK = 0.005  # of the picture; less is an empty sheet
_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
)
RED = (200, 16, 30)


@dataclass(frozen=True)
class Impression:
    """png: RGBA at 300 dots to the inch; its size on paper."""

    png: bytes
    width_mm: float
    height_mm: float


def normalise(content: bytes, *, width_mm: float, height_mm: float) -> Impression:
    """Will make the impression of a seal from a scan on white paper, or a transparent picture.

    The margins are cut off; what is left is the seal and has the size given.
    Raises: InvalidInput (fields "picture", "width_mm", "height_mm").
    """
    for field, length in (("width_mm", width_mm), ("height_mm", height_mm)):
        if not LEAST_MM <= length <= MOST_MM:
            message = _("印模尺寸应在 %(least)d 到 %(most)d 毫米之间")
            raise InvalidInput(message % {"least": LEAST_MM, "most": MOST_MM}, field=field)
    picture = _read(content)
    box = picture.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox()
    if box is None:
        raise InvalidInput(_("图片中没有印迹"), field="picture")
    picture = picture.crop(box)
    if abs(picture.width / picture.height * height_mm / width_mm - 1) > 0.15:
        raise InvalidInput(_("印迹的长宽比与填写的尺寸不符"), field="picture")
    size = (round(width_mm * PER_MM), round(height_mm * PER_MM))
    return Impression(_png(picture.resize(size, Image.Resampling.LANCZOS)), width_mm, height_mm)


def strip(png: bytes, *, number: int, count: int) -> bytes:
    """Will cut one page's upright strip out of a seal across pages (骑缝章). number: from 0."""
    with Image.open(io.BytesIO(png)) as picture:
        left = round(picture.width * number / count)
        right = max(left + 1, round(picture.width * (number + 1) / count))
        return _png(picture.crop((left, 0, right, picture.height)))


def draw_round(name: str, *, label: str = "", width_mm: float = 40) -> Impression:
    """Will draw a round seal with a star and a name around it: for the demo and for tests."""
    side = round(width_mm * PER_MM)
    picture = Image.new("RGBA", (side, side), (*RED, 0))
    pen = ImageDraw.Draw(picture)
    rim = max(2, side // 36)
    pen.ellipse((rim, rim, side - rim, side - rim), outline=(*RED, 255), width=rim)
    middle, radius = side / 2, side * 0.15
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.pi * corner / 5 - math.pi / 2
        points.append((middle + reach * math.cos(angle), middle + reach * math.sin(angle)))
    pen.polygon(points, fill=(*RED, 255))
    font = chinese_font(round(side * 0.1))
    if font is not None:
        _write_around(picture, name, font)
        if label:
            pen.text(
                (middle, side * 0.76),
                label,
                font=chinese_font(side // 13),
                fill=(*RED, 255),
                anchor="mm",
            )
    return Impression(_png(picture), width_mm, width_mm)


def _write_around(picture: Image.Image, name: str, font: ImageFont.FreeTypeFont) -> None:
    side = picture.width
    spread = min(240, 24 * len(name))
    for number, letter in enumerate(name):
        turn = -spread / 2 + spread * (number + 0.5) / len(name)
        tile = Image.new("RGBA", (side, side), (*RED, 0))
        pen = ImageDraw.Draw(tile)
        pen.text((side / 2, side * 0.145), letter, font=font, fill=(*RED, 255), anchor="mm")
        picture.alpha_composite(tile.rotate(-turn, Image.Resampling.BICUBIC))


def chinese_font(size: int) -> ImageFont.FreeTypeFont | None:
    """Will give a font with Chinese letters, size in pixels; None where this machine has none."""
    for path in _FONTS:
        try:
            return ImageFont.truetype(path, size)
        except OSError:
            continue
    return None


def _read(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise InvalidInput(_("图片过大"), field="picture")
            picture = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput(_("不是可以读取的图片"), field="picture") from error
    # The darkest channel says how much ink there is: white has none, red and blue have much.
    red, green, blue, alpha = picture.split()
    lightest_missing = ImageChops.darker(ImageChops.darker(red, green), blue)
    ink = ImageChops.multiply(ImageChops.invert(lightest_missing), alpha)
    picture.putalpha(ink.point(lambda value: 0 if value < 24 else min(255, value * 2)))
    return picture


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
