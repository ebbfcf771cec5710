"""Letting running clocks follow an edited calendar: never by itself, chosen, with a reason.

An edit of a calendar moves no deadline that runs. ``preview_following`` says which deadlines
would move and how far; ``follow_calendar`` moves the chosen ones, each with a line in its
ledger, an entry in the log, and word to its subject. Source: SL-02, SL-03.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import Actor
from apps.clocks import registry
from apps.clocks.engine import NoWorkingTime
from apps.clocks.enums import ClockState
from apps.clocks.ledger import project
from apps.clocks.models import Calendar, Clock
from apps.clocks.selectors import get_revision, work_calendar
from apps.clocks.services.running import recompute
from apps.common import clock as city_clock
from apps.common.errors import DomainError, InvalidInput

#: Clocks looked at, and moved, in one go.
MOST_LOOKED_AT, MOST_AT_ONCE = 5000, 200


@dataclass(frozen=True)
class Following:
    """A running clock and where its deadline would go under the calendar as it stands now."""

    clock: Clock
    due_after: datetime

    @property
    def moves_by(self) -> timedelta:
        """How far: negative is earlier."""
        return self.due_after - self.clock.due_at


@dataclass(frozen=True)
class Followed:
    """What became of one clock. error: empty when it was moved."""

    clock: Clock
    error: str = ""


def preview_following(calendar: Calendar) -> list[Following]:
    """Will list the clocks whose deadline would move, the soonest first; writes nothing.

    Looks at no more than 5,000 clocks that run under an earlier revision.
    """
    newest = get_revision(calendar)
    working = work_calendar(newest)
    earlier = calendar.revisions.filter(number__lt=newest.number)
    clocks = (
        Clock.objects.filter(calendar_revision__in=earlier.values("pk"))
        .exclude(state=ClockState.STOPPED)
        .prefetch_related("intervals")
        .order_by("due_at", "pk")[:MOST_LOOKED_AT]
    )
    found = []
    for clock in clocks:
        lines = sorted(clock.intervals.all(), key=lambda line: line.sequence)
        entries = [line.entry() for line in lines if line.round == clock.round]
        try:
            due_after = project(entries, working).due_at
        except NoWorkingTime:
            continue
        if due_after != clock.due_at:
            found.append(Following(clock, due_after))
    return found


def follow_calendar(
    actor: Actor, *, calendar: Calendar, clock_ids: Sequence[int], reason: str
) -> list[Followed]:
    """Will compute the chosen deadlines anew under the calendar as it stands now.

    Each in a transaction of its own: locks the subject, then the clock. One that cannot be
    moved any more (stopped meanwhile) does not keep the others.
    Raises: InvalidInput (no reason; none or more than 200 clocks).
    """
    if not reason.strip():
        raise InvalidInput(_("请填写原因"), field="reason")
    if not 1 <= len(clock_ids) <= MOST_AT_ONCE:
        raise InvalidInput(_("请选择1至%d个计时") % MOST_AT_ONCE, field="clocks")
    clocks = Clock.objects.filter(pk__in=clock_ids, calendar=calendar).order_by("pk")
    return [_follow(actor, clock, reason) for clock in clocks]


def _follow(actor: Actor, clock: Clock, reason: str) -> Followed:
    try:
        with transaction.atomic():
            known = registry.find(clock.subject_type)
            if known is not None and known.lock is not None:
                known.lock(clock.subject_id)
            due_before = clock.due_at
            moved = recompute(clock, reason=reason, by=actor, at=city_clock.now())
            if known is not None and known.moved is not None:
                known.moved(
                    registry.DeadlineMoved(
                        clock_id=moved.pk,
                        subject_id=moved.subject_id,
                        label=moved.label or moved.name,
                        due_before=due_before,
                        due_after=moved.due_at,
                        reason=reason.strip(),
                        actor=actor,
                    )
                )
    except DomainError as refusal:
        return Followed(clock, str(refusal))
    return Followed(moved)
