"""Jobs: listed, drawn, run, and how they learn."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.algorithms.models import Algorithm
from apps.algorithms.registry import all_builtins
from apps.analysis import permissions, selectors, services
from apps.analysis.drawings import NEEDS
from apps.analysis.forms import JobFilterForm, JobForm
from apps.analysis.models import AnalysisJob
from apps.analysis.services.settling import inside_now
from apps.analysis.views._common import reader_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response
from apps.common.pages import paged, take, tell
from apps.video.models import Camera
from apps.video.selectors import list_cameras, standard_picture


@login_required
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """Search and filter the jobs, with figures of today."""
    viewer = reader_of(request)
    form = JobFilterForm(request.GET)
    context = paged(request, selectors.list_jobs(viewer, **form.wanted())) | {
        "form": form,
        "tiles": selectors.overview(viewer),
        "may_keep": permissions.can_keep(viewer),
    }
    return render(request, "analysis/job_list.html", context)


@login_required
@require_GET
def job_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    rows = selectors.list_jobs(viewer, **JobFilterForm(request.GET).wanted())
    audit.record(viewer, "analysis_jobs.exported", data={"count": rows.count()})
    columns = [
        Column(_("名称"), lambda j: j.name, 24),
        Column(_("摄像机"), lambda j: j.camera.asset.name, 24),
        Column(_("算法"), lambda j: j.algorithm.name, 20),
        Column(_("责任单位"), lambda j: j.unit.name, 24),
        Column(_("启用"), lambda j: _("是") if j.is_active else _("否"), 8),
        Column(_("待核实"), lambda j: j.waiting, 10),
        Column(_("进行中"), lambda j: j.lasting, 10),
        Column(_("最近运行"), lambda j: j.ran_at, 20),
        Column(_("最近错误"), lambda j: j.last_error, 40),
    ]
    name = f"{_('分析作业')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def job_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One job to write and draw; a new one without a number in the address."""
    viewer = reader_of(request)
    permissions.require_any_keep(viewer)
    job = selectors.get_job(viewer, pk=pk) if pk is not None else None
    form = JobForm(request.POST or None, viewer=viewer, job=job)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_job(viewer, spec=spec, job_id=pk))
        if saved is not None:
            messages.success(request, _("已保存分析作业“%(name)s”") % {"name": saved.name})
            return redirect("analysis:job-detail", pk=saved.pk)
    context = {"form": form, "job": job, "needs": _needs(), "parameters": _parameters()}
    status = 422 if form.errors else 200
    return render(request, "analysis/job_edit.html", context, status=status)


def _needs() -> dict[str, str]:
    """By code of the algorithm: what must be drawn for it."""
    found = Algorithm.objects.filter(task__in=list(NEEDS)).values_list("code", "task")
    return {code: NEEDS[task] for code, task in found}  # type: ignore[index]


def _parameters() -> list[dict[str, Any]]:
    return [
        {"code": one.key, "title": one.title, "parameters": one.parameters}
        for one in all_builtins()
        if one.task in NEEDS
    ]


@login_required
@require_GET
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One job: how it runs, what it counts and finds, what its thresholds learn."""
    viewer = reader_of(request)
    job = selectors.get_job(viewer, pk=pk)
    context = {
        "job": job,
        "findings": selectors.list_findings(viewer, job=job)[:10],
        "runs": selectors.runs_of(job),
        "changes": selectors.changes_of(job)[:10],
        "tallies": [_named(job, row) for row in selectors.tallies_of(job)[:48]],
        "inside": inside_now(job, clock.now()) if job.algorithm.task == "line_count" else None,
        "suggested": services.suggest_change(job),
        "may_keep": permissions.reaches(viewer, job, permissions.KEEP),
    }
    return render(request, "analysis/job_detail.html", context)


def _named(job: AnalysisJob, row: dict[str, Any]) -> dict[str, Any]:
    names = {one["id"]: one["name"] for one in job.drawing.get("lines", ())}
    return row | {"name": names.get(row["line"], row["line"])}


@login_required
@require_POST
def job_do(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """A button of a job."""
    viewer = reader_of(request)
    selectors.get_job(viewer, pk=pk)
    deeds = {
        "run": (lambda: services.run_now(viewer, job_id=pk), _("已进入队列")),
        "start": (
            lambda: services.set_job_active(viewer, job_id=pk, is_active=True),
            _("已启用"),
        ),
        "stop": (
            lambda: services.set_job_active(viewer, job_id=pk, is_active=False),
            _("已停用"),
        ),
        "learn": (lambda: _propose(request, pk), _("已提出阈值调整，等待他人审核")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("analysis:job-detail", pk=pk)


def _propose(request: HttpRequest, pk: int) -> Any:
    viewer = reader_of(request)
    told = services.suggest_change(selectors.get_job(viewer, pk=pk))
    if told is None:
        raise InvalidInput(_("核实的发现还不足以建议新的阈值"), field="after")
    return services.propose_change(
        viewer, job_id=pk, code=told["code"], after=told["after"], evidence=told
    )


@login_required
@require_POST
def change_decide(request: HttpRequest, pk: int, change_id: int) -> HttpResponse:
    """A proposed threshold put in force, or not."""
    viewer = reader_of(request)
    selectors.get_job(viewer, pk=pk)
    is_applied = request.POST.get("deed") == "apply"
    tell(
        request,
        lambda: services.decide_change(viewer, change_id=change_id, is_applied=is_applied),
        done=_("阈值已生效") if is_applied else _("已记为不采纳"),
    )
    return redirect("analysis:job-detail", pk=pk)


@login_required
@require_GET
def camera_picture(request: HttpRequest, code: str) -> HttpResponseBase:
    """The standard picture of a camera, to draw upon."""
    viewer = reader_of(request)
    camera: Camera | None = list_cameras(viewer).filter(gb_code=code).first()
    picture = standard_picture(camera) if camera is not None else None
    if picture is None:
        raise Http404
    return file_response(picture.file, download_name=f"{code}.jpg")
