"""The grid page of an area, its map, the cases behind its figures. GR-04."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of, any_right
from apps.assets import permissions as assets
from apps.common.pages import paged
from apps.common.periods import Period
from apps.fieldwork import permissions as fieldwork
from apps.figures.selectors.forecasts import boundaries_of
from apps.governance import permissions
from apps.governance.forms.situation import SituationForm
from apps.governance.selectors import layers
from apps.governance.selectors import situation as reads
from apps.governance.selectors import trends as trend_reads
from apps.governance.selectors.situation import Situation
from apps.governance.views._common import number
from apps.matters.definition import definition_of
from apps.places.models import Area
from apps.registry import permissions as registry

readers = any_right(permissions.SITUATION)
OPACITY = (0.04, 0.18, 0.32, 0.46, 0.6)
WEEK = 30


def _period(request: HttpRequest) -> Period:
    return SituationForm(request.GET).period(days=WEEK)


@readers
@require_GET
def situation(request: HttpRequest) -> HttpResponse:
    """What an area has, who works there, what happened, what is wrong."""
    viewer = actor_of(request)
    area = reads.find_area(viewer, number(request.GET.get("area")))
    period = _period(request)
    found = reads.read(viewer, area, period)
    most = max((max(row) for row in found.heat), default=0)
    query = urlencode({"first": period.first.isoformat(), "last": period.last.isoformat()})
    context = {
        "found": found,
        "form": SituationForm(
            initial={"area": area.pk, "first": period.first, "last": period.last}
        ),
        "query": query,
        "map_url": f"{reverse('governance:situation-map')}?area={area.pk}&{query}",
        "rows_url": f"{reverse('governance:situation-cases')}?area={area.pk}&{query}",
        "alarms": [(alarm, _alarm_url(request, found, alarm.kind)) for alarm in found.alarms],
        "resources": _resources(viewer, found),
        "workers_url": _workers_url(viewer, found.area),
        "layers": layers.layers_for(viewer),
        "week": [
            (day, [(n, reads.shade_of(n, most)) for n in row])
            for day, row in zip(_weekdays(), found.heat, strict=True)
        ],
        "hours": range(reads.HOURS),
        "option": _option(found),
        "chart_columns": [
            {"key": "label", "label": _("分类")},
            {"key": "n", "label": _("案件数"), "is_number": True},
        ],
        "chart_rows": [{"label": label, "n": n} for _code, label, n in found.classes],
    }
    return render(request, "governance/situation.html", context)


def _weekdays() -> list[str]:
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]


def _option(found: Situation) -> dict[str, Any]:
    shown = found.classes[::-1]
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value"},
        "yAxis": {
            "type": "category",
            "data": [label for _code, label, _n in shown],
            "axisLabel": {"interval": 0, "fontSize": 11},
        },
        "series": [{"name": _("案件数"), "type": "bar", "data": [n for _c, _l, n in shown]}],
    }


def _alarm_url(request: HttpRequest, found: Situation, kind: str) -> str:
    """Where the rows of an alarm are; "" where the viewer's rights end at the count."""
    viewer, area = actor_of(request), found.area.pk
    if kind == "overdue":
        return _address("governance:situation-cases", area=area, kind="overdue")
    if kind == "visits" and registry.can_open_care(viewer):
        return _address("registry:visit-board", area=area, late=1)
    if kind in ("stops", "unassigned") and _may(viewer, *fieldwork.READERS):
        return reverse("fieldwork:patrol-board")
    return ""


def _resources(viewer: User, found: Situation) -> list[tuple[str, int, str, str]]:
    """What the area has: words, number, what is new of it, and the list it counts."""
    opens, area = registry.can_open_registry(viewer), found.area.pk
    rows = [
        (
            one.label,
            one.total,
            _("新增 %s") % one.new,
            _address("registry:file-list", kind=one.kind, area=area) if opens else "",
        )
        for one in found.resources
    ]
    keeps = _may(viewer, assets.REGISTER, assets.SURVEY, assets.RULE)
    url = _address("assets:asset-list", area=area) if keeps else ""
    return [*rows, (_("城市部件"), found.components, _("不含已拆除"), url)]


def _workers_url(viewer: User, area: Area) -> str:
    if not _may(viewer, *fieldwork.READERS):
        return ""
    return _address("fieldwork:worker-list", cells=area.pk)


def _may(viewer: User, *rights: str) -> bool:
    return any(viewer.has_perm(right) for right in rights)


def _address(name: str, **query: object) -> str:
    return f"{reverse(name)}?{urlencode(query)}"


@readers
@require_GET
def situation_map(request: HttpRequest) -> JsonResponse:
    """The areas below as GeoJSON, the more cases the darker."""
    viewer = actor_of(request)
    area = reads.find_area(viewer, number(request.GET.get("area")))
    period = _period(request)
    parts = reads.parts_of(viewer, area, period)
    shapes = boundaries_of([part.area.pk for part in parts] or [area.pk])
    query = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapes[part.area.pk]),
            "properties": {
                "label": _("%(name)s：%(n)s 件") % {"name": part.area.name, "n": part.cases},
                "shade": OPACITY[part.shade],
                "url": f"{reverse('governance:situation')}?"
                f"{urlencode({'area': part.area.pk} | query)}",
            },
        }
        for part in parts
        if part.area.pk in shapes
    ]
    if not parts and area.pk in shapes:
        features = [
            {
                "type": "Feature",
                "geometry": json.loads(shapes[area.pk]),
                "properties": {"label": area.name, "shade": OPACITY[1]},
            }
        ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


@readers
@require_GET
def situation_layer(request: HttpRequest, code: str) -> JsonResponse:
    """The points of a layer of the one map in the area and period: [lon, lat, title, address]."""
    viewer = actor_of(request)
    area = reads.find_area(viewer, number(request.GET.get("area")))
    told, is_cut = layers.points_in(viewer, area, _period(request), code=code)
    points = [
        [*one.shape["coordinates"][:2], one.title, one.url]
        for one in told
        if one.shape and one.shape["type"] == "Point"
    ]
    return JsonResponse({"points": points, "truncated": is_cut})


@readers
@require_GET
def situation_cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a figure of the page."""
    viewer, query = actor_of(request), request.GET
    area = reads.find_area(viewer, number(query.get("area")))
    period = _period(request)
    kind, value = query.get("kind", "received"), query.get("value", "")
    shown = paged(request, reads.rows_behind(viewer, area, period, kind=kind, value=value))
    cases = shown.pop("rows")
    context = shown | {
        "rows": [
            {
                "case": case,
                "state": definition_of(case.version_id, case.version.body).state(case.state),
            }
            for case in cases
        ],
        "area": area,
        "period": period,
        "is_now": kind == "overdue",
        "back_url": f"{reverse('governance:situation')}?area={area.pk}",
    }
    return render(request, "governance/situation_cases.html", context)


@readers
@require_GET
def trends(request: HttpRequest) -> HttpResponse:
    """Twelve months of governance indicators, and which go together. GR-15."""
    viewer = actor_of(request)
    area = reads.find_area(viewer, number(request.GET.get("area")))
    found = trend_reads.read(viewer, area)
    months = [f"{month:%Y-%m}" for month in found.months]
    context = {
        "area": area,
        "found": found,
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"type": "scroll"},
            "xAxis": {"type": "category", "data": months},
            "yAxis": {"type": "value"},
            "series": [
                {"name": trend.label, "type": "line", "data": trend.values}
                for trend in found.trends
            ],
        },
        "chart_columns": [
            {"key": "label", "label": _("指标")},
            *[{"key": month, "label": month, "is_number": True} for month in months],
        ],
        "chart_rows": [
            {"label": trend.label} | dict(zip(months, trend.values, strict=True))
            for trend in found.trends
        ],
    }
    return render(request, "governance/trends.html", context)
