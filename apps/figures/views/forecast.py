"""The demands to come, and what is out of the ordinary now (MT-24)."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.common.exports import Column
from apps.common.periods import Period
from apps.figures import selectors
from apps.figures.enums import FindingKind
from apps.figures.models import Forecast, Snapshot
from apps.figures.selectors import Day, Week
from apps.figures.views.access import guarded, number, rows_url, sheet
from apps.figures.views.wording import Shown, judge, measures, show

LISTED = 20


@guarded
def forecast(request: HttpRequest, viewer: User) -> HttpResponse:
    """Will show the newest look at the demands: one area and class ahead, and the findings."""
    snapshot = selectors.find_snapshot(viewer)
    if snapshot is None:
        return render(request, "figures/forecast.html", {"snapshot": None})
    chosen, areas, classes = choose(request, viewer, snapshot)
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "counted": Period(snapshot.first_day, snapshot.on - timedelta(days=1)),
        "areas": areas,
        "classes": classes,
        "chosen": chosen,
        "findings": [
            (kind, found[:LISTED], len(found), _columns(kind))
            for kind in FindingKind
            for found in [shown_of(viewer, snapshot, kind)]
        ],
    }
    if chosen is not None:
        days = selectors.days_of(chosen)
        context |= {
            "title": title_of(chosen),
            "option": option_of(chosen, days),
            "day_columns": day_columns(),
            "days": [day_row(chosen, each) for each in days],
            "week_columns": _week_columns(),
            "weeks": [_week_row(chosen, each) for each in selectors.weeks_of(days)],
            "judgement": judge(chosen),
            "measures": measures(chosen),
            "export_query": f"area={chosen.area_id}&class={chosen.class_code}",
        }
    return render(request, "figures/forecast.html", context)


@guarded
def export(request: HttpRequest, viewer: User, table: str) -> HttpResponseBase:
    """Will give the chosen forecast or the findings of a kind as xlsx; audited.

    Raises: NotFound (no such table, or nothing computed yet).
    """
    snapshot = selectors.find_snapshot(viewer)
    if snapshot is None:
        raise NotFound(_("还没有预测结果"))
    if table == "days":
        chosen = choose(request, viewer, snapshot)[0]
        if chosen is None:
            raise NotFound(_("还没有预测结果"))
        rows: list[Any] = selectors.days_of(chosen)
        columns, about = _day_sheet(), title_of(chosen)
    elif table in FindingKind.values:
        rows = shown_of(viewer, snapshot, FindingKind(table))
        columns, about = _finding_sheet(), str(FindingKind(table).label)
    else:
        raise NotFound(_("没有这张统计表"))
    name = f"forecast-{table}-{snapshot.on:%Y%m%d}"
    return sheet(viewer, name, columns, rows, about=about)


def choose(
    request: HttpRequest, viewer: User, snapshot: Snapshot
) -> tuple[Forecast | None, list[tuple[int, str, bool]], list[tuple[str, str, bool]]]:
    """Will give the forecast asked for, else the widest; the areas and classes to choose from."""
    known = list(selectors.list_forecasts(viewer, snapshot).defer("history", "points", "tested"))
    whole = [each for each in known if not each.class_code]
    wanted_area, wanted_class = number(request.GET.get("area")), request.GET.get("class", "")
    here = next((e for e in whole if e.area_id == wanted_area), whole[0] if whole else None)
    if here is None:
        return None, [], []
    mates = [each for each in known if each.area_id == here.area_id]
    chosen = next((e for e in mates if e.class_code == wanted_class), here)
    areas = [(e.area_id, _indented(e, whole[0]), e.area_id == here.area_id) for e in whole]
    classes = [
        (e.class_code, e.class_label or _("全部类别"), e.class_code == chosen.class_code)
        for e in mates
    ]
    return chosen, areas, classes


def _indented(forecast: Forecast, top: Forecast) -> str:
    depth = forecast.area_path.count("/") - top.area_path.count("/")
    return "　" * max(depth, 0) + forecast.area.name


def title_of(forecast: Forecast) -> str:
    """Will name a forecast by its area and class."""
    return f"{forecast.area.name} · {forecast.class_label or _('全部类别')}"


def shown_of(viewer: User, snapshot: Snapshot, kind: FindingKind) -> list[Shown]:
    """Will put what was found of a kind into words, rarest first."""
    return [show(each, snapshot) for each in selectors.list_findings(viewer, snapshot, kind)]


def option_of(forecast: Forecast, days: list[Day]) -> dict[str, Any]:
    """What came as a line whose points open their cases; what is told dashed, in its band."""
    band = [None if d.low is None or d.high is None else d.high - d.low for d in days]
    plain = {"type": "line", "showSymbol": False, "symbol": "none"}
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "data": [_("实际"), _("预测"), _("80% 区间")]},
        "xAxis": {"type": "category", "data": [d.on.strftime("%m-%d") for d in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": _("实际"),
                "type": "line",
                "data": [
                    None if d.count is None else {"value": d.count, "url": _day_url(forecast, d)}
                    for d in days
                ],
            },
            {
                **plain,
                "name": _("预测"),
                "lineStyle": {"type": "dashed"},
                "data": [d.expected for d in days],
            },
            {
                **plain,
                "name": _("区间下限"),
                "stack": "band",
                "lineStyle": {"opacity": 0},
                "data": [d.low for d in days],
            },
            {
                **plain,
                "name": _("80% 区间"),
                "stack": "band",
                "lineStyle": {"opacity": 0},
                "areaStyle": {"opacity": 0.2},
                "data": band,
            },
        ],
    }


def _day_url(forecast: Forecast, day: Day | Week) -> str:
    period = Period(day.first, day.last) if isinstance(day, Week) else Period(day.on, day.on)
    return rows_url(
        period,
        kind="demand",
        area=str(forecast.area_id),
        class_code=forecast.class_code,
        **{"from": "forecast"},
    )


def day_row(forecast: Forecast, day: Day) -> dict[str, Any]:
    """Will put one day into the words of that table."""
    return {
        "on": date_format(day.on, "SHORT_DATE_FORMAT"),
        "weekday": date_format(day.on, "D"),
        "count": "" if day.count is None else day.count,
        "expected": "" if day.expected is None else f"{day.expected:.1f}",
        "interval": "" if day.low is None else f"{day.low} – {day.high}",
        "rest": _("休息日") if day.is_rest else "",
        "url": "" if day.count is None else _day_url(forecast, day),
    }


def _week_row(forecast: Forecast, week: Week) -> dict[str, Any]:
    return {
        "span": " – ".join(date_format(d, "SHORT_DATE_FORMAT") for d in (week.first, week.last)),
        "count": "" if week.count is None else week.count,
        "expected": "" if week.expected is None else week.expected,
        "url": "" if week.count is None else _day_url(forecast, week),
    }


def day_columns() -> list[dict[str, Any]]:
    """Will give the columns of the table of days."""
    return [
        {"key": "on", "label": _("日期")},
        {"key": "weekday", "label": _("星期")},
        {"key": "count", "label": _("实际"), "is_number": True},
        {"key": "expected", "label": _("预测"), "is_number": True},
        {"key": "interval", "label": _("80% 区间"), "is_number": True},
        {"key": "rest", "label": _("备注")},
    ]


def _week_columns() -> list[dict[str, Any]]:
    return [
        {"key": "span", "label": _("七天")},
        {"key": "count", "label": _("实际"), "is_number": True},
        {"key": "expected", "label": _("预测"), "is_number": True},
    ]


def _columns(kind: FindingKind) -> dict[str, str]:
    """What the page says of a kind: how it is found, and what if nothing is."""
    return {
        FindingKind.RISING: {
            "about": _("近七天比此前各周同样七天多出一半以上，且不像偶然。"),
            "nothing": _("近七天没有异常上升的话题"),
        },
        FindingKind.HOT_SPOT: {
            "about": _("近四周比同街道其他网格多出一半以上，且不像偶然。"),
            "nothing": _("近四周没有异常高发的网格"),
        },
        FindingKind.REPEATED: {
            "about": _("近九十天同一地址登记三件及以上。"),
            "nothing": _("近九十天没有重复地址"),
        },
    }[kind]


def _day_sheet() -> list[Column]:
    return [
        Column(_("日期"), lambda d: d.on, width=12),
        Column(_("实际"), lambda d: d.count),
        Column(_("预测"), lambda d: d.expected),
        Column(_("下限"), lambda d: d.low),
        Column(_("上限"), lambda d: d.high),
        Column(_("备注"), lambda d: _("休息日") if d.is_rest else ""),
    ]


def _finding_sheet() -> list[Column]:
    return [
        Column(_("发现"), lambda s: s.label, width=30),
        Column(_("区域"), lambda s: s.where, width=20),
        Column(_("自"), lambda s: s.finding.first_day, width=12),
        Column(_("至"), lambda s: s.finding.last_day, width=12),
        Column(_("件数"), lambda s: s.finding.observed),
        Column(_("预期"), lambda s: s.finding.expected),
        Column(_("误报率"), lambda s: s.finding.q),
        Column(_("依据"), lambda s: "".join(s.why), width=80),
    ]
