"""What upkeep adds to the page of an alarm: the articles of the manual about its kind. OP-25."""

from apps.accounts.models import User
from apps.alarms.models import Alarm
from apps.alarms.permissions import can_handle
from apps.alarms.registry import Panel, register_panel
from apps.upkeep.selectors import runbooks_for, steps_for


def register() -> None:
    """Will have the alarm page show runbooks."""
    register_panel("upkeep.runbooks", runbooks_of)


def runbooks_of(viewer: User, alarm: Alarm) -> Panel | None:
    """Will give the articles about this kind of alarm with what was done; None: there is none."""
    found = runbooks_for(alarm_kind=alarm.kind)
    if not found:
        return None
    books = [{"version": version, "steps": steps_for(version, alarm)} for version in found]
    told = {"books": books, "alarm": alarm, "may_check": can_handle(viewer, alarm)}
    return Panel("upkeep/_alarm_runbooks.html", told)
