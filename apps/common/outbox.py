"""The transactional outbox: order an effect in the transaction, have it done once after.

``enqueue`` is called by services, ``handles`` by apps that do the effect (imported in their
``AppConfig.ready``), ``drain`` by the worker. One message is done in two transactions:

1. Claim: take the next due row with SKIP LOCKED, count the attempt, push ``available_at`` a
   minute ahead, commit. A handler that kills its worker therefore uses up attempts and ends
   among the dead instead of blocking the queue for ever.
2. Do: lock the row again; still unprocessed, run the handler and mark the row processed in
   the same transaction. A handler whose effects are rows is thus applied exactly once; one
   that talks to the outside must pass ``message.key`` along so that the other side can drop
   a repeat.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from apps.common import clock, rows
from apps.common.errors import NotAllowed
from apps.common.models import OutboxMessage
from apps.common.signals import Change, announce
from apps.common.waking import Waker

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]

MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=1)
_handlers: dict[str, Handler] = {}
_drainers = Waker("common.drain_outbox", expires=30)
_is_silent: ContextVar[bool] = ContextVar("outbox_without_waking", default=False)


@dataclass(frozen=True)
class OutboxState:
    """How the outbox is doing. oldest_seconds: how late the most overdue message is."""

    waiting: int
    oldest_seconds: float
    dead: int


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
    Wakes the worker once after commit; without a broker the periodic drain finds the row.
    """
    moment = clock.now()
    rows.insert(
        OutboxMessage(
            topic=topic,
            key=key,
            payload=payload,
            created_at=moment,
            available_at=available_at or moment,
        ),
        once=("topic", "key"),
    )
    if _is_silent.get():
        return
    _drainers.wake_after_commit()


@contextmanager
def without_waking() -> Iterator[None]:
    """Will order effects without waking a worker within the block, in this thread only.

    For bulk work that drains by itself afterwards; the periodic drain finds the rest.
    """
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def drain(*, limit: int = 200, seconds: float = 20.0) -> int:
    """Will do waiting effects and give the number done.

    Stops after ``limit`` messages or when ``seconds`` have passed and then orders another turn,
    which comes after whatever else waits for the workers; any number of them may drain at once.
    A failing effect is retried after 2, 4, 8 ... seconds (at most an hour) and laid aside with
    ``dead_at`` after 12 attempts, which is logged as an error.
    """
    until = time.monotonic() + seconds
    tried = done = 0
    while tried < limit and time.monotonic() < until:
        message_id = _claim()
        if message_id is None:
            return done
        tried += 1
        done += _do(message_id)
    _drainers.wake()
    return done


def retry(actor: Any, *, message_ids: Sequence[int]) -> int:
    """Will put dead messages back in line with fresh attempts and give their number.

    Announces ``configuration_changed`` per message.
    Raises: NotAllowed (``actor`` lacks ``common.manage_outbox``).
    """
    if not actor.has_perm("common.manage_outbox"):
        raise NotAllowed(_("需要“管理发件箱”权限"))
    with transaction.atomic():
        dead = list(
            OutboxMessage.objects.select_for_update()
            .filter(pk__in=message_ids, dead_at__isnull=False)
            .order_by("pk")
        )
        for message in dead:
            message.dead_at, message.attempts = None, 0
            message.available_at = clock.now()
            message.save(update_fields=["dead_at", "attempts", "available_at"])
            announce(
                Change(
                    actor=actor,
                    action="outbox_message.retried",
                    object_type="common.outbox_message",
                    object_id=str(message.pk),
                    object_label=str(message),
                )
            )
        if dead:
            _drainers.wake_after_commit()
    return len(dead)


def measure() -> OutboxState:
    """Will count what is waiting and what was given up, by two small indexes."""
    moment = clock.now()
    waiting = OutboxMessage.objects.filter(processed_at__isnull=True, dead_at__isnull=True)
    found = waiting.aggregate(n=Count("id"), due=Min("available_at", filter=Q(attempts=0)))
    # A claimed or failed message was pushed ahead; its age counts from when it was written.
    first = waiting.filter(attempts__gt=0).aggregate(at=Min("created_at"))["at"]
    since = min([at for at in (found["due"], first) if at is not None], default=moment)
    return OutboxState(
        waiting=found["n"],
        oldest_seconds=max(0.0, (moment - since).total_seconds()),
        dead=OutboxMessage.objects.filter(dead_at__isnull=False).count(),
    )


def purge(*, older_than: timedelta) -> int:
    """Will drop messages processed longer ago; their keys are free again. Dead ones stay."""
    before = clock.now() - older_than
    return OutboxMessage.objects.filter(processed_at__lt=before).delete()[0]


def _claim() -> int | None:
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
        message.attempts += 1
        message.available_at = clock.now() + LEASE
        if message.attempts > MAX_ATTEMPTS:  # its worker died every time
            message.dead_at = clock.now()
            message.last_error = message.last_error or "the worker ended while doing this"
            logger.error("outbox message given up", extra={"outbox_id": message.pk})
        message.save(update_fields=["attempts", "available_at", "dead_at", "last_error"])
        return message.pk


def _do(message_id: int) -> int:
    """Gives 1 if the effect was done now, 0 if it failed or somebody else has it."""
    with transaction.atomic():
        # Waits: a rival's claim may hold the row for a moment after finding it taken. Who is
        # doing the effect keeps the row locked, and a claim passes over locked rows.
        message = (
            OutboxMessage.objects.select_for_update()
            .filter(pk=message_id, processed_at__isnull=True, dead_at__isnull=True)
            .first()
        )
        if message is None:
            return 0
        try:
            with transaction.atomic():
                _handlers[message.topic](message)
        except Exception as error:  # noqa: BLE001  the loop's edge: park the row, keep draining
            _park(message, error)
            return 0
        message.processed_at = clock.now()
        message.save(update_fields=["processed_at"])
        return 1


def _park(message: OutboxMessage, error: Exception) -> None:
    message.last_error = f"{type(error).__name__}: {error}"[:2000]
    if message.attempts >= MAX_ATTEMPTS:
        message.dead_at = clock.now()
        logger.error("outbox message given up", extra={"outbox_id": message.pk}, exc_info=error)
    else:
        wait = timedelta(seconds=min(2**message.attempts, 3600))
        message.available_at = clock.now() + wait
        logger.warning("outbox message failed", extra={"outbox_id": message.pk}, exc_info=error)
    message.save(update_fields=["last_error", "dead_at", "available_at"])
