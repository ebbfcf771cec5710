"""Ordering deliveries: by name, by subscription, again.

A delivery is written in the transaction of the deed it tells of; ``sending`` takes it from
there. Source: MT-12.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.context import current
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.common.memory import Memory
from apps.gateway.enums import DeliveryState
from apps.gateway.models import ApiClient, Connector, Delivery
from apps.gateway.payloads import mask_payload
from apps.gateway.services.connectors import lock_connector, require_manager
from apps.gateway.services.mappings import PING
from apps.gateway.services.sending import attempt

MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class _Subscriber:
    """What filtering needs of a connector; shared by threads, read only."""

    connector_id: int
    tenant_id: int
    topics: tuple[str, ...]
    matters: frozenset[str]
    client: ApiClient | None

    def wants(self, topic: str, tenant_id: int, matter: str) -> bool:
        if tenant_id != self.tenant_id or (self.matters and matter not in self.matters):
            return False
        return any(_covers(wanted, topic) for wanted in self.topics)


_subscribers: Memory[tuple[_Subscriber, ...]] = Memory(
    of=("gateway.Connector", "gateway.ApiClient")
)


def send(connector_code: str, *, topic: str, payload: dict[str, Any], key: str) -> Delivery:
    """Will order one message to one connector, in the caller's transaction.

    payload: plain JSON values (dates and decimals become text), at most 256 KB; personal data
    is covered but for what its client may see. key: 1-200 characters; the same key again gives
    the first delivery and changes nothing. A paused connector gets it when resumed.
    Raises: NotFound (no such connector); InvalidInput (key, size).
    """
    found = Connector.objects.filter(code=connector_code).select_related("inbound_client")
    connector = found.first()
    if connector is None:
        raise NotFound(_("没有代码为“%s”的对接系统") % connector_code)
    if not 1 <= len(key) <= 200:
        raise InvalidInput(_("去重键应为 1 至 200 个字符"), field="key")
    row = _row(connector.pk, topic, payload, key, client=connector.inbound_client)
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    return Delivery.objects.get(connector=connector, key=key)


def publish(
    topic: str,
    *,
    tenant_id: int,
    matter: str,
    key: str,
    payload: Callable[[], dict[str, Any]],
) -> int:
    """Will tell every connector that subscribed, in the caller's transaction.

    payload: called only where somebody listens. Who listens is remembered for two seconds, so
    that a city without connectors pays no query. Gives the number of deliveries ordered.
    """
    found = [
        subscriber
        for subscriber in _subscribers.get("all", _read_subscribers)
        if subscriber.wants(topic, tenant_id, matter)
    ]
    if not found:
        return 0
    values = payload()
    rows = [_row(one.connector_id, topic, values, key, client=one.client) for one in found]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def replay(actor: User, *, delivery_ids: Sequence[int]) -> int:
    """Will send again what was given up or already delivered, with fresh attempts; audited.

    The receiver gets the same delivery id, so it can drop what it has. A mapping corrected in the
    meantime is used. What is still waiting is left alone. Locks the deliveries in order. Gives
    the number put in line.
    Raises: NotAllowed (a connector of a tenant the actor does not manage).
    """
    found = list(
        Delivery.objects.select_for_update(of=("self",))
        .filter(pk__in=delivery_ids, state__in=[DeliveryState.DEAD, DeliveryState.SENT])
        .select_related("connector")
        .order_by("pk")
    )
    for tenant_id in {delivery.connector.tenant_id for delivery in found}:
        require_manager(actor, tenant_id=tenant_id)
    for delivery in found:
        delivery.state, delivery.attempts = DeliveryState.PENDING, 0
        delivery.next_at, delivery.replays = clock.now(), delivery.replays + 1
        delivery.save(update_fields=["state", "attempts", "next_at", "replays"])
        audit.record(
            actor,
            "delivery.replayed",
            object_type="gateway.delivery",
            object_id=delivery.pk,
            object_label=f"{delivery.connector.name} {delivery.topic}",
            data={"key": delivery.key, "delivery": str(delivery.public_id)},
        )
    return len(found)


def ping(actor: User, *, connector_id: int) -> Delivery:
    """Will send a test message at once, even while paused, and give how it went; audited.

    One attempt, never repeated by itself; it neither opens nor closes the circuit.
    Raises: NotAllowed; NotFound.
    """
    with transaction.atomic():
        connector = lock_connector(actor, connector_id)
        row = _row(connector.pk, PING, {"message": "ping"}, f"ping:{uuid.uuid4()}", client=None)
        row.state, row.attempts = DeliveryState.DEAD, 1  # stays so unless it arrives
        row.save(force_insert=True)
        audit.record(
            actor,
            "connector.pinged",
            object_type="gateway.connector",
            object_id=connector.pk,
            object_label=connector.name,
        )
    result = attempt(connector, row)
    row.last_status, row.last_error = result.status, result.reason[:500]
    if result.is_delivered:
        row.state, row.sent_at = DeliveryState.SENT, clock.now()
        row.first_sent_at = row.sent_at
    row.save(update_fields=["state", "last_status", "last_error", "sent_at", "first_sent_at"])
    return row


def purge_deliveries(*, older_than: timedelta) -> int:
    """Will drop what was delivered longer ago; their keys are free again. Dead ones stay."""
    before = clock.now() - older_than
    found = Delivery.objects.filter(state=DeliveryState.SENT, sent_at__lt=before)
    return found.delete()[0]


def _row(
    connector_id: int, topic: str, payload: dict[str, Any], key: str, *, client: ApiClient | None
) -> Delivery:
    moment = clock.now()
    public_id = uuid.uuid4()
    body = json.dumps(
        {
            "id": str(public_id),
            "topic": topic,
            "at": moment,
            "data": mask_payload(payload, clear=_clear_of(client)),
        },
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
    )
    if len(body.encode()) > MOST_BYTES:
        raise InvalidInput(_("要发送的内容超过 256 KB"), field="payload")
    return _delivery(connector_id, public_id, topic, key, body, moment)


def _delivery(
    connector_id: int, public_id: uuid.UUID, topic: str, key: str, body: str, moment: datetime
) -> Delivery:
    return Delivery(
        connector_id=connector_id,
        public_id=public_id,
        key=key[:200],
        topic=topic[:60],
        body=body,
        created_at=moment,
        next_at=moment,
        request_id=current().request_id,
    )


def _clear_of(client: ApiClient | None) -> frozenset[str]:
    if client is None or client.revoked_at or client.suspended_at:
        return frozenset()
    is_over = client.expires_at is not None and clock.now() >= client.expires_at
    return frozenset() if is_over else client.clear_now


def _read_subscribers() -> tuple[_Subscriber, ...]:
    # A paused connector collects what it will be told later.
    return tuple(
        _Subscriber(c.pk, c.tenant_id, tuple(c.topics), frozenset(c.matters), c.inbound_client)
        for c in Connector.objects.select_related("inbound_client").order_by("pk")
        if c.topics
    )


def _covers(wanted: str, topic: str) -> bool:
    if wanted == "*":
        return True
    return topic.startswith(wanted[:-1]) if wanted.endswith(".*") else topic == wanted
