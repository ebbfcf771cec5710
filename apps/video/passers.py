"""A street without those who pass: what a standard picture is made of. Source: VD-06."""

from collections.abc import Sequence

from PIL import Image, ImageChops

#: Pictures taken for one, and the seconds between them: who passes has gone on by then.
STILLS, PAUSE_S = 3, 2.0


def without_passers(taken: Sequence[Image.Image]) -> Image.Image:
    """Will give the middle of three pictures at every point; of unlike sizes the last one.

    A car in the standard picture would be missed in every look from then on, and taken for
    something that covers the camera.
    """
    one, two, three = (picture.convert("RGB") for picture in taken)
    if not one.size == two.size == three.size:
        return three
    low, high = ImageChops.darker(one, two), ImageChops.lighter(one, two)
    return ImageChops.lighter(low, ImageChops.darker(high, three))
