"""Badges of the pages of this app: ``{% load fieldwork_tags %}``."""

from django import template

from apps.fieldwork.enums import LeaveState, PatrolState, StopState, Verdict, WorkerState

register = template.Library()

_PATROL = {
    PatrolState.UNASSIGNED: ("over", "user-question"),
    PatrolState.PLANNED: ("rest", "clock"),
    PatrolState.RUNNING: ("action", "walk"),
    PatrolState.DONE: ("done", "circle-check"),
    PatrolState.PARTIAL: ("soon", "alert-triangle"),
    PatrolState.MISSED: ("over", "alert-triangle"),
}
_LEVELS: dict[str, str] = {
    StopState.WAITING: "rest",
    StopState.DONE: "done",
    StopState.OUT_OF_PLACE: "soon",
    StopState.MISSED: "over",
    WorkerState.ACTIVE: "done",
    WorkerState.PAUSED: "soon",
    WorkerState.LEFT: "rest",
    LeaveState.FILED: "soon",
    LeaveState.APPROVED: "done",
    LeaveState.REFUSED: "over",
    LeaveState.WITHDRAWN: "rest",
    Verdict.GOOD: "done",
    Verdict.DOUBTFUL: "soon",
    Verdict.FALSE: "over",
}


@register.inclusion_tag("components/badge.html")
def patrol_badge(state: str) -> dict[str, object]:
    """Will show how far a patrol is."""
    known = PatrolState(state)
    level, symbol = _PATROL[known]
    return {"label": known.label, "level": level, "symbol": symbol}


@register.inclusion_tag("components/badge.html")
def field_badge(code: str, label: str) -> dict[str, object]:
    """Will show a state of a worker, a stop, a leave or a verdict in its colour."""
    level = _LEVELS.get(code, "rest")
    symbols = {"over": "alert-triangle", "soon": "clock", "done": "circle-check"}
    return {"label": label, "level": level, "symbol": symbols.get(level, "point")}


@register.filter
def percent(share: float | None) -> str:
    """Will write a share of 0 to 1 as whole per cent, "—" where nothing was measured."""
    return "—" if share is None else f"{share * 100:.0f}%"


@register.filter
def hundred(share: float | None) -> float:
    """Will give a share of 0 to 1 as 0 to 100 for a bar."""
    return 0 if share is None else share * 100
