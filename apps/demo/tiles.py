"""Pictures of a tile service that is none: a chequered ground with the tile's name on it."""

from io import BytesIO

from PIL import Image, ImageDraw

SIDE = 256


def draw_tile(z: int, x: int, y: int) -> bytes:
    """Will draw a tile as PNG."""
    shade = 214 if (x + y) % 2 else 226
    picture = Image.new("RGB", (SIDE, SIDE), (shade - 14, shade, shade - 22))
    pen = ImageDraw.Draw(picture)
    for at in range(0, SIDE, 32):
        pen.line([(at, 0), (0, at)], fill=(shade - 24, shade - 8, shade - 30))
    pen.rectangle([0, 0, SIDE - 1, SIDE - 1], outline=(150, 160, 150))
    pen.text((10, 10), f"{z}/{x}/{y}", fill=(80, 90, 80))
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
