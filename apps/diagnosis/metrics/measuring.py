"""All numbers of one look through a camera."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from apps.diagnosis.metrics import comparing, moving, stills
from apps.diagnosis.metrics.stills import Grey, Picture

Numbers = dict[str, float]
#: So many pictures of the look are measured one by one; the median counts.
_SINGLY = 5
SIZE = (640, 360)
#: What infrared lamps light is brighter.
_DIM = 40.0
#: By infrared there is no more colour than this, whatever the encoder adds.
_COLOURLESS = 0.4

cv2.setNumThreads(1)  # a worker has its share of the machine; OpenCV would take all of it


def measure(
    pictures: Sequence[Picture],
    times: Sequence[float],
    standards: Mapping[str, Picture] | None = None,
    *,
    by_day: bool = False,
) -> Numbers:
    """Will give the numbers of a look, by name (see ``thresholds.NUMBERS``).

    pictures: RGB, all of one size, at least one. times: seconds of the stream's clock.
    standards: by light ("day", "night") the approved standard pictures, of any size. by_day:
    the sun is surely up. What cannot be measured (nothing to compare with, one picture only) is
    not among the numbers.
    """
    greys = [stills.grey_of(picture) for picture in pictures]
    chosen = sorted({round(n) for n in np.linspace(0, len(greys) - 1, _SINGLY)})
    numbers = _singly([pictures[n] for n in chosen], [greys[n] for n in chosen])
    usual = _usual([greys[n] for n in chosen])
    numbers["reblur"] = stills.reblur(usual)
    numbers["is_night"] = float(is_night(numbers, by_day=by_day))
    if len(greys) > 1:
        numbers |= _together(greys, times, numbers["noise"])
    standard = (standards or {}).get("night" if numbers["is_night"] else "day")
    if standard is not None:
        numbers |= _beside(standard, usual)
    return {name: round(value, 4) for name, value in numbers.items()}


def is_night(numbers: Mapping[str, float], *, by_day: bool = False) -> bool:
    """Will tell whether the camera sees by infrared: no colours, for all its light.

    A dark picture by day keeps a little colour for its little light, until it is compressed:
    while the sun is up a dim grey picture is no night, nor is a faded one. Asphalt has a chroma
    of about 1.
    """
    if by_day and (numbers["brightness"] < _DIM or numbers["chroma"] > _COLOURLESS):
        return False
    return numbers["chroma"] < min(1.0, 0.015 * numbers["brightness"])


def _singly(pictures: Sequence[Picture], greys: Sequence[Grey]) -> Numbers:
    rows: list[Numbers] = []
    for picture, grey in zip(pictures, greys, strict=True):
        mean, burnt, spread = stills.brightness(grey)
        distance, ratio, chroma = stills.colours(picture)
        height, standing_out = stills.stripes(grey)
        rows.append(
            {
                "brightness": mean,
                "burnt_share": burnt,
                "contrast": spread,
                "dominant_share": stills.dominant_share(picture),
                "cast": distance,
                "cast_ratio": ratio,
                "chroma": chroma,
                "noise": stills.grain(grey),
                "stripe_height": height,
                "stripe_ratio": standing_out,
            }
        )
    return {name: float(np.median([row[name] for row in rows])) for name in rows[0]}


def _usual(greys: Sequence[Grey]) -> Grey:
    """The picture without what passes by."""
    return np.median(np.stack(greys), axis=0).astype(np.float32)


def _together(greys: Sequence[Grey], times: Sequence[float], noise: float) -> Numbers:
    most, seconds = moving.stillness(greys, times)
    turns, reach = moving.shakes(greys, times)
    # Fine texture looks like noise in one picture, movement between two: noise is in both.
    return {
        "change": most,
        "still_s": seconds,
        "shake_turns": float(turns),
        "shake_px": reach,
        "noise": min(noise, moving.moving_grain(greys)),
    }


def _beside(standard: Picture, usual: Grey) -> Numbers:
    height, width = usual.shape
    same = np.asarray(cv2.resize(standard, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    grey = stills.grey_of(same)
    found = comparing.compare(grey, usual)
    numbers: Numbers = {"matches": float(found.matches)} | _light_beside(grey, usual)
    if found.moved_share >= 0:
        numbers["moved_share"] = found.moved_share
    if found.covered_share >= 0:
        numbers["covered_share"] = found.covered_share
    return numbers


def _light_beside(standard: Grey, usual: Grey) -> Numbers:
    """How bright and how rich in greys it is against the standard picture."""
    low, high = np.percentile(standard, (1, 99))
    low_now, high_now = np.percentile(usual, (1, 99))
    return {
        "contrast_kept": float((high_now - low_now) / max(high - low, 1.0)),
        "black_lift": float(low_now - low),
        "brightness_more": float(usual.mean() - standard.mean()),
    }
