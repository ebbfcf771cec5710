"""Readings that are only hints: fire and smoke, the water at a gauge. A person confirms them.

The literature reports many false alarms for colour rules; nothing here orders anything by
itself. Source: VD-09.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import cv2
import numpy as np

from apps.algorithms.contract import Frame, Output, Pixels, Plugin
from apps.analysis.vision.geometry import Zone, zones_of
from apps.analysis.vision.motion import WIDTH, Mask, blobs_of
from apps.analysis.vision.spells import Mark, Spell

#: Fire changes its shape all the time: so many pictures are held against each other.
FLICKER = 8


def smoke_fire(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give when fire-coloured, flickering parts fill so much of a zone."""

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        past: deque[Mask] = deque(maxlen=FLICKER)
        zones: list[Zone] = []
        spells: list[Spell] = []
        for frame in frames:
            colour = _small_colour(frame.pixels)
            size = (colour.shape[1], colour.shape[0])
            if not zones:
                zones = zones_of(drawing, size)
                spells = [
                    Spell(zone.code, parameters["least_s"], parameters["gap_s"]) for zone in zones
                ]
            past.append(_fire(colour))
            flickering = _flickering(past)
            marks: list[Mark] = []
            scalar = 0.0
            for zone, spell in zip(zones, spells, strict=True):
                here = flickering & zone.mask
                share = float(here.sum()) / max(1, zone.area)
                blobs = blobs_of(here, 0.0002) if share >= parameters["fill"] else []
                largest = max(blobs, key=lambda blob: blob.area, default=None)
                box = largest.box(size) if largest else None
                marks += spell.look(frame.at_s, box is not None, value=share, box=box)
                scalar = max(scalar, share)
            yield Output(frame.at_s, scalar=scalar, marks=tuple(marks))

    return run


def _small_colour(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    size = (WIDTH, max(2, round(height * WIDTH / width)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _fire(colour: Pixels) -> Mask:
    """Bright, red before green before blue, and far from grey."""
    red, green, blue = (colour[:, :, part].astype(np.int16) for part in range(3))
    return ((red > 185) & (red > green + 15) & (green > blue + 10) & (red - blue > 70)).astype(
        np.uint8
    )


def _flickering(past: "deque[Mask]") -> Mask:
    if len(past) < FLICKER:
        return np.zeros_like(past[0])
    ever = np.maximum.reduce(list(past))
    changes = sum(
        (one != other).astype(np.uint8)
        for one, other in zip(list(past)[1:], list(past)[:-1], strict=True)
    )
    lively = np.asarray(changes >= 2, np.uint8)
    grown = cv2.dilate(lively, np.ones((7, 7), np.uint8))
    return np.asarray(ever & grown, np.uint8)


def water_level(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give the reading at a gauge by two calibrated points, and when it is over the limit.

    The waterline is where rows of the strip between the points change most; the middle of the
    last readings counts. Where no row stands out there is no reading.
    """
    gauge = drawing["gauge"]
    spell = Spell("gauge", parameters["least_s"], parameters["gap_s"])

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        last: deque[float] = deque(maxlen=max(1, int(parameters["smooth"])))
        for frame in frames:
            found = reading(frame.pixels, gauge)
            if found is not None:
                last.append(found)
            level = float(np.median(last)) if last else None
            is_over = level is not None and level >= parameters["limit"]
            marks = spell.look(frame.at_s, is_over, value=level or 0.0)
            yield Output(frame.at_s, scalar=level, marks=tuple(marks))

    return run


def reading(pixels: Pixels, gauge: Mapping[str, Any]) -> float | None:
    """Will read the water at a gauge in one picture, None where no line stands out.

    gauge: top and bottom (shares of the picture), what stands there (top_value, bottom_value),
    width of the strip (share).
    """
    height, width = pixels.shape[:2]
    (tx, ty), (bx, by) = gauge["top"], gauge["bottom"]
    half = max(2, round(gauge.get("width", 0.03) * width / 2))
    middle = round((tx + bx) / 2 * width)
    first, end = round(ty * height), round(by * height)
    strip = pixels[first:end, max(0, middle - half) : middle + half]
    if strip.shape[0] < 12 or strip.shape[1] < 2:
        return None
    rows = strip.mean(axis=(1, 2))
    reach = max(3, len(rows) // 12)
    total = np.concatenate([[0.0], np.cumsum(rows)])
    at = np.arange(reach, len(rows) - reach + 1)
    above = (total[at] - total[at - reach]) / reach
    below = (total[at + reach] - total[at]) / reach
    steps = np.abs(above - below)
    best = int(steps.argmax())
    if steps[best] < 8 or steps[best] < 2.5 * float(np.median(steps) + 0.5):
        return None
    share = (reach + best) / len(rows)
    top, bottom = gauge["top_value"], gauge["bottom_value"]
    return float(top + (bottom - top) * share)
