"""Rehearsals: those there were, one with its progress and its result."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.alarms import permissions, selectors, services
from apps.alarms.models import RuleRehearsal
from apps.alarms.views._common import reader_of, tabs
from apps.common.pages import paged, tell


@login_required
@require_GET
def rehearsal_list(request: HttpRequest) -> HttpResponse:
    """What was rehearsed in the last thirty days."""
    viewer = reader_of(request, *permissions.RULE_READERS)
    context = paged(request, selectors.list_rehearsals(viewer)) | {
        "tabs": tabs(viewer, "rehearsal-list")
    }
    return render(request, "alarms/rehearsal_list.html", context)


@login_required
@require_GET
def rehearsal_detail(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    """One rehearsal; while it runs the page asks how far it is."""
    viewer = reader_of(request, *permissions.RULE_READERS)
    run = selectors.get_rehearsal(viewer, pk=rehearsal_id)
    return render(request, "alarms/rehearsal_detail.html", shown(viewer, run))


@login_required
@require_GET
def rehearsal_panel(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    """The part of a page that says how far it is, then what came out."""
    viewer = reader_of(request, *permissions.RULE_READERS)
    run = selectors.get_rehearsal(viewer, pk=rehearsal_id)
    answer = render(request, "alarms/_rehearsal.html", shown(viewer, run))
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def rehearsal_cancel(request: HttpRequest, rehearsal_id: int) -> HttpResponse:
    """Ends one's own; gives the part of the page anew."""
    viewer = reader_of(request, permissions.EDIT)
    selectors.get_rehearsal(viewer, pk=rehearsal_id)
    tell(
        request,
        lambda: services.cancel_rehearsal(viewer, rehearsal_id=rehearsal_id),
        done=_("试算已取消"),
    )
    run = selectors.get_rehearsal(viewer, pk=rehearsal_id)
    whole = "alarms/_rehearsal.html" if request.htmx else "alarms/rehearsal_detail.html"  # type: ignore[attr-defined]
    return render(request, whole, shown(viewer, run))


def shown(viewer: User, run: RuleRehearsal) -> dict[str, Any]:
    """Will give what the panel shows of a rehearsal."""
    found = run.result
    context: dict[str, Any] = {
        "run": run, "found": found, "is_own": run.maker_id == viewer.pk,
    }  # fmt: skip
    if found and found["readings"]:
        context["chart"] = _chart(run)
    return context


def _chart(run: RuleRehearsal) -> dict[str, Any]:
    """Alarms of each day as bars, beside those of the version in force."""
    days, is_compared = run.result["days"], run.result["is_compared"]
    names = [_("试算内容"), *([_("现行版本")] if is_compared else [])]
    series = [
        {"type": "bar", "name": name, "data": [row[place] for row in days]}
        for place, name in enumerate(names, 1)
    ]
    columns = [
        {"key": "day", "label": _("日期")},
        {"key": "count", "label": names[0], "is_number": True},
    ]
    if is_compared:
        columns.append({"key": "before", "label": names[1], "is_number": True})
    return {
        "id": f"rehearsal-{run.pk}",
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": names},
            "xAxis": {"type": "category", "data": [row[0][5:] for row in days]},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": series,
        },
        "columns": columns,
        "rows": [{"day": day, "count": count, "before": before} for day, count, before in days],
    }
