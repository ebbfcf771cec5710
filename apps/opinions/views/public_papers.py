"""Collections as citizens read them, and the opinion they write."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import clock, files
from apps.common.errors import DomainError, NotFound
from apps.common.pages import paged, put_into
from apps.hotline.citizen import tokens
from apps.hotline.citizen.selectors import public_tenant
from apps.hotline.citizen.views.receiving import address_of, private
from apps.opinions import selectors, services
from apps.opinions.enums import Audience, PaperState, Phase
from apps.opinions.forms import OpinionForm
from apps.opinions.models import Collection
from apps.opinions.participants import Participant, participant_of
from apps.opinions.views._public import carried, problem_of, refusal

FORM = "citizen/opinions/collection.html"


@require_GET
def collection_list(request: HttpRequest) -> HttpResponse:
    """What the city asks about now, and what came of what it asked."""
    tenant = public_tenant()
    context = paged(request, selectors.list_public_collections(tenant)) | {"today": clock.today()}
    return render(request, "citizen/opinions/collections.html", context)


@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice with its papers; the form while it is open; the summary when it is out."""
    tenant = public_tenant()
    row = selectors.get_public_collection(tenant, pk)
    person = participant_of(request, tenant)
    if request.method == "GET":
        context = _context(row, person, OpinionForm(), tokens.new_form())
        return private(render(request, FORM, context))
    form, token = OpinionForm(request.POST), request.POST.get("token", "")
    error: DomainError | None = None
    try:
        error = problem_of(request, token)
        if error is None and form.is_valid():
            _write(request, row, person, form, token)
            return private(redirect("opinions-public:collection-done", pk=pk))
    except DomainError as refused:
        error = refused
    form.full_clean()
    if error is not None:
        put_into(form, error)
    return refusal(request, FORM, _context(row, person, form, carried(token)), error)


def _write(
    request: HttpRequest,
    row: Collection,
    person: Participant | None,
    form: OpinionForm,
    token: str,
) -> None:
    d = form.cleaned_data
    said = services.Said(
        text=d["text"],
        source_key=f"web:{tokens.form_id(token, min_seconds=0)}",
        name=d["name"],
        phone=d["reporter_phone"],
    )
    services.write_opinion(collection=row, said=said, person=person, address=address_of(request))


def _context(
    row: Collection, person: Participant | None, form: OpinionForm, token: str
) -> dict[str, object]:
    is_open = row.state == PaperState.PUBLISHED and row.phase(clock.today()) == Phase.OPEN
    is_concluded = row.state == PaperState.CONCLUDED
    return {
        "collection": row,
        "files": list(row.files.all()),
        "phase": row.phase(clock.today()),
        "is_open": is_open,
        "wants_phone": row.audience == Audience.CONFIRMED and person is None,
        "person": person,
        "form": form,
        "token": token,
        "tally": selectors.tally_of(row) if is_concluded else None,
        "themes": selectors.themes_of(row) if is_concluded else [],
    }


@require_GET
def collection_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Will say that it was taken, whatever was sent before."""
    row = selectors.get_public_collection(public_tenant(), pk)
    return private(render(request, "citizen/opinions/collection_done.html", {"collection": row}))


@require_GET
def paper(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A paper of a published notice. Raises: NotFound."""
    row = selectors.get_public_collection(public_tenant(), pk)
    found = row.files.filter(pk=file_id).select_related("file").first()
    if found is None:
        raise NotFound(_("没有这个附件"))
    return files.file_response(found.file, download_name=found.name)
