"""Findings: listed, shown, judged, revealed; the ledger of lanes."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.analysis import permissions, selectors, services
from apps.analysis.forms import CompareForm, FindingFilterForm, VerdictForm
from apps.analysis.views._common import reader_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response
from apps.common.pages import paged, take

LEDGER_DAYS = 30


@login_required
@require_GET
def finding_list(request: HttpRequest) -> HttpResponse:
    """Search and filter what jobs found."""
    viewer = reader_of(request)
    form = FindingFilterForm(request.GET)
    context = paged(request, selectors.list_findings(viewer, **form.wanted())) | {"form": form}
    return render(request, "analysis/finding_list.html", context)


@login_required
@require_GET
def finding_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; no pictures."""
    viewer = reader_of(request)
    rows = selectors.list_findings(viewer, **FindingFilterForm(request.GET).wanted())
    audit.record(viewer, "findings.exported", data={"count": rows.count()})
    columns = [
        Column(_("开始"), lambda f: f.began_at, 18),
        Column(_("结束"), lambda f: f.ended_at, 18),
        Column(_("分钟"), lambda f: round(f.minutes, 1), 10),
        Column(_("作业"), lambda f: f.job.name, 24),
        Column(_("摄像机"), lambda f: f.job.camera.asset.name, 24),
        Column(_("区域"), lambda f: f.zone_name, 16),
        Column(_("置信度"), lambda f: f.confidence, 10),
        Column(_("算法版本"), lambda f: f.algorithm, 20),
        Column(_("核实"), lambda f: f.get_verdict_display(), 10),
        Column(_("说明"), lambda f: f.note, 30),
    ]
    name = f"{_('分析发现')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(2000))


@login_required
@require_http_methods(["GET", "POST"])
def finding_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding, and what a person says of it."""
    viewer = reader_of(request)
    finding = selectors.get_finding(viewer, pk=pk)
    form = VerdictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        judged = take(
            form,
            lambda: services.judge_finding(
                viewer, finding_id=pk, verdict=given["verdict"], text=given["note"]
            ),
        )
        if judged is not None:
            return redirect("analysis:finding-detail", pk=pk)
    context = {
        "finding": finding,
        "form": form,
        "may_judge": permissions.reaches(viewer, finding.job, permissions.JUDGE),
        "may_reveal": permissions.reaches(viewer, finding.job, permissions.REVEAL),
    }
    status = 422 if form.errors else 200
    return render(request, "analysis/finding_detail.html", context, status=status)


@login_required
@require_GET
def finding_picture(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture of a finding, blurred outside its zone."""
    finding = selectors.get_finding(reader_of(request), pk=pk)
    if finding.picture is None:
        raise Http404
    return file_response(finding.picture, download_name=f"finding-{pk}.jpg")


@login_required
@require_POST
def finding_reveal(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture as taken, once, with a reason that is kept."""
    viewer = reader_of(request)
    plain = services.reveal_finding(viewer, finding_id=pk, reason=request.POST.get("reason", ""))
    response = file_response(plain, download_name=f"finding-{pk}-plain.jpg")
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_GET
def lane_list(request: HttpRequest) -> HttpResponse:
    """Lanes by how long they were blocked, with the hours of the day."""
    viewer = reader_of(request)
    rows = selectors.lane_ledger(viewer, days=LEDGER_DAYS)
    context = {"rows": rows[:200], "days": LEDGER_DAYS, "hours": range(24)}
    return render(request, "analysis/lane_list.html", context)


@login_required
@require_GET
def lane_export(request: HttpRequest) -> HttpResponseBase:
    """The ledger as a sheet."""
    viewer = reader_of(request)
    rows = selectors.lane_ledger(viewer, days=LEDGER_DAYS)
    audit.record(viewer, "lanes.exported", data={"count": len(rows)})
    columns = [
        Column(_("区域"), lambda r: r.name, 20),
        Column(_("摄像机"), lambda r: r.job.camera.asset.name, 24),
        Column(_("责任单位"), lambda r: r.job.unit.name, 24),
        Column(_("次数"), lambda r: r.times, 10),
        Column(_("总分钟"), lambda r: round(r.minutes, 1), 10),
        Column(_("最长分钟"), lambda r: round(r.longest, 1), 10),
        Column(_("夜间次数"), lambda r: r.night, 10),
        Column(_("屡次占用"), lambda r: _("是") if r.is_repeated else _("否"), 10),
    ]
    return xlsx_response(f"{_('占道台账')}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_GET
def version_list(request: HttpRequest) -> HttpResponse:
    """Versions of one algorithm side by side: a canary beside what everybody runs."""
    viewer = reader_of(request)
    form = CompareForm(request.GET or None)
    wanted = form.wanted()
    rows = selectors.compare_versions(viewer, **wanted) if wanted else []
    context = {"form": form, "rows": rows, "least": selectors.LEAST_JUDGED}
    return render(request, "analysis/version_list.html", context)


@login_required
@require_GET
def version_export(request: HttpRequest) -> HttpResponseBase:
    """What the comparison shows, as a sheet."""
    viewer = reader_of(request)
    wanted = CompareForm(request.GET or None).wanted()
    if wanted is None:
        raise Http404
    rows = selectors.compare_versions(viewer, **wanted)
    audit.record(viewer, "versions.exported", data={"count": len(rows), **wanted})
    columns = [
        Column(_("版本"), lambda r: r.version, 12),
        Column(_("别名"), lambda r: "；".join(r.names), 30),
        Column(_("现用作业"), lambda r: r.now, 10),
        Column(_("摄像机"), lambda r: r.cameras, 10),
        Column(_("运行次数"), lambda r: r.runs, 10),
        Column(_("运行异常"), lambda r: r.failed, 10),
        Column(_("毫秒/帧"), lambda r: r.ms_per_frame, 10),
        Column(_("发现"), lambda r: r.found, 10),
        Column(_("属实"), lambda r: r.right, 10),
        Column(_("误报"), lambda r: r.false, 10),
        Column(_("待确认"), lambda r: r.waiting, 10),
        Column(_("误报率（%）"), lambda r: r.false_percent, 12),
    ]
    return xlsx_response(f"{_('版本对比')}-{clock.today():%Y%m%d}", columns, rows)
