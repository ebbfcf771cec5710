"""What the outbox does for the bulletin; safe to knock at twice."""

from apps.callbacks.services import bulletins
from apps.common.models import OutboxMessage
from apps.common.outbox import handles


@handles(bulletins.COUNT_TOPIC)
def count_bulletin(message: OutboxMessage) -> None:
    bulletins.count_bulletin(message.payload["bulletin"])


@handles(bulletins.MAKE_TOPIC)
def make_bulletin(message: OutboxMessage) -> None:
    bulletins.make_bulletin(message.payload["bulletin"])
