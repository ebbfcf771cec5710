"""Points of a plan: added, moved, taken out, proposed, built."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import InvalidInput
from apps.common.pages import status_of, take, tell
from apps.places.geometry import Point4326, point
from apps.siting import permissions, selectors, services
from apps.siting.drawing import proposal_features
from apps.siting.forms import BuiltForm, PointForm, ProposalForm
from apps.siting.models import Plan
from apps.siting.services import PointSpec
from apps.siting.views.plans import covered, show_plan


@login_required
@require_POST
def point_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts one point in, picked on the map, typed, or taken from the advice for a gap."""
    viewer, plan = _planned(request, pk)
    form = PointForm(request.POST, auto_id="point_%s")
    if form.is_valid():
        spec = form.spec()
        added = take(form, lambda: services.add_points(viewer, plan_id=pk, specs=[spec]))
        if added is not None:
            said = {"number": added[0].number, "label": added[0].label}
            messages.success(request, _("已添加点位 %(number)d“%(label)s”") % said)
            return redirect("siting:plan-detail", pk)
    return show_plan(request, viewer, plan, form)


@login_required
@require_http_methods(["GET", "POST"])
def point_edit(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One point: moved on the map or by its numbers, renamed; only shown where it is too late."""
    viewer = actor_of(request)
    plan = selectors.get_plan(viewer, pk)
    found = selectors.get_point(plan, number)
    form = PointForm(request.POST or None, of=found)
    may_change = permissions.can_plan_for(viewer, plan) and plan.is_open
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        changed = take(
            form, lambda: services.change_point(viewer, plan_id=pk, number=number, spec=spec)
        )
        if changed is not None:
            messages.success(request, _("已保存"))
            return redirect("siting:plan-detail", pk)
    context = {
        "plan": plan,
        "found": found,
        "form": form,
        "may_change": may_change,
        "at": f"{found.point.x:.7f},{found.point.y:.7f}",
    }
    return render(request, "siting/point_edit.html", context, status=status_of(form))


@login_required
@require_POST
def point_remove(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Takes a point out."""
    viewer, _plan = _planned(request, pk)
    tell(
        request,
        lambda: services.remove_point(viewer, plan_id=pk, number=number),
        done=_("已删除点位 %(number)d") % {"number": number},
    )
    return redirect("siting:plan-detail", pk)


@login_required
@require_http_methods(["GET", "POST"])
def proposals(request: HttpRequest, pk: int) -> HttpResponse:
    """Places that would cover most of what is left; a person takes those that suit."""
    viewer, plan = _planned(request, pk)
    if request.method == "POST":
        taken = _taken(request.POST.getlist("place"))
        done = _("已加入 %(count)d 个建议点") % {"count": len(taken)}
        if not taken:
            messages.error(request, _("没有选择建议点"))
        elif tell(request, lambda: services.add_points(viewer, plan_id=pk, specs=taken), done=done):
            return redirect("siting:plan-detail", pk)
    form = ProposalForm(request.GET or None)
    found, error = covered(viewer, plan)
    proposed: list[tuple[Point4326, float]] = []
    if found is not None and form.is_valid():
        proposed = selectors.proposals_of(found, **form.cleaned_data)
    context = {
        "plan": plan,
        "form": form,
        "error": error,
        "found": found,
        "proposed": proposed,
        "reached": round(found.after + sum(won for _at, won in proposed), 1) if found else None,
        "query": request.GET.urlencode(),
    }
    return render(request, "siting/proposals.html", context, status=status_of(form))


@login_required
@require_GET
def proposal_shapes(request: HttpRequest, pk: int) -> JsonResponse:
    """The same places as GeoJSON."""
    viewer, plan = _planned(request, pk)
    form = ProposalForm(request.GET)
    found, _error = covered(viewer, plan)
    features = []
    if found is not None and form.is_valid():
        features = proposal_features(selectors.proposals_of(found, **form.cleaned_data))
    return JsonResponse({"type": "FeatureCollection", "features": features})


@login_required
@require_http_methods(["GET", "POST"])
def point_built(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Says which of the assets near a point was built there."""
    viewer, plan = _planned(request, pk)
    found = selectors.get_point(plan, number)
    near = selectors.list_built_near(viewer, plan, found)
    form = BuiltForm(request.POST or None, near=near, chosen=found.asset)
    if request.method == "POST" and "clear" in request.POST:
        tell(
            request,
            lambda: services.clear_built(viewer, plan_id=pk, number=number),
            done=_("已取消建成登记"),
        )
        return redirect("siting:plan-detail", pk)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["asset"]
        marked = take(
            form,
            lambda: services.mark_built(viewer, plan_id=pk, number=number, asset_id=chosen),
        )
        if marked is not None:
            messages.success(request, _("已登记建成"))
            return redirect("siting:plan-detail", pk)
    context = {"plan": plan, "found": found, "near": near, "form": form}
    return render(request, "siting/point_built.html", context, status=status_of(form))


def _planned(request: HttpRequest, pk: int) -> tuple[User, Plan]:
    """The person and a plan the person may change. Raises: NotFound; NotAllowed."""
    viewer = actor_of(request)
    plan = selectors.get_plan(viewer, pk)
    permissions.require_plan_in(viewer, plan.unit, plan.area)
    return viewer, plan


def _taken(places: list[str]) -> list[PointSpec]:
    """The places ticked, each "lon,lat". Raises: InvalidInput (field "place")."""
    found = []
    for number, text in enumerate(places, start=1):
        try:
            lon, lat = (float(part) for part in text.split(","))
        except ValueError as error:
            raise InvalidInput(_("建议点的坐标有误"), field="place") from error
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise InvalidInput(_("建议点的坐标有误"), field="place")
        label = _("建议点 %(number)d") % {"number": number}
        found.append(PointSpec(label, point(lon, lat)))
    return found
