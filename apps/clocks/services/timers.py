"""Timers: rows that wait for a moment, and the scanner that takes them.

Firing has two steps. A short transaction claims a batch with SKIP LOCKED by moving
``claimable_at`` a lease ahead, so two scanners share the work. Then each timer has a
transaction of its own: lock the subject, the clock, the timer, in that order; look again;
mark it fired; call the handler. The mark and the handler's rows commit together or not at
all. A handler that fails is tried again after 2, 4, 8 … seconds, at most an hour, for ever;
a worker that dies leaves the timer to whoever scans after the lease.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from apps.clocks import registry
from apps.clocks.engine import Limit, Unit
from apps.clocks.enums import ClockState, Level
from apps.clocks.ledger import Projection, Threshold
from apps.clocks.models import Clock, ClockTimer
from apps.common import clock as city_clock
from apps.common import rows

logger = logging.getLogger(__name__)

EXPIRY = "expiry"
WAKE = "wake"
BATCH = 50
LEASE = timedelta(minutes=2)
LONGEST_WAIT_S = 3600
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
    ClockTimer.objects.bulk_update(timers, _TIMER_FIELDS)
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
    clock.timers.update(due_at=None, claimable_at=None)


def renew(clock: Clock) -> None:
    """Will make every timer of a restarted clock new."""
    timers = _locked(clock)
    for timer in timers:
        timer.occurrence += timer.fired_at is not None
        timer.fired_at = None
    ClockTimer.objects.bulk_update(timers, _TIMER_FIELDS)


def set_wake(clock: Clock, until: datetime | None) -> None:
    """Will remind the subject of a suspended clock at ``until``; None: no longer."""
    if until is None:
        clock.timers.filter(code=WAKE).delete()
        return
    ClockTimer.objects.create(
        clock=clock, code=WAKE, level=Level.YELLOW, action=WAKE, due_at=until, claimable_at=until
    )


def fire_due(limit: int = 500) -> int:
    """Will fire up to ``limit`` timers that are due and give the number fired.

    Any number of scanners may run at once. Timers of subjects without a registered handler
    wait until somebody registers one.
    Source: SL-01.
    """
    fired = tried = 0
    while tried < limit:
        batch = _claim(min(BATCH, limit - tried))
        if not batch:
            break
        tried += len(batch)
        fired += sum(_fire_or_park(timer_id) for timer_id in batch)
    return fired


def _locked(clock: Clock) -> list[ClockTimer]:
    return list(clock.timers.select_for_update().order_by("pk"))


@transaction.atomic
def _claim(size: int) -> list[int]:
    now = city_clock.now()
    waiting = (
        ClockTimer.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(claimable_at__lte=now, clock__subject_type__in=registry.subject_types())
        .order_by("claimable_at", "id")
    )
    claimed = list(waiting.values_list("pk", flat=True)[:size])
    ClockTimer.objects.filter(pk__in=claimed).update(claimable_at=now + LEASE)
    return claimed


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
    # Marked first: what the handler does to the clock may arm this very timer anew.
    due_at = timer.due_at
    timer.fired_at, timer.claimable_at, timer.last_error = now, None, ""
    timer.save(update_fields=["fired_at", "claimable_at", "last_error"])
    if clock.state == ClockState.RUNNING and clock.due_at <= now and clock.breached_at is None:
        clock.breached_at = clock.due_at
        clock.save(update_fields=["breached_at"])
    registered.handler(
        registry.TimerFired(
            clock_id=clock.pk,
            subject_id=clock.subject_id,
            name=clock.name,
            threshold_code=timer.code,
            at=due_at,
            level=timer.level,
            action=timer.action,
            occurrence=timer.occurrence,
        )
    )
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
