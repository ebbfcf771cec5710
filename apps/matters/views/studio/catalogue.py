"""Domains, offers of tenants, linked applications."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import Tenant
from apps.accounts.selectors import scope_of
from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.matters import permissions, services
from apps.matters.models import MatterDomain, MatterOffer
from apps.matters.selectors import definitions
from apps.matters.studio.catalogue_forms import DomainForm
from apps.matters.views.requests import viewer_of
from apps.matters.views.studio.shared import tell


@login_required
@require_GET
def domain_list(request: HttpRequest) -> HttpResponse:
    """Every domain with how many matters it holds."""
    viewer = viewer_of(request)
    if not permissions.can_view_matters(viewer):
        raise NotAllowed(_("您没有查看事项定义的权限"))
    context = {
        "domains": MatterDomain.objects.annotate(count=Count("matter_types")),
        "may_edit": permissions.can_edit_matters(viewer),
    }
    return render(request, "studio/domain_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def domain_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """A new domain, or another name, note or standing for one."""
    actor = viewer_of(request)
    permissions.require_edit(actor)
    domain = MatterDomain.objects.filter(code=code).first() if code else None
    initial = (
        {"code": domain.code, "name": domain.name, "note": domain.note}
        | {"is_active": domain.is_active}
        if domain
        else {}
    )
    form = DomainForm(request.POST or None, initial=initial)
    if domain is not None:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            _require_new(form.cleaned_data["code"], domain)
            services.save_domain(actor, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("已保存"))
            return redirect("studio:domain-list")
    return render(request, "studio/domain_edit.html", {"form": form, "domain": domain})


def _require_new(code: str, domain: MatterDomain | None) -> None:
    if domain is None and MatterDomain.objects.filter(code=code).exists():
        raise InvalidInput(_("领域代码“%s”已存在") % code, field="code")


@login_required
@require_GET
def offer_list(request: HttpRequest) -> HttpResponse:
    """Which tenant offers which matter, as a table of both."""
    viewer = viewer_of(request)
    if not permissions.can_view_matters(viewer):
        raise NotAllowed(_("您没有查看事项定义的权限"))
    scope = scope_of(viewer)
    tenants = Tenant.objects.order_by("code")
    if not scope.everything:
        tenants = tenants.filter(pk__in=scope.tenant_ids)
    offers = {
        (o.matter_type_id, o.tenant_id): o for o in MatterOffer.objects.filter(tenant__in=tenants)
    }
    matters = list(definitions.list_matter_types(viewer))
    context = {
        "tenants": tenants,
        "rows": [(m, [(t, offers.get((m.pk, t.pk))) for t in tenants]) for m in matters],
        "may_edit": permissions.can_edit_matters(viewer),
    }
    return render(request, "studio/offer_list.html", context)


@login_required
@require_POST
def offer_set(request: HttpRequest, code: str) -> HttpResponse:
    """A tenant begins or ends to offer a matter."""
    actor = viewer_of(request)
    matter = definitions.get_matter_type(actor, code=code)
    try:
        services.set_offer(
            actor,
            matter_type_id=matter.pk,
            tenant_id=_number(request, "tenant"),
            is_active=request.POST.get("is_active") == "1",
            note=request.POST.get("note", ""),
        )
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("已保存"))
    if request.POST.get("back") == "offers":
        return redirect("studio:offer-list")
    return redirect("studio:matter-detail", code=code)


@login_required
@require_POST
def application_set(request: HttpRequest, code: str) -> HttpResponse:
    """An application may use a matter, or no longer."""
    actor = viewer_of(request)
    matter = definitions.get_matter_type(actor, code=code)
    try:
        services.link_application(
            actor,
            matter_type_id=matter.pk,
            name=request.POST.get("name", ""),
            client_id=_number(request, "client") if request.POST.get("client") else None,
            is_active=request.POST.get("is_active", "1") == "1",
        )
    except DomainError as error:
        tell(request, error)
    else:
        messages.success(request, _("已保存"))
    return redirect("studio:matter-detail", code=code)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isdigit() or len(text) > 9:
        raise InvalidInput(_("请从列表中选择"), field=name)
    return int(text)
