"""The days to come on a large screen: dark, large, without menu, fresh by itself (MT-24)."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.figures import selectors
from apps.figures.enums import FindingKind
from apps.figures.selectors import Day
from apps.figures.views.access import guarded
from apps.figures.views.forecast import (
    choose,
    day_columns,
    day_row,
    option_of,
    shown_of,
    title_of,
)
from apps.figures.views.wording import Shown

AHEAD, PAST, LISTED, ON_MAP = 7, 28, 5, 60


@guarded
def wall(request: HttpRequest, viewer: User) -> HttpResponse:
    """The next seven days of an area, the topics that rise and the hot spots on the map."""
    snapshot = selectors.find_snapshot(viewer)
    if snapshot is None:
        return render(request, "figures/forecast_wall.html", {"snapshot": None})
    chosen = choose(request, viewer, snapshot)[0]
    context: dict[str, Any] = {"snapshot": snapshot, "chosen": chosen}
    for kind, name in ((FindingKind.RISING, "rising"), (FindingKind.HOT_SPOT, "hot_spots")):
        found = _within(shown_of(viewer, snapshot, kind), chosen.area_path if chosen else "")
        context |= {name: found[:LISTED], f"{name}_count": len(found)}
    context["more_spots"] = context["hot_spots_count"] > LISTED
    if chosen is not None:
        days = selectors.days_of(chosen)
        ahead = [day for day in days if day.expected is not None]
        shown = [day for day in days if day.count is not None][-PAST:] + ahead
        context |= {
            "title": title_of(chosen),
            "days": [_tile(day) for day in ahead[:AHEAD]],
            "week": round(sum(day.expected or 0.0 for day in ahead[:AHEAD])),
            "option": option_of(chosen, shown),
            "day_columns": day_columns(),
            "day_rows": [day_row(chosen, day) for day in ahead],
            "area_url": reverse("areas-geometry", args=[chosen.area_id]),
            "spots_url": f"{reverse('figures:hot-spots')}?area={chosen.area_id}",
        }
    return render(request, "figures/forecast_wall.html", context)


@guarded
def hot_spots(request: HttpRequest, viewer: User) -> HttpResponseBase:
    """The hot spots of an area as GeoJSON (WGS 84), as far as the viewer reaches."""
    snapshot = selectors.find_snapshot(viewer)
    if snapshot is None:
        return JsonResponse({"type": "FeatureCollection", "features": []})
    chosen = choose(request, viewer, snapshot)[0]
    found = shown_of(viewer, snapshot, FindingKind.HOT_SPOT)
    return JsonResponse(_features(_within(found, chosen.area_path if chosen else "")[:ON_MAP]))


def _features(found: list[Shown]) -> dict[str, Any]:
    shapes = selectors.boundaries_of([each.finding.area_id for each in found])
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": json.loads(shapes[each.finding.area_id]),
                "properties": {"label": _label(each), "url": each.url},
            }
            for each in found
            if each.finding.area_id in shapes
        ],
    }


def _label(shown: Shown) -> str:
    about = [shown.finding.area.name, shown.finding.class_label]
    return _("%(about)s：%(n)d 件，预期 %(expected)s 件") % {
        "about": " · ".join(part for part in about if part),
        "n": shown.finding.observed,
        "expected": shown.expected,
    }


def _within(found: list[Shown], area_path: str) -> list[Shown]:
    return [each for each in found if each.finding.area_path.startswith(area_path)]


def _tile(day: Day) -> dict[str, Any]:
    return {
        "on": date_format(day.on, "MONTH_DAY_FORMAT"),
        "weekday": date_format(day.on, "D"),
        "expected": round(day.expected or 0.0),
        "low": day.low,
        "high": day.high,
        "is_rest": day.is_rest,
    }
