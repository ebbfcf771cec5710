"""Numbers of single pictures. grey: float32, height x width, 0 to 255."""

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float32]

#: Immerkær's mask: answers to noise, hardly to edges.
_GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
#: Bars shorter than this many pixels are texture, fewer than this many are scenery.
_SHORTEST_BAR, _FEWEST_BARS = 4, 8
_BANDS = 8


def grey_of(picture: Picture) -> Grey:
    """Will give the brightness of an RGB picture."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


def brightness(grey: Grey) -> tuple[float, float, float]:
    """Will give the mean, the share of burnt-out pixels, and the range from p1 to p99."""
    low, high = np.percentile(grey, (1, 99))
    return float(grey.mean()), float((grey >= 250).mean()), float(high - low)


def dominant_share(picture: Picture) -> float:
    """Will give how much of the picture has one colour (16 steps a channel, and its neighbours).

    A blue or black screen has one; the brightest street has not.
    """
    steps = (picture[::2, ::2] >> 4).astype(np.int32)
    codes = (steps[..., 0] << 8 | steps[..., 1] << 4 | steps[..., 2]).ravel()
    most = int(np.bincount(codes, minlength=4096).argmax())
    middle = np.array([most >> 8, most >> 4 & 15, most & 15]) * 16 + 8
    near = np.abs(picture[::2, ::2].astype(np.int32) - middle).max(axis=2) <= 16
    return float(near.mean())


def reblur(grey: Grey) -> float:
    """Will give how little a picture changes when it is blurred again: near 1 is blurred.

    Independent of how much texture the scene has. Also at half the size, where the steps of
    256 greys do not look like edges of a picture that has none. Source: Crété and others, 2007.
    """
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return max(_reblur_along(one, axis) for one in (grey, half) for axis in (0, 1))


def _reblur_along(grey: npt.NDArray[Any], axis: int) -> float:
    kernel = (1, 9) if axis else (9, 1)
    again = cv2.blur(grey, kernel)
    before = np.abs(np.diff(grey, axis=axis))
    after = np.abs(np.diff(again, axis=axis))
    total = float(before.sum())
    if total == 0:
        return 1.0
    return 1 - float(np.maximum(before - after, 0).sum()) / total


def colours(picture: Picture) -> tuple[float, float, float]:
    """Will give the colour cast (distance of the mean from grey, its ratio to the spread) and
    how far three quarters of the picture are from grey, in CIE Lab units."""
    small = cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    a, b = lab[..., 1], lab[..., 2]
    distance = math.hypot(float(a.mean()), float(b.mean()))
    spread = math.hypot(float(np.abs(a - a.mean()).mean()), float(np.abs(b - b.mean()).mean()))
    return distance, distance / max(spread, 0.5), float(np.percentile(np.hypot(a, b), 25))


def grain(grey: Grey) -> float:
    """Will give the standard deviation of noise in grey levels, by mean absolute answer."""
    answer = np.abs(cv2.filter2D(grey, -1, _GRAIN)[1:-1, 1:-1])
    return float(answer.mean()) * math.sqrt(math.pi / 2) / 6


def stripes(grey: Grey) -> tuple[float, float]:
    """Will give the height in grey levels of bars across the whole picture, and how far their
    frequency stands out. Rows and columns; the stronger counts.

    Scenery has bars too, of windows and road marks: but not in every part, and not in step.
    """
    return max(_stripes_along(grey), _stripes_along(grey.T))


def _stripes_along(grey: Grey) -> tuple[float, float]:
    bands = np.array_split(grey, _BANDS, axis=1)
    lines = np.stack([band.mean(axis=1) for band in bands])
    lines = lines - cv2.blur(lines, (_longest(lines.shape[1]), 1), borderType=cv2.BORDER_REFLECT)
    window = np.hanning(lines.shape[1])
    waves = np.fft.rfft(lines * window, axis=1) * 4 / lines.shape[1]
    size = np.abs(waves)
    in_step = np.abs(waves.sum(axis=0)) / np.maximum(size.sum(axis=0), 1e-6)
    common = np.sort(size, axis=0)[_BANDS // 4] * in_step
    of_use = common[_FEWEST_BARS : lines.shape[1] // _SHORTEST_BAR]
    height = float(of_use.max())
    return height, height / max(float(np.median(of_use)), 0.02)


def _longest(length: int) -> int:
    return length // _FEWEST_BARS * 2 + 1
