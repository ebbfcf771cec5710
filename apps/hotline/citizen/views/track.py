"""Following one's own case: progress like a parcel's, completing, scoring."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common import files
from apps.common.errors import DomainError, InvalidInput, TooMany
from apps.hotline.citizen import proof, selectors, services, tokens
from apps.hotline.citizen.forms import CompleteForm, EvaluateForm, PublicForm, TrackForm
from apps.hotline.citizen.views.receiving import (
    address_of,
    as_new_files,
    private,
    take_photos,
)
from apps.matters.models import Case
from apps.matters.selectors import list_attachments

STOP_POLLING = 286  # htmx: take this fragment and ask no more


@require_http_methods(["GET", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Will ask for number and phone, and lead to the case when they belong together."""
    if request.method == "GET":
        form = TrackForm(initial={"number": request.GET.get("number", "")[:40]})
        context = {"form": form, "recent": proof.granted(request)}
        return private(render(request, "citizen/track.html", context))
    form, status = TrackForm(request.POST), 422
    if form.is_valid():
        number = proof.clean_number(form.cleaned_data["number"])
        try:
            proof.count_try(address=address_of(request), number=number)
            if proof.is_proven(number=number, secret=form.cleaned_data["secret"]):
                response = redirect("citizen:progress", number=number)
                proof.grant(request, response, number)
                return private(response)
            form.add_error(None, _("受理编号与电话（或查询码）不符，请核对后再试"))
        except TooMany as error:
            form.refuse(error)
            status = error.status
    return private(render(request, "citizen/track.html", {"form": form}, status=status))


@require_GET
def progress(request: HttpRequest, number: str) -> HttpResponse:
    """Will show where the case stands and what the reporter can do."""
    case = proof.proven_case(request, number)
    if case is None:
        return _ask_for_proof(number)
    return _page(request, case)


@require_GET
def progress_live(request: HttpRequest, number: str) -> HttpResponse:
    """Will give the moving part of the page; nothing while nothing moved."""
    case = proof.proven_case(request, number)
    if case is None:
        return HttpResponse(status=STOP_POLLING)
    if request.GET.get("seen") == str(case.lock_version):
        return private(HttpResponse(status=204))
    found = selectors.progress_of(case)
    is_over = case.is_ended and not found.can_evaluate
    context = {"progress": found, "case": case}
    return private(
        render(request, "citizen/_progress.html", context, status=STOP_POLLING if is_over else 200)
    )


@require_GET
def progress_file(request: HttpRequest, number: str, attachment_id: int) -> HttpResponseBase:
    """Will give a public file of the proven case; ``?thumbnail=1`` the small picture."""
    case = proof.proven_case(request, number)
    if case is None:
        return _ask_for_proof(number)
    found = get_object_or_404(list_attachments(case, public_only=True), pk=attachment_id)
    return files.file_response(
        found.file, download_name=found.name, thumbnail="thumbnail" in request.GET
    )


@require_POST
def complete(request: HttpRequest, number: str) -> HttpResponse:
    """Will add what was asked for, with pictures."""
    case = proof.proven_case(request, number)
    if case is None:
        return _ask_for_proof(number)
    form = CompleteForm(request.POST)
    if not form.is_valid():
        return _page(request, case, complete_form=form, status=422)
    try:
        services.count_form(address_of(request))
        photos = take_photos(request, already=[])
        services.answer_as_reporter(
            case,
            action="complete",
            data={"addition": form.cleaned_data["addition"]},
            form_id=_form_id(request),
            files=as_new_files(photos),
        )
    except DomainError as error:
        form.refuse(error)
        return _page(request, case, complete_form=form, status=_status(error))
    messages.success(request, _("已补充，我们会尽快处理"))
    return private(redirect("citizen:progress", number=number))


@require_POST
def evaluate(request: HttpRequest, number: str) -> HttpResponse:
    """Will take the two scores, once."""
    case = proof.proven_case(request, number)
    if case is None:
        return _ask_for_proof(number)
    form = EvaluateForm(request.POST)
    if not form.is_valid():
        return _page(request, case, evaluate_form=form, status=422)
    try:
        services.count_form(address_of(request))
        services.answer_as_reporter(
            case, action="evaluate", data=form.cleaned_data, form_id=_form_id(request)
        )
    except DomainError as error:
        form.refuse(error)
        return _page(request, case, evaluate_form=form, status=_status(error))
    messages.success(request, _("感谢您的评价"))
    return private(redirect("citizen:progress", number=number))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Will forget the proofs of this browser."""
    response = redirect("citizen:home")
    proof.forget(response)
    return private(response)


def _page(
    request: HttpRequest,
    case: Case,
    *,
    complete_form: PublicForm | None = None,
    evaluate_form: PublicForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "case": case,
        "progress": selectors.progress_of(case),
        "complete_form": complete_form or CompleteForm(),
        "evaluate_form": evaluate_form or EvaluateForm(),
        "token": tokens.new_form(),
        "photos_most": tokens.PHOTOS_MOST,
    }
    return private(render(request, "citizen/progress.html", context, status=status))


def _ask_for_proof(number: str) -> HttpResponse:
    response = redirect("citizen:track")
    response["Location"] += f"?number={proof.clean_number(number)}"
    return private(response)


def _form_id(request: HttpRequest) -> str:
    found = tokens.form_id(request.POST.get("token", ""), min_seconds=0)
    if found is None:
        raise InvalidInput(_("页面打开太久已失效，内容已保留，请核对后重新提交"))
    return str(found)


def _status(error: DomainError) -> int:
    return error.status if error.status in {409, 429} else 422
