"""What a case does differently because it is a part of another: who gets it, and until when."""

from django.utils.translation import gettext as _

from apps.clocks import selectors as clock_reads
from apps.clocks.services import Limit, calendar_for
from apps.matters.actions.base import Context
from apps.matters.actions.dispatching import assign
from apps.matters.definition import ClockDef, definition_of
from apps.matters.enums import StateCategory
from apps.matters.splitting import find_part

_READY = frozenset({StateCategory.WAITING, StateCategory.RUNNING})


def begin_part(ctx: Context) -> None:
    """Will give a part to the unit its rule names, where its matter begins with a unit at work.

    A matter that begins with intake or routing goes its own way; its dispatch form shows the unit.
    """
    part = find_part(ctx.case)
    if part is None:
        return
    ctx.event_data.update(parent=part.split.parent.number, part=part.number, role=part.role)
    ctx.limit = part.limit
    if part.unit is not None and ctx.case.category in _READY:
        assign(ctx, part.unit, instruction=_("主事项：%s") % part.split.parent.title)
        ctx.set(dispatched_at=ctx.now)


def within_parent(ctx: Context, clock_def: ClockDef, limit: Limit) -> Limit:
    """Will shorten the main limit of a part so that it is due no later than its parent.

    Stays in the family of the limit (working or natural time), so that it can be extended.
    Nothing is shortened where the definition says so, or the parent is overdue already.
    """
    part = find_part(ctx.case) if clock_def.main else None
    if part is None or part.split.parent.due_at is None:
        return limit
    parent = part.split.parent
    split = definition_of(parent.version_id, parent.version.body).splits.get(part.split.code)
    if split is not None and split.later_than_parent:
        return limit
    working = clock_reads.work_calendar(clock_reads.get_revision(calendar_for(ctx.case.area)))
    latest = part.split.parent.due_at
    if latest <= ctx.now or working.add(ctx.now, limit) <= latest:
        return limit
    unit = "working_minutes" if limit.unit.startswith("working") else "calendar_minutes"
    scale = working.scale(unit)
    minutes = (scale.position(latest) - scale.position(ctx.now)) // 60_000_000
    return Limit(minutes, unit) if minutes > 0 else limit
