"""What is known of the city for comparing: roads, outlines, boundaries, plates, names.

All in metres of the city's plane. Bounded: of a big city the part around the middle is read.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.utils.translation import gettext as _
from numpy.typing import NDArray
from shapely import STRtree

from apps.common import clock
from apps.places.enums import GazetteerKind, MapFeatureKind
from apps.places.geometry import from_plane, to_plane
from apps.places.models import Area, BaseMapFeature, GazetteerEntry, GazetteerKey
from apps.places.text import address_key

MAX_SHAPES = 60_000
MAX_PLACES_PER_NAME = 20
_NAMED_ONCE = {GazetteerKind.ROAD, GazetteerKind.AREA}  # a road is no point


class KnownCity:
    """The city as the detective sees it; read lazily, once per investigation."""

    def __init__(self) -> None:
        self._trees: dict[str, STRtree] = {}
        for kind, shapes in (
            ("road", _drawn(MapFeatureKind.ROAD)),
            ("building", shapely.boundary(_drawn(MapFeatureKind.BUILDING))),
            ("area", shapely.boundary(_areas(is_cell=False))),
            ("plate", _plates()),
        ):
            if len(shapes):
                self._trees[kind] = STRtree(_in_plane(shapes))
        outline = _areas(is_cell=False, is_top=True)
        self._outline = shapely.union_all(_in_plane(outline)).convex_hull if len(outline) else None
        self._named: dict[str, list[tuple[float, float]]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to compare with."""
        return self._outline is None or not self._trees

    @property
    def kinds(self) -> list[str]:
        """The kinds of shapes there are."""
        return list(self._trees)

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the city."""
        assert self._outline is not None
        found = from_plane(self._outline.centroid.x, self._outline.centroid.y)
        return found.x, found.y

    @staticmethod
    def kind_label(kind: str) -> str:
        """Will give the words for a kind of shapes."""
        return {
            "road": str(_("道路")),
            "building": str(_("建筑轮廓")),
            "area": str(_("区划边界")),
            "plate": str(_("门牌")),
        }.get(kind, kind)

    def distances(self, kind: str, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        """Will give the metres from each point to the nearest shape of a kind."""
        _pairs, found = self._trees[kind].query_nearest(
            shapely.points(plane), return_distance=True, all_matches=False
        )
        return np.asarray(found)

    def distances_to_city(self, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        """Will give the metres from each point to the city; 0 inside it."""
        return np.asarray(shapely.distance(shapely.points(plane), self._outline))

    def places_named(self, texts: Sequence[str]) -> list[tuple[float, float]]:
        """Will give where places of one of these names lie, in metres of the plane."""
        keys = [key for text in texts if len(key := address_key(text)) > 1]
        missing = [key for key in keys if key not in self._named]
        if missing:
            self._look_up(missing)
        found = [place for key in keys for place in self._named[key]]
        return found[:MAX_PLACES_PER_NAME]

    def _look_up(self, keys: list[str]) -> None:
        for key in keys:
            self._named[key] = []
        entries = (
            GazetteerKey.objects.filter(key__in=keys)
            .exclude(entry__kind__in=_NAMED_ONCE)
            .values_list("key", "entry__point")[: MAX_PLACES_PER_NAME * len(keys)]
        )
        for key, point in entries:
            self._named[key].append(to_plane(point.x, point.y))
        areas = Area.objects.valid_on(clock.today()).filter(boundary__isnull=False)
        for name, centre in areas.filter(name__in=keys).values_list("name", "center"):
            if centre is not None:
                self._named[name].append(to_plane(centre.x, centre.y))


def _drawn(kind: str) -> NDArray[Any]:
    return _read(BaseMapFeature.objects.filter(kind=kind), "geometry")


def _areas(*, is_cell: bool, is_top: bool = False) -> NDArray[Any]:
    found = Area.objects.valid_on(clock.today()).filter(
        boundary__isnull=False, level__is_cell=is_cell
    )
    return _read(found.filter(parent=None) if is_top else found, "boundary")


def _plates() -> NDArray[Any]:
    return _read(GazetteerEntry.objects.filter(kind=GazetteerKind.NUMBER), "point")


def _read(rows: Any, field: str) -> NDArray[Any]:
    found = rows.annotate(wkb=AsWKB(field)).values_list("wkb", flat=True)
    return shapely.from_wkb([bytes(w) for w in found.order_by("pk")[:MAX_SHAPES]])


def _in_plane(shapes: NDArray[Any]) -> NDArray[Any]:
    return shapely.transform(shapes, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1])))
