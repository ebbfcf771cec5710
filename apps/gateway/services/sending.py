"""The worker's side: take what is due, sign it, send it, remember how it went.

Every message goes at least once: claiming (attempt counted, lease) and finishing are two
transactions with the call between them, so a worker killed in between leaves a delivery that
goes out again with the same id. One connector is served by one worker at a time, in turns of
two seconds, and left alone while its circuit is open: a dead or slow receiver costs the others
nothing. Source: MT-12, GW-06.
"""

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.common import clock
from apps.common.errors import DomainError
from apps.common.http import CallFailed, post_bytes
from apps.gateway import signing
from apps.gateway.enums import OPEN_DELIVERIES, ConnectorState, DeliveryState
from apps.gateway.models import Connector, Delivery
from apps.gateway.registry import dialect_of
from apps.gateway.services.connectors import MANAGE, checked_target, valid_secrets
from apps.gateway.services.mappings import MAPPED_FIELDS, put_into_shape
from apps.notices import services as notices

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
FIRST_WAIT_S, LONGEST_WAIT_S = 10, 3600
LEASE = timedelta(seconds=90)  # longer than one turn: two seconds and one call of at most 60
TURN_SECONDS = 2.0
TURN_MOST = 50
BREAK_AFTER = 5  # failures in a row open the circuit
FIRST_BREAK_S, LONGEST_BREAK_S = 30, 1800
LONGEST_RETRY_AFTER_S = 3600
EXCERPT = 300
_LATER = {408, 425, 429}  # the other 4xx and all 3xx are refusals for good


@dataclass(frozen=True)
class Result:
    """How one call went. retry_after_s: what the receiver asked for. final: never again.

    is_called: false where the message could not even be made, which says nothing of the receiver.
    """

    status: int | None
    reason: str
    is_delivered: bool = False
    final: bool = False
    retry_after_s: int | None = None
    is_called: bool = True


def deliver_due(*, seconds: float = 20.0) -> int:
    """Will send what is due, connector by connector, and give the number delivered.

    Any number of workers may run at once. seconds: no turn is begun after them.
    """
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        waiting = list(_due_connectors().values_list("pk", flat=True))
        served = 0
        for connector_id in waiting:
            connector = _take(connector_id) if time.monotonic() < end else None
            if connector is not None:
                served += 1
                sent += _turn(connector)
        if not served:
            break
    return sent


def attempt(connector: Connector, delivery: Delivery) -> Result:
    """Will make one call with a signed message; never raises. Not inside a transaction.

    Sets what the mapping in force made of the message on the delivery; saves nothing. A connector
    with a dialect is told by that instead.
    """
    dialect = dialect_of(connector.dialect)
    if dialect is not None:
        return dialect(connector, delivery)
    unmapped = put_into_shape(connector, delivery)
    if unmapped:
        return Result(None, unmapped, final=True, is_called=False)
    body = (delivery.sent_body or delivery.body).encode()
    try:
        target = checked_target(connector.url)
        headers = signing.headers(
            valid_secrets(connector),
            message_id=str(delivery.public_id),
            at=clock.now(),
            body=body,
        )
        answer = post_bytes(
            connector.url,
            body,
            headers=headers | {"User-Agent": "CityBrain-Webhook/1"},
            timeout_s=connector.timeout_s,
            total_s=2 * connector.timeout_s,
            target=target,
        )
    except (CallFailed, DomainError) as error:
        return Result(None, str(error))
    if 200 <= answer.status < 300:
        return Result(answer.status, "", is_delivered=True)
    said = answer.body[:EXCERPT].decode(errors="replace").replace("\x00", "")
    final = answer.status < 500 and answer.status not in _LATER
    return Result(
        answer.status,
        f"HTTP {answer.status} {said}".strip(),
        final=final,
        retry_after_s=_retry_after(answer.headers.get("retry-after", "")),
    )


def _due_connectors() -> QuerySet[Connector]:
    moment = clock.now()
    due = Delivery.objects.filter(
        connector=OuterRef("pk"), state__in=OPEN_DELIVERIES, next_at__lte=moment
    )
    return Connector.objects.filter(
        _free(moment), Exists(due), state=ConnectorState.ACTIVE
    ).order_by("pk")


def _free(moment: datetime) -> Q:
    closed = Q(open_until__isnull=True) | Q(open_until__lte=moment)
    return closed & (Q(leased_until__isnull=True) | Q(leased_until__lte=moment))


def _take(connector_id: int) -> Connector | None:
    """Leases a connector to this worker; None where another one was faster."""
    moment = clock.now()
    taken = Connector.objects.filter(
        _free(moment), pk=connector_id, state=ConnectorState.ACTIVE
    ).update(leased_until=moment + LEASE)
    return Connector.objects.get(pk=connector_id) if taken else None


def _turn(connector: Connector) -> int:
    """Sends for two seconds; one message only while the circuit is being tried."""
    end, sent = time.monotonic() + TURN_SECONDS, 0
    most = TURN_MOST if connector.failures < BREAK_AFTER else 1
    try:
        for _number in range(most):
            delivery = _claim(connector)
            if delivery is None:
                break
            result = attempt(connector, delivery)
            _finish(connector, delivery, result)
            sent += result.is_delivered
            if not _may_go_on(connector, result) or time.monotonic() > end:
                break
    finally:
        Connector.objects.filter(pk=connector.pk).update(leased_until=None)
    return sent


def _may_go_on(connector: Connector, result: Result) -> bool:
    return result.is_delivered or result.final or connector.failures < BREAK_AFTER


@transaction.atomic
def _claim(connector: Connector) -> Delivery | None:
    delivery = (
        Delivery.objects.select_for_update(skip_locked=True)
        .filter(connector=connector, state__in=OPEN_DELIVERIES, next_at__lte=clock.now())
        .order_by("next_at", "id")
        .first()
    )
    if delivery is not None:
        delivery.attempts += 1
        delivery.next_at = clock.now() + LEASE
        delivery.save(update_fields=["attempts", "next_at"])
    return delivery


@transaction.atomic
def _finish(connector: Connector, delivery: Delivery, result: Result) -> None:
    delivery.last_status, delivery.last_error = result.status, result.reason[:500]
    changed = ["state", "next_at", "last_status", "last_error", *MAPPED_FIELDS]
    if result.is_delivered:
        delivery.state, delivery.sent_at = DeliveryState.SENT, clock.now()
        delivery.first_sent_at = delivery.first_sent_at or delivery.sent_at
        changed += ["sent_at", "first_sent_at"]
    elif result.final or delivery.attempts >= MAX_ATTEMPTS:
        delivery.state = DeliveryState.DEAD
        _tell_dead(connector, delivery)
    else:
        delivery.state = DeliveryState.FAILED
        delivery.next_at = clock.now() + _wait(delivery.attempts, result.retry_after_s)
    delivery.save(update_fields=changed)
    if result.is_called:
        _note_health(connector, well=result.is_delivered or result.final)


def _note_health(connector: Connector, *, well: bool) -> None:
    """Counts failures in a row and opens the circuit; an answer of any sense closes it."""
    rows = Connector.objects.filter(pk=connector.pk)
    if well:
        if connector.failures or connector.open_until:
            rows.update(failures=0, open_until=None)
            connector.failures, connector.open_until = 0, None
        return
    rows.update(failures=F("failures") + 1)
    connector.refresh_from_db(fields=["failures"])
    over = connector.failures - BREAK_AFTER
    if over >= 0:
        pause = min(FIRST_BREAK_S * 2 ** min(over, 10), LONGEST_BREAK_S)
        connector.open_until = clock.now() + timedelta(seconds=pause)
        rows.update(open_until=connector.open_until)
        if over == 0:
            _tell_broken(connector)


def _wait(attempts: int, asked_s: int | None) -> timedelta:
    """10 s, 20 s, 40 s ... at most an hour, give or take a fifth so that repeats spread."""
    usual = min(FIRST_WAIT_S * 2 ** (attempts - 1), LONGEST_WAIT_S)
    spread = usual * random.uniform(0.8, 1.2)  # noqa: S311  only spreads load
    return timedelta(seconds=max(spread, asked_s or 0))


def _retry_after(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        return None
    return min(int(text), LONGEST_RETRY_AFTER_S)


def _tell_dead(connector: Connector, delivery: Delivery) -> None:
    logger.error("delivery given up", extra={"delivery": delivery.pk, "connector": connector.code})
    hour = clock.now().strftime("%Y%m%d%H")
    notices.notify(
        recipients=managers_of(connector),
        kind="exchange",
        title=_("对接系统“%s”有消息未能送达") % connector.name,
        body=delivery.last_error,
        url=f"/connectors/deliveries/?connector={connector.pk}&state=dead",
        key=f"connector:{connector.pk}:dead:{hour}",  # one an hour, however many die
    )


def _tell_broken(connector: Connector) -> None:
    notices.notify(
        recipients=managers_of(connector),
        kind="exchange",
        title=_("对接系统“%s”连续无法送达，已暂缓发送") % connector.name,
        body=_("系统会自动试探并恢复，积压的消息不会丢失。"),
        url=f"/connectors/{connector.pk}/",
        key=f"connector:{connector.pk}:broken:{clock.now().isoformat()}",
    )


def managers_of(connector: Connector) -> QuerySet[User]:
    """Will give who manages a connector in its body."""
    return users_with_permission(MANAGE).filter(
        appointments__post__organization__tenant_id=connector.tenant_id
    )
