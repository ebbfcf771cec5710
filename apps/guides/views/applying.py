"""Filling in an application: the same page for a citizen's phone and a window's clerk."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common.errors import DomainError, InvalidInput, TooMany
from apps.guides import proof, services
from apps.guides.enums import Via
from apps.guides.forms import ApplyForms
from apps.guides.models import Application
from apps.guides.selectors.plans import find_joint, guided_by
from apps.matters.actors import CaseActor
from apps.matters.selectors import get_open_matter


@dataclass(frozen=True)
class Filled:
    """What came of a request: a page to show, or the application that was made."""

    page: HttpResponse | None
    application: Application | None = None


def fill_in(
    request: HttpRequest,
    actor: CaseActor,
    *,
    tenant: Tenant,
    code: str,
    via: Via,
    template: str,
) -> Filled:
    """Will show the form, keep what was typed, and file it once."""
    matter = get_open_matter(code)
    marker = (request.POST or request.GET).get("guided", "")[:400]
    guided = guided_by(tenant, marker)
    if guided is not None and guided.matter != matter.code:
        guided, marker = None, ""
    context: dict[str, Any] = {
        "matter": matter,
        "joint": find_joint(tenant, matter.code),
        "marker": marker if guided else "",
        "guided": guided,
    }
    if request.method == "GET":
        context |= {"forms": ApplyForms(matter, guided=guided), "token": proof.new_form()}
        return Filled(render(request, template, context))
    token, status = request.POST.get("token", ""), 422
    forms = ApplyForms(matter, data=request.POST, guided=guided)
    try:
        if via == Via.WEB:
            proof.count_form(request)
        forms = ApplyForms(
            matter,
            data=ApplyForms.take_uploads(matter, request.POST, request.FILES),
            guided=guided,
        )
        form_id = proof.form_id(token)
        if form_id is None or request.POST.get("website"):
            token = proof.new_form()
            raise InvalidInput(_("页面打开太久已失效，内容已保留，请核对后重新提交"))
        if forms.is_valid():
            new = forms.application(
                via=via, marker=context["marker"], source_key=f"apply:{form_id}"
            )
            made = services.file_application(actor, tenant=tenant, new=new)
            return Filled(None, made)
    except DomainError as error:
        forms.is_valid()
        forms.refuse(error)
        status = error.status if isinstance(error, TooMany) else 422
    context |= {"forms": forms, "token": token}
    return Filled(render(request, template, context, status=status))
