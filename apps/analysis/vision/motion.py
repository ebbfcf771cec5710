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
#: The iris of a camera opens and shuts. A change of the whole picture below the first is none,
#: one beyond the second is no iris any more.
STEADY, MOST_GAIN = 0.03, 3.0
#: Pixels within so many greys of what the iris explains are no figure.
AGREEING = 12.0
#: The whole picture is held against every sixteenth pixel of the background, which is taken
#: from the model this often; it changes slowly.
SPARSE, REFRESH_S = 4, 1.0


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
        self._usual: _Usual | None = None
        self._usual_s = 0.0
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
        grey = self._evened(grey, at_s)
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

    def _evened(self, grey: Mask, at_s: float) -> Mask:
        """As bright as a whole as the background is: what most pixels agree on is the iris.

        A large car makes a camera shut it, and everything would move. Where less than half of
        the picture agrees, nothing is changed.
        """
        if self._seen <= LEARNING:
            return grey
        if self._usual is None or at_s - self._usual_s >= REFRESH_S:
            learnt = np.asarray(self._model.getBackgroundImage()[::SPARSE, ::SPARSE], np.uint8)
            self._usual, self._usual_s = _Usual.of(learnt), at_s
        found = _iris(self._usual, grey[::SPARSE, ::SPARSE])
        if found is None:
            return grey
        gain, lift = found
        greys = np.clip((np.arange(256) - lift) / gain, 0, 255).round().astype(np.uint8)
        return np.asarray(cv2.LUT(grey, greys), np.uint8)

    def keep(self, memory: Memory) -> None:
        """Will lay what was learnt into the memory of the next run."""
        if self._seen > LEARNING:
            memory["background"] = self._model.getBackgroundImage()


@dataclass(frozen=True)
class _Usual:
    """The sparse background: its greys, which of them are not too dark to tell, and the greys
    from which on a pixel is brighter or darker by more than ``STEADY``."""

    greys: NDArray[np.float32]
    tells: NDArray[np.bool_]
    brighter: Mask
    darker: Mask

    @classmethod
    def of(cls, learnt: Mask) -> "_Usual":
        greys = learnt.astype(np.float32)
        brighter = np.ceil(greys * (1 + STEADY) - 1e-3).clip(0, 255).astype(np.uint8)
        darker = np.floor(greys * (1 - STEADY) + 1e-3).clip(0, 255).astype(np.uint8)
        return cls(greys, greys > 8, brighter, darker)

    def is_steady(self, told: NDArray[np.bool_], now: Mask) -> bool:
        """Whether the middle share is surely within ``STEADY``: fewer than half are beyond it on
        either side. The middle itself need not be found for that, which most frames are spared."""
        half = np.count_nonzero(told) / 2
        return bool(
            np.count_nonzero(told & (now >= self.brighter)) < half
            and np.count_nonzero(told & (now <= self.darker)) < half
        )


def _iris(known: _Usual, now: Mask) -> tuple[float, float] | None:
    """Will give gain and lift that make the usual picture the present one, None if it is steady.

    The median share first, then a straight line through the pixels near it: an iris changes dark
    greys by another share than bright ones.
    """
    told = (now > 4) & (now < 250) & known.tells
    if np.count_nonzero(told) < 0.5 * now.size or known.is_steady(told, now):
        return None
    before, after = known.greys[told], now[told].astype(np.float32)
    gain, lift = float(np.median(after / before)), 0.0
    if abs(gain - 1) < STEADY or not 1 / MOST_GAIN < gain < MOST_GAIN:
        return None
    for _round in range(2):
        near = np.abs(after - gain * before - lift) < AGREEING
        if np.count_nonzero(near) < 0.4 * now.size:
            return None
        x, y = before[near], after[near]
        spread = float(x.var())
        if spread < 4:
            break
        gain = float(((x - x.mean()) * (y - y.mean())).mean()) / spread
        lift = float(y.mean()) - gain * float(x.mean())
        if not 1 / MOST_GAIN < gain < MOST_GAIN:
            return None
    return gain, lift


def blobs_of(mask: Mask, least_area: float) -> list[Blob]:
    """Will give connected parts of a mask. least_area: share of the picture."""
    count, _labels, stats, _centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    least = max(6, least_area * mask.size)
    found = []
    for left, top, width, height, area in stats[1:count].tolist():
        if area >= least:
            found.append(Blob(left, top, left + width, top + height, area))
    return found
