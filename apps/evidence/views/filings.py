"""The ledger of filings, and the tests with their next dates."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import clock, files
from apps.common.errors import InvalidInput
from apps.evidence import selectors, services
from apps.evidence.forms import FilingEntryForm, TestForm
from apps.evidence.models import Filing, SafetyTest
from apps.evidence.views.access import SEE_BOARD, holders_of

KEEP = "evidence.keep_board"
SHOWN = 20


@holders_of(SEE_BOARD)
@require_http_methods(["GET", "POST"])
def filing_list(request: HttpRequest) -> HttpResponse:
    """The filings in force and before, the tests, and a form for each."""
    actor = actor_of(request)
    is_test = request.POST.get("what") == "test"
    people = selectors.list_keepable_people(actor)
    filing = FilingEntryForm(
        None if is_test else request.POST or None, request.FILES or None, people=people
    )
    test = TestForm(request.POST if is_test else None, auto_id="test_%s")
    form: Any = test if is_test else filing
    if request.method == "POST" and form.is_valid():
        try:
            if is_test:
                services.note_test(actor, new=test.new)
            else:
                services.add_filing(actor, new=filing.new)
        except InvalidInput as refusal:
            field = {"file": "upload"}.get(refusal.field or "", refusal.field)
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已登记"))
            return redirect("evidence:filing-list")
    may_keep = actor.has_perm(KEEP)
    context = {
        "filings": Filing.objects.filter(ended_at=None).select_related("owner", "file"),
        "ended": Filing.objects.exclude(ended_at=None).select_related("owner")[:SHOWN],
        "duties": selectors.list_test_duties(),
        "tests": SafetyTest.objects.select_related("noted_by")[:SHOWN],
        "today": clock.today(),
        "form": filing if may_keep else None,
        "test_form": test if may_keep else None,
    }
    status = 422 if filing.errors or test.errors else 200
    return render(request, "evidence/filing_list.html", context, status=status)


@holders_of(KEEP)
@require_POST
def filing_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a filing out of force."""
    services.end_filing(actor_of(request), filing_id=pk)
    messages.success(request, _("已注销，台账中保留"))
    return redirect("evidence:filing-list")


@holders_of(SEE_BOARD)
@require_GET
def filing_file(request: HttpRequest, pk: int) -> FileResponse:
    """The document of a filing."""
    filing = get_object_or_404(Filing.objects.exclude(file=None).select_related("file"), pk=pk)
    assert filing.file is not None
    return files.file_response(filing.file, download_name=filing.file_name)
