"""The burden meter: every form with what it asks; one form field by field, with reasons."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of, any_right
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.pages import put_into, status_of, tell
from apps.governance import permissions
from apps.governance.enums import AskedAgainFor
from apps.governance.forms.burden import ReasonForm
from apps.governance.selectors import burden as reads
from apps.governance.selectors.centres import tenant_of
from apps.governance.services import burden as services

readers = any_right(permissions.BURDEN, permissions.REASONS)


@readers
@require_GET
def burden(request: HttpRequest) -> HttpResponse:
    """Every form: asked, prefilled, held already, without a reason, typed by hand."""
    viewer = actor_of(request)
    meters = reads.meters(tenant_of(viewer))
    context = {
        "meters": meters,
        "asked": sum(meter.asked for meter in meters),
        "prefilled": sum(meter.prefilled for meter in meters),
        "held": sum(meter.held for meter in meters),
        "offences": sum(len(meter.offences) for meter in meters),
        "facts": len(reads.facts()),
        "may_keep": viewer.has_perm(permissions.REASONS),
    }
    return render(request, "governance/burden.html", context)


@readers
@require_http_methods(["GET", "POST"])
def form_burden(request: HttpRequest, code: str) -> HttpResponse:
    """One form field by field; says why it asks again. Raises: NotFound."""
    actor = actor_of(request)
    tenant = tenant_of(actor)
    meter = reads.find_meter(tenant, code)
    if meter is None:
        raise NotFound(_("没有这个表单"))
    may_keep = actor.has_perm(permissions.REASONS)
    if request.method == "POST" and not may_keep:
        raise NotAllowed(_("您没有执行该操作的权限"))
    form = ReasonForm(request.POST or None, meter=meter) if may_keep and meter.held else None
    if form is not None and form.is_valid():
        d = form.cleaned_data
        try:
            services.give_reason(
                actor,
                tenant=tenant,
                form=code,
                field=d["field"],
                kind=AskedAgainFor(d["kind"]),
                text=d["text"],
            )
        except DomainError as refusal:
            put_into(form, refusal)
        else:
            messages.success(request, _("已说明理由"))
            return redirect("governance:form-burden", code=code)
    kinds = dict(AskedAgainFor.choices)
    context = {
        "meter": meter,
        "fields": [(field, kinds.get(field.reason_kind, "")) for field in meter.fields],
        "form": form,
        "history": reads.history_of(tenant, code),
    }
    return render(request, "governance/form_burden.html", context, status=status_of(form))


@any_right(permissions.REASONS)
@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Keeps what every form asks today."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.count_forms(actor, tenant=tenant_of(actor)),
        done=lambda number: _("已记录 %s 个表单") % number,
    )
    return redirect("governance:burden")
