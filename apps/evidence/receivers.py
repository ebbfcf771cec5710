"""The duties written with a checkpoint or an order, done once by the worker."""

from apps.common import outbox
from apps.common.models import OutboxMessage
from apps.evidence import services
from apps.evidence.services.checkpoints import COPY_TOPIC, STAMP_TOPIC
from apps.evidence.services.verification import TOPIC


@outbox.handles(COPY_TOPIC)
def write_copy(message: OutboxMessage) -> None:
    services.write_copy(message.payload["checkpoint_id"])


@outbox.handles(STAMP_TOPIC)
def stamp(message: OutboxMessage) -> None:
    services.stamp(message.payload["checkpoint_id"])


@outbox.handles(TOPIC)
def verify(message: OutboxMessage) -> None:
    services.run_verification(message.payload["run_id"])
