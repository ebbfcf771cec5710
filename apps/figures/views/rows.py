"""The cases behind a figure, and the overdue steps of a unit."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.models import User
from apps.figures import selectors
from apps.figures.selectors import RowFilter
from apps.figures.views.access import day, guarded, matter_of, number, period_of
from apps.matters.definition import definition_of
from apps.matters.models import Case

PAGE_SIZE = 50
PAGES_MOST = 10_000
#: The pages a list of cases may lead back to.
BACK = {"forecast": "figures:forecast", "": "figures:statistics"}


@guarded
def cases(request: HttpRequest, viewer: User) -> HttpResponse:
    """Will list the cases behind a figure, without counting them."""
    period, problem = period_of(request)
    asked = request.GET
    kind = asked.get("kind", "received")
    wanted = RowFilter(
        kind=kind if kind in selectors.ROW_KINDS else "received",
        channel=asked.get("channel", "")[:10],
        class_code=asked.get("class_code", "")[:40],
        area_id=number(asked.get("area")),
        unit_id=number(asked.get("unit")),
        person_id=number(asked.get("person")),
        day=day(asked.get("day")),
        state=asked.get("state", "")[:40],
        address=asked.get("address", "").replace("\0", "")[:200],
    )
    reach = selectors.reach_of(viewer, matters=matter_of(request))
    found, pages = _page(request, selectors.list_rows(reach, period, wanted))
    context = pages | {
        "period": period,
        "problem": problem,
        "title": selectors.row_kind_label(wanted.kind),
        "address": wanted.address,
        "rows": [_case_row(case) for case in found],
        "back_url": _back_url(request),
    }
    return render(request, "figures/cases.html", context)


@guarded
def overdue_steps(request: HttpRequest, viewer: User) -> HttpResponse:
    """Will list the limits that ran out, as the orders that the clocks wrote by themselves."""
    period, problem = period_of(request)
    reach = selectors.reach_of(viewer, matters=matter_of(request))
    unit = number(request.GET.get("unit"))
    orders = selectors.overdue_steps(reach, period, unit_id=unit).select_related("case", "unit")
    found, pages = _page(request, orders)
    context = pages | {
        "period": period,
        "problem": problem,
        "orders": found,
        "back_url": _back_url(request),
    }
    return render(request, "figures/overdue_steps.html", context)


def _page(request: HttpRequest, rows: Any) -> tuple[list[Any], dict[str, str]]:
    page = min(number(request.GET.get("page")) or 1, PAGES_MOST)
    start = (page - 1) * PAGE_SIZE
    found = list(rows[start : start + PAGE_SIZE + 1])
    urls = {
        "previous_url": _page_url(request, page - 1) if page > 1 else "",
        "next_url": _page_url(request, page + 1) if len(found) > PAGE_SIZE else "",
    }
    return found[:PAGE_SIZE], urls


def _page_url(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"


def _back_url(request: HttpRequest) -> str:
    asked = request.GET
    name = BACK.get(asked.get("from", ""), BACK[""])
    kept = {k: asked[k] for k in ("first", "last", "matter", "by") if k in asked}
    return f"{reverse(name)}?{urlencode(kept)}" if name == BACK[""] else reverse(name)


def _case_row(case: Case) -> dict[str, Any]:
    state = definition_of(case.version_id, case.version.body).state(case.state)
    return {"case": case, "state": state}
