"""The inbox of results from outside systems."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.common.errors import NotAllowed
from apps.common.paging import page_of
from apps.matters import selectors, services
from apps.matters.enums import OutsideOutcome
from apps.matters.selectors.outside import MANAGE
from apps.matters.views.requests import viewer_of


@login_required
@require_GET
def result_list(request: HttpRequest) -> HttpResponse:
    """Newest first, by outcome and number."""
    actor = viewer_of(request)
    if not actor.has_perm(MANAGE):
        raise NotAllowed(_("您没有处理外部结果的权限"))
    outcome, text = request.GET.get("outcome", ""), request.GET.get("q", "").strip()[:120]
    page = page_of(selectors.list_outside_results(actor, outcome=outcome, text=text), request.GET)
    context = {
        "page": page,
        "outcome": outcome,
        "text": text,
        "outcomes": OutsideOutcome.choices,
        "previous_url": _page_url(request, page.number - 1) if page.has_previous else "",
        "next_url": _page_url(request, page.number + 1) if page.has_next else "",
    }
    return render(request, "matters/outside_results.html", context)


@login_required
@require_POST
def result_reprocess(request: HttpRequest, pk: int) -> HttpResponse:
    """Tries one result again."""
    row = services.reprocess_result(viewer_of(request), result_id=pk)
    if row.case is not None:
        messages.success(request, _("已记入案件 %s") % row.case.number)
    else:
        messages.warning(request, row.problem)
    return redirect("matters:outside-results")


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
