"""What stands at a place, in a box or around a shape, as the viewer may read it.

Distances are geodesic on WGS 84; the box or a geodesic buffer finds the rows by the index first.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import GEOSGeometry, Point, Polygon
from django.db import connection
from django.db.models import BinaryField, F, FloatField, Func, QuerySet, Value
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from apps.common.errors import InvalidInput
from apps.onemap.registry import LayerField, Viewer, links_of
from apps.onemap.selectors.layers import FIELD_PREFIX, OpenLayer, open_layer
from apps.onemap.selectors.limits import Limits, limited, patient
from apps.onemap.selectors.readable import readable

AT_ONE_PLACE = 10  # features told of one layer under one click
LISTED = 50  # features told of one layer around a shape
DRAWN = 2_000  # features of one layer sent to a page that draws them itself
FARTHEST_M = 50_000.0
_GEOMETRY = "map_geometry"
_M_PER_DEGREE = 111_320.0
_CORNERS = 32
_TITLES = ("title", "name", "number", "code")


@dataclass(frozen=True)
class Told:
    """One feature as it is told.

    values: (label, text), empty ones left out. leading: the value the layer is coloured by.
    shape: GeoJSON, CRS84. distance_m: from where was asked. links: (label, address) outside.
    """

    layer: str
    layer_label: str
    pk: Any
    title: str
    values: list[tuple[str, str]]
    url: str
    shape: dict[str, Any] | None
    leading: str = ""
    distance_m: float | None = None
    links: Sequence[tuple[str, str]] = ()

    def as_data(self) -> dict[str, Any]:
        """Will give plain values for an answer in JSON."""
        return {
            "layer": self.layer,
            "layer_label": self.layer_label,
            "id": self.pk,
            "title": self.title,
            "values": self.values,
            "url": self.url,
            "links": list(self.links),
            "shape": self.shape,
            "distance_m": None if self.distance_m is None else round(self.distance_m, 1),
        }


@dataclass(frozen=True)
class Around:
    """What one layer has in or near a shape: how many, and the nearest of them."""

    layer: str
    label: str
    color: str
    count: int
    nearest: list[Told]


def identify(
    viewer: Viewer, codes: Iterable[str], *, lon: float, lat: float, zoom: float, limits: Limits
) -> list[Told]:
    """Will give what is drawn within a finger's breadth of a place, nearest first.

    zoom: of the map; layers not drawn one by one there are passed over. At most 10 of a layer.
    Raises: NotFound (a layer without right); LayerUnreadable; TooMany.
    """
    spot = read_point(lon, lat)
    finger = circle(lon, lat, tolerance_m(lat, zoom))
    found: list[Told] = []
    with patient():
        for code in codes:
            opened = open_layer(viewer, code)
            if not _is_drawn(opened, zoom):
                continue
            rows = limited(opened, limits.of(opened.code)).filter(
                **{f"{opened.layer.geometry_field}__intersects": finger}
            )
            with readable(opened.layer.label):
                told = _nearest(opened, rows, spot, AT_ONE_PLACE)
            found += _linked(viewer, opened.code, told)
    areas_last = [t for t in found if _is_flat(t)]
    return [t for t in found if not _is_flat(t)] + areas_last


def around(
    viewer: Viewer,
    codes: Iterable[str],
    *,
    shape: GEOSGeometry,
    distance_m: float,
    limits: Limits,
) -> list[Around]:
    """Will count each layer within a distance of a shape (0: in it) and tell the nearest 50.

    Raises: NotFound (a layer without right); InvalidInput (farther than 50 km); TooMany;
        LayerUnreadable.
    """
    if not 0 <= distance_m <= FARTHEST_M:
        raise InvalidInput(_("距离应在 0 到 50000 米之间"), field="distance")
    found: list[Around] = []
    with patient():
        reach = buffer_of(shape, distance_m) if distance_m else shape
        for code in codes:
            opened = open_layer(viewer, code)
            rows = limited(opened, limits.of(opened.code)).filter(
                **{f"{opened.layer.geometry_field}__intersects": reach}
            )
            with readable(opened.layer.label):
                told = _nearest(opened, rows, shape, LISTED)
                count = len(told) if len(told) < LISTED else rows.count()
            found.append(_around(opened, count, told))
    return found


def nearest(
    viewer: Viewer, codes: Iterable[str], *, shape: GEOSGeometry, wanted: int, limits: Limits
) -> list[Around]:
    """Will give the nearest features of each layer to a shape, up to 50 km away.

    The circle grows until it holds enough, so that only near rows are measured.
    Raises: NotFound (a layer without right); TooMany; LayerUnreadable.
    """
    wanted = max(1, min(wanted, LISTED))
    found: list[Around] = []
    with patient():
        reaches = {m: buffer_of(shape, m) for m in (300.0, 2_000.0, 10_000.0, FARTHEST_M)}
        for code in codes:
            opened = open_layer(viewer, code)
            rows = limited(opened, limits.of(opened.code))
            told: list[Told] = []
            for reach in reaches.values():
                near = rows.filter(**{f"{opened.layer.geometry_field}__intersects": reach})
                with readable(opened.layer.label):
                    told = _nearest(opened, near, shape, wanted)
                if len(told) == wanted:
                    break
            found.append(_around(opened, len(told), told))
    return found


def features(opened: OpenLayer, limits: Limits, *, most: int = DRAWN) -> tuple[list[Told], bool]:
    """Will give the features within the limits for a page that draws them itself.

    The second value says that there are more than were given.
    Raises: InvalidInput (no box); TooMany; LayerUnreadable.
    """
    if limits.box is None:
        raise InvalidInput(_("请给出地图范围"), field="bbox")
    with patient(), readable(opened.layer.label):
        rows = _drawable(opened, limited(opened, limits)).order_by("pk")[: most + 1]
        told = [_told(opened, row) for row in rows]
    return told[:most], len(told) > most


def tell(opened: OpenLayer, pks: Sequence[Any]) -> list[Told]:
    """Will give these features of the layer, in the order asked for."""
    rows = _drawable(opened, opened.rows.filter(pk__in=pks))
    by_pk = {row["pk"]: _told(opened, row) for row in rows}
    return [by_pk[pk] for pk in pks if pk in by_pk]


def read_point(lon: float, lat: float) -> Point:
    """Raises: InvalidInput (not a place on the globe)."""
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise InvalidInput(_("坐标不正确"), field="lon")
    return Point(lon, lat, srid=4326)


def tolerance_m(lat: float, zoom: float) -> float:
    """Will give ten pixels in metres on the ground; zooms are those of 512-pixel tiles."""
    return 10 * 78_271.517 * math.cos(math.radians(lat)) / 2 ** min(max(zoom, 0), 24)


def circle(lon: float, lat: float, radius_m: float) -> Polygon:
    """Will give a small circle; exact enough for a click, not for measuring."""
    dy = radius_m / _M_PER_DEGREE
    dx = dy / max(0.05, math.cos(math.radians(lat)))
    angles = [2 * math.pi * n / _CORNERS for n in range(_CORNERS)]
    ring = [(lon + dx * math.cos(a), lat + dy * math.sin(a)) for a in angles]
    return Polygon([*ring, ring[0]], srid=4326)


def buffer_of(shape: GEOSGeometry, distance_m: float) -> GEOSGeometry:
    """Will give everything within metres of a shape, geodesic."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_AsEWKB(ST_Buffer(ST_GeomFromEWKB(%s)::geography, %s)::geometry)",
            [bytes(shape.ewkb), distance_m],
        )
        return GEOSGeometry(memoryview(cursor.fetchone()[0]))


def words_of(opened: OpenLayer, chosen: LayerField, value: Any) -> str:
    """Will give the value of a field as people read it; "" for nothing."""
    if value is None or value == "":
        return ""
    if chosen.name not in opened.masked and chosen.choices:
        return str(chosen.choices.get(value, value))
    match value:
        case bool():
            return str(_("是") if value else _("否"))
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
        case float():
            return formats.number_format(round(value, 3))
    return str(value)


def detail_url(opened: OpenLayer, pk: Any, values: dict[str, Any]) -> str:
    """Will give the page of one feature, "" where there is none."""
    address = opened.layer.detail_url
    return address.format(**(values | {"id": pk})) if address else ""


def title_of(opened: OpenLayer, values: dict[str, Any]) -> str:
    """Will give what a feature is called: its label, name or number."""
    for name in (*_TITLES, opened.layer.look.label):
        chosen = opened.layer.field_named(name) if name in values else None
        if chosen and (said := words_of(opened, chosen, values[name])):
            return said
    return str(opened.layer.label)


def _linked(viewer: Viewer, code: str, told: list[Told]) -> list[Told]:
    known = links_of(code)
    if known is None or not told:
        return told
    links = known(viewer, [one.pk for one in told])
    return [replace(one, links=links.get(one.pk, ())) for one in told]


def _is_drawn(opened: OpenLayer, zoom: float) -> bool:
    layer = opened.layer
    return max(layer.min_zoom, layer.aggregate_below) <= zoom + 0.01 and zoom < layer.max_zoom + 1


def _is_flat(told: Told) -> bool:
    return bool(told.shape) and "Polygon" in str((told.shape or {}).get("type"))


def _around(opened: OpenLayer, count: int, told: list[Told]) -> Around:
    color = opened.card.color or opened.layer.look.color
    return Around(opened.code, str(opened.layer.label), color, count, told)


def _drawable(opened: OpenLayer, rows: QuerySet[Any]) -> QuerySet[Any, dict[str, Any]]:
    names = [f"{FIELD_PREFIX}{f.name}" for f in opened.fields]
    geometry = F(opened.layer.geometry_field)
    return (
        opened.with_fields(rows)
        .annotate(**{_GEOMETRY: AsGeoJSON(geometry, precision=6)})
        .values("pk", _GEOMETRY, *names)
    )


def _nearest(opened: OpenLayer, rows: QuerySet[Any], shape: GEOSGeometry, most: int) -> list[Told]:
    away = _metres_from(opened.layer.geometry_field, shape)
    measured = rows.annotate(map_distance=away).order_by("map_distance", "pk")
    distances = dict(measured.values_list("pk", "map_distance")[:most])
    return [replace(told, distance_m=distances[told.pk]) for told in tell(opened, list(distances))]


def _metres_from(geometry_field: str, shape: GEOSGeometry) -> Func:
    here = Func(F(geometry_field), template="(%(expressions)s)::geography")
    there = Func(
        Value(bytes(shape.ewkb), output_field=BinaryField()),
        template="ST_GeomFromEWKB(%(expressions)s)::geography",
    )
    return Func(here, there, function="ST_Distance", output_field=FloatField())


def _told(opened: OpenLayer, row: dict[str, Any]) -> Told:
    values = {f.name: row[f"{FIELD_PREFIX}{f.name}"] for f in opened.fields}
    said = [(str(f.label), words_of(opened, f, values[f.name])) for f in opened.fields]
    shape = json.loads(row[_GEOMETRY]) if row[_GEOMETRY] else None
    return Told(
        layer=opened.code,
        layer_label=str(opened.layer.label),
        pk=row["pk"],
        title=title_of(opened, values),
        values=[(label, text) for label, text in said if text],
        url=detail_url(opened, row["pk"], values),
        shape=shape,
        leading=str(values.get(opened.layer.look.by) or ""),
    )
