"""The statistics page, the rows behind its figures, its tables as xlsx (HL-04)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.periods import CHOICES, Period, last_days, parse
from apps.figures import selectors as counts
from apps.figures.selectors import Line, Reach, percent
from apps.hotline.statistics import selectors
from apps.hotline.statistics.selectors import RowFilter, UnitLine
from apps.matters.definition import definition_of
from apps.matters.models import Case

PAGE_SIZE = 50
CHART_LINES = 15


def _guarded(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets in those who hold the statistics permission by a post of today."""

    @login_required
    @require_GET
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        viewer = cast(User, request.user)
        if not viewer.has_perm(selectors.PERMISSION):
            raise NotAllowed(_("您没有查看热线统计的权限"))
        reach = selectors.reach_of(viewer)
        return view(request, reach, *args, **kwargs)

    return guarded


@dataclass(frozen=True)
class _Table:
    code: str
    title: str
    lines: list[Line]
    option: dict[str, Any]


@_guarded
def statistics(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Will show the figures of a period, compared with the one before, and their tables."""
    period, problem = _period(request)
    figures = selectors.figures(reach, period)
    context = {
        "period": period,
        "choices": [(d, f"?{urlencode({'days': d})}", period == last_days(d)) for d in CHOICES],
        "problem": problem,
        "figures": [(f, _rows_url(period, kind=f.kind)) for f in figures],
        "tables": [(table, _chart_rows(table, period)) for table in _tables(reach, period)],
        "line_columns": _line_columns(),
        "units": [_unit_row(unit, period) for unit in selectors.by_unit(reach, period)],
        "unit_columns": _unit_columns(),
        "overdue": [_case_row(case) for case in selectors.list_overdue(reach, period)],
        "overdue_url": _rows_url(period, kind="overdue"),
        "computed_at": clock.now(),
        "period_query": _period_query(period),
    }
    return render(request, "hotline/statistics/page.html", context)


@_guarded
def rows(request: HttpRequest, reach: Reach) -> HttpResponse:
    """Will list the cases behind a figure, without counting them."""
    period, problem = _period(request)
    asked = request.GET
    wanted = RowFilter(
        kind=asked.get("kind", "") if asked.get("kind") in selectors.ROW_KINDS else "received",
        channel=asked.get("channel", "")[:10],
        class_code=asked.get("class_code", "")[:40],
        area_id=_number(asked.get("area")),
        unit_id=_number(asked.get("unit")),
        day=_day(asked.get("day")),
    )
    number = _number(asked.get("page")) or 1
    start = (min(number, 10_000) - 1) * PAGE_SIZE
    found = list(selectors.list_rows(reach, period, wanted)[start : start + PAGE_SIZE + 1])
    context = {
        "period": period,
        "problem": problem,
        "title": selectors.row_kind_label(wanted.kind),
        "rows": [_case_row(case) for case in found[:PAGE_SIZE]],
        "previous_url": _page_url(request, number - 1) if number > 1 else "",
        "next_url": _page_url(request, number + 1) if len(found) > PAGE_SIZE else "",
        "back_url": f"{reverse('hotline:statistics')}?{_period_query(period)}",
    }
    return render(request, "hotline/statistics/rows.html", context)


@_guarded
def export(request: HttpRequest, reach: Reach, table: str) -> HttpResponseBase:
    """Will give one table of the page as xlsx; audited. Raises: NotFound (no such table)."""
    period, problem = _period(request)
    if problem:
        raise InvalidInput(problem, field="first")
    if table == "units":
        columns, found = _unit_export(), cast(list[Any], selectors.by_unit(reach, period))
    elif table == "figures":
        columns, found = _figure_export(), selectors.figures(reach, period)
    elif table in SOURCES:
        columns, found = _line_export(), SOURCES[table](reach, period)
    else:
        raise NotFound(_("没有这张统计表"))
    audit.record(
        cast(User, request.user),
        "statistics.exported",
        object_type="statistics",
        object_id=table,
        object_label=f"{period.first} – {period.last}",
        data={"rows": len(found)},
    )
    name = f"statistics-{table}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.xlsx"
    return xlsx_response(name, columns, found)


SOURCES: dict[str, Callable[[Reach, Period], list[Line]]] = {
    "days": counts.by_day,
    "classes": counts.by_class,
    "channels": counts.by_channel,
    "districts": lambda reach, period: counts.by_area(reach, period, below=1),
    "streets": lambda reach, period: counts.by_area(reach, period, below=2),
}


def _tables(reach: Reach, period: Period) -> list[_Table]:
    titles = {
        "days": _("每日受理"),
        "classes": _("按类别"),
        "channels": _("按渠道"),
        "districts": _("按区县"),
        "streets": _("按街道"),
    }
    found = []
    for code, source in SOURCES.items():
        lines = source(reach, period)
        option = _trend(lines) if code == "days" else _bars(lines, period)
        found.append(_Table(code, titles[code], lines, option))
    return found


def _trend(lines: list[Line]) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [line.label[5:] for line in lines]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": _("登记"), "type": "line", "data": [line.received for line in lines]},
            {"name": _("其中已结束"), "type": "line", "data": [line.closed for line in lines]},
        ],
    }


def _bars(lines: list[Line], period: Period) -> dict[str, Any]:
    shown = lines[:CHART_LINES][::-1]
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": [line.label for line in shown]},
        "series": [
            {
                "name": _("登记"),
                "type": "bar",
                "data": [
                    {"value": line.received, "url": _rows_url(period, **line.query)}
                    for line in shown
                ],
            }
        ],
    }


def _chart_rows(table: _Table, period: Period) -> list[dict[str, Any]]:
    return [
        {
            "label": line.label,
            "received": line.received,
            "closed": line.closed,
            "closed_rate": line.closed_rate,
            "overdue": line.overdue,
            "on_time": line.on_time_rate,
            "duration": line.duration_text,
            "url": _rows_url(period, **line.query),
        }
        for line in table.lines
    ]


def _line_columns() -> list[dict[str, Any]]:
    return [
        {"key": "label", "label": _("项目")},
        {"key": "received", "label": _("登记"), "is_number": True},
        {"key": "closed", "label": _("已结束"), "is_number": True},
        {"key": "closed_rate", "label": _("办结率"), "is_number": True},
        {"key": "on_time", "label": _("按时率"), "is_number": True},
        {"key": "duration", "label": _("平均办理时长"), "is_number": True},
        {"key": "overdue", "label": _("在办超期"), "is_number": True},
    ]


def _unit_columns() -> list[dict[str, Any]]:
    return [
        {"key": "name", "label": _("承办单位")},
        {"key": "given", "label": _("派出"), "is_number": True},
        {"key": "done", "label": _("已反馈"), "is_number": True},
        {"key": "on_time", "label": _("按时率"), "is_number": True},
        {"key": "duration", "label": _("平均办理时长"), "is_number": True},
        {"key": "solved", "label": _("解决率"), "is_number": True},
        {"key": "satisfied", "label": _("满意率"), "is_number": True},
        {"key": "returned", "label": _("退单"), "is_number": True},
        {"key": "overdue", "label": _("在办超期"), "is_number": True},
    ]


def _unit_row(unit: UnitLine, period: Period) -> dict[str, Any]:
    return {
        "name": unit.name,
        "given": unit.given,
        "done": unit.done,
        "on_time": percent(unit.on_time),
        "duration": unit.duration_text,
        "solved": percent(unit.solved),
        "satisfied": percent(unit.satisfied),
        "returned": unit.returned,
        "overdue": unit.overdue,
        "url": _rows_url(period, unit=str(unit.unit_id)),
    }


def _case_row(case: Case) -> dict[str, Any]:
    return {
        "case": case,
        "state": definition_of(case.version_id, case.version.body).state(case.state),
    }


def _unit_export() -> list[Column]:
    return [
        Column(_("承办单位"), lambda u: u.name, width=24),
        Column(_("派出"), lambda u: u.given),
        Column(_("已反馈"), lambda u: u.done),
        Column(_("按时率"), lambda u: percent(u.on_time)),
        Column(_("平均办理时长"), lambda u: u.duration_text, width=14),
        Column(_("解决率"), lambda u: percent(u.solved)),
        Column(_("满意率"), lambda u: percent(u.satisfied)),
        Column(_("退单"), lambda u: u.returned),
        Column(_("在办超期"), lambda u: u.overdue),
    ]


def _line_export() -> list[Column]:
    return [
        Column(_("项目"), lambda line: line.label, width=20),
        Column(_("登记"), lambda line: line.received),
        Column(_("已结束"), lambda line: line.closed),
        Column(_("办结率"), lambda line: line.closed_rate),
        Column(_("按时率"), lambda line: line.on_time_rate),
        Column(_("平均办理时长"), lambda line: line.duration_text, width=14),
        Column(_("在办超期"), lambda line: line.overdue),
    ]


def _figure_export() -> list[Column]:
    return [
        Column(_("指标"), lambda f: f.label, width=16),
        Column(_("本期"), lambda f: f.value),
        Column(_("分子"), lambda f: f.part),
        Column(_("分母"), lambda f: f.whole),
        Column(_("上期"), lambda f: f.previous),
        Column(_("变化"), lambda f: f.change, width=16),
        Column(_("计算方法"), lambda f: f.formula, width=50),
    ]


def _period(request: HttpRequest) -> tuple[Period, str]:
    asked = request.GET
    try:
        return (
            parse(
                days=asked.get("days", ""), first=asked.get("first", ""), last=asked.get("last", "")
            ),
            "",
        )
    except InvalidInput as error:
        return last_days(30), str(error)


def _period_query(period: Period, **more: str) -> str:
    query = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return urlencode(query | more)


def _rows_url(period: Period, **query: str) -> str:
    return f"{reverse('hotline:statistics-rows')}?{_period_query(period, **query)}"


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def _number(text: str | None) -> int | None:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 15:
        return None
    return int(text)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
