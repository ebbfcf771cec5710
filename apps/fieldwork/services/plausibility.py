"""Whether a way can have been walked. Pure; no database.

A fix that cannot have been reached from the last trusted one at 150 km/h is marked, never
dropped. So that one false fix does not make all after it look false, three fixes in a row that
agree with each other become the new ground to stand on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.fieldwork.enums import Doubt
from apps.places.geometry import degrees_apart_m

FASTEST_KMH = 150
WORST_ACCURACY_M = 200
AGREEING = 3


@dataclass(frozen=True)
class Fix:
    """One position as a phone measured it. at: aware; lon, lat: degrees, WGS 84."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float


@dataclass(frozen=True)
class Judged:
    """A fix with the speed it would take (None: nothing before it) and why it is doubted."""

    fix: Fix
    speed_kmh: float | None
    doubt: Doubt | None


def judge(fixes: Iterable[Fix], *, last: Fix | None = None) -> Iterator[Judged]:
    """Will judge fixes in the order of time. last: the last trusted one before them."""
    trusted, rivals = last, list[Fix]()
    for fix in sorted(fixes, key=lambda one: one.at):
        if fix.accuracy_m > WORST_ACCURACY_M:
            yield Judged(fix, None, Doubt.ACCURACY)
            continue
        speed = speed_kmh(trusted, fix) if trusted is not None else None
        if speed is None or speed <= FASTEST_KMH:
            trusted, rivals = fix, []
            yield Judged(fix, speed, None)
            continue
        if rivals and speed_kmh(rivals[-1], fix) > FASTEST_KMH:
            rivals = []
        rivals.append(fix)
        if len(rivals) == AGREEING:
            trusted, rivals = fix, []
            yield Judged(fix, speed, None)
            continue
        yield Judged(fix, speed, Doubt.SPEED)


def speed_kmh(before: Fix, after: Fix) -> float:
    """Will give the least speed between two fixes, what they may be off by left out."""
    metres = degrees_apart_m((before.lon, before.lat), (after.lon, after.lat))
    metres = max(0.0, metres - before.accuracy_m - after.accuracy_m)
    seconds = max(1.0, abs((after.at - before.at).total_seconds()))
    return metres / seconds * 3.6
