"""Several series on one chart, and a sheet of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.exports import Column, xlsx_response
from apps.observing.forms import CompareForm
from apps.observing.selectors.comparing import (
    MOST,
    Line,
    chosen_series,
    lines_of,
    list_series,
)
from apps.sensing.models import Datastream
from apps.sensing.permissions import require_reader

#: Rows of the table under a chart.
TABLE_ROWS = 200


@dataclass(frozen=True)
class _Asked:
    """What a comparison is of. problem: why the series to add was not found."""

    form: CompareForm
    series: list[Datastream]
    lines: list[Line]
    problem: str


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Up to six series, those of one unit on one chart."""
    asked = _asked(request)
    units = list(dict.fromkeys(line.series.field.unit for line in asked.lines))
    charts = [
        _chart(number, unit, [line for line in asked.lines if line.series.field.unit == unit])
        for number, unit in enumerate(units)
    ]
    context = {
        "form": asked.form,
        "problem": asked.problem,
        "chosen": [(one, _name(one), _query(request, asked, without=one)) for one in asked.series],
        "charts": charts,
        "most": MOST,
        "export_query": _query(request, asked),
    }
    status = 422 if asked.problem or asked.form.errors else 200
    return render(request, "observing/compare.html", context, status=status)


@login_required
@require_GET
def compare_export(request: HttpRequest) -> HttpResponseBase:
    """What the charts show, as a sheet."""
    asked = _asked(request)
    nodes = [one.device.node for one in asked.series]
    audit.record(actor_of(request), "readings.compared_export", data={"nodes": nodes})
    columns = [
        Column(_("时间"), lambda r: r[0], 20),
        Column(_("节点编号"), lambda r: r[1].series.device.node, 20),
        Column(_("名称"), lambda r: r[1].series.device.asset.name, 24),
        Column(_("字段"), lambda r: r[1].series.field.name, 16),
        Column(_("数值"), lambda r: r[2], 14),
        Column(_("单位"), lambda r: r[1].series.field.unit, 10),
        Column(_("对照"), lambda r: _("对照期") if r[1].is_before else _("本期"), 10),
    ]
    return xlsx_response(f"{_('对比曲线')}-{clock.today():%Y%m%d}", columns, _rows(asked.lines))


def _asked(request: HttpRequest) -> _Asked:
    viewer = actor_of(request)
    require_reader(viewer)
    form = CompareForm(request.GET)
    since, until = form.span()
    keys = [int(key) for key in request.GET.getlist("s") if key.isdecimal() and len(key) < 19]
    series, problem = _with_added(viewer, form, chosen_series(viewer, keys))
    shift = form.cleaned_data.get("shift") or ""
    return _Asked(form, series, lines_of(series, since=since, until=until, shift=shift), problem)


def _with_added(
    viewer: User, form: CompareForm, chosen: list[Datastream]
) -> tuple[list[Datastream], str]:
    node, code = form.cleaned_data.get("node") or "", form.cleaned_data.get("field") or ""
    if not node:
        return chosen, ""
    if len(chosen) >= MOST:
        return chosen, _("至多对比 %(n)d 条曲线") % {"n": MOST}
    found = list_series(viewer).filter(device__node=node.strip())
    added = found.filter(field__code=code).first() if code else found.first()
    if added is None:
        return chosen, _("没有节点编号为“%(node)s”且有该字段的设备") % {"node": node}
    return (chosen if added in chosen else [*chosen, added]), ""


def _query(request: HttpRequest, asked: _Asked, without: Datastream | None = None) -> str:
    keys = [("s", str(one.pk)) for one in asked.series if one != without]
    kept = [(name, request.GET.get(name, "")) for name in ("since", "until", "shift")]
    return urlencode(keys + [(name, value) for name, value in kept if value])


def _rows(lines: Sequence[Line]) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        for point in line.points:
            if point.value is not None:
                yield point.at, line, round(point.value, line.series.field.precision)


def _name(series: Datastream, line: Line | None = None) -> str:
    name = f"{series.device.asset.name} {series.field.name}"
    return f"{name}（{_('对照期')}）" if line is not None and line.is_before else name


def _chart(number: int, unit: str, lines: Sequence[Line]) -> dict[str, Any]:
    names = [_name(line.series, line) for line in lines]
    names = [f"{name} {n}" if names.count(name) > 1 else name for n, name in enumerate(names, 1)]
    drawn = [
        {
            "type": "line",
            "name": name,
            "showSymbol": False,
            "connectNulls": False,
            "lineStyle": {"type": "dashed" if line.is_before else "solid"},
            "data": [[int(p.at.timestamp() * 1000), _rounded(line, p.value)] for p in line.points],
        }
        for name, line in zip(names, lines, strict=True)
    ]
    return {
        "id": f"compare-{number}",
        "title": unit or str(_("无单位")),
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": names, "type": "scroll"},
            "xAxis": {"type": "time"},
            "yAxis": {"type": "value", "scale": True},
            "series": drawn,
        },
        "columns": [{"key": "at", "label": _("时间")}]
        + [{"key": f"v{n}", "label": name, "is_number": True} for n, name in enumerate(names)],
        "rows": _table(lines),
        "is_empty": all(point.value is None for line in lines for point in line.points),
    }


def _table(lines: Sequence[Line]) -> list[dict[str, Any]]:
    by_time: dict[Any, dict[str, Any]] = {}
    for n, line in enumerate(lines):
        for point in line.points:
            row = by_time.setdefault(point.at, {})
            row[f"v{n}"] = "" if point.value is None else _rounded(line, point.value)
    empty = {f"v{n}": "" for n in range(len(lines))}
    return [
        {"at": f"{timezone.localtime(at):%m-%d %H:%M}"} | empty | by_time[at]
        for at in sorted(by_time, reverse=True)[:TABLE_ROWS]
    ]


def _rounded(line: Line, value: float | None) -> float | None:
    return None if value is None else round(value, line.series.field.precision)
