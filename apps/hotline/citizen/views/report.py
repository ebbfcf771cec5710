"""Reporting: one form, one review, one receipt."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.gis.geos import Point
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import files, ratelimit
from apps.common.errors import DomainError, TooMany
from apps.common.forms_data import DataForm
from apps.hotline import families, own_fields
from apps.hotline.citizen import proof, selectors, services, tokens
from apps.hotline.citizen.forms import ReportForm
from apps.hotline.citizen.views.receiving import (
    address_of,
    as_new_files,
    private,
    problem_of,
    take_photos,
)
from apps.hotline.selectors import vocabulary
from apps.places import selectors as places
from apps.places.selectors import Candidate

LOOKUPS_PER_MINUTE = 60


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Will show the form; take it to the review; send it. Posted ``step`` says which."""
    tenant = selectors.public_tenant()
    if request.method == "GET":
        return _form(request, ReportForm(), tokens.new_form(), [])
    form, token = ReportForm(request.POST), request.POST.get("token", "")
    photos = _kept(request)
    try:
        services.count_form(address_of(request))
        photos = take_photos(request, already=photos)
    except DomainError as error:
        return _refused(request, form, token, photos, error)
    problem = problem_of(request, token)
    if problem is not None:
        return _refused(request, form, tokens.new_form(), photos, problem)
    step = request.POST.get("step")
    own, content = _own(request), families.family_forms(request.POST)
    is_whole = form.is_valid() & own.is_valid() & content.is_valid()
    if step == "edit" or not is_whole:
        return _form(request, form, token, photos, own=own, status=200 if step == "edit" else 422)
    if step != "send":
        return _review(request, form, token, photos, own, content)
    form_id = tokens.form_id(token, min_seconds=0)
    try:
        sent = services.send_report(
            tenant=tenant,
            intake=replace(
                form.intake(source_key=f"web:{form_id}"),
                form_data=own_fields.values_of(own),
                family_content=content.values(),
            ),
            address=address_of(request),
            files=as_new_files(photos),
        )
    except DomainError as error:
        return _refused(request, form, token, photos, error)
    if sent.is_earlier:
        messages.success(request, _("24 小时内已收到您同样的反映，这是当时的受理编号"))
    else:
        messages.success(request, _("已提交"))
    response = redirect("citizen:report-done", number=sent.case.number)
    proof.grant(request, response, sent.case.number)
    return private(response)


def _own(request: HttpRequest) -> DataForm:
    """The city's own fields as posted, their files kept."""
    own: DataForm = own_fields.own_form(own_fields.posted(request))
    return own


def _refused(
    request: HttpRequest,
    form: ReportForm,
    token: str,
    photos: list[tokens.Photo],
    error: DomainError,
) -> HttpResponse:
    form.full_clean()
    form.refuse(error)
    if tokens.form_id(token, min_seconds=0) is None:
        token = tokens.new_form()
    status = error.status if isinstance(error, TooMany) else 422
    response = _form(request, form, token, photos, own=_own(request), status=status)
    if retry_after := error.data.get("retry_after"):
        response["Retry-After"] = str(retry_after)
    return response


def _form(
    request: HttpRequest,
    form: ReportForm,
    token: str,
    photos: list[tokens.Photo],
    *,
    own: DataForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _carried(form, token, photos) | {
        "center": _center(),
        "own": own or own_fields.own_form(),
        "families": families.family_forms(request.POST if form.is_bound else None),
    }
    return private(render(request, "citizen/report.html", context, status=status))


def _review(
    request: HttpRequest,
    form: ReportForm,
    token: str,
    photos: list[tokens.Photo],
    own: DataForm,
    content: families.FamilyForms,
) -> HttpResponse:
    data = form.cleaned_data
    has_point = data["lon"] is not None
    context = _carried(form, token, photos) | {
        "data": data,
        "own": own,
        "own_values": [*own_fields.shown(own), *content.shown()],
        "content": content.asked,
        "family": dict(form.fields["family"].choices).get(data["family"], ""),  # type: ignore[attr-defined]
        "area_name": _area_name(data["lon"], data["lat"]) if has_point else "",
        "candidates": [] if has_point else _candidates(data["address"]),
        "proposals": vocabulary.propose(data["text"]),
    }
    return private(render(request, "citizen/report_review.html", context))


def _carried(form: ReportForm, token: str, photos: list[tokens.Photo]) -> dict[str, Any]:
    return {
        "form": form,
        "token": token,
        "photos": photos,
        "kept": tokens.pack(photos),
        "photos_most": tokens.PHOTOS_MOST,
    }


def _kept(request: HttpRequest) -> list[tokens.Photo]:
    dropped = set(request.POST.getlist("drop"))
    return [p for p in tokens.unpack(request.POST.get("kept", "")) if str(p.file_id) not in dropped]


def _center() -> str:
    area = selectors.public_tenant().area
    center = area.center if area is not None else None
    return f"{center.x:.6f},{center.y:.6f}" if center is not None else ""


def _area_name(lon: float, lat: float) -> str:
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return ""
    area = places.locate(Point(lon, lat, srid=4326))
    return places.full_name(area) if area is not None else ""


def _candidates(address: str) -> list[Candidate]:
    if len(address.strip()) < 2:
        return []
    return places.geocode(address, within=selectors.public_tenant().area, limit=4)


@require_GET
def place_candidates(request: HttpRequest) -> HttpResponse:
    """Will show what the typed address may mean (fragment)."""
    ratelimit.hit("citizen.places", address_of(request), limit=LOOKUPS_PER_MINUTE, per_seconds=60)
    asked = request.GET.get("address", "")[:200]
    context = {"candidates": _candidates(asked), "asked": asked.strip()}
    return render(request, "citizen/_candidates.html", context)


@require_GET
def photo_preview(request: HttpRequest, url_key: str) -> FileResponse:
    """Will show a small picture of the form being filled in, by its signed address."""
    stored = tokens.previewed(url_key)
    if stored is None:
        raise Http404
    return files.file_response(stored, download_name="photo", thumbnail=True)


@require_GET
def report_done(request: HttpRequest, number: str) -> HttpResponse:
    """Will show the receipt to the browser that sent the report."""
    case = proof.proven_case(request, number)
    if case is None:
        return redirect("citizen:track")
    is_anonymous = not case.demand.reporter_phone
    context = {
        "case": case,
        "code": proof.receipt_code(number) if is_anonymous else "",
    }
    return private(render(request, "citizen/report_done.html", context))
