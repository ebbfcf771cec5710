"""Who is where, for how long, or not: intrusion, loitering, absence, crowding. Source: VD-09."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from apps.algorithms.contract import Frame, Output, Plugin
from apps.analysis.vision.geometry import Zone, zones_of
from apps.analysis.vision.motion import Blob, Foreground, Mask, Memory, blobs_of, small
from apps.analysis.vision.spells import Spell, recall, remember

Look = Callable[[Zone, Mask, list[Blob]], tuple[bool, float, Blob | None]]


def _watch(parameters: Mapping[str, float], drawing: Mapping[str, Any], look: Look) -> Plugin:
    """What presence in zones has in common: one spell for each zone."""

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        memory: Memory = drawing.get("memory", {})
        seen = Foreground(
            absorb_s=parameters["absorb_s"], threshold=parameters["threshold"], memory=memory
        )
        zones: list[Zone] = []
        spells: list[Spell] = []
        size = (0, 0)
        for frame in frames:
            grey = small(frame.pixels)
            if not zones:
                size = (grey.shape[1], grey.shape[0])
                zones = zones_of(drawing, size)
                spells = [
                    Spell(zone.code, parameters["least_s"], parameters["gap_s"]) for zone in zones
                ]
                recall(spells, memory, frame.at_s)
            mask = seen.look(grey, frame.at_s)
            blobs = blobs_of(mask, parameters["least_area"])
            marks: list[Mapping[str, Any]] = []
            found, scalar = [], 0.0
            for zone, spell in zip(zones, spells, strict=True):
                is_on, value, blob = look(zone, mask, blobs)
                box = blob.box(size) if blob else None
                marks += spell.look(frame.at_s, is_on, value=value, box=box)
                scalar = max(scalar, value)
                if box is not None:
                    found.append(box)
            yield Output(frame.at_s, boxes=tuple(found), scalar=scalar, marks=tuple(marks))
        seen.keep(memory)
        remember(spells, memory)

    return run


def intrusion(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give when somebody stood or went within a zone: feet count, not heads before it."""

    def look(zone: Zone, mask: Mask, blobs: list[Blob]) -> tuple[bool, float, Blob | None]:
        inside = [blob for blob in blobs if zone.holds((blob.foot[0], blob.foot[1] - 1))]
        largest = max(inside, key=lambda blob: blob.area, default=None)
        return bool(inside), float(len(inside)), largest

    return _watch(parameters, drawing, look)


def loitering(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give who stays in a zone: it is filled by so much of a slowly learnt background."""
    return _watch(parameters, drawing, _filled(parameters["fill"], wants=True))


def absence(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give when nobody is at a post: the zone is as empty as it was learnt."""
    return _watch(parameters, drawing, _filled(parameters["fill"], wants=False))


def _filled(share: float, *, wants: bool) -> Look:
    def look(zone: Zone, mask: Mask, blobs: list[Blob]) -> tuple[bool, float, Blob | None]:
        filled = float((mask & zone.mask).sum()) / max(1, zone.area)
        inside = [blob for blob in blobs if zone.holds((blob.foot[0], blob.foot[1] - 1))]
        largest = max(inside, key=lambda blob: blob.area, default=None)
        return (filled >= share) is wants, filled if wants else 1 - filled, largest

    return look


def crowding(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give an index of how many people fill a zone, and when it is over the limit.

    Area in motion over the area of one person there (``scale``: of the picture's height, at the
    zone's upper and lower edge), so far people weigh as much as near ones. An index, no count.
    """
    scale = drawing.get("scale", {})
    near, far = float(scale.get("near", 0.15)), float(scale.get("far", 0.15))
    weights: dict[str, Any] = {}
    over: dict[str, bool] = {}

    def look(zone: Zone, mask: Mask, blobs: list[Blob]) -> tuple[bool, float, Blob | None]:
        if zone.code not in weights:
            weights[zone.code] = _weights(zone, near, far)
        index = float(((mask & zone.mask) * weights[zone.code]).sum()) * parameters["factor"]
        # Once over the limit it must fall well below: who goes round it troubles nobody anew.
        limit = parameters["limit"] * (0.8 if over.get(zone.code) else 1.0)
        over[zone.code] = index >= limit
        largest = max(blobs, key=lambda blob: blob.area, default=None)
        return over[zone.code], index, largest

    return _watch(parameters, drawing, look)


def _weights(zone: Zone, near: float, far: float) -> Any:
    """People per pixel by row: a person of height h covers about 0.55 x h x 0.37 h."""
    height = zone.mask.shape[0]
    rows = np.nonzero(zone.mask.any(axis=1))[0]
    first, last = int(rows[0]), int(rows[-1])
    share = np.clip((np.arange(height) - first) / max(1, last - first), 0, 1)
    tall = (far + (near - far) * share) * height
    return (1 / (0.55 * 0.37 * tall**2))[:, None].astype(np.float32)
