"""Plans with their preview, and draws: freeze, draw, give up, prove."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError, NotAllowed
from apps.common.pages import paged, put_into, status_of, take, tell
from apps.inspection import drawing, permissions, services
from apps.inspection.enums import DrawState
from apps.inspection.forms import PlanForm, ReasonForm, RunForm
from apps.inspection.models import Draw
from apps.inspection.selectors import draws
from apps.inspection.selectors.candidates import REASONS, preview_of
from apps.inspection.selectors.register import shown_name
from apps.inspection.selectors.tenants import tenant_of

#: Larger draws are not computed again at every look at their page; the proof file is there.
SHOWN_EFFORT = 100_000


@login_required
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans of the viewer's areas and how far each is."""
    viewer = actor_of(request)
    if not any(viewer.has_perm(right) for right in permissions.READERS):
        raise NotAllowed(_("您没有查看抽查计划的权限"))
    context = paged(request, draws.list_plans(viewer))
    context["may_plan"] = viewer.has_perm(permissions.PLAN)
    return render(request, "inspection/plan_list.html", context)


@login_required
@permission_required(permissions.PLAN, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, plan_id: int | None = None) -> HttpResponse:
    """A new plan, or one whose list is not frozen."""
    viewer = actor_of(request)
    plan = draws.get_plan(viewer, plan_id) if plan_id is not None else None
    initial = PlanForm.initial_of(plan) if plan is not None else {"from_on": clock.today()}
    form = PlanForm(request.POST or None, initial=initial, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_plan(
                viewer, tenant=tenant_of(viewer), new=form.new, plan_id=plan_id
            )
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("计划已保存，请查看预览"))
            return redirect("inspection:plan-detail", plan_id=saved.pk)
    context = {"form": form, "plan": plan}
    return render(request, "inspection/plan_edit.html", context, status=status_of(form))


@login_required
@require_GET
def plan_detail(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan, what drawing now would draw from, and its draws."""
    viewer = actor_of(request)
    plan = draws.get_plan(viewer, plan_id)
    live = next((d for d in plan.draws.all() if d.state != DrawState.ABANDONED), None)
    context = {
        "plan": plan,
        "live": live,
        "units": plan.units.all(),
        "rates": [(grade, rate / 100) for grade, rate in sorted(plan.rates.items())],
        "preview": preview_of(plan, day=clock.today()) if live is None else None,
        "may_plan": permissions.can_plan(viewer, plan),
    }
    return render(request, "inspection/plan_detail.html", context)


@login_required
@require_POST
def plan_freeze(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Freezes the list and publishes its digest."""
    actor = actor_of(request)
    plan = draws.get_plan(actor, plan_id)
    done = tell(
        request,
        lambda: services.freeze_draw(actor, plan_id=plan.pk),
        done=_("名单已锁定，摘要已公布，请由另一人执行抽取"),
    )
    live = plan.draws.exclude(state=DrawState.ABANDONED).first()
    if done and live is not None:
        return redirect("inspection:draw-detail", number=live.number)
    return redirect("inspection:plan-detail", plan_id=plan.pk)


@login_required
@require_http_methods(["GET", "POST"])
def draw_detail(request: HttpRequest, number: str) -> HttpResponse:
    """A draw: the frozen list and its digest, the button, the result with its proof."""
    viewer = actor_of(request)
    draw = draws.get_draw(viewer, number)
    # All its fields may be empty.
    form = RunForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        take(form, lambda: services.run_draw(viewer, draw_id=draw.pk, **form.cleaned_data))
        if not form.errors:
            messages.success(request, _("抽取完成，检查任务正在下达"))
            return redirect("inspection:draw-detail", number=draw.number)
    context: dict[str, Any] = {
        "draw": draw,
        "form": form,
        "counts": frozen_counts(draw),
        "may_run": permissions.can_run(viewer, draw),
        "may_plan": permissions.can_plan(viewer, draw.plan),
        "give_up": ReasonForm(auto_id="give_up_%s"),
    }
    if draw.state == DrawState.DRAWN:
        results = list(draws.results_of(draw))
        context["results"] = [(one, shown_name(one.supervised)) for one in results]
        context["differences"] = drawing.verify(draws.proof_of(draw), effort=SHOWN_EFFORT)
    return render(request, "inspection/draw_detail.html", context, status=status_of(form))


def frozen_counts(draw: Draw) -> dict[str, Any]:
    """Will count a frozen list for its reader."""
    frozen = draw.frozen
    grades: dict[str, int] = {}
    for row in frozen["objects"]:
        grades[row["grade"]] = grades.get(row["grade"], 0) + 1
    reasons: dict[str, int] = {}
    for rows in frozen["excluded"].values():
        for row in rows:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    return {
        "objects": len(frozen["objects"]),
        "inspectors": len(frozen["inspectors"]),
        "barred": sum(len(pairs) for pairs in frozen["barred"].values()),
        "grades": [
            (grade, count, frozen["rates"].get(grade, 0) / 100)
            for grade, count in sorted(grades.items())
        ],
        "left_out": [(REASONS.get(code, code), n) for code, n in sorted(reasons.items())],
    }


@login_required
@require_POST
def draw_abandon(request: HttpRequest, number: str) -> HttpResponse:
    """Gives a frozen list up."""
    actor = actor_of(request)
    draw = draws.get_draw(actor, number)
    reason = request.POST.get("reason", "")
    tell(
        request,
        lambda: services.abandon_draw(actor, draw_id=draw.pk, reason=reason),
        done=_("已作废，原因将公开；可修改计划后重新锁定"),
    )
    return redirect("inspection:plan-detail", plan_id=draw.plan_id)


@login_required
@require_GET
def draw_proof(request: HttpRequest, number: str) -> HttpResponse:
    """The proof file."""
    return proof_response(draws.get_draw(actor_of(request), number))


def proof_response(draw: Draw) -> HttpResponse:
    """Will answer the proof of a draw as a file to keep."""
    answer = JsonResponse(
        draws.proof_of(draw), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer["Content-Disposition"] = f'attachment; filename="{draw.number}-proof.json"'
    return answer
