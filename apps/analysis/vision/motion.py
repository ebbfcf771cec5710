"""What moves before a background that is learnt, as blobs of a small picture."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.algorithms.contract import Box, Pixels

Mask = NDArray[np.uint8]
#: What one run leaves to the next of the same job: arrays and spells, by name.
Memory = dict[str, Any]
#: Pictures are looked at in this width; figures smaller than some pixels of it are not seen.
WIDTH = 320
#: More of the picture than this never moves at once: the light has changed.
MOST_MOVING = 0.6
#: The first pictures are the background until something else is known.
LEARNING = 3


@dataclass(frozen=True)
class Blob:
    """Something that moves. Edges in pixels of the small picture, right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int
    area: int

    @property
    def foot(self) -> tuple[float, float]:
        """Where it stands: the middle of its lower edge."""
        return (self.left + self.right) / 2, float(self.bottom)

    @property
    def label(self) -> str:
        """What it is by its shape alone: upright is a person, lying is a vehicle."""
        return "person" if self.bottom - self.top > 1.15 * (self.right - self.left) else "vehicle"

    def box(self, size: tuple[int, int], *, score: float = 1.0, track: int | None = None) -> Box:
        """Will give it as shares of the picture. size: width, height of the small picture."""
        width, height = size
        return Box(
            self.left / width, self.top / height, self.right / width, self.bottom / height,
            score, self.label, track,
        )  # fmt: skip


def small(pixels: Pixels) -> Mask:
    """Will give the grey picture algorithms look at, ``WIDTH`` wide."""
    height, width = pixels.shape[:2]
    size = (WIDTH, max(2, round(height * WIDTH / width)))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


class Foreground:
    """Learns what stands still and says what does not.

    absorb_s: how long something must stand to become background. threshold: squared distance
    from the background in units of its noise, the higher the less is seen.
    """

    def __init__(self, *, absorb_s: float, threshold: float, memory: Memory | None = None) -> None:
        self._model = cv2.createBackgroundSubtractorMOG2(
            history=500, varThreshold=threshold, detectShadows=False
        )
        self._absorb_s = absorb_s
        self._last_s: float | None = None
        self._seen = 0
        known = (memory or {}).get("background")
        if known is not None:
            for time in range(LEARNING):
                self._model.apply(known, learningRate=1 if time == 0 else 0.5)
            self._seen = LEARNING
        # High and narrow: the roof of a car as dark as the road hangs together with its wheels,
        # two people side by side do not.
        self._close = np.ones((9, 5), np.uint8)

    def look(self, grey: Mask, at_s: float) -> Mask:
        """Will give 1 where something moves; nothing while the light changes."""
        step_s = 0.2 if self._last_s is None else max(0.01, at_s - self._last_s)
        self._last_s, self._seen = at_s, self._seen + 1
        # A new look of a pixel is background once it has a tenth of the weight (OpenCV's 0.9).
        rate = 1 - math.pow(0.9, step_s / self._absorb_s)
        if self._seen <= LEARNING:
            rate = max(rate, 1 / self._seen)
        mask = self._model.apply(grey, learningRate=rate)
        if self._seen <= LEARNING:
            return np.zeros_like(grey)
        if cv2.countNonZero(mask) > MOST_MOVING * mask.size:
            self._model.apply(grey, learningRate=0.5)
            return np.zeros_like(grey)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, self._close)
        return np.asarray(mask > 0, np.uint8)

    def keep(self, memory: Memory) -> None:
        """Will lay what was learnt into the memory of the next run."""
        if self._seen > LEARNING:
            memory["background"] = self._model.getBackgroundImage()


def blobs_of(mask: Mask, least_area: float) -> list[Blob]:
    """Will give connected parts of a mask. least_area: share of the picture."""
    count, _labels, stats, _centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    least = max(6, least_area * mask.size)
    found = []
    for left, top, width, height, area in stats[1:count].tolist():
        if area >= least:
            found.append(Blob(left, top, left + width, top + height, area))
    return found
