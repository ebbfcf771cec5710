"""From behaviour to points to a grade, by a table that is data (MT-19). Pure functions.

A scale: {"base": points everybody begins with, "months": how long a record counts,
"grades": [{"grade": "A", "from": 95}, ...] from the best down, the last without "from",
"behaviours": [{"code", "label", "points", "months"?, "finding"?}]}. A behaviour with ``months``
counts so long instead; one with a ``finding`` is written by itself when a check with that finding
is published. A record keeps the points its scale gave it; a later scale is not applied backwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from apps.common.errors import InvalidInput
from apps.inspection.enums import Finding, Grade

MONTHS_MOST, BEHAVIOURS_MOST = 120, 200
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["base", "months", "grades", "behaviours"],
    "additionalProperties": False,
    "properties": {
        "base": {"type": "integer", "minimum": 0, "maximum": 1000},
        "months": {"type": "integer", "minimum": 1, "maximum": MONTHS_MOST},
        "grades": {
            "type": "array",
            "minItems": 1,
            "maxItems": len(Grade),
            "items": {
                "type": "object",
                "required": ["grade"],
                "additionalProperties": False,
                "properties": {
                    "grade": {"enum": list(Grade.values)},
                    "from": {"type": "integer", "minimum": -1000, "maximum": 2000},
                },
            },
        },
        "behaviours": {
            "type": "array",
            "minItems": 1,
            "maxItems": BEHAVIOURS_MOST,
            "items": {
                "type": "object",
                "required": ["code", "label", "points"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"},
                    "label": {"type": "string", "minLength": 1, "maxLength": 80},
                    "points": {"type": "integer", "minimum": -100, "maximum": 100},
                    "months": {"type": "integer", "minimum": 1, "maximum": MONTHS_MOST},
                    "finding": {"enum": list(Finding.values)},
                },
            },
        },
    },
}

#: What counts until a city publishes a scale of its own (version 0).
DEFAULT_SCALE: dict[str, Any] = {
    "base": 90,
    "months": 24,
    "grades": [
        {"grade": "A", "from": 95},
        {"grade": "B", "from": 80},
        {"grade": "C", "from": 60},
        {"grade": "D"},
    ],
    "behaviours": [
        {"code": "praised", "label": "受到表彰奖励", "points": 5},
        {"code": "promise_kept", "label": "履行信用承诺", "points": 2},
        {"code": "check_passed", "label": "检查未发现问题", "points": 3, "finding": "no_problem"},
        {
            "code": "corrected",
            "label": "检查发现问题当场改正",
            "points": -2,
            "finding": "corrected",
        },
        {"code": "ordered", "label": "被责令限期改正", "points": -8, "finding": "ordered"},
        {"code": "filed", "label": "违法行为被立案", "points": -20, "finding": "filed"},
        {"code": "refused", "label": "拒不配合检查", "points": -30, "finding": "refused"},
        {"code": "missing", "label": "按登记地址无法联系", "points": -10, "finding": "missing"},
        {"code": "complaint", "label": "投诉举报查证属实", "points": -5},
        {"code": "accident", "label": "发生安全责任事故", "points": -40},
    ],
}


@dataclass(frozen=True)
class Standing:
    """Points, the grade they make, and the sentence that says how."""

    points: int
    grade: str
    reason: str


def check_scale(body: Any) -> None:
    """Will refuse a scale that cannot be used.

    Raises: InvalidInput (field: the place in the body, "base", "grades-1-from",
        "behaviours-3-code").
    """
    errors = sorted(Draft202012Validator(SCHEMA).iter_errors(body), key=str)
    if errors:
        path = [str(part) for part in errors[0].absolute_path]
        field = "-".join(path) or "body"
        raise InvalidInput(f"{'/'.join(path) or '/'}：{errors[0].message}", field=field)
    _check_grades(body["grades"])
    for name, key in (("grades", "grade"), ("behaviours", "code"), ("behaviours", "label")):
        _check_once(name, key, [row[key] for row in body[name]])
    told = [row.get("finding", "") for row in body["behaviours"]]
    for place, finding in enumerate(told):
        if finding and finding in told[:place]:
            raise InvalidInput(
                _("“%s”的检查结论只能对应一种行为") % Finding(finding).label,
                field=f"behaviours-{place}-finding",
            )


def _check_grades(grades: list[dict[str, Any]]) -> None:
    floors = [row.get("from") for row in grades]
    for place, (row, floor) in enumerate(zip(grades, floors, strict=True)):
        field, is_last = f"grades-{place}-from", place == len(floors) - 1
        if (floor is None) != is_last:
            raise InvalidInput(_("只有最后一个等级可以不写起始分"), field=field)
        is_out_of_order = place and row["grade"] < grades[place - 1]["grade"]
        if is_out_of_order or (place and floor is not None and floor >= (floors[place - 1] or 0)):
            raise InvalidInput(_("等级须按起始分从高到低排列，不能重复"), field=field)


def _check_once(name: str, key: str, values: list[str]) -> None:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise InvalidInput(_("“%s”重复，请改其中一个") % value, field=f"{name}-{place}-{key}")


def behaviour_of(scale: Mapping[str, Any], code: str) -> Mapping[str, Any] | None:
    """Will give the behaviour of this code."""
    return next((row for row in scale["behaviours"] if row["code"] == code), None)


def behaviour_for(scale: Mapping[str, Any], finding: str) -> Mapping[str, Any] | None:
    """Will give the behaviour a finding is written down as, None for none."""
    return next((row for row in scale["behaviours"] if row.get("finding") == finding), None)


def counts_from(scale: Mapping[str, Any], today: date) -> date:
    """Will give the first day whose records still count."""
    return _months_before(today, scale["months"])


def counts_otherwise(scale: Mapping[str, Any], today: date) -> dict[str, date]:
    """Will give the same for the behaviours that count for a time of their own, by code."""
    return {
        row["code"]: _months_before(today, row["months"])
        for row in scale["behaviours"]
        if "months" in row
    }


def _months_before(today: date, months: int) -> date:
    month = today.year * 12 + today.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)


def scale_name(number: int) -> str:
    """Will name a version of the scale; 0 is the one the product comes with."""
    return _("第%d版评分表") % number if number else _("默认评分表")


def grade_of(scale: Mapping[str, Any], total: int) -> str:
    """Will name the grade that points make."""
    row = next(r for r in scale["grades"] if r.get("from") is None or total >= r["from"])
    return str(row["grade"])


def assess(scale: Mapping[str, Any], number: int, points: Iterable[int]) -> Standing:
    """Will add up the points of the records that count and name the grade.

    number: of the scale's version.
    """
    found = list(points)
    total = scale["base"] + sum(found)
    grade = grade_of(scale, total)
    reason = _(
        "基准%(base)d分，计分期内%(count)d条记录合计%(sum)+d分，得%(total)d分，"
        "按%(scale)s为%(grade)s级"
    ) % {
        "base": scale["base"],
        "count": len(found),
        "sum": sum(found),
        "total": total,
        "scale": scale_name(number),
        "grade": grade,
    }
    return Standing(total, grade, reason)
