"""Pictures are never kept as they came: they are decoded and written anew.

That drops EXIF (with its GPS), profiles, comments and anything glued behind the picture, and
makes a polyglot a plain picture. Called by ``apps.common.files`` only.
"""

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, WebPImagePlugin

from apps.common.errors import InvalidInput

MAX_PIXELS = 50_000_000  # decoded at 3-4 bytes each: at most 200 MB for a moment
MAX_SIDE_PX = 20_000
THUMBNAIL_PX = 320
# WebP is registered only when its module is loaded; a phone's MPO is opened by JPEG.
_FORMATS = (
    "JPEG",
    "PNG",
    "GIF",
    "BMP",
    WebPImagePlugin.WebPImageFile.format,
)
_LOSSLESS = {"PNG", "GIF"}


@dataclass(frozen=True)
class Picture:
    """A re-encoded picture: bytes, type, size in pixels and a WebP thumbnail."""

    content: bytes
    media_type: str
    width_px: int
    height_px: int
    thumbnail: bytes


def reencode(content: bytes) -> Picture:
    """Will decode a picture, turn it upright, and write it anew without metadata.

    Photographs become JPEG, drawings and pictures with transparency PNG.
    Raises: InvalidInput (field ``file``: damaged, animated, or too many pixels).
    """
    try:
        return _reencode(content)
    except InvalidInput:
        raise
    except Exception as error:  # a hostile file may break a decoder in any way
        raise InvalidInput(_("图片已损坏，无法读取"), field="file", code="file_damaged") from error


def _reencode(content: bytes) -> Picture:
    try:
        opened = Image.open(BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    with opened:
        if opened.width * opened.height > MAX_PIXELS or max(opened.size) > MAX_SIDE_PX:
            raise _too_many_pixels()
        # An MPO is a phone's JPEG with an extra frame (depth, HDR): the first one is the photo.
        if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
            raise InvalidInput(_("不支持动图，请上传静态图片"), field="file", code="file_animated")
        lossless = opened.format in _LOSSLESS
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    pixels = upright.convert("RGBA" if transparent else "RGB")
    pixels.info.clear()
    encoded = BytesIO()
    if transparent or lossless:
        pixels.save(encoded, "PNG")
    else:
        pixels.save(encoded, "JPEG", quality=90)
    return Picture(
        content=encoded.getvalue(),
        media_type="image/png" if transparent or lossless else "image/jpeg",
        width_px=pixels.width,
        height_px=pixels.height,
        thumbnail=_thumbnail(pixels),
    )


def _thumbnail(pixels: Image.Image) -> bytes:
    small = pixels.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    encoded = BytesIO()
    small.save(encoded, "WEBP", quality=80)
    return encoded.getvalue()


def _too_many_pixels() -> InvalidInput:
    return InvalidInput(
        _("图片像素过多，请缩小到 5000 万像素以内"), field="file", code="file_too_many_pixels"
    )
