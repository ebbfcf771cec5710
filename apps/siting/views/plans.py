"""Plans: the list, one with its map and figures, one to write, and what is done with it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import InvalidInput
from apps.common.pages import paged, status_of, take, tell
from apps.siting import permissions, selectors, services
from apps.siting.drawing import features_of
from apps.siting.forms import FinishForm, PlanFilterForm, PlanForm, PointForm, ReasonForm
from apps.siting.models import Plan
from apps.siting.selectors import Coverage


@login_required
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans of the viewer's units and areas."""
    viewer = actor_of(request)
    form = PlanFilterForm(request.GET)
    context = paged(request, selectors.list_plans(viewer, **form.wanted()))
    context |= {"form": form, "may_plan": permissions.can_plan(viewer)}
    return render(request, "siting/plan_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What a plan is about; a new one without a number in the address."""
    viewer = actor_of(request)
    permissions.require_plan(viewer)
    plan = selectors.get_plan(viewer, pk) if pk is not None else None
    if plan is not None:
        permissions.require_plan_in(viewer, plan.unit, plan.area)
    form = PlanForm(request.POST or None, viewer=viewer, plan=plan)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_plan(viewer, spec=spec, plan_id=pk))
        if saved is not None:
            messages.success(request, _("已保存"))
            return redirect("siting:plan-detail", saved.pk)
    context = {"form": form, "plan": plan}
    return render(request, "siting/plan_edit.html", context, status=status_of(form))


@login_required
@require_GET
def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The map, the figures before and after, gaps and duplicates with their reasons, the points."""
    viewer = actor_of(request)
    plan = selectors.get_plan(viewer, pk)
    return show_plan(request, viewer, plan, PointForm(auto_id="point_%s"))


@login_required
@require_GET
def plan_shapes(request: HttpRequest, pk: int) -> JsonResponse:
    """The same for the map, as GeoJSON; without coverage only what can be drawn: nothing."""
    viewer = actor_of(request)
    found, _error = covered(viewer, selectors.get_plan(viewer, pk))
    features = features_of(found) if found is not None else []
    return JsonResponse({"type": "FeatureCollection", "features": features})


@login_required
@require_POST
def plan_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Hands in, approves, returns or finishes."""
    viewer = actor_of(request)
    selectors.get_plan(viewer, pk)
    reason = request.POST.get("reason", "")
    deeds = {
        "submit": (lambda: services.submit_plan(viewer, plan_id=pk), _("已送审")),
        "approve": (lambda: services.approve_plan(viewer, plan_id=pk), _("已批准")),
        "return": (
            lambda: services.return_plan(viewer, plan_id=pk, reason=reason),
            _("已退回修改"),
        ),
        "finish": (
            lambda: services.finish_plan(viewer, plan_id=pk, reason=reason),
            _("规划已完成"),
        ),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("siting:plan-detail", pk)


def show_plan(request: HttpRequest, viewer: User, plan: Plan, form: PointForm) -> HttpResponse:
    """Will show the page of a plan with a form for one more point, filled in or not."""
    found, error = covered(viewer, plan)
    may_plan = permissions.can_plan_for(viewer, plan)
    context: dict[str, Any] = {
        "plan": plan,
        "form": form,
        "found": found,
        "error": error,
        "points": selectors.list_points(plan) if found is None else None,
        "center": _center(plan),
        "may_plan": may_plan,
        "may_change": may_plan and plan.is_open,
        "may_build": may_plan and plan.state == "approved",
        "may_decide": plan.state == "submitted" and permissions.can_decide(viewer, plan),
        "return_form": ReasonForm(auto_id="return_%s"),
        "finish_form": FinishForm(auto_id="finish_%s"),
    }
    return render(request, "siting/plan_detail.html", context, status=status_of(form))


def covered(viewer: User, plan: Plan) -> tuple[Coverage | None, str]:
    """Will give the coverage of a plan, or why it cannot be reckoned."""
    try:
        return selectors.coverage_of(viewer, plan), ""
    except InvalidInput as error:
        return None, str(error)


def _center(plan: Plan) -> str:
    """Where the map begins before its shapes are there."""
    middle = plan.area.center
    return f"{middle.x:.6f},{middle.y:.6f}" if middle is not None else ""
