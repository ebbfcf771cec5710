"""People and vehicles that go over lines, each once and with its direction. Source: VD-10."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.algorithms.contract import Frame, Output, Plugin
from apps.analysis.vision.geometry import Line, lines_of
from apps.analysis.vision.motion import Foreground, Memory, blobs_of, small
from apps.analysis.vision.tracking import Track, Tracker

#: So many pixels beyond a line before it counts: who stands upon it sways.
MARGIN = 3.0


def line_count(parameters: Mapping[str, float], drawing: Mapping[str, Any]) -> Plugin:
    """Will give the counting of ``lines``: marks "crossed" with line, way and label."""

    memory: Memory = drawing.get("memory", {})

    def run(frames: Iterable[Frame]) -> Iterator[Output]:
        seen = Foreground(
            absorb_s=parameters["absorb_s"], threshold=parameters["threshold"], memory=memory
        )
        tracker, lines, size = Tracker(), list[Line](), (0, 0)
        counts: dict[str, int] = {}
        for frame in frames:
            grey = small(frame.pixels)
            if not lines:
                size = (grey.shape[1], grey.shape[0])
                lines = lines_of(drawing, size)
            mask = seen.look(grey, frame.at_s)
            tracks = tracker.follow(blobs_of(mask, parameters["least_area"]), frame.at_s)
            marks = [mark for one in tracks for mark in _crossed(one, lines)]
            for mark in marks:
                name = f"{mark['line']}:{mark['way']}"
                counts[name] = counts.get(name, 0) + 1
            boxes = tuple(
                one.blob.box(size, track=one.number)
                for one in tracks
                if one.is_sure and one.is_seen
            )
            yield Output(frame.at_s, boxes=boxes, counts=dict(counts), marks=tuple(marks))
        seen.keep(memory)

    return run


def _crossed(track: Track, lines: list[Line]) -> list[dict[str, Any]]:
    marks = []
    for line in lines:
        away = line.side(track.foot)
        side = 0 if abs(away) < MARGIN else (1 if away > 0 else -1)
        known = track.sides.get(line.code, 0)
        if side == 0 or not track.is_sure:
            if side and not known:
                track.sides[line.code] = side
            continue
        track.sides[line.code] = side
        if known and side != known and line.is_beside(track.foot):
            way = "in" if side > 0 else "out"
            marks.append(
                {"mark": "crossed", "line": line.code, "way": way, "label": track.label,
                 "track": track.number}
            )  # fmt: skip
    return marks
