"""How much of each layer lies in an area, and how it is made up."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.errors import InvalidInput
from apps.onemap.registry import Viewer
from apps.onemap.selectors.layers import FIELD_PREFIX, OpenLayer, open_layer
from apps.onemap.selectors.limits import Limits, limited, patient
from apps.onemap.selectors.looking import words_of
from apps.onemap.selectors.readable import readable
from apps.places import selectors as places
from apps.places.models import Area

MOST_VALUES = 12
_CHOICE_DEPTH = 3  # city, districts, streets: what a person picks from a list


@dataclass(frozen=True)
class Share:
    """One value of a layer's leading field and how many features have it."""

    value: str
    label: str
    color: str
    count: int


@dataclass(frozen=True)
class Tally:
    """One layer within an area. shares: by value, the most frequent first; may be empty."""

    layer: str
    label: str
    color: str
    count: int
    field_label: str
    shares: list[Share]


@dataclass(frozen=True)
class Measured:
    """A drawn shape on WGS 84. length_m: of the line or the outline."""

    length_m: float
    area_m2: float


def count_in_area(
    viewer: Viewer, codes: Iterable[str], *, area: Area, limits: Limits
) -> list[Tally]:
    """Will count each layer within an area, by the value the layer is coloured by.

    A layer whose rows know their area is counted by it, as lists and rights count; the others
    by where they lie. Raises: NotFound (a layer without right); TooMany;
    LayerUnreadable.
    """
    with patient():
        return [_readable_tally(open_layer(viewer, code), area, limits) for code in codes]


def areas_to_choose() -> list[Area]:
    """Will give city, districts and streets in force, each below its parent."""
    found = Area.objects.valid_on(clock.today()).filter(
        level__depth__lte=_CHOICE_DEPTH, level__is_cell=False
    )
    return list(found.select_related("level").order_by("code"))


def city_box() -> tuple[float, float, float, float] | None:
    """Will give the box of the widest area: west, south, east, north; None for an empty map."""
    top = (
        Area.objects.valid_on(clock.today())
        .filter(boundary__isnull=False)
        .order_by("level__depth", "code")
        .first()
    )
    return top.boundary.extent if top and top.boundary else None


def is_synthetic() -> bool:
    """Will tell whether the map shows an invented city."""
    return Area.objects.filter(source__startswith="synthetic").exists()


def measure(shape: GEOSGeometry) -> Measured:
    """Will measure a drawn shape on the ellipsoid."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_Length(g), ST_Perimeter(g), ST_Area(g)"
            " FROM (SELECT ST_GeomFromEWKB(%s)::geography AS g) AS shape",
            [bytes(shape.ewkb)],
        )
        length, outline, area = cursor.fetchone()
    return Measured(length or outline, area)


def area_to_count(pk: str) -> Area:
    """Raises: InvalidInput (not an id); NotFound."""
    if not pk.isdecimal() or len(pk) > 18:
        raise InvalidInput(_("请选择区域"), field="area")
    return places.get_area(pk=int(pk))


def _readable_tally(opened: OpenLayer, area: Area, limits: Limits) -> Tally:
    with readable(opened.layer.label):
        return _tally(opened, area, limits)


def _tally(opened: OpenLayer, area: Area, limits: Limits) -> Tally:
    rows = limited(opened, limits.of(opened.code))
    path = opened.layer.area_field
    if path:
        rows = rows.filter(**{f"{path}__startswith": area.path})
    elif area.boundary:
        rows = rows.filter(**{f"{opened.layer.geometry_field}__intersects": area.boundary})
    look = opened.layer.look
    color = opened.card.color or look.color
    leading = next((f for f in opened.fields if f.name == look.by), None)
    if leading is None or leading.name in opened.masked:
        return Tally(opened.code, str(opened.layer.label), color, rows.count(), "", [])
    counted = _by_value(opened.with_fields(rows, [leading]), f"{FIELD_PREFIX}{leading.name}")
    shares = [
        Share(
            str(value),
            words_of(opened, leading, value) or str(_("未填写")),
            look.colors.get(value, color),
            number,
        )
        for value, number in counted[:MOST_VALUES]
    ]
    if rest := sum(number for _value, number in counted[MOST_VALUES:]):
        shares.append(Share("", str(_("其他")), color, rest))
    total = sum(number for _value, number in counted)
    return Tally(opened.code, str(opened.layer.label), color, total, str(leading.label), shares)


def _by_value(rows: QuerySet[Any], name: str) -> list[tuple[Any, int]]:
    counted = rows.values(name).annotate(map_count=Count("pk")).order_by("-map_count", name)
    return list(counted.values_list(name, "map_count"))
