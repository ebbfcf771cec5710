"""Smoke as a hint: a grey veil that hides edges, grows slowly and rises. A person confirms it.

A car is as grey but brings edges of its own and is there at once; fog is everywhere at once and
rises from nowhere. Steam and dust look the same: nothing here orders anything. Source: VD-09.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.algorithms.contract import Box, Frame, Output, Pixels, Plugin
from apps.analysis.vision.geometry import Zone, zones_of
from apps.analysis.vision.motion import Mask
from apps.analysis.vision.spells import Mark, Spell

#: Looked at in blocks of eight pixels of a picture 320 wide.
COLUMNS, BLOCK = 40, 8
#: A veil changes the greys by so much, has hardly any colour, and leaves such a share of edges.
LEAST_CHANGE, MOST_COLOUR, EDGES_LEFT = 8.0, 28.0, 0.75
#: What a block needs of edges for a veil to hide any.
LEAST_EDGE = 2.5
#: Growth is judged over so long, in so many steps, each more than the one before.
GROWING_S, STEPS = 4.0, 4
#: What fills more of a zone by the second is a hand, a lorry or the light.
MOST_A_SECOND = 0.025
#: Nor does smoke come in leaps: more of a zone within one second is somebody who moves about before
#: the camera, whose comings and goings may well rise on average.
MOST_AT_ONCE, AT_ONCE_S = 3 * MOST_A_SECOND, 1.0
#: It has risen by so many blocks since it was first seen.
RISEN = 2
#: How fast what is usual follows what is seen, by second; a veil is learnt only after minutes.
LEARNING = 0.01
Blocks = NDArray[np.float32]


@dataclass
class _Plume:
    """How a veil in one zone has grown: moment, share and highest block, newest last."""

    past: deque[tuple[float, float, int]] = field(default_factory=deque)
    is_smoke: bool = False

    def look(self, at_s: float, share: float, top: int, fill: float) -> bool:
        """Will take a moment and tell whether it is smoke by now, or still."""
        if share < 0.2 * fill:
            self.past.clear()
            self.is_smoke = False
            return False
        self.past.append((at_s, share, top))
        while self.past[-1][0] - self.past[0][0] > 2 * GROWING_S:
            self.past.popleft()
        self.is_smoke = self.is_smoke or (share >= fill and self._grows())
        return self.is_smoke and share >= fill

    def _grows(self) -> bool:
        begun, now = self.past[0], self.past[-1]
        if now[0] - begun[0] < GROWING_S:
            return False
        if now[1] - begun[1] > MOST_A_SECOND * (now[0] - begun[0]) or self._leaps():
            return False
        step = (now[0] - begun[0]) / STEPS
        means = []
        for number in range(STEPS):
            since = begun[0] + number * step
            shares = [share for at, share, _top in self.past if since <= at <= since + step]
            if not shares:
                return False
            means.append(sum(shares) / len(shares))
        rises = all(after > 1.05 * before for before, after in pairwise(means))
        return rises and begun[2] - now[2] >= RISEN

    def _leaps(self) -> bool:
        past = [(at, share) for at, share, _top in self.past]
        for place, (at, share) in enumerate(past):
            for later, grown in past[place + 1 :]:
                if later - at > AT_ONCE_S:
                    break
                if grown - share > MOST_AT_ONCE:
                    return True
        return False


def smoke(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give when a growing, rising veil fills so much of a zone."""

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        usual: tuple[Blocks, Blocks] | None = None
        zones: list[Zone] = []
        spells: list[Spell] = []
        plumes: list[_Plume] = []
        last_s = 0.0
        for frame in frames:
            grey, edges, colour = _blocks(frame.pixels)
            if usual is None:
                usual = grey, edges
                zones = zones_of(drawing, (grey.shape[1], grey.shape[0]))
                spells = [Spell(z.code, parameters["least_s"], parameters["gap_s"]) for z in zones]
                plumes = [_Plume() for _zone in zones]
            veil = _veil(grey, edges, colour, usual)
            marks: list[Mark] = []
            scalar = 0.0
            for zone, spell, plume in zip(zones, spells, plumes, strict=True):
                here = veil & zone.mask
                share = float(here.sum()) / max(1, zone.area)
                rows = np.flatnonzero(here.any(axis=1))
                top = int(rows[0]) if rows.size else grey.shape[0]
                is_on = plume.look(frame.at_s, share, top, parameters["fill"])
                box = _box(here) if is_on else None
                marks += spell.look(frame.at_s, is_on, value=share, box=box)
                scalar = max(scalar, share)
            usual = _learnt(usual, (grey, edges), max(0.0, frame.at_s - last_s))
            last_s = frame.at_s
            yield Output(frame.at_s, scalar=scalar, marks=tuple(marks))

    return run


def _blocks(pixels: Pixels) -> tuple[Blocks, Blocks, Blocks]:
    """Mean grey, mean strength of edges and mean colourfulness of every block."""
    height, width = pixels.shape[:2]
    rows = max(2, round(height * COLUMNS / width))
    size = (COLUMNS * BLOCK, rows * BLOCK)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    edges = cv2.magnitude(across, down) / 4
    colour = small.max(axis=2).astype(np.float32) - small.min(axis=2)
    to = (COLUMNS, rows)
    found = [cv2.resize(one, to, interpolation=cv2.INTER_AREA) for one in (grey, edges, colour)]
    return tuple(np.asarray(one, np.float32) for one in found)  # type: ignore[return-value]


def _veil(grey: Blocks, edges: Blocks, colour: Blocks, usual: tuple[Blocks, Blocks]) -> Mask:
    """Blocks that changed, lost edges and have no colour; a block alone is none."""
    changed = np.abs(grey - usual[0]) > LEAST_CHANGE
    hidden = edges < EDGES_LEFT * np.maximum(usual[1], LEAST_EDGE)
    found = (changed & hidden & (colour < MOST_COLOUR)).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)), np.uint8)


def _learnt(
    usual: tuple[Blocks, Blocks], now: tuple[Blocks, Blocks], step_s: float
) -> tuple[Blocks, Blocks]:
    rate = min(1.0, LEARNING * step_s)
    return usual[0] + rate * (now[0] - usual[0]), usual[1] + rate * (now[1] - usual[1])


def _box(here: Mask) -> Box:
    rows, columns = np.flatnonzero(here.any(axis=1)), np.flatnonzero(here.any(axis=0))
    height, width = here.shape
    left, right = int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return Box(left / width, top / height, right / width, bottom / height, 1.0, "smoke")
