"""Gate cameras: how each counted and read, beside what is usual. Source: VD-13."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import neighbours, take
from apps.common.paging import page_of
from apps.video import permissions, selectors, services
from apps.video.forms import GateForm
from apps.video.selectors.gates import HourLine
from apps.video.views._common import reader_of, show_form


@login_required
@require_GET
def gate_list(request: HttpRequest) -> HttpResponse:
    """Every gate at its last due hour."""
    viewer = reader_of(request)
    text = request.GET.get("q", "").strip()[:60]
    page = page_of(selectors.list_gates(viewer, text=text), request.GET)
    context = {
        "rows": selectors.look_at(page.items),
        "q": text,
        "may_keep": permissions.can_keep(viewer),
        **neighbours(request, page),
    }
    return render(request, "video/gate_list.html", context)


@login_required
@require_GET
def gate_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet."""
    viewer = reader_of(request)
    text = request.GET.get("q", "").strip()[:60]
    rows = selectors.look_at(selectors.list_gates(viewer, text=text))
    services.note_export(viewer, what="gates", count=len(rows))
    columns = [
        Column(_("名称"), lambda r: r.gate.camera.asset.name, 24),
        Column(_("国标编码"), lambda r: r.gate.camera.gb_code, 24),
        Column(_("小时"), lambda r: r.line.hour, 20),
        Column(_("过车数"), lambda r: r.line.counted.passes if r.line.counted else None, 10),
        Column(_("通常"), lambda r: r.line.usual, 10),
        Column(_("识别率"), lambda r: r.line.counted.rate if r.line.counted else None, 10),
        Column(_("识别率标准"), lambda r: r.gate.plate_norm, 12),
        Column(_("最近上报"), lambda r: r.gate.heard_at, 20),
        Column(_("自报故障"), lambda r: r.gate.fault, 24),
    ]
    return xlsx_response(f"{_('卡口')}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_GET
def gate_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Two days of one gate."""
    viewer = reader_of(request)
    gate = selectors.get_gate(viewer, pk=pk)
    course = selectors.course_of(gate)
    [now] = selectors.look_at([gate])
    context = {
        "gate": gate,
        "now": now,
        "counts": _counts(course),
        "rates": _rates(course, gate.plate_norm),
        "columns": [
            {"key": "hour", "label": _("小时")},
            {"key": "passes", "label": _("过车数"), "is_number": True},
            {"key": "usual", "label": _("通常"), "is_number": True},
            {"key": "rate", "label": _("识别率"), "is_number": True},
        ],
        "rows": [_row(line) for line in course[::-1]],
        "may_keep": permissions.can_keep_in(viewer, gate.camera.asset.area),
    }
    return render(request, "video/gate_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def gate_edit(request: HttpRequest, camera_id: int) -> HttpResponse:
    """A camera made a gate, or what is wanted of one."""
    viewer = reader_of(request)
    camera = selectors.get_camera(viewer, pk=camera_id)
    permissions.require_keep_in(viewer, camera.asset.area)
    gate = selectors.find_gate(camera)
    form = GateForm(request.POST or None, gate=gate)
    if request.method == "POST" and form.is_valid():
        saved = take(form, lambda: services.save_gate(viewer, camera_id=camera_id, **form.values()))
        if saved is not None:
            messages.success(request, _("已保存卡口设置"))
            return redirect("video:gate-detail", pk=saved.pk)
    back = (_("卡口"), reverse("video:gate-list"))
    return show_form(request, form, camera.asset.name, back=back)


def _labels(course: list[HourLine]) -> list[str]:
    return [f"{timezone.localtime(line.hour):%m-%d %H}" for line in course]


def _counts(course: list[HourLine]) -> dict[str, Any]:
    counted = [line.counted.passes if line.counted else None for line in course]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": _labels(course)},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": _("过车数"), "type": "bar", "data": counted},
            {"name": _("通常"), "type": "line", "data": [line.usual for line in course]},
        ],
    }


def _rates(course: list[HourLine], norm: float) -> dict[str, Any]:
    rates = [_percent(line) for line in course]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": _labels(course)},
        "yAxis": {"type": "value", "min": 0, "max": 100},
        "series": [
            {"name": _("号牌识别率（%）"), "type": "line", "data": rates},
            {"name": _("标准"), "type": "line", "data": [100 * norm] * len(course)},
        ],
    }


def _percent(line: HourLine) -> float | None:
    rate = line.counted.rate if line.counted else None
    return None if rate is None else round(100 * rate, 1)


def _row(line: HourLine) -> dict[str, Any]:
    rate = _percent(line)
    return {
        "hour": f"{timezone.localtime(line.hour):%Y-%m-%d %H:00}",
        "passes": line.counted.passes if line.counted else _("未上报"),
        "usual": "—" if line.usual is None else round(line.usual),
        "rate": "—" if rate is None else f"{rate}%",
    }
