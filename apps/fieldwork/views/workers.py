"""Workers: who they are, which cells they have, who is on duty, how work is shared."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit.services import record
from apps.common import clock, masking
from apps.common.errors import DomainError, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response, store
from apps.common.pages import paged, put_into, status_of, tell
from apps.common.periods import last_days
from apps.fieldwork import permissions
from apps.fieldwork.enums import Skill, WorkerState
from apps.fieldwork.forms import CellForm, FollowForm, WorkerFilterForm, WorkerForm
from apps.fieldwork.models import Worker
from apps.fieldwork.selectors.duty import load_of, on_duty_for
from apps.fieldwork.selectors.load import load_report
from apps.fieldwork.selectors.patrols import patrols_for
from apps.fieldwork.selectors.roster import rows_of
from apps.fieldwork.selectors.workers import (
    cells_of,
    cells_without_worker,
    get_worker,
    last_main_workers,
    list_workers,
    worker_of,
)
from apps.fieldwork.services import roster
from apps.fieldwork.services import workers as services
from apps.fieldwork.views._common import require_any, worker_tabs
from apps.fieldwork.views._maps import features, place_feature, shape_feature


@login_required
@require_GET
def on_duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty now, on a map and as a table."""
    viewer = require_any(request)
    context = {"rows": on_duty_for(viewer), "now": clock.now()}
    return render(request, "fieldwork/on_duty.html", context)


@login_required
@require_GET
def on_duty_places(request: HttpRequest) -> JsonResponse:
    """The last places of those on duty, for the map."""
    viewer = require_any(request)
    return features(
        place_feature(one.point, one.user.full_name, f"/fieldwork/workers/{one.worker.pk}/")
        for one in on_duty_for(viewer)
        if one.point is not None
    )


@login_required
@require_GET
def worker_list(request: HttpRequest) -> HttpResponse:
    """The workers of the viewer's areas."""
    viewer = require_any(request)
    form = WorkerFilterForm(request.GET)
    context = paged(request, list_workers(viewer, **form.wanted()))
    context |= {
        "form": form,
        "tabs": worker_tabs("worker-list"),
        "may_lead": viewer.has_perm(permissions.LEAD),
    }
    return render(request, "fieldwork/worker_list.html", context)


@login_required
@require_GET
def worker_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows; telephone numbers masked."""
    viewer = require_any(request)
    found = list_workers(viewer, **WorkerFilterForm(request.GET).wanted())
    columns = [
        Column(_("姓名"), lambda row: row.user.full_name),
        Column(_("工号"), lambda row: row.user.employee_number),
        Column(_("所在单位"), lambda row: row.unit.name, 24),
        Column(_("用工性质"), lambda row: row.get_kind_display()),
        Column(_("工作电话"), lambda row: masking.mask_phone(row.phone)),
        Column(_("技能与语言"), lambda row: skills_of(row), 24),
        Column(_("网格"), lambda row: [duty.cell.name for duty in row.duties_today], 30),
        Column(_("状态"), lambda row: row.get_state_display()),
    ]
    record(viewer, "workers.exported", data={"filter": request.GET.urlencode()[:200]})
    return xlsx_response(_("网格员"), columns, found)


def skills_of(worker: Worker) -> list[str]:
    """Will give what a worker can do, in words."""
    return [str(Skill(code).label) for code in worker.skills if code in Skill.values]


@login_required
@permission_required(permissions.LEAD, raise_exception=True)
@require_http_methods(["GET", "POST"])
def worker_edit(request: HttpRequest, worker_id: int | None = None) -> HttpResponse:
    """A new worker, or one on file."""
    viewer = actor_of(request)
    row = get_worker(viewer, worker_id) if worker_id is not None else None
    form = WorkerForm(request.POST or None, request.FILES or None, viewer=viewer, worker=row)
    if request.method == "POST" and form.is_valid():
        try:
            upload = form.cleaned_data["photo"]
            photo = store(upload, allow=frozenset({"image"})) if upload else None
            saved = services.save_worker(viewer, new=form.new(photo), worker_id=worker_id)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("网格员档案已保存"))
            return redirect("fieldwork:worker-detail", worker_id=saved.pk)
    context = {"form": form, "row": row}
    return render(request, "fieldwork/worker_edit.html", context, status=status_of(form))


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The viewer's own file; a word on what to do where there is none."""
    worker = worker_of(actor_of(request))
    if worker is None:
        return render(request, "fieldwork/mine.html")
    return redirect("fieldwork:worker-detail", worker_id=worker.pk)


@login_required
@require_http_methods(["GET", "POST"])
def worker_detail(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Profile, cells, this week, today's patrols; a leader gives cells here."""
    viewer = actor_of(request)
    row = get_worker(viewer, worker_id)
    may_lead = permissions.can_lead(viewer, row)
    form = CellForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            services.assign_cell(viewer, worker_id=row.pk, **form.cleaned_data)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("网格责任已安排"))
            return redirect("fieldwork:worker-detail", worker_id=row.pk)
    today = clock.today()
    context = {
        "row": row,
        "form": form,
        "follow": FollowForm(viewer=viewer),
        "may_lead": may_lead,
        "skills": skills_of(row),
        "phone": masking.mask_phone(row.phone),
        "states": [one for one in WorkerState if one != row.state],
        "session": row.sessions.first(),
        "load": load_of([row.user_id], clock.now())[row.user_id],
        "cells": cells_of(row.user, today),
        "duties": row.duties.filter(is_cancelled=False).select_related("cell")[:30],
        "week": rows_of([row], today - timedelta(days=today.isoweekday() - 1))[0],
        "patrols": patrols_for(row.user, today),
        "is_own": viewer.pk == row.user_id,
        "today": today,
    }
    return render(request, "fieldwork/worker_detail.html", context, status=status_of(form))


@login_required
@require_GET
def worker_cells(request: HttpRequest, worker_id: int) -> JsonResponse:
    """The cells of a worker today, for the map."""
    row = get_worker(actor_of(request), worker_id)
    return features(shape_feature(cell) for cell in cells_of(row.user, clock.today()))


@login_required
@require_GET
def worker_photo(request: HttpRequest, worker_id: int) -> HttpResponseBase:
    """The photo of a worker. Raises: NotFound."""
    row = get_worker(actor_of(request), worker_id)
    if row.photo is None:
        raise NotFound(_("没有照片"))
    return file_response(row.photo, download_name=f"worker-{row.pk}")


@login_required
@require_POST
def worker_state(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Pauses somebody, takes them back, or records that they left."""
    actor = actor_of(request)
    row = get_worker(actor, worker_id)
    state = request.POST.get("state", "")
    tell(
        request,
        lambda: services.set_state(actor, worker_id=row.pk, state=state),
        done=_("状态已更新"),
    )
    return redirect("fieldwork:worker-detail", worker_id=row.pk)


@login_required
@require_POST
def worker_follow(request: HttpRequest, worker_id: int) -> HttpResponse:
    """Makes a worker follow a shift."""
    actor = actor_of(request)
    row = get_worker(actor, worker_id)
    form = FollowForm(request.POST, viewer=actor)
    if form.is_valid():
        said = form.cleaned_data
        tell(
            request,
            lambda: roster.follow_shift(actor, worker_id=row.pk, **said),
            done=_("班次已安排，后四周排班已生成"),
        )
    else:
        messages.error(request, _("请选择班次和起始日期"))
    return redirect("fieldwork:worker-detail", worker_id=row.pk)


@login_required
@require_POST
def cell_end(request: HttpRequest, worker_id: int, duty_id: int) -> HttpResponse:
    """Ends a worker's duty for a cell, today included."""
    actor = actor_of(request)
    row = get_worker(actor, worker_id)
    if not row.duties.filter(pk=duty_id).exists():
        raise NotFound(_("没有这条网格责任"))
    tell(
        request,
        lambda: services.end_cell(actor, duty_id=duty_id, last=clock.today()),
        done=_("网格责任已结束，今天仍有效"),
    )
    return redirect("fieldwork:worker-detail", worker_id=row.pk)


@login_required
@require_GET
def cell_gaps(request: HttpRequest) -> HttpResponse:
    """Cells nobody answers for today, and who last did."""
    viewer = require_any(request)
    context = paged(request, cells_without_worker(viewer, clock.today()))
    held = last_main_workers([cell.pk for cell in context["rows"]])
    context["rows"] = [(cell, held.get(cell.pk)) for cell in context["rows"]]
    context |= {"tabs": worker_tabs("cell-gaps"), "may_lead": viewer.has_perm(permissions.LEAD)}
    return render(request, "fieldwork/cell_gaps.html", context)


@login_required
@require_GET
def load(request: HttpRequest) -> HttpResponse:
    """How the work of the last four weeks is shared, and what could be moved."""
    viewer = require_any(request)
    span = last_days(28)
    report = load_report(viewer, span.first, span.last)
    rows = [(row, [row.amounts[kind.code] for kind in report.kinds]) for row in report.rows]
    context: dict[str, Any] = {
        "report": report,
        "rows": rows,
        "first": span.first,
        "last": span.last,
        "tabs": worker_tabs("load"),
    }
    return render(request, "fieldwork/load.html", context)
