"""The wallboard, the calls behind its figures, and the standard's report."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.callcentre.permissions import WATCH
from apps.callcentre.selectors import board as boards
from apps.callcentre.standard import DEFINITIONS
from apps.callcentre.templatetags.callcentre_tags import share
from apps.callcentre.views._common import line_of, period_of, tabs, viewer_with
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.masking import mask_phone
from apps.common.pages import paged


@login_required
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The centre now; looked at anew when something is told, and every fifteen seconds."""
    viewer = viewer_with(request, WATCH)
    line_id = line_of(request, viewer, WATCH)
    context = {
        "tabs": tabs(viewer, "board"),
        "board": boards.board(viewer, now=clock.now(), line_id=line_id),
        "lines": boards.lines_of(viewer, WATCH),
        "line_id": line_id,
        "today": clock.today(),
        "is_wide": "wide" in request.GET,
    }
    return render(request, "callcentre/board.html", context)


@login_required
@require_GET
def call_list(request: HttpRequest) -> HttpResponse:
    """The calls a figure counts."""
    viewer = viewer_with(request, WATCH)
    context = paged(request, _behind(request)) | {
        "tabs": tabs(viewer, "board"),
        "kinds": _kinds(),
        "kind": request.GET.get("kind", "offered"),
        "period": period_of(request, days="7"),
        "lines": boards.lines_of(viewer, WATCH),
        "line_id": line_of(request, viewer, WATCH),
    }
    return render(request, "callcentre/calls.html", context)


@login_required
@require_GET
def call_export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows, as a sheet; numbers masked."""
    viewer = viewer_with(request, WATCH)
    rows = _behind(request)
    audit.record(viewer, "callcentre.calls_exported", data={"count": rows.count()})
    columns = [
        Column(_("通话标识"), lambda c: c.exchange_id, 40),
        Column(_("热线"), lambda c: c.line.name, 16),
        Column(_("对方号码"), lambda c: mask_phone(c.phone) if c.phone else "", 16),
        Column(_("振铃时间"), lambda c: c.rang_at, 20),
        Column(_("接听时间"), lambda c: c.answered_at, 20),
        Column(_("结束时间"), lambda c: c.ended_at, 20),
        Column(_("接听人"), lambda c: c.agent.full_name if c.agent else "", 12),
    ]
    return xlsx_response(f"{_('通话明细')}-{clock.today():%Y%m%d}", columns, rows.iterator(2000))


@login_required
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """The figures of GB/T 33358 by day, with what they mean beside them."""
    viewer = viewer_with(request, WATCH)
    context = {
        "tabs": tabs(viewer, "report"),
        "rows": _report(request),
        "period": period_of(request),
        "by_line": request.GET.get("by_line") == "1",
        "definitions": DEFINITIONS,
        "lines": boards.lines_of(viewer, WATCH),
        "line_id": line_of(request, viewer, WATCH),
        "query": request.GET.urlencode(),
    }
    return render(request, "callcentre/report.html", context)


@login_required
@require_GET
def report_export(request: HttpRequest) -> HttpResponseBase:
    """The report as a sheet; the definitions stand in its last line."""
    viewer = viewer_with(request, WATCH)
    rows = _report(request)
    period = period_of(request)
    audit.record(
        viewer,
        "callcentre.report_exported",
        data={"first": str(period.first), "last": str(period.last)},
    )
    columns = [
        Column(_("日期"), lambda r: r.day or _("合计"), 14),
        Column(_("热线"), lambda r: r.line.name if r.line else _("全部"), 16),
        Column(_("呼入量"), lambda r: r.figures.offered, 10),
        Column(_("接通量"), lambda r: r.figures.answered, 10),
        Column(_("放弃量"), lambda r: r.figures.abandoned, 10),
        Column(_("接通率"), lambda r: share(r.figures.rate), 10),
        Column(_("15 秒接通率"), lambda r: share(r.figures.prompt_rate), 14),
        Column(_("平均等待（秒）"), lambda r: _whole(r.figures.wait_s), 14),
        Column(_("平均通话（秒）"), lambda r: _whole(r.figures.talk_s), 14),
        Column(_("最差 24 小时接通率"), lambda r: share(r.worst.rate) if r.worst else "", 18),
    ]
    note = "；".join(f"{name}：{meaning}" for name, meaning in DEFINITIONS)
    name = f"{_('话务报表')}-{period.first:%Y%m%d}-{period.last:%Y%m%d}"
    return xlsx_response(name, columns, rows, note=note)


def _behind(request: HttpRequest) -> Any:
    viewer = viewer_with(request, WATCH)
    return boards.calls_behind(
        viewer,
        kind=request.GET.get("kind", ""),
        period=period_of(request),
        now=clock.now(),
        line_id=line_of(request, viewer, WATCH),
    )


def _report(request: HttpRequest) -> list[boards.ReportLine]:
    viewer = viewer_with(request, WATCH)
    return boards.report(
        viewer,
        period=period_of(request),
        by_line=request.GET.get("by_line") == "1",
        line_id=line_of(request, viewer, WATCH),
    )


def _kinds() -> list[tuple[str, str]]:
    return [
        ("offered", _("呼入量")),
        ("answered", _("接通量")),
        ("abandoned", _("放弃量")),
        ("prompt", _("15 秒内接通")),
        ("late", _("超过 15 秒接通")),
        ("waiting", _("正在等待")),
    ]


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
