"""What the outbox does for the engine: one short door per topic, safe to knock at twice."""

from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.matters import causes
from apps.matters.actions.splitting import OPEN_TOPIC
from apps.matters.services import deliveries, splits
from apps.matters.services.following import (
    LISTEN_TOPIC,
    PARENT_TOPIC,
    SETTLE_TOPIC,
    SPLIT_TOPIC,
)


@handles(SPLIT_TOPIC)
def split_automatically(message: OutboxMessage) -> None:
    with causes.within(causes.read(message.payload)):
        splits.split_automatically(case_id=message.payload["case"], code=message.payload["split"])


@handles(OPEN_TOPIC)
def open_parts(message: OutboxMessage) -> None:
    with causes.within(causes.read(message.payload)):
        splits.open_parts(split_id=message.payload["split"])


@handles(SETTLE_TOPIC)
def settle_part(message: OutboxMessage) -> None:
    with causes.within(causes.read(message.payload)):
        splits.settle_part(case_id=message.payload["case"])


@handles(PARENT_TOPIC)
def settle_ended_parent(message: OutboxMessage) -> None:
    with causes.within(causes.read(message.payload)):
        splits.settle_ended_parent(case_id=message.payload["case"])


@handles(splits.CANCEL_TOPIC)
def cancel_part(message: OutboxMessage) -> None:
    with causes.within(causes.read(message.payload)):
        splits.cancel_part(part_id=message.payload["part"], why=message.payload["why"])


@handles(LISTEN_TOPIC)
def hear(message: OutboxMessage) -> None:
    with causes.within(causes.read(message.payload)):
        deliveries.hear(event_id=message.payload["event"], facts=message.payload["facts"])


@handles(deliveries.DELIVER_TOPIC)
def deliver(message: OutboxMessage) -> None:
    deliveries.deliver(delivery_id=message.payload["delivery"])
