"""Reads folded into passages: pure, no I/O. Source: IO-14, docs/decisions/0103.

Reads of one tag at one reader that follow each other within the window are one passage. What a
chain of reads comes to does not depend on the order they arrive in: a late read between two
passages joins them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.tagging.enums import Direction


@dataclass(frozen=True, slots=True)
class Seen:
    """One read, or reads folded. ins, outs: those whose antenna tells; place: lon, lat told.

    key: of the passage it was kept as; None for what is new.
    """

    first: datetime
    last: datetime
    count: int = 1
    best_rssi: float | None = None
    ins: int = 0
    outs: int = 0
    place: tuple[float, float] | None = None
    key: int | None = None


def chains(parts: Iterable[Seen], window: timedelta) -> list[list[Seen]]:
    """Will group what is no further apart than the window, oldest first."""
    found: list[list[Seen]] = []
    end: datetime | None = None
    for part in sorted(parts, key=lambda one: (one.first, one.last)):
        if end is None or part.first - end > window:
            found.append([])
            end = part.last
        found[-1].append(part)
        end = max(end, part.last)
    return found


def folded(chain: Sequence[Seen]) -> Seen:
    """Will give what a chain comes to; it keeps the key of its eldest kept part.

    The place is the last one told.
    """
    strengths = [one.best_rssi for one in chain if one.best_rssi is not None]
    places = [(one.last, one.place) for one in chain if one.place is not None]
    return Seen(
        min(one.first for one in chain),
        max(one.last for one in chain),
        sum(one.count for one in chain),
        max(strengths, default=None),
        sum(one.ins for one in chain),
        sum(one.outs for one in chain),
        max(places)[1] if places else None,
        next((one.key for one in chain if one.key is not None), None),
    )


def direction_of(seen: Seen) -> str:
    """Will give which way it went: that of more reads, "" where they are even."""
    if seen.ins == seen.outs:
        return ""
    return Direction.IN if seen.ins > seen.outs else Direction.OUT
