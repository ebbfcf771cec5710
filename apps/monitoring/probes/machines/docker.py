"""Docker by the Engine API 1.24 (containers/json)."""

from django.utils.translation import gettext as _

from apps.monitoring.probes.calling import Caller, document_of
from apps.monitoring.probes.machines.counting import MOST, Machine, RunState, Seen
from apps.monitoring.probes.wire import Question, Silent

_STATES: dict[str, RunState] = {"running": "running", "paused": "paused", "dead": "failed"}


def look(_question: Question, call: Caller) -> Seen:
    """Will list the containers, running or not. Raises: CallFailed; Silent."""
    rows = document_of(call.get("/v1.24/containers/json?all=1"), 200)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Silent(_("应答无法解析"))
    return Seen(
        [
            Machine(
                str((row.get("Names") or [""])[0])[:120],
                _STATES.get(str(row.get("State")), "stopped"),
            )
            for row in rows[:MOST]
        ]
    )
