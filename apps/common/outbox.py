"""The transactional outbox: order an effect in the transaction, have it done once after.

``enqueue`` is called by services, ``handles`` by apps that do the effect, ``drain`` by the
worker. A lost broker or a killed worker delays an effect and never loses or doubles it:
the handler runs in the same transaction that marks the row processed, so a handler whose
effects are rows is applied exactly once; a handler that talks to the outside must pass
``message.key`` along so that the other side can drop a repeat.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.common import clock
from apps.common.models import OutboxMessage

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]

MAX_ATTEMPTS = 12
_handlers: dict[str, Handler] = {}
_WAKE_TASK = "common.drain_outbox"


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Will register the function that does the effect of ``topic``; one per topic."""

    def register(handler: Handler) -> Handler:
        if _handlers.get(topic, handler) is not handler:
            raise ValueError(f"topic {topic} already has a handler")
        _handlers[topic] = handler
        return handler

    return register


def enqueue(
    topic: str, *, key: str, payload: dict[str, Any], available_at: datetime | None = None
) -> None:
    """Will order one effect, within the caller's transaction.

    key: at most 200 characters; the same (topic, key) a second time changes nothing.
    available_at: aware; not before this moment (default: at once).
    Wakes the worker after commit; without a broker the periodic drain finds the row.
    """
    moment = clock.now()
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                topic=topic,
                key=key,
                payload=payload,
                created_at=moment,
                available_at=available_at or moment,
            )
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(_wake, robust=True)


def drain(*, limit: int = 200) -> int:
    """Will do up to ``limit`` waiting effects and give the number done.

    Locks one row at a time with SKIP LOCKED, so any number of workers may drain at once.
    A failing effect is retried after 2, 4, 8 ... seconds (at most an hour) and laid aside
    with ``dead_at`` after 12 attempts, which is logged as an error.
    """
    done = 0
    for _turn in range(limit):
        outcome = _drain_one()
        if outcome is None:
            break
        done += outcome
    return done


def _drain_one() -> int | None:
    with transaction.atomic():
        message = (
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(
                processed_at__isnull=True,
                dead_at__isnull=True,
                available_at__lte=clock.now(),
                topic__in=list(_handlers),
            )
            .order_by("available_at", "id")
            .first()
        )
        if message is None:
            return None
        try:
            with transaction.atomic():
                _handlers[message.topic](message)
        except Exception as error:  # noqa: BLE001  the loop's edge: park the row, keep draining
            _park(message, error)
            return 0
        message.processed_at = clock.now()
        message.attempts += 1
        message.save(update_fields=["processed_at", "attempts"])
        return 1


def _park(message: OutboxMessage, error: Exception) -> None:
    message.attempts += 1
    message.last_error = f"{type(error).__name__}: {error}"[:2000]
    if message.attempts >= MAX_ATTEMPTS:
        message.dead_at = clock.now()
        logger.error("outbox message given up", extra={"outbox_id": message.pk}, exc_info=error)
    else:
        wait = timedelta(seconds=min(2**message.attempts, 3600))
        message.available_at = clock.now() + wait
        logger.warning("outbox message failed", extra={"outbox_id": message.pk}, exc_info=error)
    message.save(update_fields=["attempts", "last_error", "dead_at", "available_at"])


def _wake() -> None:
    """Tells a worker there is something to do; silence of the broker is no failure."""
    from celery import current_app
    from kombu.exceptions import OperationalError

    try:
        current_app.send_task(_WAKE_TASK, expires=30)
    except (OperationalError, OSError):
        logger.info("broker not reachable; the periodic drain will find the message")
