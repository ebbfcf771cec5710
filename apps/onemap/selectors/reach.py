"""How far the rows of a layer reach that one viewer may read."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.gis.db.models import Extent
from django.core.cache import cache
from django.db.models import Max, Min

from apps.common.errors import TooMany
from apps.onemap.errors import LayerUnreadable
from apps.onemap.selectors.layers import OpenLayer
from apps.onemap.selectors.limits import patient
from apps.onemap.selectors.readable import readable

KEPT_SECONDS = 60
VERSIONED_SECONDS = 3600  # of a layer that says itself when it has changed
_MOST_LATITUDE = 85.0511
_MOST_START = 16  # the zoom a single point is looked at from

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Reach:
    """Where the rows lie and when: west, south, east, north in degrees; None: unknown, or none."""

    box: Box | None = None
    begin: datetime | date | None = None
    end: datetime | date | None = None

    @property
    def mapped(self) -> Box | None:
        """The box as far as Web Mercator goes."""
        if self.box is None:
            return None
        west, south, east, north = self.box
        low, high = max(south, -_MOST_LATITUDE), min(north, _MOST_LATITUDE)
        return (west, low, east, high) if low <= high else None


def reach_of(opened: OpenLayer) -> Reach:
    """Will give how far the viewer's rows reach; remembered for those who read the same rows.

    A layer that fails or takes longer than ``patient`` allows has no known reach.
    """
    version = opened.layer.version() if opened.layer.version else ""
    name = f"map:reach:{opened.code}:{opened.scope_key}:{version}"
    kept = cache.get(name)
    if isinstance(kept, Reach):
        return kept
    try:
        found = _read(opened)
    except (TooMany, LayerUnreadable):
        cache.set(name, Reach(), KEPT_SECONDS)
        return Reach()
    if found.box is not None:
        cache.set(name, found, VERSIONED_SECONDS if version else KEPT_SECONDS)
    return found


def start_zoom(box: Box) -> int:
    """Will give the zoom (of 512-pixel tiles) at which a box fills about one screen."""
    west, south, east, north = box
    widest = max(east - west, (north - south) * 2, 360 / 2**_MOST_START)
    return max(0, min(_MOST_START, math.floor(math.log2(360 / widest)) + 1))


def _read(opened: OpenLayer) -> Reach:
    layer = opened.layer
    asked: dict[str, Any] = {"box": Extent(layer.geometry_field)}
    if layer.time_field:
        asked |= {"begin": Min(layer.time_field), "end": Max(layer.time_field)}
    with patient(), readable(layer.label):
        found = opened.rows.order_by().aggregate(**asked)
    return Reach(found["box"], found.get("begin"), found.get("end"))
