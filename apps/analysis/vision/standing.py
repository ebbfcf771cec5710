"""Things that came and stay, or went: parked cars, blocked lanes, left and removed objects.

Two memories: a background of what belongs there, learnt only where nothing stands before it,
and for every pixel since when it has looked as it does now. What differs from the background
and has not changed for a while is a standing thing, and the time since it has stood is exact to
a picture. Source: VD-09.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.algorithms.contract import Frame, Output, Plugin
from apps.analysis.vision.geometry import Zone, zones_of
from apps.analysis.vision.motion import Blob, Mask, Memory, blobs_of, small
from apps.analysis.vision.spells import Mark, Spell, recall, remember

Plane = NDArray[np.float32]
Times = NDArray[np.float64]
#: A pixel looks as before within so many grey steps.
SAME = 14.0
#: Nothing counts as standing before it has for so long.
STILL_S = 1.0
#: The noise of a camera is never thought smaller than this.
LEAST_NOISE = 3.0
LEARN_S = 20.0


class Standing:
    """The two memories; see ``look``. threshold: in units of the noise."""

    def __init__(self, threshold: float, memory: Memory) -> None:
        self._threshold = threshold
        self._mean: Plane | None = memory.get("mean")
        self._noise: Plane | None = memory.get("noise")
        self._held: Plane | None = memory.get("held")
        self.since: Times | None = memory.get("since")
        self._last_s = 0.0

    def look(self, grey: Mask, at_s: float) -> Mask:
        """Will give 1 where something stands that does not belong there."""
        plane = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
        if self._mean is None or self._noise is None or self._held is None or self.since is None:
            self._mean, self._held = plane.copy(), plane.copy()
            self._noise = np.full_like(plane, 6.0)
            self.since = np.full(plane.shape, at_s, np.float64)
            self._last_s = at_s
            return np.zeros_like(grey)
        step_s, self._last_s = max(1e-3, at_s - self._last_s), at_s
        plane = self._as_lit(plane)
        off = np.abs(plane - self._mean)
        is_other = off > np.maximum(self._threshold * self._noise, SAME)
        changed = np.abs(plane - self._held) > SAME
        self._held[changed] = plane[changed]
        self.since[changed] = at_s
        keep = np.float32(min(0.5, step_s / LEARN_S))
        own = ~is_other
        self._mean[own] += keep * (plane - self._mean)[own]
        self._noise[own] += keep * (np.maximum(off, LEAST_NOISE) - self._noise)[own]
        still = is_other & (at_s - self.since >= STILL_S)
        mask = cv2.morphologyEx(still.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 5), np.uint8)))

    def keep(self, memory: Memory) -> None:
        """Will lay both memories into that of the next run."""
        planes = {"mean": self._mean, "noise": self._noise, "held": self._held}
        memory.update({name: plane for name, plane in planes.items() if plane is not None})
        if self.since is not None:
            memory["since"] = self.since

    def _as_lit(self, plane: Plane) -> Plane:
        """Takes a change of the light on the whole picture back; what stands changes only parts."""
        assert self._mean is not None
        ratio = float(np.median((self._mean + 1) / (plane + 1)))
        return plane * np.float32(ratio) if 0.4 < ratio < 2.5 else plane

    def since_of(self, blob: Blob, mask: Mask) -> float:
        """Will give since when most of a blob has stood."""
        assert self.since is not None
        part = np.s_[blob.top : blob.bottom, blob.left : blob.right]
        times = self.since[part][mask[part] > 0]
        return float(np.median(times)) if times.size else 0.0

    def is_removed(self, blob: Blob, mask: Mask, grey: Mask) -> bool:
        """Will tell whether something that belonged there is gone: its edge was in the past."""
        assert self._mean is not None
        part = np.s_[max(0, blob.top - 3) : blob.bottom + 3, max(0, blob.left - 3) : blob.right + 3]
        kernel = np.ones((3, 3), np.uint8)
        edge = np.asarray(cv2.dilate(mask[part], kernel) - cv2.erode(mask[part], kernel), np.uint8)
        now = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
        return _steepness(self._mean[part], edge) > _steepness(now[part], edge)


def _steepness(plane: Plane, edge: Mask) -> float:
    across, down = cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)
    steep = cv2.magnitude(across, down)[edge > 0]
    return float(steep.mean()) if steep.size else 0.0


def occupation(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give how long a lane is blocked or a car parks where it may not: one spell a zone."""

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        kept: Memory = drawing.get("memory", {})
        memory = Standing(parameters["threshold"], kept)
        zones, spells, size = list[Zone](), list[Spell](), (0, 0)
        for frame in frames:
            grey = small(frame.pixels)
            if not zones:
                size = (grey.shape[1], grey.shape[0])
                zones = zones_of(drawing, size)
                spells = [
                    Spell(zone.code, parameters["least_s"], parameters["gap_s"]) for zone in zones
                ]
                recall(spells, kept, frame.at_s)
            mask = memory.look(grey, frame.at_s)
            marks: list[Mark] = []
            boxes = []
            for zone, spell in zip(zones, spells, strict=True):
                blob = _largest(mask & zone.mask, parameters["least_area"])
                since = memory.since_of(blob, mask) if blob else None
                box = blob.box(size) if blob else None
                value = blob.area / max(1, zone.area) if blob else 0.0
                marks += spell.look(
                    frame.at_s, blob is not None, value=value, box=box, since_s=since
                )
                if box is not None:
                    boxes.append(box)
            yield Output(frame.at_s, boxes=tuple(boxes), marks=tuple(marks))
        memory.keep(kept)
        remember(spells, kept)

    return run


def left_object(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give things left behind and things taken away, each place once."""

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        kept: Memory = drawing.get("memory", {})
        memory = Standing(parameters["threshold"], kept)
        zones, size = list[Zone](), (0, 0)
        known: dict[tuple[str, int, int], Spell] = {}
        for frame in frames:
            grey = small(frame.pixels)
            if not zones:
                size = (grey.shape[1], grey.shape[0])
                zones = zones_of(drawing, size)
                known = _recalled(parameters, kept, frame.at_s)
            mask = memory.look(grey, frame.at_s)
            marks: list[Mark] = []
            boxes = []
            here: set[tuple[str, int, int]] = set()
            for zone in zones:
                for blob in blobs_of(mask & zone.mask, parameters["least_area"]):
                    if blob.area > parameters["most_area"] * mask.size:
                        continue
                    key = _place(known, zone, blob)
                    spell = known.setdefault(
                        key, Spell(zone.code, parameters["least_s"], parameters["gap_s"])
                    )
                    here.add(key)
                    box = blob.box(size)
                    boxes.append(box)
                    is_new = spell.began_s is None
                    what = {"is_removed": memory.is_removed(blob, mask, grey)} if is_new else {}
                    marks += spell.look(
                        frame.at_s, True, value=blob.area / mask.size, box=box,
                        since_s=memory.since_of(blob, mask), **(spell.facts | what),
                    )  # fmt: skip
            for key in set(known) - here:
                marks += known[key].look(frame.at_s, False)
                if known[key].began_s is None:
                    del known[key]
            yield Output(frame.at_s, boxes=tuple(boxes), marks=tuple(marks))
        memory.keep(kept)
        kept["places"] = [[*key, spell.told()] for key, spell in known.items()]

    return run


def _recalled(
    parameters: Mapping[str, float], kept: Memory, at_s: float
) -> dict[tuple[str, int, int], Spell]:
    found: dict[tuple[str, int, int], Spell] = {}
    for code, x, y, told in kept.get("places", ()):
        spell = Spell(code, parameters["least_s"], parameters["gap_s"])
        spell.resume(told, at_s)
        found[code, x, y] = spell
    return found


def _largest(mask: Mask, least_area: float) -> Blob | None:
    return max(blobs_of(mask, least_area), key=lambda blob: blob.area, default=None)


def _place(
    known: Mapping[tuple[str, int, int], Spell], zone: Zone, blob: Blob
) -> tuple[str, int, int]:
    """The same place within a dozen pixels is the same thing."""
    x, y = round(blob.foot[0]), round(blob.foot[1])
    for code, kx, ky in known:
        if code == zone.code and abs(kx - x) <= 12 and abs(ky - y) <= 12:
            return code, kx, ky
    return zone.code, x, y
