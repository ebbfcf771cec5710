"""Words that say where and when something is, kept among the words of its search vector.

A search for words near a place in the last weeks is then one look into one index: the database
goes neither through all that lies there nor through all that ever had the words.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime

from apps.places.geometry import degrees_around

#: Words of texts are letters, digits and underscores: a mark is never one of them.
SIGN = "@"
#: Of a degree: about 1.1 km by 0.9 km, so that 500 m around a point touch four at most.
SQUARES_PER_DEGREE = 100
STREET_DEPTH = 3  # city, district, street


def marks_of(position: tuple[float, ...] | None, path: str, moment: datetime) -> list[str]:
    """Will give the marks of what lies there and began then.

    position: lon, lat (SRID 4326), if known; path: of its area; moment: its month (UTC) counts.
    """
    return [*place_marks(position, path), _month(moment)]


def place_marks(position: tuple[float, ...] | None, path: str) -> list[str]:
    """Will give the marks of a place: its square, and its area at each level down to the street."""
    steps = path.strip("/").split("/")[:STREET_DEPTH] if path else []
    marks = [_street(steps[: depth + 1]) for depth in range(len(steps))]
    if position is not None:
        marks.append(_square(*(math.floor(side * SQUARES_PER_DEGREE) for side in position)))
    return marks


def marks_around(center: tuple[float, float], radius_m: float, path: str) -> list[str]:
    """Will give the marks of which something has one if it lies within the circle or the street.

    It may have one and lie a square too far. center: lon, lat (SRID 4326); path: of the area
    it is in, empty if in none; an area above the streets counts whole.
    """
    box = degrees_around(center, radius_m)
    marks = [
        _square(east, north)
        for east in _squares(box.west, box.east)
        for north in _squares(box.south, box.north)
    ]
    steps = path.strip("/").split("/")[:STREET_DEPTH] if path else []
    return [*marks, _street(steps)] if steps else marks


def marks_since(moment: datetime, now: datetime) -> list[str]:
    """Will give the marks of the months (UTC) from one moment to the other."""
    first, last = moment.astimezone(UTC), now.astimezone(UTC)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{SIGN}{month // 12}-{month % 12 + 1:02}" for month in months]


def _month(moment: datetime) -> str:
    return f"{SIGN}{moment.astimezone(UTC):%Y-%m}"


def _squares(low: float, high: float) -> Iterable[int]:
    return range(math.floor(low * SQUARES_PER_DEGREE), math.floor(high * SQUARES_PER_DEGREE) + 1)


def _square(east: int, north: int) -> str:
    return f"{SIGN}{east},{north}"


def _street(steps: list[str]) -> str:
    return f"{SIGN}/{'/'.join(steps)}/"
