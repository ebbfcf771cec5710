"""What other apps know of where a thing was: tags read at gates, for one. Source: IO-13.

The track of a device shows it among its own fixes, each with its source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Fix:
    """One place of a thing. speed_kmh: None where nobody says; source: "" for its own receiver."""

    at: datetime
    lon: float
    lat: float
    speed_kmh: float | None = None
    source: str = ""


#: Key of an asset, since, until (not included) -> fixes, oldest first.
FixSource = Callable[[int, datetime, datetime], Sequence[Fix]]
_sources: dict[str, FixSource] = {}


def register_fixes(code: str, source: FixSource) -> None:
    """Will show these fixes in tracks. Raises: ValueError (the code is taken)."""
    if _sources.setdefault(code, source) is not source:
        raise ValueError(f"fixes {code} are already registered")


def fixes_of(asset_id: int, *, since: datetime, until: datetime) -> list[Fix]:
    """Will give what others know of where a thing was, oldest first."""
    found = [fix for code in sorted(_sources) for fix in _sources[code](asset_id, since, until)]
    return sorted(found, key=lambda fix: fix.at)
