"""Duties: each drawn object becomes a case; a new credit scale is applied to every object."""

from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.inspection import services


@handles(services.OPEN_TOPIC)
def open_check(message: OutboxMessage) -> None:
    services.open_check(message.payload["result_id"])


@handles(services.ASSESS_TOPIC)
def assess_batch(message: OutboxMessage) -> None:
    services.assess_batch(message.payload["run_id"])
