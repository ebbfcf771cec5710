"""The connection's own row and the batches taken in through it, fenced by a lease.

Only the process that holds the lease writes: each batch checks it in its own transaction, so a
process that slept through its lease commits nothing more.
"""

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet

from apps.common import clock
from apps.mqtt import registry
from apps.mqtt.enums import Turned
from apps.mqtt.models import Connection, Outgoing, Parked
from apps.mqtt.registry import Message

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
#: Packets the broker may have given out without an answer; of so many the effect is remembered.
IN_FLIGHT = 4000
#: Messages laid aside that are kept; the oldest goes.
MOST_PARKED = 1000
ROW = 1


class LeaseLost(Exception):
    """Another process holds the connection now."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with the packet number it came under; 0: nothing to acknowledge."""

    packet: int
    pattern: str
    message: Message

    @property
    def mark(self) -> int:
        """Packet number and digest: the same again is the same message sent again."""
        told = hashlib.blake2b(self.message.topic.encode(), digest_size=6)
        told.update(b"\x00" + self.message.payload)
        return self.packet << 46 | int.from_bytes(told.digest(), "big") >> 2


@dataclass
class Turn:
    """What is to be written of the time since the last report."""

    received: int = 0
    sent: int = 0
    turned: Counter[tuple[Turned, str]] = field(default_factory=Counter)


def hold(owner: UUID) -> bool:
    """Will take the connection, or keep it. False: another process holds it."""
    now = clock.now()
    Connection.objects.bulk_create([Connection(pk=ROW)], ignore_conflicts=True)
    free = Q(owner=owner) | Q(owner=None) | Q(lease_until__lt=now)
    return bool(
        Connection.objects.filter(free, pk=ROW).update(owner=owner, lease_until=now + LEASE)
    )


def release(owner: UUID) -> None:
    """Will let go of the connection, so that another process need not wait."""
    Connection.objects.filter(pk=ROW, owner=owner).update(
        owner=None, lease_until=None, connected_since=None
    )


def silent_s() -> float:
    """Will give how many seconds ago whoever held the connection last reported."""
    before = Connection.objects.values_list("seen_at", flat=True).filter(pk=ROW).first()
    return (clock.now() - before).total_seconds() if before else 0.0


def note_connected(owner: UUID, *, is_resumed: bool) -> list[int]:
    """Will write down a connection and give the marks of what was handled last.

    is_resumed: the broker knew us, and sends again what was open.
    """
    forgotten: dict[str, Any] = {} if is_resumed else {"handled": []}
    _mine(owner).update(connected_since=clock.now(), connects=F("connects") + 1, **forgotten)
    return _mine(owner).values_list("handled", flat=True).first() or []


def note_trouble(owner: UUID, *, error: str) -> None:
    """Will write down that the connection is lost, and why."""
    now = clock.now()
    _mine(owner).update(connected_since=None, last_error=error[:300], last_error_at=now)


@transaction.atomic
def report(owner: UUID, turn: Turn) -> None:
    """Will keep the lease, and count what happened since the last report.

    Raises: LeaseLost.
    """
    now = clock.now()
    kept = _mine(owner).update(
        lease_until=now + LEASE,
        seen_at=now,
        sent=F("sent") + turn.sent,
        refused=F("refused") + sum(turn.turned.values()),
    )
    if not kept:
        raise LeaseLost
    if turn.turned:
        _tell_counters(turn.turned)


def take(
    owner: UUID, batch: Sequence[Delivery], *, handled: Sequence[int], is_patient: bool = True
) -> list[int]:
    """Will have a batch handled and give the marks of what had not been handled before.

    handled: marks of what the broker may still send again. All in one transaction with the memory
    of it: when this returns, the effects are there, once, and every message may be acknowledged.
    A handler that fails is shown each message alone; those it fails on are laid aside. is_patient:
    trouble with the database is nobody's fault, the caller comes again; without patience it counts
    as failure of the handler.
    Raises: LeaseLost; OperationalError, InterfaceError (the database).
    """
    known = set(handled)
    fresh = [one for one in batch if not one.packet or one.mark not in known]
    marks = [one.mark for one in fresh if one.packet]
    groups: dict[str, list[Message]] = defaultdict(list)
    for one in fresh:
        groups[one.pattern].append(one.message)
    with transaction.atomic():
        # The row stays locked until commit: nobody takes the lease from under the batch.
        kept = _mine(owner).update(
            handled=[*handled, *marks][-2 * IN_FLIGHT :],
            received=F("received") + len(batch),
            repeated=F("repeated") + len(batch) - len(fresh),
            last_message_at=clock.now(),
        )
        if not kept:
            raise LeaseLost
        for pattern, messages in groups.items():
            _show(pattern, messages, is_patient=is_patient)
    return marks


def waiting(limit: int) -> list[Outgoing]:
    """Will give the oldest messages to be sent, and drop those nobody wants any more."""
    Outgoing.objects.filter(expires_at__lte=clock.now()).delete()
    return list(Outgoing.objects.order_by("pk")[:limit])


def note_sent(keys: Sequence[int]) -> None:
    """Will drop what the broker has."""
    Outgoing.objects.filter(pk__in=keys).delete()


def _mine(owner: UUID) -> QuerySet[Connection]:
    return Connection.objects.filter(pk=ROW, owner=owner)


def _show(pattern: str, messages: Sequence[Message], *, is_patient: bool) -> None:
    handler = registry.handler_of(pattern)
    try:
        with transaction.atomic():
            handler(messages)
            return
    except (OperationalError, InterfaceError):
        if is_patient:
            raise
        logger.exception("a handler of messages fails at the database")
    except Exception:  # the loop's edge: find the message it stumbles over
        logger.exception("a handler of messages failed")
    for message in messages:
        try:
            with transaction.atomic():
                handler([message])
        except InterfaceError:
            raise
        except Exception as error:  # noqa: BLE001  laid aside below, with its error
            _park(message, error)


def _park(message: Message, error: Exception) -> None:
    Parked.objects.create(
        topic=message.topic[:200],
        payload=message.payload,
        error=f"{type(error).__name__}: {error}"[:300],
        parked_at=clock.now(),
    )
    kept = Parked.objects.order_by("-pk").values_list("pk", flat=True)[:MOST_PARKED]
    Parked.objects.exclude(pk__in=list(kept)).delete()


def _tell_counters(turned: Mapping[tuple[Turned, str], int]) -> None:
    now = clock.now()
    for counter in registry.counters():
        try:
            with transaction.atomic():
                counter(turned, now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # counting must not stop the readings
            logger.exception("what was turned away could not be counted")
