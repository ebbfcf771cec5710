"""Which checks are made now: due ones claimed, asked, and what came of them written down.

A check is claimed for a while, so two workers never make it at once; a worker that dies leaves a
claim that runs out, and one that comes late writes nothing. No transaction is open while anybody
is asked. Source: OP-04, docs/decisions/0068.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from apps.common import clock
from apps.monitoring.asking import ask_all
from apps.monitoring.models import Check
from apps.monitoring.probes import Outcome, Question
from apps.monitoring.selectors.points import question_of
from apps.monitoring.services.settling import settle

#: Checks one worker makes in a round, and workers that do so at once: things that hang must not
#: hold every worker there is.
MOST_CHECKS = 200
MOST_WORKERS = 2
#: Two hundred checks, 64 at a time, each hanging for 20 s, are done within it.
CLAIM = timedelta(seconds=120)


@dataclass(frozen=True)
class Claimed:
    """Checks that are ours to make until the claim runs out."""

    claim: uuid.UUID
    questions: Sequence[Question]


def check_due() -> int:
    """Will make the checks that are due and give how many were answered."""
    claimed = claim_due()
    outcomes = ask_all(claimed.questions)
    for outcome in outcomes:
        settle(claimed.claim, outcome)
    return sum(outcome.answer is not None for outcome in outcomes)


@transaction.atomic
def claim_due(*, most: int = MOST_CHECKS) -> Claimed:
    """Will claim due checks of things in use, the longest due first.

    Those others have claimed, or hold locked, are passed over; nothing is claimed while
    ``MOST_WORKERS`` others are at it.
    """
    now, claim = clock.now(), uuid.uuid4()
    at_it = Check.objects.filter(claimed_until__gt=now).values("claim").distinct().count()
    if at_it >= MOST_WORKERS:
        return Claimed(claim, [])
    free = (
        Check.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
        .filter(is_active=True, target__is_active=True, due_at__lte=now)
        .select_related("target")
        .prefetch_related("measures")
        .order_by("due_at", "pk")[:most]
    )
    checks = list(free)
    Check.objects.filter(pk__in=[check.pk for check in checks]).update(
        claim=claim, claimed_until=now + CLAIM
    )
    return Claimed(claim, [question_of(check) for check in checks])


def try_outcome(check: Check) -> Outcome:
    """Will ask one check once and keep nothing of it."""
    [outcome] = ask_all([question_of(check)])
    return outcome
