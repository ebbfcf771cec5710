"""Versions of the formula: written by one, tried on a month, approved by another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError, NotFound
from apps.hotline.enums import FormulaState, Rate
from apps.hotline.rates import selectors, services
from apps.hotline.rates.forms import FormulaForm
from apps.hotline.rates.formula import explain, parse
from apps.hotline.rates.views.access import month_asked, rates_required


@rates_required
@require_GET
def formula_list(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    actor = actor_of(request)
    tenant = selectors.tenant_for(actor)
    context = {
        "formulas": selectors.list_formulas(tenant),
        "tenant": tenant,
        "may_draft": actor.has_perm("hotline.draft_rates"),
    }
    return render(request, "hotline/rates/formula_list.html", context)


@rates_required
@require_http_methods(["GET", "POST"])
def formula_create(request: HttpRequest) -> HttpResponse:
    """Writes a new version."""
    actor = actor_of(request)
    form = FormulaForm(request.POST or None)
    if form.is_valid():
        try:
            made = services.draft_formula(
                actor,
                tenant=selectors.tenant_for(actor),
                name=form.cleaned_data["name"],
                basis=form.cleaned_data["basis_document"],
                body=form.body,
                effective_from=form.month,
            )
        except DomainError as refusal:
            field = "weight_response" if refusal.field == "weights" else refusal.field
            form.add_error(field if field in form.fields else None, str(refusal))
        else:
            return redirect("hotline:rate-formula", number=made.number)
    return render(request, "hotline/rates/formula_form.html", {"form": form})


@rates_required
@require_GET
def formula_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One version in words; what a month would have been with it (试算); what may be done."""
    actor = actor_of(request)
    formula = selectors.get_formula(actor, number)
    context = {
        "formula": formula,
        "rules": explain(parse(formula.body)),
        "may_submit": formula.state == FormulaState.DRAFT and actor.has_perm("hotline.draft_rates"),
        "may_approve": formula.state == FormulaState.SUBMITTED
        and actor.has_perm("hotline.approve_rates")
        and formula.author_id != actor.pk,
    }
    if "try" in request.GET:
        month = month_asked(request.GET["try"])
        tried = selectors.try_formula(actor, month, formula)
        now = selectors.read_month(actor, month, tenant_id=formula.tenant_id)
        old, new = now.total, tried.total
        context["month"] = month
        context["compared"] = [
            *[(Rate(rate).label, old.rate(rate), new.rate(rate)) for rate in Rate.values],
            (_("综合得分"), old.score(now.rules.weights), new.score(tried.rules.weights)),
            (_("计入"), old.counted, new.counted),
            (_("未计入"), old.left_out, new.left_out),
        ]
    return render(request, "hotline/rates/formula_detail.html", context)


@rates_required
@require_POST
def formula_deed(request: HttpRequest, number: int, deed: str) -> HttpResponse:
    """Submits, approves or sends back a version."""
    actor = actor_of(request)
    formula = selectors.get_formula(actor, number)
    deeds = {
        "submit": (services.submit_formula, _("已送审")),
        "approve": (services.approve_formula, _("已发布")),
        "send-back": (services.send_back_formula, _("已退回编制人")),
    }
    if deed not in deeds:
        raise NotFound(_("没有这个操作"))
    service, done = deeds[deed]
    try:
        service(actor, formula_id=formula.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("hotline:rate-formula", number=number)
