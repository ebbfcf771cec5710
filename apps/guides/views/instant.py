"""Instant approval: switching it, and looking at what it approved."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotFound
from apps.guides import permissions, services
from apps.guides.forms import ReviewForm, SwitchForm
from apps.guides.selectors.instant import instant_figures, list_samples
from apps.guides.selectors.tenants import tenant_of


@login_required
@permission_required(permissions.REVIEW, raise_exception=True)
@require_GET
def instant(request: HttpRequest) -> HttpResponse:
    """Instant approval: switches, figures, and the approvals drawn for review."""
    actor = actor_of(request)
    figures = instant_figures(tenant_of(actor))
    context = {
        "figures": [
            (
                row,
                SwitchForm(
                    initial={
                        "matter_code": row.matter.code,
                        "is_on": bool(row.switch and row.switch.is_on),
                        "share": (row.switch.sample_per_10000 if row.switch else 1000) / 100,
                    },
                    auto_id=f"id_{row.matter.pk}_%s",
                ),
            )
            for row in figures
        ],
        "samples": [
            (run, ReviewForm(auto_id=f"id_{run.pk}_%s")) for run in list_samples(actor)[:50]
        ],
        "can_switch": actor.has_perm(permissions.SWITCH),
        "any_on": any(row.switch and row.switch.is_on for row in figures),
    }
    return render(request, "guides/office/instant.html", context)


@login_required
@require_POST
def instant_switch(request: HttpRequest) -> HttpResponse:
    """Switches one matter on or off; without a matter all of them off."""
    actor = actor_of(request)
    tenant = tenant_of(actor)
    try:
        if "stop_all" in request.POST:
            count = services.stop_all(actor, tenant=tenant, reason=request.POST.get("reason", ""))
            messages.success(request, _("已停用%d个事项的即时审批") % count)
        else:
            form = SwitchForm(request.POST)
            if form.is_valid():
                services.switch_instant(actor, tenant=tenant, **form.cleaned_data)
                messages.success(request, _("已保存"))
            else:
                messages.error(request, _("请填写原因和抽查比例"))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("guides:instant")


@login_required
@require_POST
def instant_review(request: HttpRequest, run_id: int) -> HttpResponse:
    """Keeps what was found about a drawn approval."""
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择抽查结论"))
        return redirect("guides:instant")
    try:
        services.review_sample(
            actor_of(request),
            run_id=run_id,
            is_right=form.cleaned_data["verdict"] == "right",
            note=form.cleaned_data["note"],
        )
    except NotFound:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("抽查结果已记录"))
    return redirect("guides:instant")
