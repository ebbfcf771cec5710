"""The deeds that move a clock. Each writes a line of the ledger and projects the deadline.

``at`` is the moment of the deed. Two officers may act within the same second on machines
whose clocks differ a little: a moment up to a minute before the last line is taken as that
line's, an earlier one is refused.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM, Actor, record
from apps.clocks.engine import Limit, NoWorkingTime, Unit
from apps.clocks.enums import ClockState, IntervalKind
from apps.clocks.ledger import Projection, Threshold, project
from apps.clocks.models import Calendar, CalendarRevision, Clock, ClockInterval
from apps.clocks.selectors import get_revision, work_calendar
from apps.clocks.services import timers
from apps.clocks.services.holding import Lines, hold, lock
from apps.common import rows
from apps.common.errors import InvalidInput, Refused

SKEW = timedelta(minutes=1)


def open_clock(
    *,
    subject_type: str,
    subject_id: int,
    name: str,
    calendar: Calendar,
    limit: Limit,
    at: datetime,
    thresholds: Sequence[Threshold] = (),
    label: str = "",
    by: Actor = SYSTEM,
) -> Clock:
    """Will start a clock against a subject, under the calendar as it stands now.

    Besides ``thresholds`` every clock has a timer ``expiry`` at its deadline, unless one of
    that code is given.
    Raises: InvalidInput (the limit is not positive or not countable); Refused (the subject
        has a clock of this name that has not stopped; the calendar has no working time).
    Source: SL-02.
    """
    revision = get_revision(calendar)
    due_at = _add(revision, at, limit)
    clock = Clock(
        pk=rows.next_key(Clock),
        subject_type=subject_type,
        subject_id=subject_id,
        name=name,
        label=label,
        calendar=calendar,
        calendar_revision=revision,
        limit_amount=Decimal(limit.amount),
        limit_unit=limit.unit,
        started_at=at,
        due_at=due_at,
    )
    # The first line is all there is: projected in hand, so that every row is written once.
    line = _line(clock, IntervalKind.RUN, sequence=1, at=at, by=by, limit=limit, opens=True)
    line.due_after = due_at
    waiting = timers.plan(thresholds)
    projection = project([line.entry()], work_calendar(revision))
    clock.soon_at = timers.set_moments(waiting, projection, clock=clock, at=at, rearm=False)
    try:
        with rows.gathered():
            rows.insert(clock)
            rows.insert(line)
            timers.write(clock, waiting)
    except IntegrityError as error:
        if "clock_name_once" not in str(error):
            raise
        raise Refused(_("同名的计时尚未结束"), code="clock_open") from error
    hold(clock, [line])
    return clock


@rows.gathered(savepoint=False)
def suspend(
    clock: Clock,
    *,
    at: datetime,
    reason: str,
    by: Actor,
    until: datetime | None = None,
    request: str = "",
) -> Clock:
    """Will stop the time from counting until ``resume``; the deadline waits.

    until: a moment to be reminded at: the timer ``wake`` is sent to the subject's handler,
    which decides whether to resume. request: what the decision came from.
    Raises: Refused (the clock does not run); InvalidInput (no reason, or until is past).
    Source: SL-04.
    """
    clock, lines = lock(clock)
    _require(clock, ClockState.RUNNING)
    _require_reason(reason)
    at = _moment(lines, at)
    if until is not None and until <= at:
        raise InvalidInput(_("恢复时间须晚于现在"), field="until")
    _close_open_line(lines, at)
    _append(
        clock,
        lines,
        IntervalKind.SUSPENDED,
        at=at,
        by=by,
        reason=reason,
        request=request,
        opens=True,
    )
    clock.state = ClockState.SUSPENDED
    timers.set_wake(clock, until)
    return _store(clock, lines, at=at)


@rows.gathered(savepoint=False)
def resume(clock: Clock, *, at: datetime, by: Actor, reason: str = "", request: str = "") -> Clock:
    """Will let the time count again; what was left at the suspension is left now.

    Raises: Refused (the clock is not suspended).
    """
    clock, lines = lock(clock)
    _require(clock, ClockState.SUSPENDED)
    at = _moment(lines, at)
    _close_open_line(lines, at)
    clock.state = ClockState.RUNNING
    timers.set_wake(clock, None)
    _append(
        clock, lines, IntervalKind.RUN, at=at, by=by, reason=reason, request=request, opens=True
    )
    return _store(clock, lines, at=at)


@rows.gathered(savepoint=False)
def extend(
    clock: Clock,
    *,
    amount: Decimal | int,
    unit: str,
    reason: str,
    at: datetime,
    by: Actor,
    request: str = "",
) -> Clock:
    """Will move the deadline by an approved amount, counted from the deadline as it was.

    A deadline that had passed and lies ahead again is no longer a breach; timers that had
    fired and lie ahead again will fire again.
    Raises: Refused (the clock has stopped); InvalidInput (no reason, amount not positive,
        working time and natural time mixed).
    """
    clock, lines = lock(clock)
    _require_not_stopped(clock)
    _require_reason(reason)
    limit = _same_family(clock, Limit(amount, unit))
    _add(clock.calendar_revision, clock.due_at, limit)
    at = _moment(lines, at)
    _append(
        clock,
        lines,
        IntervalKind.EXTENDED,
        at=at,
        by=by,
        reason=reason,
        limit=limit,
        request=request,
    )
    return _store(clock, lines, at=at, rearm=True)


@rows.gathered(savepoint=False)
def hurry(
    clock: Clock,
    *,
    at: datetime,
    reason: str,
    by: Actor,
    factor: Decimal | None = None,
    limit: Limit | None = None,
    request: str = "",
) -> Clock:
    """Will shorten what is left: to a share of it (0 < factor < 1), or to a new limit from now.

    Raises: Refused (the clock has stopped or nothing is left; the new limit is no shorter);
        InvalidInput (no reason; not exactly one of factor and limit; out of range).
    Source: SL-05.
    """
    clock, lines = lock(clock)
    _require_not_stopped(clock)
    _require_reason(reason)
    if (factor is None) == (limit is None):
        raise InvalidInput(_("请填写缩短比例或新的时限之一"), field="factor")
    if factor is not None and not 0 < factor < 1:
        raise InvalidInput(_("缩短比例须在 0 与 1 之间"), field="factor")
    at = _moment(lines, at)
    before = _projection(clock, lines)
    if before.consumed(at) >= before.budget:
        raise Refused(_("时限已用完，无法再加急"), code="nothing_left")
    if limit is not None:
        limit = _same_family(clock, limit)
        _add(clock.calendar_revision, at, limit)
    line = _next_line(
        clock,
        lines,
        IntervalKind.HURRIED,
        at=at,
        by=by,
        reason=reason,
        limit=limit,
        factor=factor,
        request=request,
    )
    after = _projection(clock, [*lines, line])
    if after.budget >= before.budget:
        raise Refused(_("加急后的时限没有缩短"), code="not_shorter")
    line.due_after = after.due_at
    _write_line(lines, line)
    return _store(clock, lines, at=at)


@rows.gathered(savepoint=False)
def change_limit(
    clock: Clock, *, limit: Limit, at: datetime, reason: str, by: Actor, request: str = ""
) -> Clock:
    """Will replace the limit by another, counted from the start of the present round.

    For a case that is classed anew. Time spent and suspended stays as it was; an extension or
    a hurry-up of the former limit goes with it. The unit may change its family.
    Raises: Refused (the clock has stopped, or has this limit already); InvalidInput (no
        reason; the limit is not countable).
    Source: SL-02, SL-06.
    """
    clock, lines = lock(clock)
    _require_not_stopped(clock)
    _require_reason(reason)
    _add(clock.calendar_revision, clock.started_at, limit)
    if limit == clock.limit:
        raise Refused(_("时限没有变化"), code="same_limit")
    at = _moment(lines, at)
    _append(
        clock,
        lines,
        IntervalKind.RELIMITED,
        at=at,
        by=by,
        reason=reason,
        limit=limit,
        request=request,
    )
    clock.limit_amount, clock.limit_unit = Decimal(limit.amount), limit.unit
    rows.update(clock, "limit_amount", "limit_unit")
    return _store(clock, lines, at=at, rearm=True)


@rows.gathered(savepoint=False)
def stop(clock: Clock, *, at: datetime, outcome: str, by: Actor = SYSTEM) -> Clock:
    """Will end the clock and decide whether it was kept. outcome: a code of the caller's.

    Raises: Refused (the clock has stopped already).
    """
    clock, lines = lock(clock)
    _require_not_stopped(clock)
    at = _moment(lines, at)
    counted_until = _counted_until(clock, lines, at)
    _close_open_line(lines, at)
    if counted_until > clock.due_at and clock.breached_at is None:
        clock.breached_at = clock.due_at
    clock.state, clock.stopped_at, clock.outcome = ClockState.STOPPED, at, outcome
    rows.update(clock, "state", "stopped_at", "outcome", "breached_at")
    timers.disarm(clock)
    return clock


@rows.gathered(savepoint=False)
def restart(
    clock: Clock, *, at: datetime, reason: str, by: Actor, limit: Limit | None = None
) -> Clock:
    """Will begin a new round from ``at`` under today's calendar, with the limit or a new one.

    For work sent back (驳回, 重办); the earlier round stays in the ledger.
    Raises: InvalidInput (no reason; the limit is not countable).
    Source: SL-04, a reject restarts the step clock.
    """
    clock, lines = lock(clock)
    _require_reason(reason)
    at = _moment(lines, at)
    fresh = limit or clock.limit
    revision = get_revision(clock.calendar)
    due_at = _add(revision, at, fresh)
    _close_open_line(lines, at)
    clock.round += 1
    clock.state, clock.started_at, clock.calendar_revision = ClockState.RUNNING, at, revision
    clock.limit_amount, clock.limit_unit = Decimal(fresh.amount), fresh.unit
    clock.stopped_at, clock.outcome, clock.breached_at = None, "", None
    try:
        with transaction.atomic():
            clock.save()
    except IntegrityError as error:
        raise Refused(_("同名的计时尚未结束"), code="clock_open") from error
    _append(
        clock,
        lines,
        IntervalKind.RUN,
        at=at,
        by=by,
        reason=reason,
        limit=fresh,
        due_after=due_at,
        opens=True,
    )
    hold(clock, lines)
    timers.set_wake(clock, None)
    timers.renew(clock)
    return _store(clock, lines, at=at)


@rows.gathered(savepoint=False)
def recompute(clock: Clock, *, reason: str, by: Actor, at: datetime) -> Clock:
    """Will compute the deadline anew under the calendar as it stands now.

    The only way an edit of a calendar reaches a clock that was opened before it.
    Raises: Refused (the clock has stopped, or has this revision already); InvalidInput
        (no reason).
    Source: SL-02, SL-03.
    """
    clock, lines = lock(clock)
    _require_not_stopped(clock)
    _require_reason(reason)
    revision = get_revision(clock.calendar)
    if revision.pk == clock.calendar_revision_id:
        raise Refused(_("工作日历在计时开始后没有变化"), code="same_revision")
    at = _moment(lines, at)
    due_before = clock.due_at
    clock.calendar_revision = revision
    _append(clock, lines, IntervalKind.RECOMPUTED, at=at, by=by, reason=reason)
    clock = _store(clock, lines, at=at, rearm=True)
    record(
        by,
        "clock.recomputed",
        object_type=clock.subject_type,
        object_id=clock.subject_id,
        object_label=str(clock),
        data={
            "clock": clock.pk,
            "reason": reason,
            "revision": revision.number,
            "due_before": due_before.isoformat(),
            "due_after": clock.due_at.isoformat(),
        },
    )
    return clock


# --- Parts ---------------------------------------------------------------------------


def _require(clock: Clock, state: ClockState) -> None:
    if clock.state != state:
        message = _("计时当前为“%s”,不能这样操作") % ClockState(clock.state).label
        raise Refused(message, code="clock_state", data={"state": clock.state})


def _require_not_stopped(clock: Clock) -> None:
    if clock.state == ClockState.STOPPED:
        raise Refused(_("计时已停止"), code="clock_state", data={"state": clock.state})


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput(_("请填写原因"), field="reason")


def _same_family(clock: Clock, limit: Limit) -> Limit:
    if limit.unit not in list(Unit):
        raise InvalidInput(_("不认识的时限单位"), field="unit")
    if Unit(limit.unit).is_working != Unit(clock.limit_unit).is_working:
        raise InvalidInput(_("工作时间与自然时间不能混用"), field="unit")
    return limit


def _add(revision: CalendarRevision, at: datetime, limit: Limit) -> datetime:
    """The moment the limit ends, or a refusal that a person understands."""
    if limit.unit not in list(Unit):
        raise InvalidInput(_("不认识的时限单位"), field="unit")
    if limit.amount <= 0:
        raise InvalidInput(_("时限须大于零"), field="amount")
    try:
        return work_calendar(revision).add(at, limit)
    except NoWorkingTime as error:
        raise Refused(_("工作日历中没有足够的工作时间"), code="no_working_time") from error
    except ValueError as error:
        raise InvalidInput(_("按此日历，天数须为整数"), field="amount") from error


def _moment(lines: Lines, at: datetime) -> datetime:
    latest = lines[-1].to_at or lines[-1].from_at
    if at < latest - SKEW:
        raise InvalidInput(_("时间早于上一条计时记录"), field="at")
    return max(at, latest)


def _close_open_line(lines: Lines, at: datetime) -> None:
    for line in lines:
        if line.to_at is None:
            line.to_at = at
            rows.update(line, "to_at")


def _counted_until(clock: Clock, lines: Lines, at: datetime) -> datetime:
    """``at``, or the moment a suspension began that is still open."""
    if clock.state != ClockState.SUSPENDED:
        return at
    return next(line.from_at for line in lines if line.to_at is None)


def _append(
    clock: Clock,
    lines: Lines,
    kind: IntervalKind,
    *,
    at: datetime,
    by: Actor,
    reason: str = "",
    limit: Limit | None = None,
    request: str = "",
    opens: bool = False,
    due_after: datetime | None = None,
) -> None:
    """Writes one line; its ``due_after`` comes from the ledger with the line in it."""
    line = _next_line(
        clock,
        lines,
        kind,
        at=at,
        by=by,
        reason=reason,
        limit=limit,
        request=request,
        opens=opens,
    )
    line.due_after = due_after or _projection(clock, [*lines, line]).due_at
    _write_line(lines, line)


def _next_line(clock: Clock, lines: Lines, kind: IntervalKind, **what: Any) -> ClockInterval:
    return _line(clock, kind, sequence=lines[-1].sequence + 1, **what)


def _write_line(lines: Lines, line: ClockInterval) -> None:
    rows.insert(line)
    lines.append(line)


def _line(
    clock: Clock,
    kind: IntervalKind,
    *,
    sequence: int,
    at: datetime,
    by: Actor,
    reason: str = "",
    limit: Limit | None = None,
    factor: Decimal | None = None,
    request: str = "",
    opens: bool = False,
) -> ClockInterval:
    return ClockInterval(
        clock=clock,
        sequence=sequence,
        round=clock.round,
        kind=kind,
        from_at=at,
        to_at=None if opens else at,
        amount=None if limit is None else Decimal(limit.amount),
        unit="" if limit is None else limit.unit,
        factor=factor,
        reason=reason.strip(),
        request=request,
        by_id=by.pk,
        by_name=by.display_name[:100],
        due_before=clock.due_at if sequence > 1 else None,
        calendar_revision=clock.calendar_revision,
    )


def _projection(clock: Clock, lines: Lines) -> Projection:
    entries = [line.entry() for line in lines if line.round == clock.round]
    return project(entries, work_calendar(clock.calendar_revision))


def _store(clock: Clock, lines: Lines, *, at: datetime, rearm: bool = False) -> Clock:
    """Projects the ledger into the row and the timers. rearm: fired timers may fire again."""
    projection = _projection(clock, lines)
    clock.due_at = projection.due_at
    if clock.breached_at and clock.due_at > _counted_until(clock, lines, at):
        clock.breached_at = None
    clock.soon_at = timers.arm(clock, projection, at=at, rearm=rearm)
    rows.update(clock, "due_at", "soon_at", "state", "breached_at", "calendar_revision")
    return clock
