"""What pages say of readings: curves as chart options, values with their unit and their doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.sensing.enums import FieldKind, Flaw, Quality
from apps.sensing.models import Datastream, Device, ProfileField
from apps.sensing.selectors import Curve, Point

SPANS = {
    "day": (gettext_lazy("近 24 小时"), timedelta(days=1)),
    "three": (gettext_lazy("近三天"), timedelta(days=3)),
    "month": (gettext_lazy("近 30 天"), timedelta(days=30)),
    "year": (gettext_lazy("近一年"), timedelta(days=366)),
}
GRAINS = {
    "reading": gettext_lazy("按读数绘制，可疑值单独标出"),
    "hour": gettext_lazy("小时平均值，不含可疑值"),
    "day": gettext_lazy("日平均值，不含可疑值"),
}
_LEVELS = {Quality.VALID: "done", Quality.SUSPECT: "soon", Quality.MISSING: "", Quality.LATE: ""}
#: Rows of the table under a curve.
TABLE_ROWS = 200


@dataclass(frozen=True)
class ShownValue:
    """One line of the newest values. is_stale: older than the offline rule allows."""

    field: ProfileField
    text: str
    at: datetime | None
    quality: str
    level: str
    is_stale: bool


def shown_values(device: Device, series: Sequence[Datastream], now: datetime) -> list[ShownValue]:
    """Will give the newest value of each field in words."""
    oldest = now - timedelta(seconds=device.profile.offline_after_s)
    shown = []
    for one in series:
        latest = getattr(one, "latest", None)
        if latest is None:
            shown.append(ShownValue(one.field, "—", None, "", "", False))
            continue
        quality = latest.get_quality_display()
        if latest.flaw != Flaw.NONE:
            quality = f"{quality}：{latest.get_flaw_display()}"
        text = said(one.field, latest.value, latest.label)
        level = _LEVELS[Quality(latest.quality)]
        shown.append(ShownValue(one.field, text, latest.at, quality, level, latest.at < oldest))
    return shown


def said(field: ProfileField, value: float | None, label: str | None) -> str:
    """Will give a value as people read it."""
    if label is not None:
        return str(field.choices.get(label, label))
    if value is None:
        return "—"
    if field.kind == FieldKind.BOOLEAN:
        return str(_("是") if value else _("否"))
    return f"{value:.{field.precision}f} {field.unit}".strip()


def shown_curve(curve: Curve) -> dict[str, Any]:
    """Will give what the chart component takes."""
    field = curve.series.field
    return {
        "id": f"series-{curve.series.pk}",
        "title": str(field),
        "option": _option(curve),
        "columns": [
            {"key": "at", "label": _("时间")},
            {"key": "value", "label": str(field), "is_number": True},
            {"key": "suspect", "label": _("可疑值")},
        ],
        "rows": [
            {
                "at": f"{timezone.localtime(point.at):%m-%d %H:%M}",
                "value": _("缺数据") if point.value is None else _rounded(field, point.value),
                "suspect": _doubt(field, point),
            }
            for point in reversed(curve.points[-TABLE_ROWS:])
        ],
        "note": GRAINS[curve.grain],
    }


def _option(curve: Curve) -> dict[str, Any]:
    field = curve.series.field
    line = [[_stamp(p.at), _rounded(field, p.value)] for p in curve.points]
    doubted: dict[int, list[Any]] = {}
    for point in curve.points:
        if point.suspect is not None:
            marks = doubted.setdefault(point.flaw or Flaw.NONE, [])
            marks.append([_stamp(point.at), _rounded(field, point.suspect)])
    series: list[dict[str, Any]] = [
        {
            "type": "line",
            "name": str(field.name),
            "data": line,
            "showSymbol": False,
            "connectNulls": False,
        }
    ]
    for flaw, marks in sorted(doubted.items()):
        name = f"{_('可疑值')}：{Flaw(flaw).label}" if flaw else str(_("可疑值"))
        series.append({"type": "scatter", "name": name, "data": marks, "symbolSize": 7})
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": [one["name"] for one in series]},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "scale": True},
        "series": series,
    }


def _doubt(field: ProfileField, point: Point) -> str:
    if point.suspect is None:
        return ""
    value = f"{point.suspect:.{field.precision}f}"
    return f"{value} {Flaw(point.flaw).label}" if point.flaw else value


def _rounded(field: ProfileField, value: float | None) -> float | None:
    return None if value is None else round(value, field.precision)


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1000)
