"""What beat and the outbox order for operations; each safe to run twice."""

from celery import shared_task

from apps.common import outbox
from apps.common.models import OutboxMessage
from apps.ops import services
from apps.ops.services.following import PROVE


@shared_task(name="ops.hand_up_due")
def hand_up_due() -> int:
    """Gives orders nobody took on or mended in time to the next tier."""
    return services.hand_up_due()


@shared_task(name="ops.make_due")
def make_due() -> int:
    """Makes the orders of maintenance plans."""
    return services.make_due()


@outbox.handles(PROVE)
def prove(message: OutboxMessage) -> None:
    """Asks whether a repair worked."""
    services.prove(message.payload["order"])
