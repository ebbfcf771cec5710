"""Number, duration and punctuality of cases of any matter, seen from one side at a time (MT-18).

Sides: matter, unit, officer, area, class, channel, day, and step (state). Every figure opens
its cases; an overdue step opens the order the clock wrote (SL-01).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.exports import Column
from apps.common.periods import CHOICES, Period, last_days
from apps.figures import selectors
from apps.figures.selectors import Line, Reach, StepLine, WorkLine
from apps.figures.views.access import (
    guarded,
    matter_of,
    period_of,
    query_of,
    rows_url,
    sheet,
)

CHART_LINES = 15
NOTHING = ("0", "—")  # nothing stands behind it: no link


@dataclass(frozen=True)
class Cell:
    """One figure of a table. url: the rows behind it, empty of what has none."""

    text: str
    url: str = ""
    is_number: bool = True


@dataclass(frozen=True)
class _Figure:
    """One column: its head, the attribute it shows, and the kind of rows it opens."""

    label: str
    name: str
    kind: str = ""


@dataclass(frozen=True)
class _Side:
    """One side to look from. height: the figure that the bars of the chart show."""

    label: str
    head: str
    read: Callable[[Reach, Period], list[Any]]
    figures: list[_Figure]
    height: str
    note: str = ""


@guarded
def statistics(request: HttpRequest, viewer: User) -> HttpResponse:
    """Will show the figures of a period from the side asked for, by matter at first."""
    period, problem = period_of(request)
    reach = selectors.reach_of(viewer, matters=matter_of(request))
    sides = _sides()
    by = request.GET.get("by", "")
    by = by if by in sides else "matter"
    side = sides[by]
    lines = side.read(reach, period)
    kept = {"matter": reach.matters}
    context = {
        "period": period,
        "problem": problem,
        "by": by,
        "side": side,
        "choices": [
            (d, f"?days={d}&by={by}&matter={reach.matters}", period == last_days(d))
            for d in CHOICES
        ],
        "matters": [(c, label, c == reach.matters) for c, label in selectors.list_matters()],
        "tabs": [
            {
                "label": each.label,
                "url": f"?{query_of(period, by=code, **kept)}",
                "current": code == by,
                "count": None,
            }
            for code, each in sides.items()
        ],
        "heads": [figure.label for figure in side.figures],
        "rows": [_row(reach, period, by, side, line) for line in lines],
        "option": _option(reach, period, by, side, lines),
        "chart_columns": _chart_columns(side),
        "chart_rows": [
            {"label": _name(line), "height": _height(side, line)} for line in lines[:CHART_LINES]
        ],
        "export_url": (
            f"{reverse('figures:statistics-export', args=[by])}?{query_of(period, **kept)}"
        ),
        "computed_at": clock.now(),
    }
    return render(request, "figures/statistics.html", context)


@guarded
def export(request: HttpRequest, viewer: User, by: str) -> HttpResponseBase:
    """Will give one side as xlsx; audited. Raises: NotFound; InvalidInput (the period)."""
    period, problem = period_of(request)
    if problem:
        raise InvalidInput(problem, field="first")
    side = _sides().get(by)
    if side is None:
        raise NotFound(_("没有这张统计表"))
    reach = selectors.reach_of(viewer, matters=matter_of(request))
    columns = [
        Column(side.head, lambda line: line.label, width=30),
        *[Column(f.label, _reader(f.name), width=14) for f in side.figures],
    ]
    if by == "step":
        columns.insert(0, Column(_("事项"), lambda line: line.matter, width=20))
    name = f"figures-{by}-{period.first:%Y%m%d}-{period.last:%Y%m%d}"
    lines = side.read(reach, period)
    return sheet(viewer, name, columns, lines, about=f"{period.first} – {period.last}")


def _sides() -> dict[str, _Side]:
    lines, work = _line_figures(), _work_figures()
    steps = _Figure(_("超期环节"), "steps", "steps")

    def side(
        label: str, read: Callable[[Reach, Period], list[Any]], figures: list[_Figure] = lines
    ) -> _Side:
        height = "received" if figures is lines else "given"
        return _Side(label, label, read, figures, height)

    return {
        "matter": side(_("事项"), selectors.by_matter),
        "unit": side(_("承办单位"), selectors.by_unit, [*work, steps]),
        "officer": side(_("经办人"), selectors.by_officer, work),
        "district": side(_("区县"), lambda r, p: selectors.by_area(r, p, below=1)),
        "street": side(_("街道"), lambda r, p: selectors.by_area(r, p, below=2)),
        "class": side(_("类别"), selectors.by_class),
        "channel": side(_("渠道"), selectors.by_channel),
        "day": side(_("日期"), selectors.by_day),
        "step": _Side(
            _("环节"),
            _("环节"),
            selectors.by_step,
            _step_figures(),
            "mean",
            _(
                "环节时长从进入该状态到离开为止，尚在其中的不计入；中位数之外给出九成案件不超过的时长。"
            ),
        ),
    }


def _line_figures() -> list[_Figure]:
    return [
        _Figure(_("登记"), "received", "received"),
        _Figure(_("已结束"), "closed", "closed"),
        _Figure(_("办结率"), "closed_rate"),
        _Figure(_("按时率"), "on_time_rate", "late"),
        _Figure(_("平均办理时长"), "duration_text"),
        _Figure(_("退单"), "returned", "returned"),
        _Figure(_("重办"), "redone", "redone"),
        _Figure(_("在办超期"), "overdue", "overdue"),
    ]


def _work_figures() -> list[_Figure]:
    return [
        _Figure(_("派出"), "given", "given"),
        _Figure(_("已反馈"), "done", "done"),
        _Figure(_("按时率"), "on_time_rate", "late"),
        _Figure(_("平均办理时长"), "duration_text"),
        _Figure(_("退单"), "returned", "returned"),
        _Figure(_("重办"), "redone", "task_redone"),
        _Figure(_("在办超期"), "overdue", "task_overdue"),
    ]


def _step_figures() -> list[_Figure]:
    return [
        _Figure(_("经过案件"), "cases", "received"),
        _Figure(_("现在其中"), "here"),
        _Figure(_("平均时长"), "mean_text"),
        _Figure(_("中位时长"), "median_text"),
        _Figure(_("九成不超过"), "slow_text"),
    ]


def _row(
    reach: Reach, period: Period, by: str, side: _Side, line: Line | WorkLine | StepLine
) -> list[Cell]:
    kept = {"matter": reach.matters, "by": by}
    return [
        Cell(_name(line), is_number=False),
        *[
            Cell(text, _url(period, kept | line.query, f.kind) if text not in NOTHING else "")
            for f in side.figures
            for text in [str(getattr(line, f.name))]
        ],
    ]


def _name(line: Line | WorkLine | StepLine) -> str:
    """A state says little without its matter: many have one that is called 办理中."""
    return f"{line.matter} · {line.label}" if isinstance(line, StepLine) else line.label


def _url(period: Period, query: dict[str, str], kind: str) -> str:
    if kind == "steps":
        return f"{reverse('figures:overdue-steps')}?{query_of(period, **query)}"
    return rows_url(period, kind=kind, **query) if kind else ""


def _reader(name: str) -> Callable[[Any], Any]:
    return lambda line: getattr(line, name)


def _height(side: _Side, line: Any) -> float:
    """What the bar of a line shows: a number of cases, or hours."""
    value = getattr(line, side.height)
    return round(value.total_seconds() / 3600, 1) if side.height == "mean" and value else value or 0


def _chart_columns(side: _Side) -> list[dict[str, Any]]:
    unit = _("平均时长（小时）") if side.height == "mean" else side.figures[0].label
    return [
        {"key": "label", "label": side.head},
        {"key": "height", "label": unit, "is_number": True},
    ]


def _option(reach: Reach, period: Period, by: str, side: _Side, lines: list[Any]) -> dict[str, Any]:
    """Days as a line from left to right; everything else as bars, the first line on top."""
    kept = {"matter": reach.matters, "by": by}
    is_days = by == "day"
    shown = lines if is_days else lines[:CHART_LINES][::-1]
    names: dict[str, Any] = {
        "type": "category",
        "data": [line.label[5:] if is_days else _name(line) for line in shown],
    }
    if not is_days:
        names["axisLabel"] = {"interval": 0, "fontSize": 11}
    values = {"type": "value"}
    data = [
        {
            "value": _height(side, line),
            "url": _url(period, kept | line.query, side.figures[0].kind),
        }
        for line in shown
    ]
    return {
        "tooltip": {"trigger": "axis"},
        "xAxis": names if is_days else values,
        "yAxis": values if is_days else names,
        "series": [
            {
                "name": _chart_columns(side)[1]["label"],
                "type": "line" if is_days else "bar",
                "data": data,
            }
        ],
    }
