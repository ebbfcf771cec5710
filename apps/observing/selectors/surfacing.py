"""What stations of one quantity say at one time, by district, and the surface laid over them.

Source: IO-06.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely
from django.db.models import Count, Min, QuerySet
from numpy.typing import NDArray

from apps.accounts.models import User
from apps.assets.selectors import reach_q
from apps.common import clock
from apps.geodata.analysis.methods import Shape, interpolate, weighed
from apps.places.geometry import Point4326, box_around, distance_m, to_plane
from apps.places.models import Area
from apps.sensing.enums import FieldKind, Quality
from apps.sensing.models import Datastream, Device, HourFigure, Latest

Floats = NDArray[np.float64]
#: What is older says nothing of now.
STALE = timedelta(hours=3)
#: Fewer stations make no surface.
LEAST = 4
MOST_CELLS = 2500
MOST_STATIONS = 2000
_SIDES_M = (50, 100, 200, 250, 500, 1000, 2000, 5000)
_TRUSTED = (Quality.VALID, Quality.LATE)


@dataclass(frozen=True)
class Station:
    """A device with its value. place: metres. at: of the reading, or the hour's beginning."""

    device: Device
    value: float
    at: datetime
    place: tuple[float, float]


@dataclass(frozen=True)
class Group:
    """The stations of one district."""

    label: str
    count: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Surface:
    """Squares in metres with ``value``; none further from a station than ``reach_m``.

    places: where stations stand, several on one pole counted once. gaps: squares of the frame
    around all stations that are left out. error: root mean square of what each station differs
    from the value the others give its place, in the unit of the quantity.
    """

    cells: list[Shape]
    cell_m: int
    reach_m: float
    error: float
    places: int
    gaps: int


def quantities() -> dict[str, str]:
    """Will give what can be looked at, "code|unit" to name: numbers devices in use report.

    What most devices report comes first.
    """
    in_use = Datastream.objects.filter(device__is_active=True, field__kind=FieldKind.NUMBER)
    counted = in_use.exclude(field__code__in=("lon", "lat")).order_by()
    fields = counted.values_list("field__code", "field__unit").annotate(
        devices=Count("pk"), name=Min("field__name")
    )
    return {
        f"{code}|{unit}": f"{name}（{unit}）" if unit else name
        for code, unit, _devices, name in fields.order_by("-devices", "field__code")
    }


def stations_with(
    viewer: User, *, quantity: str, hour: datetime | None = None, area: Area | None = None
) -> list[Station]:
    """Will give the viewer's devices in use that said something to be trusted, by node.

    hour: the mean of the hour that begins then; None: the newest value, not older than three
    hours. area: those in it and all below. At most 2,000.
    """
    series = _series_of(viewer, quantity, area)
    if hour is None:
        fresh = Latest.objects.filter(
            series__in=series,
            at__gte=clock.now() - STALE,
            quality__in=_TRUSTED,
            value__isnull=False,
        )
        said = {row.series_id: (row.value, row.at) for row in fresh[:MOST_STATIONS]}
    else:
        keys = list(series.values_list("pk", flat=True)[:MOST_STATIONS])
        figures = HourFigure.objects.filter(series_id__in=keys, hour=hour)
        said = {one.series_id: (one.mean, one.hour) for one in figures if one.mean is not None}
    found = []
    for one in series.filter(pk__in=said).order_by("device__node"):
        value, at = said[one.pk]
        point = one.device.asset.point
        found.append(Station(one.device, float(value or 0), at, to_plane(point.x, point.y)))
    return found


def count_silent(
    viewer: User, *, quantity: str, stations: Sequence[Station], area: Area | None = None
) -> int:
    """Will count the viewer's devices of the quantity that have nothing to be trusted to say."""
    return max(0, _series_of(viewer, quantity, area).count() - len(stations))


def groups_of(stations: Sequence[Station]) -> list[Group]:
    """Will sum up the stations by district, the largest mean first; "" lies in none."""
    names = {
        area.path: area.name
        for area in Area.objects.filter(path__in={_district(s) for s in stations}).only(
            "path", "name"
        )
    }
    values: dict[str, list[float]] = {}
    for station in stations:
        values.setdefault(names.get(_district(station), ""), []).append(station.value)
    found = [Group(name, len(v), sum(v) / len(v), min(v), max(v)) for name, v in values.items()]
    return sorted(found, key=lambda group: -group.mean)


def surface_of(stations: Sequence[Station]) -> Surface | None:
    """Will lay a surface over the stations (inverse distance); None under ``LEAST`` places."""
    places, values = _by_place(stations)
    if len(places) < LEAST:
        return None
    cell_m = _side(places)
    shapes = [
        Shape(shapely.Point(place), value=float(value))
        for place, value in zip(places, values, strict=True)
    ]
    reach_m = _reach(places)
    near = shapely.union_all(shapely.buffer(shapely.points(places), reach_m))
    cells = interpolate(shapes, cell_m=cell_m, border=near)
    columns, rows = np.ceil((np.ptp(places, axis=0) + 2 * cell_m) / cell_m)
    error = _left_out_error(places, values)
    return Surface(cells, cell_m, reach_m, error, len(places), int(columns * rows) - len(cells))


def list_devices_near(viewer: User, point: Point4326, *, radius_m: float) -> list[Any]:
    """Will list (device, metres, newest values) within the radius, nearest first, at most 20."""
    found = (
        Device.objects.filter(
            reach_q(viewer, "asset__"),
            is_active=True,
            asset__point__bboverlaps=box_around(point, radius_m),
        )
        .select_related("asset", "profile", "presence")
        .prefetch_related("series__latest", "series__field")
    )
    measured = [(distance_m(device.asset.point, point), device) for device in found]
    nearest = sorted((m, d.pk, d) for m, d in measured if m <= radius_m)[:20]
    return [(device, metres, _newest(device)) for metres, _pk, device in nearest]


def _newest(device: Device) -> list[Datastream]:
    shown = [one for one in device.series.all() if hasattr(one, "latest")]
    return sorted(shown, key=lambda one: one.field.position)[:3]


def _series_of(viewer: User, quantity: str, area: Area | None) -> QuerySet[Datastream]:
    code, _bar, unit = quantity.partition("|")
    found = _series(viewer).filter(field__code=code, field__unit=unit)
    return found.filter(device__asset__area__path__startswith=area.path) if area else found


def _series(viewer: User) -> QuerySet[Datastream]:
    found = Datastream.objects.filter(
        reach_q(viewer, "device__asset__"), device__is_active=True, field__kind=FieldKind.NUMBER
    )
    return found.select_related("device__asset__area", "device__profile", "field")


def _district(station: Station) -> str:
    """What lies right below the city: the first two steps of the path."""
    area = station.device.asset.area
    steps = area.path.strip("/").split("/")[:2] if area is not None else []
    return f"/{'/'.join(steps)}/" if len(steps) == 2 else ""


def _by_place(stations: Sequence[Station]) -> tuple[Floats, Floats]:
    """Places with the mean of what was said there: two devices on one pole are one place."""
    said: dict[tuple[float, float], list[float]] = {}
    for station in stations:
        said.setdefault(station.place, []).append(station.value)
    places = np.array(list(said), dtype=float).reshape(-1, 2)
    return places, np.array([sum(v) / len(v) for v in said.values()])


def _side(places: Floats) -> int:
    width, height = np.ptp(places, axis=0)
    for side in _SIDES_M:
        if (width / side + 3) * (height / side + 3) <= MOST_CELLS:
            return side
    return int(max(width, height) / 45) + 1


def _reach(places: Floats) -> float:
    """Three times the usual distance to the next station: beyond it nobody measured."""
    apart = np.hypot(
        places[:, None, 0] - places[None, :, 0], places[:, None, 1] - places[None, :, 1]
    )
    np.fill_diagonal(apart, np.inf)
    return float(max(300.0, 3 * np.median(apart.min(axis=1))))


def _left_out_error(places: Floats, values: Floats) -> float:
    others = np.ones(len(places), dtype=bool)
    squares = 0.0
    for number, place in enumerate(places):
        others[number] = False
        told = weighed(places[others], values[others], (float(place[0]), float(place[1])))
        squares += (told - float(values[number])) ** 2
        others[number] = True
    return float((squares / len(places)) ** 0.5)
