"""Clocks in hand: locked and read once, with their ledger, for all that one deed does to them.

A deed reads the clocks of its subject to decide, then stops one and starts another. In a block of
``rows.in_order`` each clock is one object from its first lock to the end of the block: whoever
works on it finds what those before have done, written or still waiting. Elsewhere every lock reads.
"""

from collections import defaultdict
from functools import cache

from django.db.models import QuerySet

from apps.clocks.enums import ClockState
from apps.clocks.models import Clock, ClockInterval
from apps.clocks.selectors import revision
from apps.common import rows
from apps.common.journeys import Statement
from apps.common.questions import Question, together

Lines = list[ClockInterval]  # of one clock, oldest first
_Held = tuple[Clock, Lines]

_CLOCK = Question(lambda clock: Clock.objects.select_for_update().filter(pk=clock))
_LINES = Question(lambda clock: ClockInterval.objects.filter(clock_id=clock).order_by("sequence"))


def lock(clock: Clock) -> tuple[Clock, Lines]:
    """Will give the clock as it is now, locked until commit, with its ledger."""
    held = rows.in_hand()
    if (Clock, clock.pk) not in held:
        rows.flush()
        [[found], lines] = together(_CLOCK.of(clock.pk), _LINES.of(clock.pk))
        held[Clock, clock.pk] = _with_revision(found), lines
    one: _Held = held[Clock, clock.pk]
    if any(line.pk is None for line in one[1]):  # written in this block, its key not told
        one[1][:] = _LINES.all(clock.pk)
    return one


def hold_open(subject_type: str, subject_id: int) -> list[Clock]:
    """Will lock the clocks of a subject that have not stopped and give them, oldest first."""
    held, subject = rows.in_hand(), (subject_type, subject_id)
    if subject not in held:
        rows.flush()
        clocks, lines = together(*(each.of(subject_id) for each in _open(subject_type)))
        ledgers: defaultdict[int, Lines] = defaultdict(list)
        for line in lines:
            ledgers[line.clock_id].append(line)
        for clock in clocks:
            held.setdefault((Clock, clock.pk), (_with_revision(clock), ledgers[clock.pk]))
        held[subject] = [held[Clock, clock.pk][0] for clock in clocks]
    return [clock for clock in held[subject] if clock.state != ClockState.STOPPED]


def hold(clock: Clock, lines: Lines) -> None:
    """Will take a clock in hand that has just begun to run."""
    held, subject = rows.in_hand(), (clock.subject_type, clock.subject_id)
    held[Clock, clock.pk] = clock, lines
    if subject not in held:
        rows.forget(*open_questions(*subject))
    elif clock not in held[subject]:
        held[subject].append(clock)


def open_questions(subject_type: str, subject_id: int) -> list[Statement]:
    """Will give what ``hold_open`` asks, for a caller who foresees that it will."""
    return [each.statement([subject_id]) for each in _open(subject_type)]


def _with_revision(clock: Clock) -> Clock:
    """A revision never changes and weighs kilobytes: it is not read with each clock."""
    clock.calendar_revision = revision(clock.calendar_revision_id)
    return clock


@cache
def _open(subject_type: str) -> tuple[Question[Clock], Question[ClockInterval]]:
    def clocks(subject: int) -> QuerySet[Clock]:
        of_subject = Clock.objects.filter(subject_type=subject_type, subject_id=subject)
        return of_subject.exclude(state=ClockState.STOPPED).order_by("id").select_for_update()

    def lines(subject: int) -> QuerySet[ClockInterval]:
        of_subject = ClockInterval.objects.filter(
            clock__subject_type=subject_type, clock__subject_id=subject
        )
        running = of_subject.exclude(clock__state=ClockState.STOPPED)
        return running.order_by("clock_id", "sequence")

    return Question(clocks), Question(lines)
