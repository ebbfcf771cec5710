"""The other end of the line: what an outside system does with a message it is sent."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from apps.demo import neighbour
from apps.demo.models import RECEIVER, Receipt
from apps.gateway import services as gateway
from apps.gateway import signing
from apps.gateway.models import Connector

MOST_BYTES = 300_000


def take_message(sent: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Will keep a message signed by the connector's secret; the same one again changes nothing.

    sent: the headers, names in lower case. False: nobody signed it, too old, or no message.
    """
    connector = Connector.objects.filter(code=RECEIVER).first()
    if connector is None or len(body) > MOST_BYTES:
        return False
    if not signing.is_valid(gateway.valid_secrets(connector), sent, body=body, at=now):
        return False
    message = json.loads(body)
    Receipt.objects.get_or_create(
        message_id=sent[signing.ID][:80],
        defaults={
            "topic": message["topic"],
            "body": json.dumps(message["data"], ensure_ascii=False),
            "received_at": now,
        },
    )
    return True


def told_of(sent: Mapping[str, str], day: date, *, now: datetime) -> dict[str, Any] | None:
    """Will give the ids taken on a day of the city, as reconciliation asks; None: not signed."""
    connector = Connector.objects.filter(code=RECEIVER).first()
    if connector is None:
        return None
    if not signing.is_valid(gateway.valid_secrets(connector), sent, body=b"", at=now):
        return None
    taken = Receipt.objects.filter(received_at__date=day).exclude(
        topic__in=["connector.ping", neighbour.TOPIC]  # the latter came to another system
    )
    ids = list(taken.values_list("message_id", flat=True))
    return {"count": len(ids), "ids": ids}
