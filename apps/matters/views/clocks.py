"""How the deadlines of a case came about: the page that proves them, line by line."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.matters import selectors
from apps.matters.views.requests import viewer_of


@login_required
@require_GET
def case_clocks(request: HttpRequest, case_id: int) -> HttpResponse:
    """The ledgers of a case, on screen and, by its print style, on paper."""
    case = selectors.get_case(viewer_of(request), case_id=case_id)
    context: dict[str, Any] = {"case": case, "ledgers": selectors.list_ledgers(case)}
    return render(request, "matters/case_clocks.html", context)
