from apps.common.models import OutboxMessage
from apps.common.outbox import handles
from apps.notices import services


@handles(services.PUSH_TOPIC)
def push_notices(message: OutboxMessage) -> None:
    services.push(message.payload["notice_ids"])
