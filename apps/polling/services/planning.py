"""Who is asked now: due polls claimed by gateway, asked, and what came of them written down.

A gateway is claimed whole for a while, so two workers never ask it at once; a worker that
dies leaves a claim that runs out. No transaction is open while anybody is asked.
Source: IO-10, docs/decisions/0060.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.polling.asking import SESSION_S, Session, ask_all
from apps.polling.models import Gateway, Poll
from apps.polling.services.sessions import asked_of, endpoint_of
from apps.polling.services.settling import settle
from apps.polling.values import value_of
from apps.polling.wire import Outcome, Problem
from apps.sensing.services import take_readings

#: Gateways asked at once by one worker, and devices of one gateway in one session.
MOST_GATEWAYS = 64
MOST_DEVICES = 100
#: Workers that poll at once: gateways that hang must not hold every worker there is.
MOST_WORKERS = 2
#: A claim outlives its session by far, and runs out when the worker died.
CLAIM = timedelta(seconds=4 * SESSION_S)


@dataclass(frozen=True)
class Claimed:
    """A gateway that is ours to ask until the claim runs out."""

    gateway_id: int
    claim: uuid.UUID
    session: Session


def poll_due() -> int:
    """Will ask the gateways whose devices are due and give how many devices answered."""
    claimed = claim_due()
    answered = 0
    found = ask_all([one.session for one in claimed])
    for one, outcomes in zip(claimed, found, strict=True):
        if items := items_of(outcomes):
            take_readings(items, sender=SYSTEM)
        settle(one.gateway_id, one.claim, outcomes)
        answered += sum(not outcome.error for outcome in outcomes)
    return answered


@transaction.atomic
def claim_due(*, most: int = MOST_GATEWAYS) -> list[Claimed]:
    """Will claim gateways with due polls, those longest unasked first.

    Gateways others have claimed, or hold locked, are passed over; nothing is claimed while
    ``MOST_WORKERS`` others are at it.
    """
    now = clock.now()
    at_it = Gateway.objects.filter(claimed_until__gt=now).values("claim").distinct().count()
    if at_it >= MOST_WORKERS:
        return []
    due = Poll.objects.filter(
        gateway=OuterRef("pk"), is_active=True, device__is_active=True, due_at__lte=now
    )
    free = (
        Gateway.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
        .filter(Q(retry_at=None) | Q(retry_at__lte=now))
        .filter(Exists(due), is_active=True)
        .order_by(F("polled_at").asc(nulls_first=True), "pk")[:most]
    )
    claim = uuid.uuid4()
    return [_claim(gateway, claim, now) for gateway in free]


def _claim(gateway: Gateway, claim: uuid.UUID, now: datetime) -> Claimed:
    gateway.claim, gateway.claimed_until, gateway.polled_at = claim, now + CLAIM, now
    gateway.save(update_fields=["claim", "claimed_until", "polled_at"])
    due = (
        gateway.polls.filter(is_active=True, device__is_active=True, due_at__lte=now)
        .select_related("device", "plan")
        .prefetch_related("plan__lines__field")
        .order_by("due_at", "pk")[:MOST_DEVICES]
    )
    asked = tuple(asked_of(poll) for poll in due)
    return Claimed(gateway.pk, claim, Session(endpoint_of(gateway), asked, gateway.concurrency))


def items_of(outcomes: list[Outcome]) -> list[dict[str, object]]:
    """Will give what was read as intake takes it; what could not be read is left out."""
    items: list[dict[str, object]] = []
    for outcome in outcomes:
        lines = outcome.asked.lines
        read = {line.field: value_of(line, outcome.raw.get(line.field)) for line in lines}
        values = {
            field: value
            for field, value in read.items()
            if field in outcome.raw and not isinstance(value, Problem)
        }
        if values:
            at = outcome.at.isoformat()
            items.append({"node": outcome.asked.node, "at": at, "values": values})
    return items
