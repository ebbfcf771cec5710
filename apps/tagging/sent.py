"""What a reader sends, made into reads: shape, moment, EPC. No I/O.

One item: ``{"epc": "E2801160600002054CC2096F", "at": "2026-11-22T08:00:00+08:00", "antenna": 1,
"rssi": -57.5}``; ``lon``, ``lat`` by those that tell places; ``node`` where a program speaks for
several readers. ``at`` as in ``sensing.sent``: absent means now.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.sensing.enums import Refusal
from apps.sensing.sent import moment_of
from apps.tagging.enums import LOCATORS, ReaderKind

#: Whole words of 16 bits: 32 at least (beacons), 496 at most (as ISO/IEC 18000-63 allows).
_EPC = re.compile(r"(?:[0-9A-F]{4}){2,31}")
_SPACES = str.maketrans("", "", " -:")
MOST_ANTENNA = 64


@dataclass(frozen=True, slots=True)
class Sighting:
    """One read that can be kept. antenna: 0 for none named."""

    epc: str
    antenna: int
    at: datetime
    rssi: float | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why an item was not taken, and for which field."""

    reason: Refusal
    field: str = ""


def epc_of(told: Any) -> str | None:
    """Will give a tag's number as it is kept; None for what is none."""
    if not isinstance(told, str) or len(told) > 200:
        return None
    plain = told.translate(_SPACES).upper()
    return plain if _EPC.fullmatch(plain) else None


def sighting_of(
    item: Mapping[str, Any], *, kind: str, now: datetime, oldest: datetime, latest: datetime
) -> Sighting | Unfit:
    """Will read one item. kind: of its reader; oldest, latest: moments that are still taken."""
    at = moment_of(item.get("at"), now)
    if at is None:
        return Unfit(Refusal.SHAPE, "at")
    if at > latest:
        return Unfit(Refusal.AHEAD, "at")
    if at < oldest:
        return Unfit(Refusal.TOO_OLD, "at")
    epc = epc_of(item.get("epc"))
    if epc is None:
        return Unfit(Refusal.NOT_A_VALUE, "epc")
    antenna = item.get("antenna", 0)
    if type(antenna) is not int or not 0 <= antenna <= MOST_ANTENNA:
        return Unfit(Refusal.NOT_A_VALUE, "antenna")
    rssi = item.get("rssi")
    if rssi is not None and not _is_between(rssi, -150, 50):
        return Unfit(Refusal.NOT_A_VALUE, "rssi")
    lon, lat = (None, None) if kind == ReaderKind.FIXED else (item.get("lon"), item.get("lat"))
    if lon is None and lat is None and kind not in LOCATORS:
        return Sighting(epc, antenna, at, rssi, None, None)
    if not _is_between(lon, -180, 180):
        return Unfit(Refusal.NOT_A_VALUE, "lon")
    if not _is_between(lat, -90, 90):
        return Unfit(Refusal.NOT_A_VALUE, "lat")
    return Sighting(epc, antenna, at, rssi, lon, lat)


def _is_between(told: Any, low: float, high: float) -> bool:
    is_number = isinstance(told, int | float) and not isinstance(told, bool)
    return is_number and math.isfinite(told) and low <= told <= high
