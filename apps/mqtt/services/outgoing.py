"""Messages to devices: ordered in the transaction of a deed, sent by the one connection.

Not the outbox of ``common``: its workers hold no connection, and it gives up after twelve tries
where a broker may be away for a day. Delivered at least once; who receives drops a repeat by what
the payload carries.
"""

from datetime import datetime

from django.db import transaction

from apps.common import clock
from apps.mqtt.models import Outgoing

MOST_BYTES = 256 * 1024


@transaction.atomic
def publish(
    topic: str, payload: bytes, *, qos: int = 1, expires_at: datetime | None = None
) -> Outgoing:
    """Will have a message sent after the caller's commit; a device that is away gets it later.

    expires_at: aware; not delivered after it, neither from here nor from the broker.
    Raises: ValueError (a wildcard in the topic, or more than ``MOST_BYTES``).
    """
    if not topic or len(topic) > 200 or any(sign in topic for sign in "+#\x00"):
        raise ValueError("a message goes to one topic")
    if len(payload) > MOST_BYTES:
        raise ValueError("more than a message may hold")
    return Outgoing.objects.create(
        topic=topic, payload=payload, qos=qos, created_at=clock.now(), expires_at=expires_at
    )
