"""Surveys as citizens answer them: by a link, a proven receipt or a confirmed telephone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.models import Tenant
from apps.common import clock
from apps.common.errors import DomainError, NotFound
from apps.common.forms_data import DataForm
from apps.common.pages import put_into
from apps.hotline.citizen import proof
from apps.hotline.citizen.selectors import public_tenant
from apps.hotline.citizen.views.receiving import address_of, private
from apps.opinions import selectors, services
from apps.opinions.enums import Phase, Way
from apps.opinions.models import SurveyVersion
from apps.opinions.participants import participant_of
from apps.opinions.questions import question_form, typed
from apps.opinions.services import Respondent
from apps.opinions.views._public import refusal

FORM, DONE = "citizen/opinions/survey.html", "citizen/opinions/survey_done.html"


@require_GET
def survey_list(request: HttpRequest) -> HttpResponse:
    """What may be answered today."""
    surveys = [v for v in selectors.list_public_surveys(public_tenant()) if v.ways != [Way.LINK]]
    return render(request, "citizen/opinions/surveys.html", {"surveys": surveys})


@require_http_methods(["GET", "POST"])
def survey(request: HttpRequest, pk: int) -> HttpResponse:
    """One survey, for whoever confirmed a telephone or proved the receipt of an ended case."""
    tenant = public_tenant()
    version = selectors.version_for(tenant, pk)
    return _page(request, version, _respondent(request, tenant, version))


@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """One survey, by an address good for one answer. Raises: NotFound; TooMany."""
    tenant = public_tenant()
    version = selectors.version_for(tenant, pk)
    respondent = services.by_link(tenant.pk, pk, token, address=address_of(request))
    if respondent is None:
        raise NotFound(_("没有这个链接"))
    response = _page(request, version, respondent)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _respondent(request: HttpRequest, tenant: Tenant, version: SurveyVersion) -> Respondent | None:
    person = participant_of(request, tenant)
    if person is not None and Way.RESIDENT in version.ways:
        return services.by_person(person)
    if Way.RECEIPT in version.ways:
        found = (services.by_receipt(tenant, number) for number in proof.granted(request))
        return next((one for one in found if one is not None), None)
    return None


def _page(
    request: HttpRequest, version: SurveyVersion, respondent: Respondent | None
) -> HttpResponse:
    begun = selectors.answer_of(version.survey_id, respondent.key) if respondent else None
    if begun is not None and begun.is_done:
        return private(render(request, DONE, {"version": begun.version}))
    if begun is not None:
        version = begun.version
    context: dict[str, Any] = {
        "version": version,
        "is_open": version.phase(clock.today()) == Phase.OPEN,
        "phase": version.phase(clock.today()),
        "respondent": respondent,
        "may_confirm": Way.RESIDENT in version.ways,
        "may_prove": Way.RECEIPT in version.ways,
        "is_resumed": begun is not None,
    }
    if request.method == "POST" and respondent is not None:
        return _taken(request, version, respondent, context)
    form = question_form(version.questions, initial=begun.data if begun else None)
    return private(render(request, FORM, context | {"form": form}))


def _taken(
    request: HttpRequest,
    version: SurveyVersion,
    respondent: Respondent,
    context: dict[str, Any],
) -> HttpResponse:
    is_done = request.POST.get("step") != "later"
    form = question_form(version.questions, request.POST)
    given = typed(version.questions, request.POST)
    try:
        if not is_done or form.is_valid():
            services.save_answer(
                version=version,
                respondent=respondent,
                data=given,
                is_done=is_done,
                address=address_of(request),
            )
            if is_done:
                return private(redirect(request.path))
            messages.success(request, _("已保存，截止前可用同样的方式回来继续填写"))
            return private(redirect(request.path))
    except DomainError as error:
        return _refused(request, form, context, error)
    return refusal(request, FORM, context | {"form": form}, None)


def _refused(
    request: HttpRequest, form: DataForm, context: dict[str, Any], error: DomainError
) -> HttpResponse:
    form.full_clean()
    put_into(form, error)
    return refusal(request, FORM, context | {"form": form}, error)
