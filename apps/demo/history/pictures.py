"""Small drawn pictures that say of themselves that they are for show."""

import io
import random
from collections.abc import Sequence
from functools import cache

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

from apps.common import files
from apps.matters.services import NewFile

SIZE = (480, 320)
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
KINDS = {"before": "处置前", "after": "处置后"}
EACH = 8


class Stock:
    """A few stored pictures of each kind, drawn once and used again."""

    def __init__(self, rng: random.Random) -> None:
        self.stored = {kind: [_draw(rng, kind, n) for n in range(EACH)] for kind in KINDS}

    def draw(self, rng: random.Random, kind: str) -> Sequence[NewFile]:
        """Will give one or two different pictures."""
        return rng.sample(self.stored[kind], rng.choice([1, 1, 2]))


def _draw(rng: random.Random, kind: str, number: int) -> NewFile:
    ground = (196, 190, 180) if kind == "before" else (176, 205, 178)
    image = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 190, SIZE[0], SIZE[1]), fill=(120, 120, 124))
    for _turn in range(6):
        x, y = rng.randrange(SIZE[0]), rng.randrange(190, SIZE[1])
        pen.rectangle((x, y, x + 40, y + 4), fill=(235, 235, 225))
    for x in range(0, SIZE[0], 80):
        high = rng.randrange(60, 150)
        pen.rectangle((x + 6, 190 - high, x + 70, 190), fill=(150, 160, 175))
    if kind == "before":
        pen.ellipse((190, 220, 300, 270), fill=(70, 60, 55))
    pen.rectangle((0, 0, SIZE[0], 34), fill=(30, 60, 110))
    font = _font()
    words = f"演示图片 {KINDS[kind]} {number + 1}" if font else f"DEMO PICTURE {kind} {number + 1}"
    pen.text((12, 8), words, fill="white", font=font)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    name = f"演示图片-{KINDS[kind]}-{number + 1}.png"
    upload = ContentFile(buffer.getvalue(), name=name)
    return NewFile(files.store(upload, allow=frozenset({"image"})), name)


def draw_paper(label: str) -> bytes:
    """Will draw a paper that says what it stands for, as PNG; never like a true one."""
    image = Image.new("RGB", SIZE, (245, 243, 236))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, SIZE[0] - 20, SIZE[1] - 20), outline=(120, 120, 124), width=3)
    font = _font()
    pen.text((60, 140), f"演示材料 {label}" if font else "DEMO PAPER", fill="black", font=font)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@cache
def _font() -> ImageFont.FreeTypeFont | None:
    for path in FONTS:
        try:
            return ImageFont.truetype(path, 18)
        except OSError:
            continue
    return None
