"""Exclusions: applied for with evidence, ruled on, appealed against."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import files as stored_files
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.common.paging import page_of
from apps.hotline.enums import ExclusionState
from apps.hotline.models import Exclusion
from apps.hotline.rates import selectors, services
from apps.hotline.rates.forms import AppealForm, ExclusionForm, NoteForm
from apps.hotline.rates.views.access import FILE, exclusions_required
from apps.matters.selectors import get_case
from apps.matters.services import NewFile


@exclusions_required
@require_GET
def exclusion_list(request: HttpRequest) -> HttpResponse:
    """Newest first, by state."""
    actor = actor_of(request)
    state = request.GET.get("state", "")
    state = state if state in ExclusionState.values else ""
    page = page_of(selectors.list_exclusions(actor, state=state), request.GET)
    query = request.GET.copy()

    def address(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    context = {
        "page": page,
        "state": state,
        "states": ExclusionState.choices,
        "may_file": actor.has_perm(FILE),
        "previous_url": address(page.number - 1) if page.has_previous else "",
        "next_url": address(page.number + 1) if page.has_next else "",
    }
    return render(request, "hotline/rates/exclusion_list.html", context)


@exclusions_required
@require_http_methods(["GET", "POST"])
def exclusion_create(request: HttpRequest) -> HttpResponse:
    """Applies to leave a case out."""
    actor = actor_of(request)
    initial = {"number": request.GET.get("number", "")[:20]}
    form = ExclusionForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_valid():
        d = form.cleaned_data
        try:
            case = get_case(actor, number=d["number"].strip())
            made = services.file_exclusion(
                actor,
                case_id=case.pk,
                reason_code=d["reason_code"],
                reason=d["reason"],
                files=_uploads(request),
            )
        except DomainError as refusal:
            field = "number" if isinstance(refusal, NotFound) else refusal.field
            field = "evidence" if field in {"file", "files"} else field
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已提交，等待审批"))
            return redirect("hotline:exclusion", pk=made.pk)
    return render(request, "hotline/rates/exclusion_form.html", {"form": form})


@exclusions_required
@require_GET
def exclusion_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One application with evidence, rulings, and what the viewer may do."""
    actor = actor_of(request)
    exclusion = selectors.get_exclusion(actor, pk)
    rules = actor.has_perm("hotline.rule_exclusions")
    state = exclusion.state
    context = {
        "exclusion": exclusion,
        "may_decide": rules
        and state == ExclusionState.PENDING
        and actor.pk != exclusion.filed_by_id,
        "may_rule": rules
        and state == ExclusionState.APPEALED
        and actor.pk not in {exclusion.filed_by_id, exclusion.decided_by_id},
        "may_appeal": actor.has_perm(FILE) and state == ExclusionState.REJECTED,
        "note_form": NoteForm(),
        "appeal_form": AppealForm(),
    }
    return render(request, "hotline/rates/exclusion_detail.html", context)


@exclusions_required
@require_POST
def exclusion_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Grants, refuses, appeals or rules."""
    exclusion = selectors.get_exclusion(actor_of(request), pk)
    try:
        done = _do(request, exclusion, deed)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done.get_state_display())
    return redirect("hotline:exclusion", pk=pk)


@exclusions_required
@require_GET
def evidence(request: HttpRequest, pk: int, file_id: int) -> HttpResponseBase:
    """A piece of evidence. Raises: NotFound."""
    exclusion = selectors.get_exclusion(actor_of(request), pk)
    found = exclusion.files.filter(pk=file_id).select_related("file").first()
    if found is None:
        raise NotFound(_("没有这份证据"))
    return stored_files.file_response(found.file, download_name=found.name)


def _do(request: HttpRequest, exclusion: Exclusion, deed: str) -> Exclusion:
    actor, note = actor_of(request), request.POST.get("note", "")
    match deed:
        case "approve" | "reject":
            return services.decide_exclusion(
                actor, exclusion_id=exclusion.pk, approve=deed == "approve", note=note
            )
        case "appeal":
            return services.appeal_exclusion(
                actor,
                exclusion_id=exclusion.pk,
                text=request.POST.get("text", ""),
                files=_uploads(request),
            )
        case "overturn" | "uphold":
            return services.rule_appeal(
                actor, exclusion_id=exclusion.pk, overturn=deed == "overturn", note=note
            )
    raise NotFound(_("没有这个操作"))


def _uploads(request: HttpRequest) -> list[NewFile]:
    uploads = request.FILES.getlist("evidence")
    if len(uploads) > services.FILES_MOST:
        raise InvalidInput(_("附件最多%(most)s个") % {"most": services.FILES_MOST}, field="files")
    return [NewFile(stored_files.store(upload), upload.name or "") for upload in uploads]
