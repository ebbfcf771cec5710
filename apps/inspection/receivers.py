"""Duties ordered with a draw: each drawn object becomes a case."""

from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.inspection import services


@handles(services.OPEN_TOPIC)
def open_check(message: OutboxMessage) -> None:
    services.open_check(message.payload["result_id"])
