"""Plans, the board of a day, one patrol with its track, random checks."""

from itertools import chain
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core import signing
from django.db.models import Avg
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import forms_data
from apps.common.corners import corners_along
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.common.files import file_response
from apps.common.pages import paged, put_into, status_of, take, tell
from apps.fieldwork import permissions
from apps.fieldwork.enums import WEEKDAYS, PatrolState, PlanState
from apps.fieldwork.forms import (
    BoardForm,
    DrawForm,
    LookForm,
    PlanFilterForm,
    PlanForm,
    PointForm,
    RouteForm,
    VerdictForm,
    item_labels,
)
from apps.fieldwork.models import CheckIn, Patrol, PatrolPlan, Position
from apps.fieldwork.selectors.patrols import (
    board,
    get_draw,
    get_patrol,
    get_plan,
    list_draws,
    list_plans,
)
from apps.fieldwork.services import checks
from apps.fieldwork.services import plans as services
from apps.fieldwork.views._common import patrol_tabs, require_any
from apps.fieldwork.views._maps import (
    Feature,
    features,
    line_feature,
    place_feature,
    shape_feature,
)
from apps.places.geometry import in_plane

#: How long a look at a track stays open after its purpose was said.
LOOK_SECONDS = 900
_SALT = "fieldwork.track"


@login_required
@require_GET
def patrol_board(request: HttpRequest) -> HttpResponse:
    """The patrols of a day: states, points, coverage; gaps and misses first to be seen."""
    viewer = require_any(request)
    form = BoardForm(request.GET)
    day = form.wanted()
    wanted = request.GET.get("state", "")
    every = board(viewer, day)
    counts = dict.fromkeys(PatrolState.values, 0)
    for state in every.values_list("state", flat=True):
        counts[state] += 1
    shown = [wanted] if wanted in PatrolState.values else []
    context = paged(request, board(viewer, day, states=shown))
    mean = every.aggregate(points=Avg("point_share"), ground=Avg("ground_share"))
    context |= {
        "form": form,
        "day": day,
        "state": wanted,
        "tiles": [(state, counts[state.value]) for state in PatrolState],
        "mean": mean,
        "tabs": patrol_tabs("patrol-board"),
    }
    return render(request, "fieldwork/patrol_board.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def patrol_detail(request: HttpRequest, patrol_id: int) -> HttpResponse:
    """One patrol; a purpose opens its track for a quarter of an hour."""
    viewer = actor_of(request)
    row = get_patrol(viewer, patrol_id)
    form = LookForm(request.POST or None)
    here = reverse("fieldwork:patrol-detail", args=[row.pk])
    may_look = row.worker is not None and permissions.can_see_track(viewer, row.worker)
    if request.method == "POST" and form.is_valid():
        try:
            checks.look_at_track(viewer, patrol=row, **form.cleaned_data)
        except NotAllowed:
            raise
        except DomainError as error:
            put_into(form, error)
        else:
            token = signing.dumps([row.pk, viewer.pk], salt=_SALT)
            return redirect(f"{here}?look={token}")
    token = request.GET.get("look", "")
    fixes = _fixes(row) if _is_open(token, row, viewer) else None
    context = {
        "row": row,
        "form": form,
        "may_look": may_look and row.started_at is not None,
        "token": token if fixes is not None else "",
        "map_url": f"{here}map.geojson" + (f"?look={token}" if fixes is not None else ""),
        "fixes": fixes or [],
        "places": [_replayed(one) for one in fixes or []],
        "stops": [
            (stop, [_shown(one, row) for one in stop.check_ins.all()]) for stop in row.stops.all()
        ],
        "cells": row.cells.defer("boundary").order_by("code"),
    }
    return render(request, "fieldwork/patrol_detail.html", context, status=status_of(form))


def _is_open(token: str, patrol: Patrol, viewer: User) -> bool:
    """Whether this viewer said why they look at this patrol, not long ago."""
    if not token:
        return False
    try:
        opened = signing.loads(token, salt=_SALT, max_age=LOOK_SECONDS)
    except signing.BadSignature:
        return False
    return bool(opened == [patrol.pk, viewer.pk])


def _fixes(patrol: Patrol) -> list[Position]:
    last = patrol.finished_at or patrol.ends_at
    span = (patrol.starts_at, last)
    return list(Position.objects.filter(worker=patrol.worker_id, at__range=span).order_by("at"))


def _replayed(one: Position) -> dict[str, Any]:
    return {
        "time": f"{timezone.localtime(one.at):%H:%M:%S}",
        "lon": one.point.x,
        "lat": one.point.y,
        "doubt": one.get_doubt_display() if one.doubt else "",
    }


def _shown(one: CheckIn, patrol: Patrol) -> dict[str, Any]:
    """A check-in with its answers in words."""
    answers = forms_data.show(patrol.items, one.answers) if one.answers else []
    return {"row": one, "answers": answers}


@login_required
@require_GET
def patrol_map(request: HttpRequest, patrol_id: int) -> JsonResponse:
    """Cells and points of a patrol; the track too where its look is open."""
    viewer = actor_of(request)
    row = get_patrol(viewer, patrol_id)
    found = [shape_feature(cell) for cell in row.cells.all()]
    found += [place_feature(stop.point, stop.name) for stop in row.stops.all()]
    found += _route_of(row.plan)
    if row.track is not None and _is_open(request.GET.get("look", ""), row, viewer):
        found.append(line_feature(row.track, _("实际轨迹")))
    return features(found)


@login_required
@require_GET
def check_in_file(request: HttpRequest, check_in_id: int, file_id: int) -> HttpResponseBase:
    """A photo of a check-in. Raises: NotFound."""
    found = CheckIn.objects.filter(pk=check_in_id).values_list("stop__patrol_id", flat=True)
    patrol_id = found.first()
    if patrol_id is None:
        raise NotFound(_("没有这张照片，或您无权查看"))
    get_patrol(actor_of(request), patrol_id)
    file = CheckIn.files.through.objects.filter(checkin_id=check_in_id, storedfile_id=file_id)
    cited = file.select_related("storedfile").first()
    if cited is None:
        raise NotFound(_("没有这张照片，或您无权查看"))
    return file_response(cited.storedfile, download_name=f"check-in-{check_in_id}")


@login_required
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans of the viewer's areas."""
    viewer = require_any(request)
    form = PlanFilterForm(request.GET)
    context = paged(request, list_plans(viewer, **form.wanted()))
    context |= {
        "form": form,
        "weekdays": dict(WEEKDAYS),
        "tabs": patrol_tabs("plan-list"),
        "may_plan": viewer.has_perm(permissions.PLAN),
    }
    return render(request, "fieldwork/plan_list.html", context)


@login_required
@permission_required(permissions.PLAN, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, plan_id: int | None = None) -> HttpResponse:
    """A new plan, or a known one without its points."""
    viewer = actor_of(request)
    row = get_plan(viewer, plan_id) if plan_id is not None else None
    form = PlanForm(request.POST or None, viewer=viewer, plan=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_plan(viewer, new=form.new(), plan_id=plan_id)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("计划已保存，请在地图上设置巡查点"))
            return redirect("fieldwork:plan-detail", plan_id=saved.pk)
    context = {"form": form, "row": row}
    return render(request, "fieldwork/plan_edit.html", context, status=status_of(form))


@login_required
@require_http_methods(["GET", "POST"])
def plan_detail(request: HttpRequest, plan_id: int) -> HttpResponse:
    """A plan with its points on the map; points are added here."""
    viewer = actor_of(request)
    row = get_plan(viewer, plan_id)
    form = PointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_point(viewer, plan_id=row.pk, new=form.new)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("巡查点已添加"))
            return redirect("fieldwork:plan-detail", plan_id=row.pk)
    context = {
        "row": row,
        "form": form,
        "points": row.points.filter(is_active=True).select_related("cell"),
        "cells": row.cells.defer("boundary").order_by("code"),
        "center": _center(row),
        "route_m": in_plane(row.route).length if row.route is not None else None,
        "items": item_labels(row.items),
        "weekdays": [dict(WEEKDAYS)[day] for day in row.weekdays],
        "may_plan": permissions.reaches(
            viewer, permissions.PLAN, tenant_id=row.tenant_id, area_path=row.area_path
        ),
        "is_active": row.state == PlanState.ACTIVE,
        "recent": row.patrols.select_related("worker__user").order_by("-day", "pk")[:14],
    }
    return render(request, "fieldwork/plan_detail.html", context, status=status_of(form))


def _center(plan: PatrolPlan) -> str:
    cell = plan.cells.filter(boundary__isnull=False).first()
    if cell is None or cell.boundary is None:
        return ""
    return f"{cell.boundary.centroid.x:.6f},{cell.boundary.centroid.y:.6f}"


@login_required
@permission_required(permissions.PLAN, raise_exception=True)
@require_http_methods(["GET", "POST"])
def plan_route(request: HttpRequest, plan_id: int) -> HttpResponse:
    """The line a plan wants walked, drawn on the map between its cells and points."""
    viewer = actor_of(request)
    row = get_plan(viewer, plan_id)
    form = RouteForm(request.POST or None, initial={"route": corners_along(row.route)})
    if request.method == "POST" and form.is_valid():
        saved = take(
            form,
            lambda: services.set_route(viewer, plan_id=row.pk, route=form.cleaned_data["route"]),
        )
        if saved is not None:
            messages.success(request, _("路线已保存") if saved.route else _("路线已取消"))
            return redirect("fieldwork:plan-detail", plan_id=row.pk)
    context = {"form": form, "row": row, "center": _center(row)}
    return render(request, "fieldwork/plan_route.html", context, status=status_of(form))


@login_required
@require_GET
def plan_map(request: HttpRequest, plan_id: int) -> JsonResponse:
    """Cells, points and route of a plan, or one of these (``part``)."""
    row = get_plan(actor_of(request), plan_id)
    parts = {"cells": _cells_of(row), "route": _route_of(row), "points": _points_of(row)}
    part = request.GET.get("part", "")
    return features(parts[part] if part in parts else chain.from_iterable(parts.values()))


def _cells_of(plan: PatrolPlan) -> list[Feature]:
    return [shape_feature(cell) for cell in plan.cells.all()]


def _route_of(plan: PatrolPlan) -> list[Feature]:
    if plan.route is None:
        return []
    return [line_feature(plan.route, _("计划路线"), is_planned=True)]


def _points_of(plan: PatrolPlan) -> list[Feature]:
    return [place_feature(one.point, one.name) for one in plan.points.filter(is_active=True)]


@login_required
@require_POST
def plan_state(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Puts a plan to work or stops it."""
    actor = actor_of(request)
    row = get_plan(actor, plan_id)
    state = request.POST.get("state", "")
    tell(
        request,
        lambda: services.set_plan_state(actor, plan_id=row.pk, state=state),
        done=_("计划状态已更新，今天的巡查任务已生成"),
    )
    return redirect("fieldwork:plan-detail", plan_id=row.pk)


@login_required
@require_POST
def point_remove(request: HttpRequest, plan_id: int, point_id: int) -> HttpResponse:
    """Takes a point out of a plan."""
    actor = actor_of(request)
    row = get_plan(actor, plan_id)
    tell(
        request,
        lambda: services.remove_point(actor, plan_id=row.pk, point_id=point_id),
        done=_("巡查点已移除"),
    )
    return redirect("fieldwork:plan-detail", plan_id=row.pk)


@login_required
@require_http_methods(["GET", "POST"])
def draw_list(request: HttpRequest) -> HttpResponse:
    """Random checks; a planner draws here."""
    viewer = require_any(request)
    form = DrawForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            drawn = checks.draw_checks(viewer, **form.cleaned_data)
        except NotAllowed:
            raise
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("已随机抽取，请逐条核查"))
            return redirect("fieldwork:draw-detail", draw_id=drawn.pk)
    context = paged(request, list_draws(viewer))
    context |= {
        "form": form,
        "may_plan": viewer.has_perm(permissions.PLAN),
        "tabs": patrol_tabs("draw-list"),
    }
    return render(request, "fieldwork/draw_list.html", context, status=status_of(form))


@login_required
@require_GET
def draw_detail(request: HttpRequest, draw_id: int) -> HttpResponse:
    """One random check with what was found."""
    viewer = require_any(request)
    row = get_draw(viewer, draw_id)
    found = row.checks.select_related("patrol__plan", "patrol__worker__user")
    drawn = checks.drawn_of(row.population, row.seed, len(found))
    context = {
        "row": row,
        "checks": [(one, permissions.can_check(viewer, one.patrol)) for one in found],
        "agrees": drawn == sorted(one.patrol_id for one in found),
        "form": VerdictForm(auto_id=False),
    }
    return render(request, "fieldwork/draw_detail.html", context)


@login_required
@require_POST
def check_judge(request: HttpRequest, draw_id: int, check_id: int) -> HttpResponse:
    """Records what was found."""
    actor = actor_of(request)
    row = get_draw(actor, draw_id)
    if not row.checks.filter(pk=check_id).exists():
        raise NotFound(_("没有这条抽查"))
    said = {"verdict": request.POST.get("verdict", ""), "note": request.POST.get("note", "")}
    tell(
        request,
        lambda: checks.judge(actor, check_id=check_id, **said),
        done=_("抽查结论已记录"),
    )
    return redirect("fieldwork:draw-detail", draw_id=row.pk)
