"""Whether two pictures show the same scene, by a 64-bit fingerprint of light and dark.

A difference hash: the picture is made 9 by 8 grey cells; a bit says whether a cell is brighter
than the one to its right. Exposure, size and compression hardly change it; another scene
changes about half of the bits. Pure; nothing is stored here.
"""

from io import BytesIO
from itertools import pairwise

from PIL import Image

WIDTH, HEIGHT = 9, 8
BITS = WIDTH * HEIGHT - HEIGHT
#: Up to here two pictures may be one and the same, saved anew; ``is_same`` looks closer.
SAME_BITS = 3
#: By how much the light of any part of one picture saved anew differs, of 255.
SAME_LIGHT = 24
#: From here on two pictures have little in common.
FOREIGN_BITS = 22
#: With fewer bits set (or unset) a picture is too plain to tell anything: a wall, the night.
PLAIN_BITS = 5
PARTS = 32
_BAND_BITS = 16
_BANDS = BITS // _BAND_BITS
_SIGN = 1 << (BITS - 1)
_MASK = (1 << BITS) - 1


def scene_hash(content: bytes) -> int | None:
    """Will give the fingerprint as a signed 64-bit number; None for a picture too plain."""
    with Image.open(BytesIO(content)) as opened:
        small = opened.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    cells = small.tobytes()
    bits = 0
    for row in range(HEIGHT):
        line = cells[row * WIDTH : (row + 1) * WIDTH]
        for left, right in pairwise(line):
            bits = bits << 1 | (left > right)
    ones = bits.bit_count()
    if min(ones, BITS - ones) < PLAIN_BITS:
        return None
    return bits - (1 << BITS) if bits & _SIGN else bits


def is_same(content: bytes, other: bytes) -> bool:
    """Will tell whether two pictures are one, saved anew, brighter or smaller.

    Compared is the light of 32 by 32 parts, each against its picture's mean: the same picture
    differs a little everywhere, a repair differs much in one part.
    """
    one, two = _lights(content), _lights(other)
    return max(abs(a - b) for a, b in zip(one, two, strict=True)) <= SAME_LIGHT


def _lights(content: bytes) -> list[float]:
    with Image.open(BytesIO(content)) as opened:
        small = opened.convert("L").resize((PARTS, PARTS), Image.Resampling.BOX)
    lights = small.tobytes()
    mean = sum(lights) / len(lights)
    return [light - mean for light in lights]


def bits_apart(one: int, other: int) -> int:
    """Will count the bits in which two fingerprints differ, 0 to 64."""
    return ((one ^ other) & _MASK).bit_count()


def bands_of(value: int) -> list[int]:
    """Will cut a fingerprint into four numbers, each with its position.

    Two fingerprints that differ in at most three bits share at least one of them, so that an
    index on the numbers finds every near one.
    """
    plain = value & _MASK
    part = (1 << _BAND_BITS) - 1
    return [n << _BAND_BITS | (plain >> (n * _BAND_BITS)) & part for n in range(_BANDS)]
