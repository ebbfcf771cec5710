"""What the map page asks the server about places, shapes and areas."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common import ratelimit
from apps.common.errors import InvalidInput
from apps.onemap import selectors
from apps.onemap.forms import read_body, read_number, read_shape
from apps.onemap.selectors import Around, Limits, Tally
from apps.onemap.views.answers import data_view, viewer_of

QUESTIONS_A_MINUTE = 120  # per person: a click is one, a drawn shape is one
_MOST_M = 50_000


@require_GET
@data_view
def identify(request: HttpRequest) -> HttpResponse:
    """All visible layers at one place: ``lon``, ``lat``, ``zoom``, ``layers``."""
    _count(request)
    found = selectors.identify(
        viewer_of(request),
        selectors.read_codes(request.GET.get("layers", "")),
        lon=read_number(request.GET, "lon", label=_("经度"), least=-180, most=180),
        lat=read_number(request.GET, "lat", label=_("纬度"), least=-85, most=85),
        zoom=read_number(request.GET, "zoom", label=_("级别"), least=0, most=24),
        limits=_limits(request),
    )
    return JsonResponse({"features": [told.as_data() for told in found]})


@require_POST
@data_view
def around(request: HttpRequest) -> HttpResponse:
    """How many of each layer lie in or near a drawn shape; ``{shape, distance, layers}``."""
    _count(request)
    body = read_body(request)
    shape = read_shape(body.get("shape"))
    distance = read_number(body, "distance", label=_("距离"), least=0, most=_MOST_M)
    found = selectors.around(
        viewer_of(request),
        selectors.read_codes(str(body.get("layers", ""))),
        shape=shape,
        distance_m=distance,
        limits=_posted_limits(body),
    )
    reach = selectors.buffer_of(shape, distance) if distance else shape
    return JsonResponse({"layers": [_around(a) for a in found], "reach": _shape_data(reach)})


@require_POST
@data_view
def nearest(request: HttpRequest) -> HttpResponse:
    """The nearest of each layer to a drawn shape; ``{shape, wanted, layers}``."""
    _count(request)
    body = read_body(request)
    found = selectors.nearest(
        viewer_of(request),
        selectors.read_codes(str(body.get("layers", ""))),
        shape=read_shape(body.get("shape")),
        wanted=int(read_number(body, "wanted", label=_("数量"), least=1, most=50)),
        limits=_posted_limits(body),
    )
    return JsonResponse({"layers": [_around(a) for a in found]})


@require_POST
@data_view
def measure(request: HttpRequest) -> HttpResponse:
    """Length and area of a drawn shape on the ellipsoid; ``{shape}``."""
    found = selectors.measure(read_shape(read_body(request).get("shape")))
    return JsonResponse({"length_m": found.length_m, "area_m2": found.area_m2})


@require_GET
@data_view
def statistics(request: HttpRequest) -> HttpResponse:
    """How much of each layer lies in an area: ``area``, ``layers``, ``from``, ``to``."""
    _count(request)
    area = selectors.area_to_count(request.GET.get("area", ""))
    found = selectors.count_in_area(
        viewer_of(request),
        selectors.read_codes(request.GET.get("layers", "")),
        area=area,
        limits=_limits(request),
    )
    shape = area.boundary.simplify(0.0001, preserve_topology=True) if area.boundary else None
    return JsonResponse(
        {
            "area": {"id": area.pk, "name": area.name, "shape": _shape_data(shape)},
            "layers": [_tally(tally) for tally in found],
        }
    )


@require_GET
@data_view
def features(request: HttpRequest, code: str) -> HttpResponse:
    """The features in a box as GeoJSON, at most 2,000: for pages without WebGL and lists."""
    opened = selectors.open_layer(viewer_of(request), code)
    told, is_cut = selectors.features(opened, _limits(request).of(code))
    return JsonResponse(
        {
            "type": "FeatureCollection",
            "truncated": is_cut,
            "features": [
                {
                    "type": "Feature",
                    "id": one.pk,
                    "geometry": one.shape,
                    "properties": {"title": one.title, "url": one.url, "by": one.leading},
                }
                for one in told
            ],
        },
        content_type="application/geo+json",
    )


def _count(request: HttpRequest) -> None:
    key = str(viewer_of(request).pk)
    ratelimit.hit("map.question", key, limit=QUESTIONS_A_MINUTE, per_seconds=60)


def _limits(request: HttpRequest) -> Limits:
    return selectors.read_limits(request.GET.dict(), request.GET.getlist("where"))


def _posted_limits(body: dict[str, Any]) -> Limits:
    where = body.get("where") or []
    if not isinstance(where, list):
        raise InvalidInput(_("筛选条件不正确"), field="where")
    days = {name: str(body.get(name) or "") for name in ("from", "to")}
    return selectors.read_limits(days, [str(pair) for pair in where])


def _around(found: Around) -> dict[str, Any]:
    return {
        "code": found.layer,
        "label": found.label,
        "color": found.color,
        "count": found.count,
        "nearest": [told.as_data() for told in found.nearest],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "code": tally.layer,
        "label": tally.label,
        "color": tally.color,
        "count": tally.count,
        "field": tally.field_label,
        "shares": [
            {"label": share.label, "color": share.color, "count": share.count}
            for share in tally.shares
        ],
    }


def _shape_data(shape: Any) -> Any:
    return json.loads(shape.geojson) if shape else None
