"""What stands beside the form of the hotline's desk: the agent's state, and the call in hand."""

from typing import Any

from apps.accounts.models import User
from apps.callcentre.enums import BreakReason
from apps.callcentre.selectors import crew, scripts
from apps.callcentre.services.presence import current_of
from apps.hotline.models import Call
from apps.hotline.registry import Panel


def state_panel(user: User, call: Call | None) -> Panel | None:
    """Will show an agent the own state and what can be done with the call; others nothing."""
    agent = crew.find_agent_of(user)
    if agent is None:
        return None
    shown: dict[str, Any] = {
        "agent": agent,
        "current": current_of(agent),
        "reasons": [pair for pair in BreakReason.choices if pair[0]],
    }
    if call is not None and call.agent_id == user.pk and call.answered_at is not None:
        legs = crew.open_legs(call)
        own = next((leg for leg in legs if leg.agent_id == agent.pk), None)
        asked = next((leg for leg in legs if leg.role == "consult"), None)
        shown |= {
            "call": call,
            "own": own,
            "asked": asked,
            "is_held": bool(own and own.holds and own.holds[-1][1] == "held"),
            "why": own.why if own else {},
            "colleagues": crew.free_colleagues(agent),
        }
    return Panel("callcentre/_desk_state.html", shown)


def script_panel(user: User, call: Call | None) -> Panel | None:
    """Will show the scripts in use for the line of the call; nothing where there are none."""
    line_id = call.line_id if call else None
    found = scripts.desk_scripts(user, line_id=line_id)
    shown = {"versions": found, "line_id": line_id}
    return Panel("callcentre/_desk_scripts.html", shown) if found else None
