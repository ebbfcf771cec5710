"""Question trees and joint businesses as a whole: the list, a version, publishing, files."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.signed_in import actor_of
from apps.common.errors import DomainError
from apps.guides import joint_editing, permissions, plan_drawing, services, trees
from apps.guides.enums import PublicState
from apps.guides.faults import WHOLE, by_place
from apps.guides.forms import JointBasicsForm, NewJointForm, PlanFileForm, TitleForm
from apps.guides.selectors import plan_words, plans
from apps.guides.selectors.tenants import tenant_of
from apps.guides.views import joint_editing as joint_pages
from apps.guides.views import tree_editing as tree_pages
from apps.guides.views.drafting import (
    kind_of,
    page_context,
    plan_to_edit,
    require_reader,
    save_part,
    show_form,
    walk_context,
)


@login_required
@require_GET
def plan_list(request: HttpRequest, kind: str) -> HttpResponse:
    """The plans of a kind, each with its newest version and how much of it is not right.

    A published one goes wrong when a matter it uses is published anew without what it needs.
    """
    model, label = kind_of(kind)
    require_reader(request)
    matters = plans.definitions_in_force()
    context = {
        "kind": kind,
        "kind_label": label,
        "rows": [
            (plan, len(services.faults_of(plan, matters)))
            for plan in plans.list_plan_versions(tenant_of(actor_of(request)), model)
        ],
        "can_edit": request.user.has_perm(permissions.EDIT),
    }
    return render(request, "guides/office/plan_list.html", context)


@login_required
@require_GET
def plan_detail(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The newest version: what is wrong with it, its picture, and every path or part of it."""
    actor = actor_of(request)
    model, label = kind_of(kind)
    require_reader(request)
    plan = plans.get_plan(tenant_of(actor), model, code)
    faults = services.faults_of(plan)
    context: dict[str, Any] = {
        "kind": kind,
        "kind_label": label,
        "plan": plan,
        "problems": [fault.words for fault in faults],
        "can_edit": actor.has_perm(permissions.EDIT),
        "can_publish": plan.state == PublicState.DRAFT
        and actor.has_perm(permissions.PUBLISH)
        and actor.pk != plan.saved_by_id,
    }
    if not services.is_readable(plan):
        return render(request, "guides/office/plan_detail.html", context)
    matters, faulty = plans.definitions_in_force(), by_place(faults)
    if kind == "questions":
        context |= {
            "drawing": plan_drawing.draw_tree(plan.body, matters, faulty=faulty),
            **walk_context(request, plan, matters),
        }
        if not faults:
            expected = plan.body.get("expected", {})
            ends = {leaf.code: leaf for leaf in plan_words.leaves_in_words(plan.body, matters)}
            context["paths"] = [
                (path, ends[path.leaf], expected.get(path.codes)) for path in trees.paths(plan.body)
            ]
    else:
        context |= {
            "drawing": plan_drawing.draw_order(plan.body, matters, faulty=faulty),
            **joint_pages.tables(plan.body, matters),
        }
    return render(request, "guides/office/plan_detail.html", context)


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest, kind: str) -> HttpResponse:
    """A new plan begins with its name, a joint one with the matter that is declared."""
    actor = actor_of(request)
    model, label = kind_of(kind)
    data = request.POST or None
    form = (
        TitleForm(data)
        if kind == "questions"
        else NewJointForm(data, matters=plans.matters_to_lead())
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        body = trees.EMPTY if kind == "questions" else joint_editing.empty(given["matter"])
        try:
            saved = services.start_plan(
                actor, model, tenant=tenant_of(actor), title=given["title"], body=body
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("guides:plan-edit", kind=kind, code=saved.code)
    context = {"kind": kind, "kind_label": label, "form": form}
    status = 422 if form.errors else 200
    return render(request, "guides/office/plan_new.html", context, status=status)


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_GET
def plan_edit(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The editor of a plan: all its parts, each with what is wrong with it."""
    plan = plan_to_edit(request, kind, code)
    faults = services.faults_of(plan)
    context = page_context(plan, kind) | {"faults": by_place(faults), "problems": faults}
    context["whole"] = context["faults"].get(WHOLE, [])
    if not services.is_readable(plan):
        return render(request, "guides/office/plan_unreadable.html", context)
    pages = tree_pages if kind == "questions" else joint_pages
    return pages.editor(request, plan, context)


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_basics(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The name of a plan; of a joint one also its matter, and when it counts as done."""
    plan = plan_to_edit(request, kind, code)
    data = request.POST or None
    form: TitleForm
    if kind == "questions":
        form = TitleForm(data, initial={"title": plan.title})
    else:
        matters = plans.definitions_in_force()
        items = [(i.code, i.name) for i in plan_words.items_in_words(plan.body, matters)]
        form = JointBasicsForm(
            data,
            matters=plans.matters_to_lead(),
            items=items,
            initial=JointBasicsForm.initial_of(plan.title, plan.body),
        )
    if request.method == "POST" and form.is_valid():
        given, body = form.cleaned_data, plan.body
        if isinstance(form, JointBasicsForm):
            body = joint_editing.put_basics(body, matter=given["matter"], join=form.join())
        if save_part(request, plan, form, body=body, title=given["title"]):
            return redirect("guides:plan-edit", kind=kind, code=code)
    return show_form(request, plan, kind, form, title=_("基本信息"), part="basics")


@login_required
@require_POST
def plan_publish(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Puts the newest draft in force, as it was looked at."""
    require(request, "definition.publish")
    actor = actor_of(request)
    model, _label = kind_of(kind)
    plan = plans.get_plan(tenant_of(actor), model, code)
    try:
        services.publish_plan(
            actor, model, plan_id=plan.pk, revision=request.POST.get("revision", "")
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已发布"))
    return redirect("guides:plan-detail", kind=kind, code=code)


@login_required
@require_GET
def plan_export(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The newest version as a file that another city, or this one later, may take in."""
    model, _label = kind_of(kind)
    require_reader(request)
    plan = plans.get_plan(tenant_of(actor_of(request)), model, code)
    found = {"kind": kind, "code": plan.code, "title": plan.title, "body": plan.body}
    return HttpResponse(
        json.dumps(found, ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{kind}-{plan.code}-v{plan.number}.json"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


@login_required
@permission_required(permissions.EDIT, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_import(request: HttpRequest, kind: str) -> HttpResponse:
    """A file becomes the draft of the plan it names; what cannot be read is told by its place."""
    actor = actor_of(request)
    model, label = kind_of(kind)
    form = PlanFileForm(request.POST or None, request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        given = {name: file[name] for name in ("code", "title", "body")}
        try:
            saved = services.save_plan(actor, model, tenant=tenant_of(actor), **given)
        except DomainError as error:
            for words in error.data.get("problems", [])[:20] or [str(error)]:
                form.add_error("file", words)
        else:
            messages.success(request, _("已导入为草稿"))
            return redirect("guides:plan-detail", kind=kind, code=saved.code)
    context = {
        "kind": kind,
        "kind_label": label,
        "form": form,
        "list_url": reverse("guides:plan-list", args=[kind]),
    }
    status = 422 if form.errors else 200
    return render(request, "guides/office/plan_import.html", context, status=status)
