"""What a gate usually counts, and whether an hour is far from it. Pure. Source: VD-13.

The usual count of an hour is the median of the same hour of the day on the same kind of day (work
or weekend, by the city's calendar week) of the four weeks before: a road under repair shows as the
deviation it is until most weeks have seen it, a holiday bends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
WEEKS = 4
#: Fewer comparable hours, or vehicles, say nothing.
LEAST_HOURS, LEAST_PASSES = 5, 20
#: Shares of the usual count: outside of these it deviates; one that did is fine within those.
FAR, NEAR = (0.5, 2.0), (0.7, 1.5)
#: A rate that was too low is fine again so far above the norm.
RELIEF = 0.02


@dataclass(frozen=True)
class Counted:
    """What was counted in an hour."""

    passes: int
    read: int

    @property
    def rate(self) -> float | None:
        """The share of plates read; None where too few vehicles passed to tell."""
        return self.read / self.passes if self.passes >= LEAST_PASSES else None


def usual_of(hours: Mapping[datetime, Counted], hour: datetime) -> float | None:
    """Will give what is usually counted in an hour; None where nobody can tell.

    hours: what was counted, by the beginning of the hour (aware); hour: likewise.
    """
    local = hour.astimezone(CITY)
    since = hour - timedelta(weeks=WEEKS)
    same = [
        counted.passes
        for at, counted in hours.items()
        if since <= at < hour and _kind(at.astimezone(CITY)) == _kind(local)
    ]
    return median(same) if len(same) >= LEAST_HOURS else None


def is_far(passes: int, usual: float | None, *, stands: bool) -> bool:
    """Will tell whether a count is far from the usual; stands: whether it was said to be."""
    if usual is None or max(passes, usual) < LEAST_PASSES:
        return False
    low, high = NEAR if stands else FAR
    return not low * usual <= passes <= high * usual


def is_low(rate: float | None, norm: float, *, stands: bool) -> bool:
    """Will tell whether too few plates are read; stands: whether that was said before."""
    return rate is not None and rate < (min(1.0, norm + RELIEF) if stands else norm)


def _kind(local: datetime) -> tuple[int, bool]:
    return local.hour, local.weekday() >= 5
