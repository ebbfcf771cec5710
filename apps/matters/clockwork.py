"""Moves the clocks of a case as its definition says, and projects them onto the case.

The definition names, per clock, the actions that start and stop it and the categories that
pause it; ``clocks`` keeps the ledger. A clock that already runs is never started anew: sending
a case back and dispatching it again does not give the citizen's clock a fresh start.
"""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.clocks import services as clocks
from apps.clocks.enums import ClockState
from apps.clocks.models import Clock
from apps.common import rows
from apps.matters.actions.base import Context
from apps.matters.definition import ActionDef, ClockDef, MatterDefinition, ThresholdDef
from apps.matters.enums import StateCategory
from apps.matters.errors import ActionNotPossible
from apps.matters.models import Case
from apps.matters.parts import within_parent
from apps.matters.registry import CaseExtension, extension_of

SUBJECT = "case"
_DUE_OF_TASKS = (
    "update matters_task set due_at = %s where case_id = %s and kind = 'main'"
    " and state in ('waiting', 'running') and due_at is distinct from %s"
)


def move_clocks(ctx: Context, *, changed: bool) -> None:
    """Will start, stop, pause and resume the clocks after an action; sets ``due_at``.

    changed: whether the state changed; an action with several outcomes stops a clock only then.
    """
    if not ctx.definition.clocks:
        return
    is_new = ctx.case.lock_version == 0
    active = {} if is_new else active_clocks(ctx.case)
    for clock_def in ctx.definition.clocks:
        _move_one(ctx, clock_def, active, changed=changed)
        if clock_def.limit_from_dispatch and clock_def.name in active and ctx.relimit is not None:
            active[clock_def.name] = _relimit(ctx, clock_def, active[clock_def.name])
        if clock_def.main and ctx.extension is not None:
            active[clock_def.name] = _extend(ctx, active.get(clock_def.name))
        if clock_def.main and ctx.hurry is not None:
            active[clock_def.name] = _hurry(ctx, active.get(clock_def.name))
    _follow_channel(ctx, active)
    _project(ctx, active)


def clock_keys(definition: MatterDefinition, action: ActionDef) -> list[str]:
    """Will give the sequences of the clocks the action may start, to be drawn with others."""
    moments = {action.code, *(f"{action.code}.{outcome}" for outcome in action.outcomes)}
    return [rows.keys_of(Clock) for each in definition.clocks if moments & each.starts]


def _move_one(
    ctx: Context, clock_def: ClockDef, active: dict[str, Clock], *, changed: bool
) -> None:
    code, category, at = ctx.action.code, ctx.case.category, ctx.now
    clock = active.get(clock_def.name)
    decides = changed or not ctx.action.outcomes
    moments = {code, f"{code}.{ctx.outcome}"}
    is_ending = category == StateCategory.ENDED
    if clock is not None and is_ending and (ctx.holds_clocks or not changed):
        if clock.state == ClockState.RUNNING:
            active[clock_def.name] = clocks.suspend(clock, at=at, reason=_reason(ctx), by=ctx.actor)
        return
    if clock is not None and (is_ending or (moments & clock_def.stops and decides)):
        clocks.stop(clock, at=at, outcome=code, by=ctx.actor)
        del active[clock_def.name]
        return
    if clock is None and moments & clock_def.starts and decides:
        if category != StateCategory.ENDED:
            active[clock_def.name] = _start(ctx, clock_def)
        return
    if clock is None:
        return
    if category in clock_def.pauses and clock.state == ClockState.RUNNING:
        active[clock_def.name] = clocks.suspend(clock, at=at, reason=_reason(ctx), by=ctx.actor)
    elif category not in clock_def.pauses and clock.state == ClockState.SUSPENDED:
        active[clock_def.name] = clocks.resume(clock, at=at, reason=_reason(ctx), by=ctx.actor)


def active_clocks(case: Case) -> dict[str, Clock]:
    """Will give the clocks of a case that have not stopped, by name, locked."""
    return {clock.name: clock for clock in clocks.hold_open(SUBJECT, case.pk)}


def _start(ctx: Context, clock_def: ClockDef) -> Clock:
    channel = _channel(ctx)
    own = channel.clock_limit(ctx.case, clock_def.name)
    limit = own or clock_def.limit or ctx.limit or ctx.definition.dispatch_default
    return clocks.open_clock(
        subject_type=SUBJECT,
        subject_id=ctx.case.pk,
        name=clock_def.name,
        label=clock_def.label,
        calendar=channel.calendar(ctx.case) or clocks.calendar_for(ctx.case.area),
        limit=within_parent(ctx, clock_def, clocks.Limit(limit["amount"], limit["unit"])),
        at=ctx.now,
        thresholds=[_threshold(t) for t in clock_def.thresholds],
        by=ctx.actor,
    )


def _channel(ctx: Context) -> CaseExtension:
    return extension_of(ctx.case.matter_type.code)


def _follow_channel(ctx: Context, active: dict[str, Clock]) -> None:
    """The channel may have given the case another limit; a clock that has it is left as it is."""
    for name, clock in active.items():
        own = _channel(ctx).clock_limit(ctx.case, name)
        if own is not None and clocks.Limit(own["amount"], own["unit"]) != clock.limit:
            limit = clocks.Limit(own["amount"], own["unit"])
            active[name] = clocks.change_limit(
                clock, limit=limit, at=ctx.now, reason=_("按新的等级或合同"), by=ctx.actor
            )


def _threshold(mark: ThresholdDef) -> clocks.Threshold:
    """A mark without fraction, before or after stands at the deadline itself."""
    if mark.fraction is not None:
        fraction = Decimal(str(mark.fraction))
        return clocks.Threshold(mark.code, level=mark.level, fraction=fraction)
    raw = mark.before or mark.after or {"amount": 0, "unit": "calendar_minutes"}
    amount = -raw["amount"] if mark.before else raw["amount"]
    return clocks.Threshold(mark.code, level=mark.level, offset=clocks.Limit(amount, raw["unit"]))


def _extend(ctx: Context, clock: Clock | None) -> Clock:
    more = ctx.extension
    if clock is None or more is None:
        raise ActionNotPossible(_("没有正在计时的办理时限"))
    return clocks.extend(
        clock,
        amount=more.amount,
        unit=more.unit,
        reason=more.reason,
        at=ctx.now,
        by=ctx.actor,
        request=more.request,
    )


def _hurry(ctx: Context, clock: Clock | None) -> Clock:
    less = ctx.hurry
    if clock is None or less is None:
        raise ActionNotPossible(_("没有正在计时的办理时限"))
    return clocks.hurry(clock, at=ctx.now, reason=less.reason, by=ctx.actor, factor=less.factor)


def _relimit(ctx: Context, clock_def: ClockDef, clock: Clock) -> Clock:
    """The rules give another limit; a clock that has it already is left as it is."""
    assert ctx.relimit is not None
    raw = ctx.relimit.limit
    limit = within_parent(ctx, clock_def, clocks.Limit(raw["amount"], raw["unit"]))
    if limit == clock.limit:
        return clock
    return clocks.change_limit(
        clock, limit=limit, at=ctx.now, reason=ctx.relimit.reason, by=ctx.actor
    )


def _reason(ctx: Context) -> str:
    return ctx.definition.state(ctx.case.state).label


def _project(ctx: Context, active: dict[str, Clock]) -> None:
    """Shows on the case the clock that matters now: the main one, else the first to expire."""
    main = next(
        (active[d.name] for d in ctx.definition.clocks if d.main and d.name in active), None
    )
    shown = main or min(active.values(), key=lambda c: c.due_at, default=None)
    due_at = shown.due_at if shown else None
    ctx.set(due_at=due_at, clock_paused=bool(shown and shown.state == "suspended"))
    if main is not None:
        _due_of_tasks(ctx.case, main.due_at)


def _due_of_tasks(case: Case, due_at: datetime) -> None:
    moment = due_at.isoformat()
    rows.execute(_DUE_OF_TASKS, [moment, str(case.pk), moment])
