"""Where a device was: a line on the map, its fixes, a sheet of them."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.spans import SpanForm
from apps.observing.registry import Fix, fixes_of
from apps.observing.selectors.moving import gap_of, is_moving, pieces_of, track_of
from apps.observing.selectors.stopping import Stop, stops_of
from apps.sensing.models import Device
from apps.sensing.permissions import require_reader
from apps.sensing.selectors import get_device
from apps.sensing.services import note_readings_export

#: Fixes under the map.
TABLE_ROWS = 200


@login_required
@require_GET
def track(request: HttpRequest, pk: int) -> HttpResponse:
    """The track of one device over some days."""
    device, form, fixes = _asked(request, pk)
    context = {
        "device": device,
        "form": form,
        "count": len(fixes),
        "fixes": fixes[: -TABLE_ROWS - 1 : -1],
        "stops": _stops(device, fixes)[: -TABLE_ROWS - 1 : -1],
        "query": request.GET.urlencode(),
        "center": f"{fixes[-1].lon:.6f},{fixes[-1].lat:.6f}" if fixes else _place(device),
    }
    status = 422 if form.errors else 200
    return render(request, "observing/track.html", context, status=status)


@login_required
@require_GET
def track_shapes(request: HttpRequest, pk: int) -> JsonResponse:
    """The track as GeoJSON: a line per piece without a gap, and where it ends."""
    device, _form, fixes = _asked(request, pk)
    pieces = pieces_of(fixes, cycle_s=device.profile.report_every_s)
    features = [
        _feature("LineString", [[f.lon, f.lat] for f in piece], _span(piece))
        for piece in pieces
        if len(piece) > 1
    ]
    features += [
        _feature("Point", [stop.lon, stop.lat], _stay(stop)) for stop in _stops(device, fixes)
    ]
    if fixes:
        last = fixes[-1]
        label = f"{_moment(last)} {last.source}".strip()
        features.append(_feature("Point", [last.lon, last.lat], label))
    return JsonResponse({"type": "FeatureCollection", "features": features})


@login_required
@require_GET
def track_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every fix of the span, as a sheet."""
    device, form, fixes = _asked(request, pk)
    since, until = form.span()
    note_readings_export(
        actor_of(request), device=device, span=f"{since:%F %H:%M}/{until:%F %H:%M}"
    )
    columns = [
        Column(_("时间"), lambda f: f.at, 20),
        Column(_("经度"), lambda f: f.lon, 14),
        Column(_("纬度"), lambda f: f.lat, 14),
        Column(_("速度（公里/小时）"), lambda f: f.speed_kmh, 16),
        Column(_("来源"), lambda f: f.source or _("卫星定位"), 28),
    ]
    return xlsx_response(f"{device.node}-{_('轨迹')}-{clock.today():%Y%m%d}", columns, fixes)


def _asked(request: HttpRequest, pk: int) -> tuple[Device, SpanForm, list[Fix]]:
    viewer = actor_of(request)
    require_reader(viewer)
    device = get_device(viewer, pk=pk)
    if not is_moving(device):
        raise Http404
    form = SpanForm(request.GET)
    since, until = form.span()
    others = fixes_of(device.asset_id, since=since, until=until)
    own = track_of(device, since=since, until=until)
    return device, form, sorted([*own, *others], key=lambda fix: fix.at)


def _stops(device: Device, fixes: list[Fix]) -> list[Stop]:
    """By the device's own receiver: a gate says where it passed, not that it stood."""
    fixes = [fix for fix in fixes if not fix.source]
    return stops_of(fixes, gap=gap_of(device.profile.report_every_s))


def _stay(stop: Stop) -> str:
    since = timezone.localtime(stop.since)
    told = {"at": f"{since:%m-%d %H:%M}", "n": stop.minutes}
    return _("停留 %(n)d 分钟，自 %(at)s") % told


def _place(device: Device) -> str:
    return f"{device.asset.point.x:.6f},{device.asset.point.y:.6f}"


def _feature(kind: str, coordinates: object, label: str) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"label": label},
    }


def _moment(fix: Fix) -> str:
    return f"{timezone.localtime(fix.at):%m-%d %H:%M}"


def _span(piece: list[Fix]) -> str:
    return f"{_moment(piece[0])} — {_moment(piece[-1])}"
