"""How cameras stand: counts, the wall of the worst, one camera's history, its pictures."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.files import file_response
from apps.common.pages import paged, tell
from apps.diagnosis import permissions, selectors, services
from apps.diagnosis.enums import Fault, Stage
from apps.diagnosis.forms import ConditionFilterForm
from apps.diagnosis.models import Condition, Result
from apps.diagnosis.thresholds import BY_CODE, NUMBERS, ONLY_WITH_ANOTHER, THRESHOLDS
from apps.diagnosis.views._common import reader_of
from apps.video.models import Camera

#: Days a trend is drawn over.
DAYS = 30


@login_required
@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    """Counts of faults, and the worst cameras with their pictures."""
    viewer = reader_of(request)
    form = ConditionFilterForm(request.GET, viewer=viewer)
    wanted = form.wanted()
    seen = selectors.overview(viewer)
    context = paged(request, selectors.list_conditions(viewer, **wanted)) | {
        "form": form,
        "seen": seen,
        "faults": [
            (fault, fault.label, seen.faults.get(fault.value, 0), fault.value == wanted["fault"])
            for fault in Fault
        ],
        "may_run": permissions.can_run(viewer),
        "labels": dict(Fault.choices),
    }
    return render(request, "diagnosis/wall.html", context)


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the wall shows, as a sheet."""
    viewer = reader_of(request)
    wanted = ConditionFilterForm(request.GET, viewer=viewer).wanted()
    rows = selectors.list_conditions(viewer, **wanted)
    audit.record(viewer, "diagnosis.exported", data={"count": rows.count()})
    columns = [
        Column(_("国标编码"), lambda c: c.camera.gb_code, 24),
        Column(_("摄像机"), lambda c: c.camera.asset.name, 28),
        Column(_("区域"), lambda c: c.camera.asset.area.name if c.camera.asset.area else "", 16),
        Column(_("录像机"), lambda c: c.camera.recorder.name if c.camera.recorder else "", 20),
        Column(_("结论"), lambda c: c.get_verdict_display(), 12),
        Column(_("异常"), _faults_of, 24),
        Column(_("依据"), _sentences_of, 60),
        Column(_("告警中"), lambda c: _("是") if c.alarmed else _("否"), 8),
        Column(_("自何时起"), lambda c: c.since, 20),
        Column(_("最近取图"), lambda c: c.result.taken_at, 20),
    ]
    name = f"{_('视频质量诊断')}-{clock.today():%Y%m%d}"
    return xlsx_response(name, columns, rows.iterator(2000))


def _faults_of(condition: Condition) -> str:
    return "、".join(str(Fault(fault).label) for fault in condition.faults)


def _sentences_of(condition: Condition) -> str:
    return "；".join(one["sentence"] for one in condition.result.findings)


@login_required
@require_GET
def camera_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One camera: how it stands, one number over time, every result with its picture."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=pk)
    number = request.GET.get("number", "")
    number = number if number in NUMBERS else "brightness"
    context = paged(request, selectors.results_of(camera)) | {
        "camera": camera,
        "condition": selectors.find_condition(camera),
        "curve": _curve(camera, number),
        "numbers": [
            {"label": label, "url": f"?number={name}", "current": name == number}
            for name, label in NUMBERS.items()
        ],
        "may_run": permissions.can_run_on(viewer, camera),
        "labels": dict(Fault.choices),
    }
    return render(request, "diagnosis/camera_detail.html", context)


def _curve(camera: Camera, number: str) -> dict[str, Any] | None:
    points = selectors.trend(camera, number, days=DAYS)
    if not points:
        return None
    values = services.values_of(services.set_in_force())
    bounds = [values["day"][rule.code] for rule in THRESHOLDS if rule.number == number]
    lines = {
        "silent": True, "symbol": "none", "data": [{"yAxis": bound} for bound in bounds[:1]],
    }  # fmt: skip
    option = {
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "scale": True},
        "tooltip": {"trigger": "axis"},
        "series": [
            {
                "type": "line", "name": str(NUMBERS[number]), "markLine": lines,
                "data": [[at.isoformat(), value] for at, value, _wrong in points],
            }
        ],
    }  # fmt: skip
    rows = [
        (timezone.localtime(at).strftime("%m-%d %H:%M"), f"{value:.4g}", _("是") if wrong else "")
        for at, value, wrong in reversed(points[-200:])
    ]
    return {
        "id": f"trend-{number}",
        "title": str(NUMBERS[number]),
        "option": option,
        "columns": [_("取图时间"), str(NUMBERS[number]), _("异常")],
        "rows": rows,
        "note": _("近 %(days)d 天每次检测的数值；横线为当前白天阈值") % {"days": DAYS},
    }


@login_required
@require_GET
def result_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One result: picture, numbers beside thresholds, what people said of each fault."""
    viewer = reader_of(request)
    result = selectors.get_result(viewer, pk=pk)
    marks = selectors.marks_of(result)
    context = {
        "result": result,
        "camera": result.camera,
        "findings": [
            one | {"label": Fault(one["fault"]).label, "mark": marks.get(one["fault"])}
            for one in result.findings
        ],
        "lines": _lines(result),
        "may_mark": permissions.can_run_on(viewer, result.camera),
    }
    return render(request, "diagnosis/result_detail.html", context)


def _lines(result: Result) -> list[dict[str, Any]]:
    """Each measured number with the threshold it stands beside."""
    values = services.values_of(result.thresholds)[result.light]
    by_number = {
        rule.number: rule for rule in reversed(THRESHOLDS) if rule.code not in ONLY_WITH_ANOTHER
    }
    wrong = {one["number"] for one in result.findings}
    lines = []
    for name in NUMBERS:
        if (value := result.numbers.get(name)) is None:
            continue
        rule = by_number.get(name)
        bound = f"{'≤' if rule.is_upper else '≥'} {values[rule.code]:g}" if rule else "—"
        lines.append(
            {
                "label": NUMBERS[name], "value": f"{value:.4g}", "bound": bound,
                "unit": BY_CODE[rule.code].unit if rule else "", "wrong": name in wrong,
            }
        )  # fmt: skip
    return lines


@login_required
@require_GET
def picture(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture of a result; small with ``?small=1``."""
    viewer = reader_of(request)
    result = selectors.get_result(viewer, pk=pk)
    if result.picture is None:
        raise NotFound(_("这次检测没有取到画面"))
    return file_response(
        result.picture,
        download_name=f"{result.camera.gb_code}.jpg",
        thumbnail=request.GET.get("small") == "1",
    )


@login_required
@require_POST
def camera_look(request: HttpRequest, pk: int) -> HttpResponse:
    """One camera looked at now; ``proof=1``: after a repair."""
    viewer = reader_of(request)
    selectors.get_camera(viewer, pk=pk)
    stage = Stage.PROOF if request.POST.get("proof") == "1" else Stage.FIRST
    tell(
        request,
        lambda: services.ask_run(viewer, camera_ids=[pk], stage=stage),
        done=_("已安排检测，片刻后刷新查看结果"),
    )
    return redirect("diagnosis:camera-detail", pk=pk)


@login_required
@require_POST
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """What a person says of one fault of a result."""
    viewer = reader_of(request)
    tell(
        request,
        lambda: services.mark_finding(
            viewer,
            result_id=pk,
            fault=request.POST.get("fault", ""),
            opinion=request.POST.get("opinion", ""),
            note=request.POST.get("note", ""),
        ),
        done=_("已标注"),
    )
    return redirect(reverse("diagnosis:result-detail", args=[pk]))
