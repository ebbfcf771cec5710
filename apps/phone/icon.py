"""The program's own icon, drawn: a white cell of the grid with a tick on the city's blue."""

import io
from functools import lru_cache

from PIL import Image, ImageDraw

GROUND, INK = (11, 107, 130), (255, 255, 255)
SUPERSAMPLED = 4  # drawn larger and made smaller, which smooths the edges


@lru_cache(maxsize=4)
def icon_png(size: int) -> bytes:
    """Will draw the icon, ``size`` pixels each way; safe to be cut to a circle (maskable)."""
    side = size * SUPERSAMPLED
    picture = Image.new("RGB", (side, side), GROUND)
    pen = ImageDraw.Draw(picture)
    unit, line = side / 100, round(side * 0.045)
    for start in (26, 52):
        for row in (26, 52):
            box = [start * unit, row * unit, (start + 22) * unit, (row + 22) * unit]
            pen.rounded_rectangle(box, radius=3 * unit, outline=INK, width=line)
    pen.rounded_rectangle([52 * unit, 52 * unit, 74 * unit, 74 * unit], radius=3 * unit, fill=INK)
    tick = [(56.5, 63.5), (61, 68), (69.5, 58)]
    pen.line([(x * unit, y * unit) for x, y in tick], fill=GROUND, width=line, joint="curve")
    content = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(content, "PNG", optimize=True)
    return content.getvalue()
