"""What other systems are told of a case: key states, to the connectors that subscribed.

Called with every event, in its transaction; without connectors it costs no query
(``gateway.services.publish``). Source: MT-12.
"""

from typing import Any

from apps.gateway import services as gateway
from apps.matters.definition import MatterDefinition
from apps.matters.models import Case, CaseEvent

TOPIC_STATE = "case.state"


def publish_event(case: Case, event: CaseEvent, definition: MatterDefinition) -> None:
    """Will order one message per subscribed connector if the event led to a key state."""
    if event.from_state == event.to_state:
        return
    if not _is_told(definition, event.to_state):
        return
    gateway.publish(
        TOPIC_STATE,
        tenant_id=case.tenant_id,
        matter=case.matter_type.code,
        key=f"case-event:{event.pk}",
        payload=lambda: state_payload(case, event, definition),
    )


def _is_told(definition: MatterDefinition, state: str) -> bool:
    """A matter that marks no state as key tells them all."""
    keys = [one.code for one in definition.states.values() if one.is_key]
    return not keys or state in keys


def state_payload(case: Case, event: CaseEvent, definition: MatterDefinition) -> dict[str, Any]:
    """Will give what is told of a change of state.

    seq: numbers the events of the case from 1, so that a receiver can order messages and see
    what it missed (``/api/v1/changes/`` has everything). No reporter, no internal note;
    the gateway covers what the receiver may not see.
    """
    state = definition.state(event.to_state)
    return {
        "number": case.number,
        "matter_type": case.matter_type.code,
        "seq": event.seq,
        "action": event.action,
        "from_state": event.from_state,
        "state": state.code,
        "state_label": state.label,
        "category": case.category,
        "title": case.title,
        "class_code": case.class_code,
        "class_label": case.class_label,
        "unit": case.unit.code if case.unit else "",
        "unit_name": case.unit.name if case.unit else "",
        "area": case.area.code,
        "round": case.round,
        "public_text": event.public_text,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "closed_at": case.closed_at,
        "at": event.at,
    }
