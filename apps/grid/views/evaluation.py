"""Evaluation (评价): rates by area, department and post; every number opens its events."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common.pages import paged
from apps.grid import selectors
from apps.grid.forms import EvaluationForm
from apps.grid.views._common import reader_of

WAYS = ("area", "unit", "post")
#: Evaluating colleagues is for those who watch over all cases.
RIGHT = "matters.view_tenant_cases"


@login_required
@permission_required(RIGHT, raise_exception=True)
@require_GET
def evaluation(request: HttpRequest) -> HttpResponse:
    """One table: on-time rates of the five stages, and re-work."""
    wanted, lines = _read(request)
    total = selectors.totals(lines)
    context = {
        "form": EvaluationForm(wanted),
        "by": wanted["by"],
        "since": wanted["since"],
        "until": wanted["until"],
        "stages": [(name, label) for name, (_action, label) in selectors.STAGES.items()],
        "rows": [_row(line, wanted) for line in lines],
        "total": _row(total, wanted),
    }
    return render(request, "grid/evaluation.html", context)


@login_required
@permission_required(RIGHT, raise_exception=True)
@require_GET
def evaluation_events(request: HttpRequest) -> HttpResponse:
    """The events behind one number."""
    wanted, lines = _read(request)
    measure, key = request.GET.get("measure", "all"), request.GET.get("key", "")
    chosen = lines if not key else [line for line in lines if line.key == key]
    if not chosen:
        raise Http404
    ids: set[int] = set().union(*(line.ids_of(measure) for line in chosen))
    rows = selectors.visible_events(reader_of(request)).filter(pk__in=ids)
    context = paged(request, rows) | {
        "label": chosen[0].label if key else _("合计"),
        "measure": _measure_label(measure),
        "back": urlencode(wanted),
        "total": len(ids),
    }
    return render(request, "grid/evaluation_events.html", context)


def _read(request: HttpRequest) -> tuple[dict[str, Any], list[selectors.Line]]:
    viewer = reader_of(request)
    form = EvaluationForm(request.GET)
    form.is_valid()
    given = form.cleaned_data
    since, until = selectors.span_of(given.get("since"), given.get("until"))
    by = given.get("by") or "area"
    wanted = {"by": by, "since": since, "until": until}
    return wanted, selectors.evaluate(viewer, by=by, since=since, until=until)


def _row(line: selectors.Line, wanted: dict[str, Any]) -> dict[str, Any]:
    def address(measure: str) -> str:
        return urlencode(wanted | {"key": line.key, "measure": measure})

    return {
        "label": line.label,
        "count": len(line.events),
        "all": address("all"),
        "stages": [
            {
                "rate": measure.rate,
                "whole": len(measure.whole),
                "late": len(measure.bad),
                "address": address(f"late_{name}"),
            }
            for name, measure in line.stages.items()
        ],
        "rework": {
            "rate": line.rework.rate,
            "whole": len(line.rework.whole),
            "bad": len(line.rework.good),
            "address": address("rework"),
        },
    }


def _measure_label(measure: str) -> str:
    if measure == "rework":
        return _("返工的事件")
    stage = measure.removeprefix("late_")
    if stage in selectors.STAGES:
        return _("%s超时的事件") % selectors.STAGES[stage][1]
    return _("全部事件")
