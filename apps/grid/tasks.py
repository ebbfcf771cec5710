"""What the outbox has done for the grid: ids in, one service call."""

from datetime import datetime

from apps.common.models import OutboxMessage
from apps.grid import services


def follow(message: OutboxMessage) -> None:
    """Will do what an action of a case calls for."""
    told = message.payload
    services.follow_event(told["case"], told["action"], at=datetime.fromisoformat(told["at"]))


def lapse(message: OutboxMessage) -> None:
    """Will ask the next worker where nobody took a look in time."""
    services.lapse_look(message.payload["look"])
