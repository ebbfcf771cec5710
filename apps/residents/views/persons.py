"""The pages of legal persons and their agents."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import NotFound
from apps.common.pages import do_named, paged, tell
from apps.residents import permissions, selectors, services
from apps.residents.forms import PersonFilterForm, ReasonForm
from apps.residents.models import Agency, LegalPerson
from apps.residents.registry import matter_names
from apps.residents.views.access import reader_required


@reader_required
@require_GET
def person_list(request: HttpRequest) -> HttpResponse:
    """Search by name or credit code."""
    form = PersonFilterForm(request.GET)
    found = selectors.list_legal_persons(actor_of(request), **form.wanted())
    context = paged(request, found) | {"form": form}
    return render(request, "residents/person_list.html", context)


@reader_required
@require_GET
def person_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One legal person and who may act for it, until when, in what."""
    actor = actor_of(request)
    person = selectors.get_legal_person(actor, pk)
    names = matter_names(person.tenant) | {"*": _("全部事项")}
    agencies = [
        (agency, [names.get(code, code) for code in agency.matters])
        for agency in selectors.list_agencies_of(person)
    ]
    context = {
        "person": person,
        "agencies": agencies,
        "may_manage": permissions.can_manage(actor, person.tenant_id),
        "confirm_form": ReasonForm(auto_id="confirm_%s"),
        "reject_form": ReasonForm(auto_id="reject_%s"),
        "end_form": ReasonForm(auto_id="end_%s"),
    }
    return render(request, "residents/person_detail.html", context)


@reader_required
@require_POST
def person_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Confirms, turns down or ends."""
    deeds: dict[str, tuple[Callable[..., LegalPerson], str]] = {
        "confirm": (services.confirm_legal_person, _("已确认法定代表人")),
        "reject": (services.reject_legal_person, _("已退回申请")),
        "end": (services.end_legal_person, _("已停用，全部代理同时终止")),
    }
    do_named(request, deed, deeds, person_id=pk, reason=request.POST.get("reason", ""))
    return redirect("residents:person-detail", pk=pk)


@reader_required
@require_POST
def agency_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends an agency for a reason."""
    actor = actor_of(request)
    agency = Agency.objects.filter(pk=pk).first()
    if agency is None:
        raise NotFound(_("没有找到该代理授权"))
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: services.revoke_agency(actor, agency_id=pk, reason=reason),
        done=_("代理已撤销"),
    )
    return redirect("residents:person-detail", pk=agency.legal_person_id)
