"""Hours that departed from the usual, and the report over days."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit import services as audit
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged
from apps.journals import selectors
from apps.journals.forms import ReportForm
from apps.journals.views._common import reader_of, tabs


@login_required
@require_GET
def deviation_list(request: HttpRequest) -> HttpResponse:
    """Hints with what was expected, seen and still usual."""
    viewer = reader_of(request)
    context = paged(request, selectors.list_deviations(viewer)) | {"tabs": tabs("deviation-list")}
    return render(request, "journals/deviation_list.html", context)


@login_required
@require_GET
def report(request: HttpRequest) -> HttpResponse:
    """Lines by host and program over days, with the days as a picture."""
    viewer = reader_of(request)
    form = ReportForm(request.GET)
    first, last = form.span()
    rows = selectors.report(viewer, first=first, last=last)
    context = paged(request, rows) | {
        "form": form, "tabs": tabs("report"), "first": first, "last": last,
        "total": sum(row["total"] for row in rows), "grave": sum(row["grave"] for row in rows),
        "chart": _chart(selectors.count_by_day(viewer, first=first, last=last)),
    }  # fmt: skip
    return render(request, "journals/report.html", context)


@login_required
@require_GET
def report_export(request: HttpRequest) -> HttpResponseBase:
    """The report as a sheet; audited."""
    viewer = reader_of(request)
    first, last = ReportForm(request.GET).span()
    rows = selectors.report(viewer, first=first, last=last)
    days = {"first": str(first), "last": str(last)}
    audit.record(viewer, "log_report.exported", data=days | {"count": len(rows)})
    columns = [
        Column(_("主机"), lambda row: row["host"], 20),
        Column(_("程序"), lambda row: row["program"], 24),
        Column(_("错误及以上"), lambda row: row["grave"], 12),
        Column(_("警告"), lambda row: row["warnings"], 12),
        Column(_("其他"), lambda row: row["rest"], 12),
        Column(_("合计"), lambda row: row["total"], 12),
        Column(_("偏离小时数"), lambda row: row["deviations"], 12),
    ]
    return xlsx_response(f"{_('日志报表')}-{first:%Y%m%d}-{last:%Y%m%d}", columns, rows)


def _chart(days: list[tuple[Any, int, int]]) -> dict[str, Any]:
    names = {"grave": _("错误及以上"), "rest": _("其他")}
    rows = [
        {"day": f"{day:%m-%d}", "grave": grave, "rest": total - grave} for day, grave, total in days
    ]
    return {
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": list(names.values())},
            "xAxis": {"type": "category", "data": [row["day"] for row in rows]},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {"type": "bar", "stack": "lines", "name": label, "data": [r[code] for r in rows]}
                for code, label in names.items()
            ],
        },
        "columns": [
            {"key": "day", "label": _("日期")},
            *({"key": code, "label": label, "is_number": True} for code, label in names.items()),
        ],
        "rows": rows,
    }
