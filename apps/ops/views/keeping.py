"""Contracts, levels, kinds and hand-up rules: what a keeper of operations sets."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.common.pages import paged, take
from apps.ops import selectors, services
from apps.ops.keeping_forms import ContractForm, KindForm, LevelForm, RuleForm
from apps.ops.views._common import keeper_of, tabs


@login_required
@require_GET
def contract_list(request: HttpRequest) -> HttpResponse:
    """Every contract of the viewer's bodies."""
    viewer = keeper_of(request)
    context = paged(request, selectors.list_contracts(viewer)) | {
        "tabs": tabs(viewer, "contract-list"),
        "rules": selectors.list_hand_up_rules(viewer),
    }
    return render(request, "ops/contract_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def contract_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One contract to write; a new one without a number in the address."""
    viewer = keeper_of(request)
    found = selectors.list_contracts(viewer).filter(pk=pk).first() if pk else None
    if pk and found is None:
        raise Http404
    tenant = found.tenant if found is not None else selectors.tenant_of(viewer)
    form = ContractForm(request.POST or None, tenant=tenant, contract=found)
    if request.method == "POST" and form.is_valid():
        saved = take(
            form,
            lambda: services.save_contract(viewer, tenant=tenant, spec=form.spec(), contract_id=pk),
        )
        if saved is not None:
            messages.success(request, _("已保存合同“%s”") % saved)
            return redirect("ops:contract-list")
    context = {"form": form, "title": str(found) if found else _("登记合同"), "back": "contract"}
    return render(request, "ops/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def level_list(request: HttpRequest) -> HttpResponse:
    """Fault levels with their limits, fault kinds with what they ask for."""
    viewer = keeper_of(request)
    context = {
        "levels": selectors.list_levels(),
        "kinds": selectors.list_kinds(),
        "auto": selectors.auto_order_of(selectors.tenant_of(viewer).pk),
        "tabs": tabs(viewer, "level-list"),
    }
    return render(request, "ops/level_list.html", context)


@login_required
@require_POST
def auto_order_switch(request: HttpRequest) -> HttpResponse:
    """Has alarms of data quality become orders of the viewer's body by themselves, or not."""
    viewer = keeper_of(request)
    services.switch_auto_orders(
        viewer, tenant=selectors.tenant_of(viewer), is_on=request.POST.get("is_on") == "1"
    )
    messages.success(request, _("已保存"))
    return redirect("ops:level-list")


@login_required
@require_http_methods(["GET", "POST"])
def level_edit(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """One level to write."""
    viewer = keeper_of(request)
    found = selectors.list_levels().filter(number=number).first() if number else None
    if number and found is None:
        raise Http404
    form = LevelForm(request.POST or None, level=found)
    if request.method == "POST" and form.is_valid():
        number = found.number if found is not None else form.cleaned_data["number"]
        if take(form, lambda: services.save_level(viewer, number=number, spec=form.spec())):
            messages.success(request, _("已保存"))
            return redirect("ops:level-list")
    context = {"form": form, "title": str(found) if found else _("新增等级"), "back": "level"}
    return render(request, "ops/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def kind_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """One kind of fault to write."""
    viewer = keeper_of(request)
    found = selectors.list_kinds().filter(code=code).first() if code else None
    if code and found is None:
        raise Http404
    form = KindForm(request.POST or None, kind=found)
    if request.method == "POST" and form.is_valid():
        code = found.code if found is not None else form.cleaned_data["code"]
        if take(form, lambda: services.save_kind(viewer, code=code, spec=form.spec())):
            messages.success(request, _("已保存"))
            return redirect("ops:level-list")
    context = {"form": form, "title": str(found) if found else _("新增故障类型"), "back": "level"}
    return render(request, "ops/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One hand-up rule to write."""
    viewer = keeper_of(request)
    found = selectors.list_hand_up_rules(viewer).filter(pk=pk).first() if pk else None
    if pk and found is None:
        raise Http404
    tenant = found.tenant if found is not None else selectors.tenant_of(viewer)
    first = vars(found) | {"level": found.level_id} if found is not None else {}
    form = RuleForm(request.POST or None, initial=first)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and take(
        form, lambda: services.save_rule(viewer, tenant=tenant, spec=form.spec()) is not None
    ):
        messages.success(request, _("已保存"))
        return redirect("ops:contract-list")
    context = {"form": form, "title": _("升级规则"), "back": "contract"}
    return render(request, "ops/edit.html", context, status=422 if form.errors else 200)
