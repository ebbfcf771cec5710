"""Protected rows: which tables, when they were compared, what did not fit."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError
from apps.evidence import selectors, services
from apps.evidence.forms import AcceptForm
from apps.evidence.models import RowCheck
from apps.evidence.views.access import READ_AUDIT, holders_of

PER_PAGE = 30


@holders_of(READ_AUDIT)
@require_GET
def row_list(request: HttpRequest) -> HttpResponse:
    """What does not fit now, what did not, and every table."""
    page = Paginator(selectors.list_row_findings(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "last": RowCheck.objects.first(),
        "open": selectors.show_row_findings(selectors.list_row_findings().filter(ended_at=None)),
        "page": page,
        "ended": selectors.show_row_findings(row for row in page if row.ended_at),
        "tables": selectors.list_protected(),
        "form": AcceptForm(auto_id="accept_%s"),
    }
    return render(request, "evidence/row_list.html", context)


@holders_of(READ_AUDIT)
@require_POST
def row_check(request: HttpRequest) -> HttpResponse:
    """Compares every protected row now."""
    done = services.check_rows()
    if done.found:
        messages.error(request, _("已核对 %(rows)d 行，%(found)d 行不符") % vars(done))
    else:
        messages.success(request, _("已核对 %d 行，全部相符") % done.rows)
    return redirect("evidence:row-list")


@holders_of(READ_AUDIT)
@require_POST
def row_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a row as it stands, with a reason."""
    reason = request.POST.get("reason", "")
    try:
        services.accept_row(actor_of(request), finding_id=pk, reason=reason)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已了结，现状作为新的基准"))
    return redirect("evidence:row-list")
