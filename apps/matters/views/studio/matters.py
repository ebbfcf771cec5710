"""The list of matters, a new one, and one with its versions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import clock
from apps.common.errors import DomainError, NotAllowed
from apps.matters import permissions, services
from apps.matters.enums import MatterKind
from apps.matters.models import MatterDomain
from apps.matters.selectors import definitions, services_of
from apps.matters.studio import starters
from apps.matters.studio.forms import FilterForm, MatterTypeForm
from apps.matters.views.requests import viewer_of

PER_PAGE = 50


@login_required
@require_GET
def matter_list(request: HttpRequest) -> HttpResponse:
    """Every matter with what is in force and what is being written."""
    viewer = viewer_of(request)
    if not permissions.can_view_matters(viewer):
        raise NotAllowed(_("您没有查看事项定义的权限"))
    form = FilterForm(request.GET or None)
    everything = [("", _("全部"))]
    fields: dict[str, Any] = form.fields
    fields["kind"].choices = [*everything, *MatterKind.choices]
    domains = MatterDomain.objects.values_list("code", "name")
    fields["domain"].choices = [*everything, *domains]
    found = _narrowed(definitions.list_matter_types(viewer), form)
    context = {
        "form": form,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "is_narrowed": bool(request.GET),
        "may_create": permissions.can_edit_matters(viewer),
    }
    return render(request, "studio/matter_list.html", context)


def _narrowed(found: QuerySet[Any], form: FilterForm) -> QuerySet[Any]:
    if not form.is_bound or not form.is_valid():
        return found
    wanted = form.cleaned_data
    if wanted["q"]:
        found = found.filter(Q(name__icontains=wanted["q"]) | Q(code__icontains=wanted["q"]))
    if wanted["kind"]:
        found = found.filter(kind=wanted["kind"])
    if wanted["domain"]:
        found = found.filter(domain__code=wanted["domain"])
    match wanted["standing"]:
        case "in_force":
            found = found.filter(in_force_number__isnull=False)
        case "none":
            found = found.filter(in_force_number__isnull=True)
        case "draft" | "submitted" as state:
            found = found.filter(newest_state=state)
    return found


@login_required
@require_http_methods(["GET", "POST"])
def matter_create(request: HttpRequest) -> HttpResponse:
    """A new matter begins with a template that may already be published, or with nothing."""
    actor = viewer_of(request)
    permissions.require_edit(actor)
    form = MatterTypeForm(request.POST or None)
    fields: dict[str, Any] = form.fields
    fields["kind"].choices = MatterKind.choices
    fields["domain"].queryset = MatterDomain.objects.filter(is_active=True)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            matter = services.create_matter_type(
                actor,
                code=wanted["code"].strip(),
                name=wanted["name"],
                kind=MatterKind(wanted["kind"]),
                domain=wanted["domain"],
            )
            begin = starters.empty if wanted["begin"] == "empty" else None
            title = wanted["name"]
            body = begin(title) if begin else starters.starter(wanted["kind"], title=title)
            version = services.save_draft(actor, matter_type_id=matter.pk, body=body)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("已新建，下面是第一版草稿"))
            return redirect("studio:version-detail", code=matter.code, number=version.number)
    return render(request, "studio/matter_create.html", {"form": form})


@login_required
@require_GET
def matter_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One matter: its versions and their standing, who offers it, what may use it."""
    viewer = viewer_of(request)
    matter = definitions.get_matter_type(viewer, code=code)
    now = clock.now()
    context = {
        "matter": matter,
        "services": services_of(matter),
        "versions": [(v, v.standing(now)) for v in definitions.list_versions(matter)],
        "open_cases": matter.cases.exclude(category="ended")[:1000].count(),
        "offers": matter.offers.select_related("tenant"),
        "applications": matter.applications.select_related("client"),
        "migrations": matter.migrations.select_related("source", "target", "author")[:20],
        "inventory": matter.inventory.select_related("organization")[:20],
        "may_edit": permissions.can_edit_matters(viewer),
        "clients": definitions.list_clients(viewer),
    }
    return render(request, "studio/matter_detail.html", context)
