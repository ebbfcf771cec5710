"""The transactional outbox: order an effect in the transaction, have it done once after.

``enqueue`` is called by services, ``handles`` by apps that do the effect (imported in their
``AppConfig.ready``), ``drain`` by the worker. One message is done in two transactions:

1. Claim: take the next due rows with SKIP LOCKED, count the attempt, push ``available_at`` a
   minute ahead, commit. Untried ones are taken ``AT_ONCE``; who was tried before is taken
   alone, so that a handler that kills its worker uses up its own attempts, ends among the dead
   and neither blocks the queue for ever nor takes along whoever stood beside it.
2. Do: mark the row processed if it is not yet, which locks it, and run the handler in the same
   transaction. A handler whose effects are rows is thus applied exactly once; one that talks to
   the outside must pass ``message.key`` along so that the other side can drop a repeat.

Neither waits for the disk: a database that crashes forgets effect and mark together, while the
message was committed by who ordered it.
"""

import json
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

from apps.common import clock, commits, journeys, rows
from apps.common.errors import NotAllowed
from apps.common.models import OutboxMessage
from apps.common.signals import Change, announce
from apps.common.waking import Waker

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxMessage], None]

MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=1)
#: Untried messages that are claimed together.
AT_ONCE = 20
_handlers: dict[str, Handler] = {}
_drainers = Waker("common.drain_outbox", expires=30)
_is_silent: ContextVar[bool] = ContextVar("outbox_without_waking", default=False)

_CLAIM = f"""
with due as (
    select id, attempts, available_at from common_outboxmessage
    where processed_at is null and dead_at is null
        and available_at <= %s::timestamptz and topic = any(%s::text[])
    order by available_at, id limit {AT_ONCE} for update skip locked
), ranked as (
    select id, available_at, row_number() over line as place,
        count(*) filter (where attempts > 0) over line as tried
    from due window line as (order by available_at, id)
)
update common_outboxmessage m
set attempts = m.attempts + 1, available_at = %s::timestamptz,
    dead_at = case when m.attempts >= {MAX_ATTEMPTS} then %s::timestamptz end,
    last_error = case when m.attempts >= {MAX_ATTEMPTS} and m.last_error = ''
        then 'the worker ended while doing this' else m.last_error end
from ranked r where r.id = m.id and (r.place = 1 or r.tried = 0)
returning r.place, m.id, m.topic, m.key, m.payload, m.created_at, r.available_at, m.attempts
"""  # noqa: S608  our own words
_DONE = """
update common_outboxmessage set processed_at = %s::timestamptz
where id = %s::bigint and processed_at is null and dead_at is null returning id
"""


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
        claimed = _claim()
        if not claimed:
            return done
        for place, message in enumerate(claimed):
            if tried == limit or (place and time.monotonic() >= until):
                _give_back(claimed[place:])
                break
            if message.attempts > MAX_ATTEMPTS:  # its worker died every time
                logger.error("outbox message given up", extra={"outbox_id": message.pk})
                continue
            tried += 1
            done += _do(message)
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


def _claim() -> list[OutboxMessage]:
    """Takes what is due, in order; ``available_at`` stays what it was, for giving it back."""
    moment = clock.now()
    topics = "{" + ",".join(f'"{topic}"' for topic in _handlers) + "}"
    lease, now = (moment + LEASE).isoformat(), moment.isoformat()
    with transaction.atomic():
        claimed = journeys.send([commits.LIGHT, (_CLAIM, [now, topics, lease, now])])
    [found] = journeys.read(claimed[1:])
    return [
        OutboxMessage(
            pk=key,
            topic=topic,
            key=word,
            payload=json.loads(payload),
            created_at=created_at,
            available_at=available_at,
            attempts=attempts,
        )
        for _place, key, topic, word, payload, created_at, available_at, attempts in sorted(found)
    ]


def _give_back(claimed: Sequence[OutboxMessage]) -> None:
    """Lets others have what there was no time for, as if it had never been claimed."""
    for message in claimed:
        untouched = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts)
        untouched.filter(processed_at__isnull=True).update(
            attempts=message.attempts - 1, available_at=message.available_at
        )


def _do(message: OutboxMessage) -> int:
    """Gives 1 if the effect was done now, 0 if it failed or somebody else has done it."""
    try:
        with transaction.atomic():
            # Waits for a rival who is doing it, and finds then that it is done. A claim
            # passes over locked rows.
            now = clock.now().isoformat()
            done = journeys.send([commits.LIGHT, (_DONE, [now, str(message.pk)])])
            if not done[1].ntuples:
                return 0
            _handlers[message.topic](message)
    except Exception as error:  # noqa: BLE001  the loop's edge: park the row, keep draining
        _park(message, error)
        return 0
    return 1


def _park(message: OutboxMessage, error: Exception) -> None:
    """Lays a failed message aside for a while, unless a rival has claimed it meanwhile."""
    changes: dict[str, Any] = {"last_error": f"{type(error).__name__}: {error}"[:2000]}
    if message.attempts >= MAX_ATTEMPTS:
        changes["dead_at"] = clock.now()
        logger.error("outbox message given up", extra={"outbox_id": message.pk}, exc_info=error)
    else:
        wait = timedelta(seconds=min(2**message.attempts, 3600))
        changes["available_at"] = clock.now() + wait
        logger.warning("outbox message failed", extra={"outbox_id": message.pk}, exc_info=error)
    ours = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts)
    ours.filter(processed_at__isnull=True).update(**changes)
