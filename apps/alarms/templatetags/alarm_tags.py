"""How alarms look on pages."""

from django import template

from apps.alarms.enums import AlarmState, Level, WarningState
from apps.alarms.models import Alarm, PublicWarning

register = template.Library()

_STATES = {
    AlarmState.ACTIVE: ("over", "alert-triangle"),
    AlarmState.UNKNOWN: ("soon", "question-mark"),
    AlarmState.RECOVERED: ("done", "circle-check"),
    AlarmState.CLOSED: ("rest", "circle-x"),
}


@register.inclusion_tag("alarms/_level.html")
def level_badge(level: int) -> dict[str, object]:
    """Will show a level in its colour, with its name."""
    found = Level(level)
    return {"label": found.label, "name": found.name.lower()}


_WARNINGS = {
    WarningState.WAITING: ("soon", "clock"),
    WarningState.ISSUED: ("over", "speakerphone"),
    WarningState.LIFTED: ("done", "circle-check"),
    WarningState.REFUSED: ("rest", "circle-x"),
}


@register.inclusion_tag("components/badge.html")
def warning_badge(warning: PublicWarning) -> dict[str, object]:
    """Will show the state of a warning to the public in its colour."""
    level, symbol = _WARNINGS[WarningState(warning.state)]
    return {"label": warning.get_state_display(), "level": level, "symbol": symbol}


@register.inclusion_tag("components/badge.html")
def alarm_badge(alarm: Alarm) -> dict[str, object]:
    """Will show the state of an alarm in its colour."""
    level, symbol = _STATES[AlarmState(alarm.state)]
    return {"label": alarm.get_state_display(), "level": level, "symbol": symbol}
