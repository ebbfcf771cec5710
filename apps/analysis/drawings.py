"""What people draw on the standard picture: lines, zones, scale, gauge. Checked, never mended.

Points are shares of the picture, 0 to 1, from its upper left corner. Source: VD-09.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.algorithms.enums import Task
from apps.common.errors import InvalidInput

MOST_SHAPES = 16
MOST_POINTS = 40
LEAST_LENGTH = 0.02
LEAST_AREA = 0.0005
#: What each task needs to be drawn.
NEEDS = {
    Task.LINE_COUNT: "lines",
    Task.CROWDING: "zones",
    Task.INTRUSION: "zones",
    Task.LOITERING: "zones",
    Task.ABSENCE: "zones",
    Task.OCCUPATION: "zones",
    Task.LEFT_OBJECT: "zones",
    Task.SMOKE_FIRE: "",
    Task.WATER_LEVEL: "gauge",
}

Point = tuple[float, float]


def check_drawing(told: Any, task: str) -> dict[str, Any]:
    """Will give a drawing as it is kept.

    Raises: InvalidInput (field "drawing"; the message names the line or zone and what is wrong:
        outside the picture, too short, too small, crossing itself, a name twice, missing).
    """
    if not isinstance(told, Mapping) or set(told) - {"lines", "zones", "scale", "gauge"}:
        raise _wrong(_("标绘内容无法识别"))
    drawing: dict[str, Any] = {
        "lines": [_line(one, n) for n, one in enumerate(_list(told, "lines"), 1)],
        "zones": [_zone(one, n) for n, one in enumerate(_list(told, "zones"), 1)],
    }
    names = [one["name"] for one in [*drawing["lines"], *drawing["zones"]]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise _wrong(_("名称“%(name)s”重复") % {"name": twice})
    if told.get("scale"):
        drawing["scale"] = _scale(told["scale"])
    if told.get("gauge"):
        drawing["gauge"] = _gauge(told["gauge"])
    needed = NEEDS.get(Task(task), "")
    if needed and not drawing.get(needed):
        words = {"lines": _("计数线"), "zones": _("区域"), "gauge": _("水尺")}
        raise _wrong(_("请先画出%(what)s") % {"what": words[needed]})
    return drawing


def name_of(drawing: Mapping[str, Any], code: str) -> str:
    """Will give what a line or zone is called."""
    shapes = [*drawing.get("lines", ()), *drawing.get("zones", ())]
    return next((str(one["name"]) for one in shapes if one["id"] == code), "")


def _list(told: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = told.get(name, [])
    if not isinstance(found, list) or len(found) > MOST_SHAPES:
        raise _wrong(_("线和区域各不超过 %(most)s 个") % {"most": MOST_SHAPES})
    return found


def _line(told: Any, number: int) -> dict[str, Any]:
    name = _name(told, _("线 %(n)s") % {"n": number})
    a, b = _point(told.get("a"), name), _point(told.get("b"), name)
    if math.dist(a, b) < LEAST_LENGTH:
        raise _wrong(_("“%(name)s”太短") % {"name": name})
    return {"id": f"line-{number}", "name": name, "a": list(a), "b": list(b)}


def _zone(told: Any, number: int) -> dict[str, Any]:
    name = _name(told, _("区域 %(n)s") % {"n": number})
    points = told.get("points")
    if not isinstance(points, list) or not 3 <= len(points) <= MOST_POINTS:
        raise _wrong(_("“%(name)s”须有 3 到 %(most)s 个顶点") % {"name": name, "most": MOST_POINTS})
    corners = [_point(one, name) for one in points]
    if crosses_itself(corners):
        raise _wrong(_("“%(name)s”的边自相交叉") % {"name": name})
    if area_of(corners) < LEAST_AREA:
        raise _wrong(_("“%(name)s”太小") % {"name": name})
    return {"id": f"zone-{number}", "name": name, "points": [list(one) for one in corners]}


def _scale(told: Any) -> dict[str, float]:
    if not isinstance(told, Mapping) or set(told) - {"near", "far"}:
        raise _wrong(_("人高标定无法识别"))
    return {
        name: _number(told.get(name), 0.01, 1.0, _("人高（占画面高度）"))
        for name in ("near", "far")
    }


def _gauge(told: Any) -> dict[str, Any]:
    if not isinstance(told, Mapping):
        raise _wrong(_("水尺标定无法识别"))
    label = _("水尺")
    top, bottom = _point(told.get("top"), label), _point(told.get("bottom"), label)
    if bottom[1] - top[1] < 0.05:
        raise _wrong(_("水尺下端须在上端之下，且相距不小于画面高度的 5%"))
    values = {
        name: _number(told.get(name), -10_000, 10_000, label)
        for name in ("top_value", "bottom_value")
    }
    if values["top_value"] == values["bottom_value"]:
        raise _wrong(_("水尺两端的读数不能相同"))
    width = _number(told.get("width", 0.03), 0.005, 0.3, label)
    return {"top": list(top), "bottom": list(bottom), "width": width} | values


def crosses_itself(corners: Sequence[Point]) -> bool:
    """Will tell whether two edges that are no neighbours meet, or a corner comes twice."""
    count = len(corners)
    if len(set(corners)) < count:
        return True
    edges = [(corners[n], corners[(n + 1) % count]) for n in range(count)]
    return any(
        _meet(*edges[one], *edges[other])
        for one in range(count)
        for other in range(one + 2, count)
        if not (one == 0 and other == count - 1)
    )


def area_of(corners: Sequence[Point]) -> float:
    """Will give the area as a share of the picture."""
    pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    def turn(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    def within(p: Point, q: Point, r: Point) -> bool:
        return (
            turn(p, q, r) == 0
            and min(p[0], q[0]) <= r[0] <= max(p[0], q[0])
            and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
        )

    if turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0:
        return True
    return within(a, b, c) or within(a, b, d) or within(c, d, a) or within(c, d, b)


def _name(told: Any, otherwise: str) -> str:
    if not isinstance(told, Mapping):
        raise _wrong(_("标绘内容无法识别"))
    name = told.get("name") or otherwise
    if not isinstance(name, str) or len(name) > 40 or not name.isprintable():
        raise _wrong(_("名称不得超过 40 个字"))
    return name.strip() or otherwise


def _point(told: Any, name: str) -> Point:
    if not isinstance(told, list) or len(told) != 2:
        raise _wrong(_("“%(name)s”的坐标须在画面之内") % {"name": name})
    x, y = (_number(part, 0, 1, name) for part in told)
    return round(x, 4), round(y, 4)


def _number(told: Any, least: float, most: float, name: str) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or not least <= told <= most:
        raise _wrong(
            _("“%(name)s”的数值须在 %(least)s 到 %(most)s 之间")
            % {"name": name, "least": least, "most": most}
        )
    return float(told)


def _wrong(text: str) -> InvalidInput:
    return InvalidInput(text, field="drawing", code="drawing")
