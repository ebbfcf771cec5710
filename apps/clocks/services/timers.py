"""Timers: rows that wait for a moment, and the scanner that takes them.

Firing has two steps. A short transaction claims a batch with SKIP LOCKED by moving
``claimable_at`` a lease ahead, so two scanners share the work. Then the batch is fired: lock
the subjects, the clocks, the timers, in that order; look again; mark them fired; call the
handler. The marks and the handler's rows commit together or not at all. Subjects that can be
handled together (``registry.Together``) have one transaction per batch, in which a subject
that somebody holds is left for a moment later; the others, and those of a batch that failed,
have one each. A handler that fails is tried again after 2, 4, 8 … seconds, at most an hour,
for ever; a worker that dies leaves the timer to whoever scans after the lease.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from apps.clocks import registry
from apps.clocks.engine import Limit, Unit
from apps.clocks.enums import ClockState, Level
from apps.clocks.ledger import Projection, Threshold
from apps.clocks.models import Clock, ClockTimer
from apps.common import clock as city_clock
from apps.common import rows
from apps.common.questions import Question
from apps.common.waking import Waker

logger = logging.getLogger(__name__)

EXPIRY = "expiry"
WAKE = "wake"
BATCH = 100
LEASE = timedelta(minutes=2)
SOON_AGAIN = timedelta(seconds=2)  # when the subject was in somebody's hands
LONGEST_WAIT_S = 3600
_SUBJECT = "clock__subject_id"
_scanners = Waker("clocks.fire_due_timers", expires=30)
_TIMERS = Question(
    lambda clock: ClockTimer.objects.select_for_update().filter(clock_id=clock).order_by("pk")
)
_DISARM = "update clocks_clocktimer set due_at = null, claimable_at = null where clock_id = %s"
_WAKE_NO_MORE = "delete from clocks_clocktimer where clock_id = %s and code = 'wake'"
_TIMER_FIELDS = ["due_at", "claimable_at", "fired_at", "occurrence", "attempts", "last_error"]


def plan(thresholds: Sequence[Threshold]) -> list[ClockTimer]:
    """Will give the timers of a new clock, not armed and not written yet."""
    wanted = list(thresholds)
    if all(threshold.code != EXPIRY for threshold in wanted):
        at_due = Limit(0, Unit.CALENDAR_MINUTES.value)
        wanted.append(Threshold(EXPIRY, Level.RED.value, offset=at_due))
    return [
        ClockTimer(
            code=threshold.code,
            level=threshold.level,
            action=threshold.action,
            fraction=threshold.fraction,
            offset_amount=threshold.offset.amount if threshold.offset else None,
            offset_unit=threshold.offset.unit if threshold.offset else "",
        )
        for threshold in wanted
    ]


def write(clock: Clock, timers: Sequence[ClockTimer]) -> None:
    """Will write the planned timers of a clock that has just been written."""
    for timer in timers:
        timer.clock = clock
        rows.insert(timer)


def arm(clock: Clock, projection: Projection, *, at: datetime, rearm: bool) -> datetime | None:
    """Will set every timer to its moment and give the moment of the first warning.

    A timer that has fired stays fired, unless ``rearm`` and its moment lies ahead again.
    """
    timers = _locked(clock)
    first_warning = set_moments(timers, projection, clock=clock, at=at, rearm=rearm)
    for timer in timers:
        rows.update(timer, *_TIMER_FIELDS)
    return first_warning


def set_moments(
    timers: Sequence[ClockTimer],
    projection: Projection,
    *,
    clock: Clock,
    at: datetime,
    rearm: bool,
) -> datetime | None:
    """Will arm timers in hand as ``arm`` says, without writing them."""
    first_warning = None
    for timer in timers:
        threshold = timer.threshold
        if threshold is None:
            continue
        moment = projection.threshold_at(threshold)
        if moment < projection.due_at:
            first_warning = min(moment, first_warning or moment)
        if timer.fired_at is not None:
            if not (rearm and moment > at):
                continue
            timer.fired_at = None
            timer.occurrence += 1
        timer.due_at = moment if clock.state == ClockState.RUNNING else None
        timer.claimable_at, timer.attempts = timer.due_at, 0
    return first_warning


def disarm(clock: Clock) -> None:
    """Will silence the timers of a clock that has stopped."""
    rows.execute(_DISARM, [str(clock.pk)])


def renew(clock: Clock) -> None:
    """Will make every timer of a restarted clock new."""
    timers = _locked(clock)
    for timer in timers:
        timer.occurrence += timer.fired_at is not None
        timer.fired_at = None
    for timer in timers:
        rows.update(timer, *_TIMER_FIELDS)


def set_wake(clock: Clock, until: datetime | None) -> None:
    """Will remind the subject of a suspended clock at ``until``; None: no longer."""
    if until is None:
        rows.execute(_WAKE_NO_MORE, [str(clock.pk)])
        return
    rows.insert(
        ClockTimer(
            clock=clock,
            code=WAKE,
            level=Level.YELLOW,
            action=WAKE,
            due_at=until,
            claimable_at=until,
        )
    )


def fire_due(limit: int = 500, *, seconds: float = 60.0) -> int:
    """Will fire up to ``limit`` timers that are due and give the number fired.

    Begins no batch once ``seconds`` have passed; another turn is ordered then, which comes after
    whatever else waits for the workers. Any number of scanners may run at once.
    Timers of subjects without a registered handler wait until somebody registers one.
    Source: SL-01.
    """
    fired = tried = 0
    until = time.monotonic() + seconds
    while tried < limit and time.monotonic() < until:
        batch = _claim(min(BATCH, limit - tried))
        if not batch:
            return fired
        tried += len(batch)
        fired += _fire_batch(batch)
    _scanners.wake()
    return fired


def _locked(clock: Clock) -> list[ClockTimer]:
    rows.flush()
    return _TIMERS.all(clock.pk)


def waiting(now: datetime) -> QuerySet[ClockTimer]:
    """Will give the timers a scanner may take at ``now``, the longest waiting first."""
    return ClockTimer.objects.filter(
        claimable_at__lte=now, clock__subject_type__in=registry.subject_types()
    ).order_by("claimable_at", "id")


@transaction.atomic
def _claim(size: int) -> list[tuple[int, str]]:
    """Takes timers, and says of each what kind of subject it belongs to."""
    now = city_clock.now()
    free = waiting(now).select_for_update(skip_locked=True, of=("self",))
    claimed = list(free.values_list("pk", "clock__subject_type")[:size])
    taken = [timer_id for timer_id, _subject_type in claimed]
    ClockTimer.objects.filter(pk__in=taken).update(claimable_at=now + LEASE)
    return claimed


def _fire_batch(batch: Sequence[tuple[int, str]]) -> int:
    by_type: dict[str, list[int]] = defaultdict(list)
    for timer_id, subject_type in batch:
        by_type[subject_type].append(timer_id)
    fired = 0
    for subject_type, timer_ids in by_type.items():
        together = registry.registered(subject_type).together
        if together is not None:
            try:
                fired += _fire_together(timer_ids, together)
            except Exception:  # one of them fails: each by itself shows which
                logger.warning("timers are fired one by one", exc_info=True)
            else:
                continue
        fired += sum(_fire_or_park(timer_id) for timer_id in timer_ids)
    return fired


@transaction.atomic
def _fire_together(timer_ids: Sequence[int], together: registry.Together) -> int:
    now = city_clock.now()
    subjects = dict(ClockTimer.objects.filter(pk__in=timer_ids).values_list("pk", _SUBJECT))
    ours = together.lock(sorted(set(subjects.values())))
    wanted = [pk for pk in timer_ids if subjects.get(pk) in ours]
    clock_ids = ClockTimer.objects.filter(pk__in=wanted).values("clock_id")
    in_order = Clock.objects.select_for_update().filter(pk__in=clock_ids).order_by("pk")
    clocks = {clock.pk: clock for clock in in_order}
    found = ClockTimer.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    due = [t for t in found if t.fired_at is None and t.due_at is not None and t.due_at <= now]
    _mark(due, now)
    _note_breaches([clocks[t.clock_id] for t in due], now)
    due.sort(key=lambda timer: (timer.due_at, timer.pk))
    together.handler([_told(timer, clocks[timer.clock_id]) for timer in due])
    left = set(timer_ids) - set(wanted)
    if left:
        ClockTimer.objects.filter(pk__in=left, claimable_at__isnull=False).update(
            claimable_at=now + SOON_AGAIN
        )
    return len(due)


def _mark(timers: Iterable[ClockTimer], now: datetime) -> None:
    """Before the handler: what it does to a clock may arm these very timers anew."""
    ClockTimer.objects.filter(pk__in=[t.pk for t in timers]).update(
        fired_at=now, claimable_at=None, last_error=""
    )


def _note_breaches(clocks: Iterable[Clock], now: datetime) -> None:
    late = [
        clock
        for clock in clocks
        if clock.state == ClockState.RUNNING and clock.due_at <= now and clock.breached_at is None
    ]
    if late:
        Clock.objects.filter(pk__in=[c.pk for c in late]).update(breached_at=F("due_at"))
        for clock in late:
            clock.breached_at = clock.due_at


def _told(timer: ClockTimer, clock: Clock) -> registry.TimerFired:
    assert timer.due_at is not None
    return registry.TimerFired(
        clock_id=clock.pk,
        subject_id=clock.subject_id,
        name=clock.name,
        threshold_code=timer.code,
        at=timer.due_at,
        level=timer.level,
        action=timer.action,
        occurrence=timer.occurrence,
        label=clock.label,
        round=clock.round,
    )


def _fire_or_park(timer_id: int) -> bool:
    try:
        return _fire(timer_id)
    except Exception as error:  # noqa: BLE001  the loop's edge: park the timer, keep scanning
        _park(timer_id, error)
        return False


@transaction.atomic
def _fire(timer_id: int) -> bool:
    now = city_clock.now()
    subject = Clock.objects.filter(timers=timer_id).values("pk", "subject_type", "subject_id")
    found = subject.first()
    if found is None:
        return False
    registered = registry.registered(found["subject_type"])
    if registered.lock is not None:
        registered.lock(found["subject_id"])
    clock = Clock.objects.select_for_update().get(pk=found["pk"])
    timer = ClockTimer.objects.select_for_update().filter(pk=timer_id).first()
    if timer is None or timer.fired_at is not None or timer.due_at is None or timer.due_at > now:
        return False
    told = _told(timer, clock)
    _mark([timer], now)
    _note_breaches([clock], now)
    registered.handler(told)
    return True


@transaction.atomic
def _park(timer_id: int, error: Exception) -> None:
    timer = ClockTimer.objects.select_for_update().get(pk=timer_id)
    timer.attempts = min(timer.attempts + 1, 1000)
    timer.last_error = f"{type(error).__name__}: {error}"[:2000]
    wait = timedelta(seconds=min(2 ** min(timer.attempts, 12), LONGEST_WAIT_S))
    if timer.fired_at is None and timer.due_at is not None:
        timer.claimable_at = city_clock.now() + wait
    timer.save(update_fields=["attempts", "last_error", "claimable_at"])
    logger.error("clock timer failed", extra={"timer_id": timer_id}, exc_info=error)
