"""The statistics of operations: a list of them, each as table and chart, and as a sheet."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of, any_right
from apps.appraisal import permissions
from apps.appraisal.forms import StatisticsForm, areas_in
from apps.appraisal.reports import REPORTS, Asked, Heading, Report
from apps.appraisal.selectors.schemes import tenant_of
from apps.appraisal.selectors.vendors import vendors_seen
from apps.appraisal.services.computing import moment
from apps.appraisal.views._common import cause_label, duration
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, status_of
from apps.common.periods import Period

readers = any_right(*permissions.READERS)
MOST_DAYS = 92
#: Nothing was watched before.
OLDEST = date(2000, 1, 1)
_MOST_BARS = 30
_GROUPS = ("points", "recording", "assets", "orders")


@readers
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every statistic, by what it is about."""
    names = {
        "points": _("点位统计"), "recording": _("录像统计"), "assets": _("资产统计"),
        "orders": _("工单统计"),
    }  # fmt: skip
    groups = [
        (names[group], [report for report in REPORTS.values() if report.group == group])
        for group in _GROUPS
    ]
    context = {"groups": [(name, reports) for name, reports in groups if reports]}
    return render(request, "appraisal/statistics.html", context)


@readers
@require_GET
def report(request: HttpRequest, code: str) -> HttpResponse:
    """One statistic over the days, area and vendor asked for."""
    viewer = actor_of(request)
    shown = _report(code)
    form, asked = _asked(request, viewer)
    rows = shown.read(asked) if asked is not None else []
    found = paged(request, rows)
    context = found | {
        "report": shown,
        "form": form,
        "headings": shown.headings,
        "rows": [_cells(shown.headings, row) for row in found.pop("rows")],
        "count": len(rows),
        "chart": _chart(shown, rows) if rows else None,
        "query": request.GET.urlencode(),
        "tabs": [
            {
                "label": one.label,
                "url": reverse("appraisal:report", args=[one.code]),
                "current": one.code == code,
            }
            for one in REPORTS.values()
            if one.group == shown.group
        ],
    }
    return render(request, "appraisal/report.html", context, status=status_of(form))


@readers
@require_GET
def report_export(request: HttpRequest, code: str) -> HttpResponseBase:
    """What the page shows, all of it, as a sheet; audited."""
    viewer = actor_of(request)
    shown = _report(code)
    _form, asked = _asked(request, viewer)
    rows = shown.read(asked) if asked is not None else []
    audit.record(
        viewer, "ops_statistics.exported", object_label=str(shown.label), data={"rows": len(rows)}
    )
    columns = [_column(one) for one in shown.headings]
    return xlsx_response(f"{shown.label}-{clock.today():%Y%m%d}", columns, rows)


def _report(code: str) -> Report:
    if code not in REPORTS:
        raise Http404
    return REPORTS[code]


def _asked(request: HttpRequest, viewer: User) -> tuple[StatisticsForm, Asked | None]:
    """The form and what it asks; None where it cannot be read. Without days: the last thirty."""
    tenant = tenant_of(viewer)
    until = clock.today()
    period = Period(until - timedelta(days=29), until)
    form = StatisticsForm(
        request.GET or None, areas=areas_in(tenant), vendors=vendors_seen(viewer),
        initial={"since": period.first, "until": period.last},
    )  # fmt: skip
    if not form.is_bound:
        return form, Asked(viewer, tenant, period)
    if not form.is_valid():
        return form, None
    told = form.cleaned_data
    last = min(told["until"] or until, until)
    first = told["since"] or max(last, OLDEST) - timedelta(days=29)
    if first < OLDEST or not 1 <= (last - first).days + 1 <= MOST_DAYS:
        form.add_error("since", _("起止日期不正确，最长 92 天"))
        return form, None
    return form, Asked(viewer, tenant, Period(first, last), told["area"], told["vendor"])


def _cells(headings: Iterable[Heading], row: dict[str, Any]) -> list[dict[str, Any]]:
    numbers = {"number", "percent", "length"}
    return [
        {"text": _text(one, row.get(one.key)), "is_number": one.kind in numbers} for one in headings
    ]


def _text(heading: Heading, value: Any) -> Any:
    match heading.kind:
        case "cause":
            return cause_label(value or "")
        case "yes":
            return _("是") if value else _("否")
        case _ if value is None or value == "":
            return "—"
        case "time":
            return formats.date_format(timezone.localtime(moment(value)), "SHORT_DATETIME_FORMAT")
        case "length":
            return duration(value)
    return value


def _column(heading: Heading) -> Column:
    def value(row: dict[str, Any]) -> Any:
        return _raw(heading, row.get(heading.key))

    return Column(_header(heading), value)


def _header(heading: Heading) -> str:
    return f"{heading.label}（{_('小时')}）" if heading.kind == "length" else str(heading.label)


def _raw(heading: Heading, value: Any) -> Any:
    """As a sheet wants it: real times, hours as numbers."""
    match heading.kind:
        case "cause":
            return cause_label(value or "")
        case "time":
            return None if value is None else moment(value)
        case "length":
            return None if value is None else round(value / 3600, 2)
    return value


def _chart(shown: Report, rows: list[dict[str, Any]]) -> dict[str, Any]:
    label, keys = shown.chart
    headings = {one.key: one for one in shown.headings}
    first = rows[:_MOST_BARS]

    def value(row: dict[str, Any], key: str) -> float | None:
        told = _raw(headings[key], row.get(key))
        return None if told is None else float(told)

    names = [str(row.get(label) or "—") for row in first]
    return {
        "title": _("%(label)s（前 %(n)d 项）") % {"label": shown.label, "n": len(first)},
        "option": {
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": names},
            "yAxis": {"type": "value"},
            "series": [
                {
                    "type": "bar",
                    "name": _header(headings[key]),
                    "data": [value(row, key) for row in first],
                }
                for key in keys
            ],
        },
        "columns": [
            {"key": "label", "label": headings[label].label},
            *({"key": k, "label": _header(headings[k]), "is_number": True} for k in keys),
        ],
        "rows": [
            {"label": name, **{key: value(row, key) for key in keys}}
            for name, row in zip(names, first, strict=True)
        ],
    }
