"""One quantity over the city as a surface, and the devices around a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.geodata.analysis.methods import NEIGHBOURS, POWER
from apps.matters.models import Case
from apps.matters.selectors import get_case
from apps.observing.drawing import dot, feature, features_of, legend_of
from apps.observing.forms import SurfaceForm
from apps.observing.selectors.surfacing import (
    Station,
    count_silent,
    groups_of,
    list_devices_near,
    quantities,
    stations_with,
    surface_of,
)
from apps.places.models import Area
from apps.sensing.permissions import require_reader

NEAR_M = 1000.0
#: Stations in the table under the map.
TABLE_ROWS = 200


@dataclass(frozen=True)
class _Asked:
    form: SurfaceForm
    quantity: str
    hour: datetime | None
    area: Area | None
    stations: list[Station]

    @property
    def unit(self) -> str:
        return self.quantity.partition("|")[2]


@login_required
@require_GET
def surface(request: HttpRequest) -> HttpResponse:
    """The map, the districts and the stations of one quantity."""
    asked = _asked(request)
    ranked = sorted(asked.stations, key=lambda station: -station.value)
    values = [station.value for station in asked.stations]
    context = {
        "form": asked.form,
        "unit": asked.unit,
        "hour": asked.hour,
        "count": len(ranked),
        "stations": ranked[:TABLE_ROWS],
        "groups": groups_of(asked.stations),
        "surface": surface_of(asked.stations),
        "silent": count_silent(
            actor_of(request), quantity=asked.quantity, stations=asked.stations, area=asked.area
        ),
        "power": POWER,
        "neighbours": NEIGHBOURS,
        "legend": legend_of(values),
        "center": _middle(asked.stations),
        "query": request.GET.urlencode(),
    }
    status = 422 if asked.form.errors else 200
    return render(request, "observing/surface.html", context, status=status)


@login_required
@require_GET
def surface_shapes(request: HttpRequest) -> JsonResponse:
    """The squares and the stations as GeoJSON; ``shade`` from the lowest to the highest value."""
    asked = _asked(request)
    features = features_of(asked.stations, surface_of(asked.stations), unit=asked.unit)
    return JsonResponse({"type": "FeatureCollection", "features": features})


@login_required
@require_GET
def surface_export(request: HttpRequest) -> HttpResponseBase:
    """Every station with its value, as a sheet."""
    asked = _asked(request)
    audit.record(
        actor_of(request),
        "readings.surface_export",
        data={
            "quantity": asked.quantity,
            "hour": asked.hour.isoformat() if asked.hour else "",
            "area": asked.area.code if asked.area else "",
            "stations": len(asked.stations),
        },
    )
    columns = [
        Column(_("节点编号"), lambda s: s.device.node, 20),
        Column(_("名称"), lambda s: s.device.asset.name, 24),
        Column(_("数值"), lambda s: s.value, 14),
        Column(_("单位"), lambda s: asked.unit, 10),
        Column(_("时间"), lambda s: s.at, 20),
        Column(_("经度"), lambda s: s.device.asset.point.x, 14),
        Column(_("纬度"), lambda s: s.device.asset.point.y, 14),
    ]
    return xlsx_response(f"{_('监测量分布')}-{clock.today():%Y%m%d}", columns, asked.stations)


@login_required
@require_GET
def near_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """The devices around a case, nearest first, with what they say now."""
    case = _placed_case(request, case_id)
    context = {
        "case": case,
        "near": list_devices_near(actor_of(request), case.point, radius_m=NEAR_M),
        "radius_m": NEAR_M,
        "point": f"{case.point.x:.6f},{case.point.y:.6f}",
    }
    return render(request, "observing/near_case.html", context)


@login_required
@require_GET
def near_case_shapes(request: HttpRequest, case_id: int) -> JsonResponse:
    """The same devices as GeoJSON points."""
    case = _placed_case(request, case_id)
    features = [
        feature(
            dot(device.asset.point),
            label=device.asset.name,
            url=reverse("sensing:device-detail", args=[device.pk]),
        )
        for device, _metres, _newest in list_devices_near(
            actor_of(request), case.point, radius_m=NEAR_M
        )
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _placed_case(request: HttpRequest, case_id: int) -> Any:
    viewer = actor_of(request)
    require_reader(viewer)
    case: Case = get_case(viewer, case_id=case_id)
    if case.point is None:
        raise Http404
    return case


def _asked(request: HttpRequest) -> _Asked:
    viewer = actor_of(request)
    require_reader(viewer)
    form = SurfaceForm(request.GET, viewer=viewer, quantities=quantities())
    quantity, hour, area = form.asked()
    found = stations_with(viewer, quantity=quantity, hour=hour, area=area)
    return _Asked(form, quantity, hour, area, found)


def _middle(stations: Sequence[Station]) -> str:
    if not stations:
        return ""
    points = [station.device.asset.point for station in stations]
    lon = sum(point.x for point in points) / len(points)
    lat = sum(point.y for point in points) / len(points)
    return f"{lon:.6f},{lat:.6f}"
