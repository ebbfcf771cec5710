"""Blobs of one picture are joined to those of the pictures before: what is the same thing.

A thing keeps its speed while it is hidden behind another or melts into it, so two that pass each
other stay two. Pure Python: there are few things in a picture.
"""

from collections import Counter
from dataclasses import dataclass, field

from apps.analysis.vision.motion import Blob

#: A thing not found for so long is gone.
LOST_S = 1.2
#: Found so often before it counts: noise is seldom seen twice in one place.
SURE = 3
#: How much a new sighting moves the speed that was known.
GAIN = 0.35


@dataclass
class Track:
    """One thing over time. foot, speed: pixels of the small picture, per second."""

    number: int
    blob: Blob
    foot: tuple[float, float]
    at_s: float
    since_s: float
    speed: tuple[float, float] = (0.0, 0.0)
    hits: int = 1
    is_seen: bool = True
    seen_s: float = 0.0
    size: tuple[float, float] = (0.0, 0.0)
    labels: Counter[str] = field(default_factory=Counter)
    sides: dict[str, int] = field(default_factory=dict)

    @property
    def is_sure(self) -> bool:
        """Whether it was found often enough to count."""
        return self.hits >= SURE

    @property
    def label(self) -> str:
        """What it looked like most of the time."""
        return self.labels.most_common(1)[0][0]

    def foreseen(self, at_s: float) -> tuple[float, float]:
        """Will say where it should be by now."""
        step = at_s - self.at_s
        return self.foot[0] + self.speed[0] * step, self.foot[1] + self.speed[1] * step

    def found(self, blob: Blob, at_s: float) -> None:
        """Will take a sighting."""
        step = max(1e-3, at_s - self.at_s)
        foot = blob.foot
        told = ((foot[0] - self.foot[0]) / step, (foot[1] - self.foot[1]) / step)
        gain = 1.0 if self.hits == 1 else GAIN
        self.speed = (
            self.speed[0] + gain * (told[0] - self.speed[0]),
            self.speed[1] + gain * (told[1] - self.speed[1]),
        )
        self.blob, self.foot, self.at_s, self.seen_s = blob, foot, at_s, at_s
        self.hits, self.is_seen = self.hits + 1, True
        wide, high = blob.right - blob.left, blob.bottom - blob.top
        self.size = (max(self.size[0] * 0.9, wide), max(self.size[1] * 0.9, high))
        self.labels[blob.label] += blob.area

    def coast(self, at_s: float) -> None:
        """Will go on as before, unseen."""
        self.foot, self.at_s, self.is_seen = self.foreseen(at_s), at_s, False


class Tracker:
    """Joins blobs to things; see ``follow``."""

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._next = 1

    def follow(self, blobs: list[Blob], at_s: float) -> list[Track]:
        """Will take the blobs of a picture and give the things that are there now."""
        melted = self._melted(blobs, at_s)
        free = set(range(len(blobs))) - set(melted)
        waiting = set(range(len(self.tracks))) - {t for held in melted.values() for t in held}
        for _cost, track, blob in self._pairs(blobs, at_s, free, waiting):
            if track in waiting and blob in free:
                waiting.discard(track)
                free.discard(blob)
                self.tracks[track].found(blobs[blob], at_s)
        for track in [*waiting, *(t for held in melted.values() for t in held)]:
            self.tracks[track].coast(at_s)
            if track not in waiting:  # it is in there, only not to be told apart
                self.tracks[track].seen_s = at_s
        for number in sorted(free):
            if not self._is_part(blobs[number]):
                self._begin(blobs[number], at_s)
        self.tracks = [one for one in self.tracks if at_s - one.seen_s <= LOST_S]
        return self.tracks

    def _melted(self, blobs: list[Blob], at_s: float) -> dict[int, list[int]]:
        """Blobs in which two or more known things should be by now."""
        found: dict[int, list[int]] = {}
        for number, blob in enumerate(blobs):
            within = [
                index
                for index, track in enumerate(self.tracks)
                if track.is_sure and _holds(blob, track, at_s)
            ]
            if len(within) > 1:
                known = sum(self.tracks[t].size[0] * self.tracks[t].size[1] for t in within)
                whole = (blob.right - blob.left) * (blob.bottom - blob.top)
                if whole > 0.6 * known:
                    found[number] = within
        return found

    def _pairs(
        self, blobs: list[Blob], at_s: float, free: set[int], waiting: set[int]
    ) -> list[tuple[float, int, int]]:
        pairs = []
        for track in waiting:
            one = self.tracks[track]
            x, y = one.foreseen(at_s)
            reach = max(14.0, 0.9 * one.size[0]) if one.is_sure else max(18.0, one.size[0])
            for number in free:
                bx, by = blobs[number].foot
                cost = abs(bx - x) + 1.5 * abs(by - y)
                if cost < reach + 10:
                    pairs.append((cost, track, number))
        return sorted(pairs)

    def _is_part(self, blob: Blob) -> bool:
        """A piece of something that was found already is not another thing."""
        x, y = blob.foot
        for track in self.tracks:
            wide, high = track.size
            if (
                track.is_sure
                and abs(x - track.foot[0]) < wide / 2 + 2
                and track.foot[1] - high - 2 < y <= track.foot[1] + 2
                and blob.area < 0.5 * wide * high
            ):
                return True
        return False

    def _begin(self, blob: Blob, at_s: float) -> None:
        wide, high = blob.right - blob.left, blob.bottom - blob.top
        track = Track(
            self._next, blob, blob.foot, at_s, at_s, seen_s=at_s, size=(float(wide), float(high))
        )
        track.labels[blob.label] += blob.area
        self.tracks.append(track)
        self._next += 1


def _holds(blob: Blob, track: Track, at_s: float) -> bool:
    x, y = track.foreseen(at_s)
    middle = y - track.size[1] / 2
    return blob.left - 2 <= x <= blob.right + 2 and blob.top - 2 <= middle <= blob.bottom + 2
