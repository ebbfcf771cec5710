"""How alarms look on pages."""

from django import template

from apps.alarms.enums import AlarmState, Level
from apps.alarms.models import Alarm

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


@register.inclusion_tag("components/badge.html")
def alarm_badge(alarm: Alarm) -> dict[str, object]:
    """Will show the state of an alarm in its colour."""
    level, symbol = _STATES[AlarmState(alarm.state)]
    return {"label": alarm.get_state_display(), "level": level, "symbol": symbol}
