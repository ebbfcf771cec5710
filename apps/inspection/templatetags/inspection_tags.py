"""Badges of the pages of this app: ``{% load inspection_tags %}``."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from apps.inspection.enums import DrawState, Finding
from apps.inspection.models import Draw, DrawResult, SupervisedObject
from apps.inspection.selectors.register import shown_name as name_of

register = template.Library()

GRADE_LEVELS = {"A": "done", "B": "action", "C": "soon", "D": "over"}
STATE_LEVELS = {
    DrawState.FROZEN: ("soon", "lock"),
    DrawState.DRAWN: ("done", "circle-check"),
    DrawState.ABANDONED: ("rest", "ban"),
}
FINDING_LEVELS = {
    Finding.NO_PROBLEM: "done",
    Finding.CORRECTED: "soon",
    Finding.ORDERED: "soon",
    Finding.FILED: "over",
    Finding.REFUSED: "over",
    Finding.MISSING: "soon",
    Finding.CLOSED: "rest",
}


@register.inclusion_tag("components/badge.html")
def grade_badge(grade: str) -> dict[str, object]:
    """Will show a credit grade in its colour."""
    label = _("%s级") % grade
    return {"label": label, "level": GRADE_LEVELS.get(grade, "rest"), "symbol": "shield"}


@register.inclusion_tag("components/badge.html")
def draw_badge(draw: Draw) -> dict[str, object]:
    """Will show where a draw stands."""
    level, symbol = STATE_LEVELS[DrawState(draw.state)]
    return {"label": draw.get_state_display(), "level": level, "symbol": symbol}


@register.inclusion_tag("components/badge.html")
def finding_badge(result: DrawResult) -> dict[str, object]:
    """Will show what a check found, or how far it is."""
    check = getattr(result, "check_result", None)
    if check is not None:
        level = FINDING_LEVELS[Finding(check.finding)]
        return {"label": check.get_finding_display(), "level": level, "symbol": "clipboard-check"}
    if result.case is not None and result.case.category == "ended":
        return {"label": _("已作废"), "level": "rest", "symbol": "ban"}
    if result.case is not None and result.case.round > 1:
        return {"label": _("退回待更正"), "level": "soon", "symbol": "arrow-back-up"}
    label = _("待检查") if result.case is not None else _("正在下达")
    return {"label": label, "level": "action", "symbol": "hourglass"}


@register.simple_tag
def point_text(point: Any) -> str:
    """Will write a point as the map reads it: "lon,lat"."""
    return f"{point.x:.7f},{point.y:.7f}"


@register.simple_tag
def shown_name(supervised: SupervisedObject) -> str:
    """Will write the name of an object, masked where it is a person."""
    return name_of(supervised)
