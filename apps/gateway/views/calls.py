"""Calls: the list, the story of one, the last day of each client."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.signed_in import actor_of
from apps.common.paging import page_of
from apps.gateway import selectors, services
from apps.gateway.forms import CallFilter
from apps.gateway.models import ApiClient
from apps.gateway.views.access import client_manager_required

CHART_OF = timedelta(hours=24)


@client_manager_required
@require_GET
def call_list(request: HttpRequest) -> HttpResponse:
    """Newest first, by client, answer, address, time taken and day; a chart of one client."""
    actor = actor_of(request)
    services.write_calls()
    form = CallFilter(request.GET, clients=selectors.list_clients(actor))
    search = form.search
    page = page_of(selectors.list_calls(actor, search), request.GET)
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "previous_url": _page_url(request, page.number - 1) if page.has_previous else "",
        "next_url": _page_url(request, page.number + 1) if page.has_next else "",
    }
    if search.client is not None:
        hours = selectors.hourly(actor, client=search.client, since=CHART_OF)
        context |= {"client": search.client} | (_chart(search.client, hours) if hours else {})
    return render(request, "gateway/call_list.html", context)


@client_manager_required
@require_GET
def call_detail(request: HttpRequest, request_id: str) -> HttpResponse:
    """One call: what it was answered and all it did that is on record."""
    services.write_calls()
    call = selectors.get_call(actor_of(request), request_id)
    story = selectors.story_of(call)
    return render(request, "gateway/call_detail.html", {"call": call, "story": story})


def _chart(client: ApiClient, hours: list[dict[str, Any]]) -> dict[str, Any]:
    names = [timezone.localtime(h["hour"]).strftime("%m-%d %H:00") for h in hours]
    calls, refused, slow = _("调用"), _("被拒绝或出错"), _("平均耗时（毫秒）")
    return {
        "chart_title": _("%s：近 24 小时") % client.name,
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"top": 0, "data": [calls, refused, slow]},
            "xAxis": {"type": "category", "data": names},
            "yAxis": [{"type": "value", "minInterval": 1}, {"type": "value"}],
            "series": [
                {"name": calls, "type": "bar", "data": [h["calls"] for h in hours]},
                {"name": refused, "type": "bar", "data": [h["refused"] for h in hours]},
                {
                    "name": slow,
                    "type": "line",
                    "yAxisIndex": 1,
                    "data": [round(h["average_ms"]) for h in hours],
                },
            ],
        },
        "columns": [
            {"key": "hour", "label": _("小时")},
            {"key": "calls", "label": calls, "is_number": True},
            {"key": "refused", "label": refused, "is_number": True},
            {"key": "average", "label": slow, "is_number": True},
            {"key": "longest", "label": _("最长耗时（毫秒）"), "is_number": True},
        ],
        "rows": [
            {
                "hour": name,
                "calls": h["calls"],
                "refused": h["refused"],
                "average": round(h["average_ms"]),
                "longest": h["longest_ms"],
            }
            for name, h in zip(names, hours, strict=True)
        ],
    }


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
