"""Question trees and joint businesses as their editors work on them; instant approval."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.common.errors import DomainError, NotFound
from apps.guides import permissions, services, trees
from apps.guides.enums import PublicState
from apps.guides.forms import PlanForm, ReviewForm, SwitchForm
from apps.guides.models import JointBusiness, QuestionTree
from apps.guides.selectors import plans
from apps.guides.selectors.instant import instant_figures, list_samples
from apps.guides.selectors.tenants import tenant_of
from apps.guides.views.office import actor_of

KINDS: dict[str, tuple[type[Any], Any]] = {
    "questions": (QuestionTree, gettext_lazy("情形引导")),
    "joint": (JointBusiness, gettext_lazy("一件事")),
}
NEW_BODIES: dict[str, dict[str, Any]] = {
    "questions": {"start": "", "nodes": {}, "leaves": {}, "expected": {}},
    "joint": {"matter": "onething.", "items": [], "join": {"policy": "all"}},
}


def _kind(kind: str) -> tuple[type[Any], str]:
    if kind not in KINDS:
        raise Http404
    model, label = KINDS[kind]
    return model, str(label)


@login_required
@require_GET
def plan_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The plans of a kind, each with its newest version."""
    actor = actor_of(request)
    model, label = _kind(kind)
    _require_reader(request)
    rows = plans.list_plan_versions(tenant_of(actor), model)
    context = {"kind": kind, "kind_label": label, "rows": rows, "can_edit": _can_edit(request)}
    return render(request, "guides/office/plan_list.html", context)


@login_required
@require_GET
def plan_detail(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The newest version: what is wrong with it, and every path or part of it."""
    actor = actor_of(request)
    model, label = _kind(kind)
    _require_reader(request)
    plan = plans.get_plan(tenant_of(actor), model, code)
    problems = services.problems_of(plan)
    context: dict[str, Any] = {
        "kind": kind,
        "kind_label": label,
        "plan": plan,
        "problems": problems,
        "can_edit": _can_edit(request),
        "can_publish": plan.state == PublicState.DRAFT
        and actor.has_perm(permissions.PUBLISH)
        and actor.pk != plan.saved_by_id,
    }
    if kind == "questions" and not problems:
        expected = plan.body.get("expected", {})
        ends = plans.leaf_words(plan)
        context["paths"] = [
            (path, *ends[path.leaf], expected.get(path.codes)) for path in trees.paths(plan.body)
        ]
    if kind == "joint" and not problems:
        context["items"] = plans.mapped_parts(plan)
    return render(request, "guides/office/plan_detail.html", context)


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, kind: str, code: str = "") -> HttpResponse:
    """A plan as text; saving keeps it as a draft and tells what is wrong with it."""
    actor = actor_of(request)
    model, label = _kind(kind)
    tenant = tenant_of(actor)
    initial: dict[str, Any] = {"body": _written(NEW_BODIES[kind])}
    if code:
        plan = plans.get_plan(tenant, model, code)
        initial = {"code": plan.code, "title": plan.title, "body": _written(plan.body)}
    form = PlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_plan(actor, model, tenant=tenant, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("草稿已保存"))
            return redirect("guides:plan-detail", kind=kind, code=saved.code)
    context = {"kind": kind, "kind_label": label, "form": form, "code": code}
    return render(
        request, "guides/office/plan_edit.html", context, status=422 if form.errors else 200
    )


@login_required
@require_POST
def plan_publish(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Puts the newest draft in force."""
    require(request, "definition.publish")
    actor = actor_of(request)
    model, _label = _kind(kind)
    plan = plans.get_plan(tenant_of(actor), model, code)
    try:
        services.publish_plan(actor, model, plan_id=plan.pk)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已发布"))
    return redirect("guides:plan-detail", kind=kind, code=code)


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


def _require_reader(request: HttpRequest) -> None:
    actor = actor_of(request)
    if not (actor.has_perm(permissions.EDIT) or actor.has_perm(permissions.PUBLISH)):
        raise Http404


def _can_edit(request: HttpRequest) -> bool:
    return actor_of(request).has_perm(permissions.EDIT)


def _written(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)
