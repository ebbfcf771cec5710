"""Where a vehicle stood: stay points of its track. Source: IO-13.

After Li et al., Mining User Similarity Based on Location History (2008): fixes that stay within
``WITHIN_M`` of the first of them for ``LEAST`` are one stop.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.observing.registry import Fix

#: Twice what a receiver of a vehicle jitters between houses.
WITHIN_M = 50.0
LEAST = timedelta(minutes=5)
_DEGREE_M = 111_320.0


@dataclass(frozen=True)
class Stop:
    """A stay. since, until: of its first and last fix; lon, lat: the mean of its fixes."""

    since: datetime
    until: datetime
    lon: float
    lat: float

    @property
    def minutes(self) -> int:
        """How long, in whole minutes."""
        return int((self.until - self.since).total_seconds() // 60)


def stops_of(fixes: Sequence[Fix], *, gap: timedelta) -> list[Stop]:
    """Will give the stays within a track, oldest first.

    fixes: oldest first. gap: unheard for longer, nobody knows where it was: the stay ends.
    """
    found: list[Stop] = []
    first = 0
    while first < len(fixes):
        last = _last_near(fixes, first, gap)
        if fixes[last].at - fixes[first].at >= LEAST:
            found.append(_stop(fixes[first : last + 1]))
            first = last + 1
        else:
            first += 1
    return found


def _last_near(fixes: Sequence[Fix], first: int, gap: timedelta) -> int:
    last = first
    while (
        last + 1 < len(fixes)
        and fixes[last + 1].at - fixes[last].at <= gap
        and _apart_m(fixes[first], fixes[last + 1]) <= WITHIN_M
    ):
        last += 1
    return last


def _apart_m(one: Fix, other: Fix) -> float:
    """Within a city a degree is everywhere as long as at one of the two places."""
    east = (other.lon - one.lon) * _DEGREE_M * math.cos(math.radians(one.lat))
    return math.hypot(east, (other.lat - one.lat) * _DEGREE_M)


def _stop(stay: Sequence[Fix]) -> Stop:
    lon = sum(fix.lon for fix in stay) / len(stay)
    lat = sum(fix.lat for fix in stay) / len(stay)
    return Stop(stay[0].at, stay[-1].at, lon, lat)
