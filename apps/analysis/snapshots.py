"""The picture of a finding: blurred outside the zone, and as taken. In worker processes only.

Faces and plates of people who have nothing to do with it are not shown to whoever reads the
list. Source: VD-09, PF-05.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFilter

from apps.algorithms.contract import Box, Pixels
from apps.common import files
from apps.common.models import StoredFile

BLUR_PX = 14
SMALL = 6  # drawn so many times smaller first: a blur can be undone, a lost pixel cannot


def blurred(pixels: Pixels, drawing: Mapping[str, Any], zone: str, box: Box | None) -> bytes:
    """Will give a JPEG that is sharp within the zone alone, with the box drawn."""
    picture = Image.fromarray(pixels)
    width, height = picture.size
    coarse = picture.resize((max(1, width // SMALL), max(1, height // SMALL)))
    hidden = coarse.resize(picture.size).filter(ImageFilter.GaussianBlur(BLUR_PX))
    mask = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(mask)
    for one in drawing.get("zones", ()):
        if one["id"] == zone:
            pen.polygon([(x * width, y * height) for x, y in one["points"]], fill=255)
    hidden.paste(picture, mask=mask)
    if box is not None:
        edges = (box.left * width, box.top * height, box.right * width, box.bottom * height)
        ImageDraw.Draw(hidden).rectangle(edges, outline=(255, 60, 40), width=2)
    return _jpeg(hidden)


def as_taken(pixels: Pixels) -> bytes:
    """Will give the whole picture as a JPEG."""
    return _jpeg(Image.fromarray(pixels))


def keep(content: bytes) -> StoredFile:
    """Will keep a picture."""
    return files.store(ContentFile(content, name="finding.jpg"), allow=frozenset({"image"}))


def _jpeg(picture: Image.Image) -> bytes:
    held = BytesIO()
    picture.save(held, "JPEG", quality=88)
    return held.getvalue()
