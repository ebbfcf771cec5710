"""Beside a case: what its reporter wrote since, and its way to another hotline."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.signed_in import actor_of
from apps.common import files
from apps.common.pages import take
from apps.matters.selectors import get_case
from apps.messaging import selectors, services
from apps.messaging.forms import TransferForm
from apps.messaging.models import MessageFile


@login_required
@require_http_methods(["GET", "POST"])
def case_messages(request: HttpRequest, case_id: int) -> HttpResponse:
    """Will show to whoever sees the case what was written about it; agents may hand it over."""
    viewer = actor_of(request)
    case = get_case(viewer, case_id=case_id)
    lines = selectors.list_lines(viewer)
    form = TransferForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        account, reason = form.cleaned_data["line"], form.cleaned_data["reason"]
        if take(
            form,
            lambda: services.hand_over(viewer, case_id=case.pk, account=account, reason=reason),
        ):
            messages.success(request, _("已转给“%(name)s”") % {"name": account.name})
            return redirect("messaging:case-messages", case_id=case.pk)
    context = {
        "case": case,
        "thread": selectors.messages_of_case(case),
        "transfers": selectors.transfers_of(case),
        "form": form if lines.exists() and not case.is_ended else None,
    }
    return render(
        request, "messaging/case_messages.html", context, status=422 if form.errors else 200
    )


@login_required
@require_GET
def case_file(request: HttpRequest, case_id: int, file_id: int) -> HttpResponseBase:
    """Will give a file of a message that stands beside a case the viewer sees."""
    case = get_case(actor_of(request), case_id=case_id)
    kept = get_object_or_404(MessageFile, pk=file_id, message__case=case)
    return files.file_response(
        kept.file, download_name=kept.name, thumbnail="thumbnail" in request.GET
    )
