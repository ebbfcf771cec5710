"""Walking a draft step by step: who could do what, and which clocks would run until when.

No case is written. The clocks follow the same rules as ``matters.clockwork`` (what starts,
stops and pauses them, that a running one is never started anew) over a calendar's arithmetic.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.clocks.services import Limit
from apps.common.errors import InvalidInput
from apps.matters.definition import ActionDef, ClockDef, MatterDefinition
from apps.matters.enums import StateCategory

MAX_STEPS = 60
MAX_HOURS = 24 * 366


@dataclass(frozen=True)
class Step:
    """One action done. outcome: "" where the action has one fixed way. hours: waited before."""

    action: str
    outcome: str = ""
    hours: int = 0

    @property
    def text(self) -> str:
        """As the address of the page carries it: "accept", "call_back:redo", "sign@24"."""
        outcome = f":{self.outcome}" if self.outcome else ""
        return f"{self.action}{outcome}@{self.hours}" if self.hours else self.action + outcome


@dataclass
class TrialClock:
    """A clock of the walk. spent, budget: microseconds on its scale. since: None while paused."""

    definition: ClockDef
    scale: Any
    budget: int
    since: datetime | None
    spent: int = 0

    @property
    def is_paused(self) -> bool:
        return self.since is None

    def pause(self, at: datetime) -> None:
        """Will stop counting at ``at``."""
        if self.since is not None:
            self.spent += self.scale.position(at) - self.scale.position(self.since)
            self.since = None

    def due_at(self, at: datetime) -> datetime:
        """Will give the deadline; of a paused clock, as if it resumed at ``at``."""
        start = self.since or at
        due: datetime = self.scale.moment(self.scale.position(start) + self.budget - self.spent)
        return due


@dataclass
class Walk:
    """Where a walk stands. clocks: those running or paused, by name. trail: (step, state, at)."""

    definition: MatterDefinition
    state: str
    at: datetime
    clocks: dict[str, TrialClock] = field(default_factory=dict)
    trail: list[tuple[Step, str, datetime]] = field(default_factory=list)

    @property
    def category(self) -> StateCategory:
        return self.definition.state(self.state).category

    @property
    def is_over(self) -> bool:
        return self.category == StateCategory.ENDED


def read_steps(text: str) -> list[Step]:
    """Will read the steps of an address: "accept,dispatch@8,call_back:redo".

    Raises: InvalidInput (too many; a wait that is no number of hours).
    """
    parts = [part for part in text.split(",") if part]
    if len(parts) > MAX_STEPS:
        raise InvalidInput(_("最多试走%s步，请从头再试") % MAX_STEPS)
    return [_read_step(part) for part in parts]


def _read_step(text: str) -> Step:
    deed, _sign, hours = text.partition("@")
    action, _sign, outcome = deed.partition(":")
    if hours and not (hours.isdigit() and len(hours) <= 4 and int(hours) <= MAX_HOURS):
        raise InvalidInput(_("等待的小时数不正确"))
    return Step(action, outcome, int(hours or 0))


def walk(
    definition: MatterDefinition,
    steps: list[Step],
    *,
    start: datetime,
    calendar: Any,
    state: str = "",
) -> Walk:
    """Will walk the steps from opening a case, or from a state picked.

    start: aware, when the case is opened. calendar: a ``WorkCalendar``.
    Raises: InvalidInput (an unknown state; a step not possible where the walk stands).
    """
    if state and state not in definition.states:
        raise InvalidInput(_("没有这个状态：%s") % state[:40])
    now = Walk(definition, state or definition.initial, start)
    _move_clocks(now, "open", decides=True, calendar=calendar)
    for step in steps:
        _take(now, step, calendar)
    return now


def _take(now: Walk, step: Step, calendar: Any) -> None:
    action = now.definition.actions.get(step.action)
    label = step.action[:40]
    if action is None or now.state not in action.sources:
        raise InvalidInput(
            _("在“%(state)s”不能做“%(action)s”")
            % {"state": now.definition.state(now.state).label, "action": label}
        )
    if step.outcome and step.outcome not in action.outcomes:
        raise InvalidInput(_("动作“%(action)s”没有这个结果") % {"action": label})
    now.at += timedelta(hours=step.hours)
    before = now.state
    now.state = action.outcomes.get(step.outcome) or action.to or before
    _move_clocks(
        now,
        action.code,
        decides=now.state != before or not action.outcomes,
        calendar=calendar,
    )
    now.trail.append((step, now.state, now.at))


def _move_clocks(now: Walk, code: str, *, decides: bool, calendar: Any) -> None:
    for clock_def in now.definition.clocks:
        clock = now.clocks.get(clock_def.name)
        if clock is not None and (now.is_over or (code in clock_def.stops and decides)):
            del now.clocks[clock_def.name]
        elif clock is None and code in clock_def.starts and decides:
            if not now.is_over:
                now.clocks[clock_def.name] = _start(now, clock_def, calendar)
        elif clock is not None and now.category in clock_def.pauses:
            clock.pause(now.at)
        elif clock is not None and clock.is_paused:
            clock.since = now.at


def _start(now: Walk, clock_def: ClockDef, calendar: Any) -> TrialClock:
    raw = clock_def.limit or now.definition.dispatch_default
    limit = Limit(raw["amount"], raw["unit"])
    scale = calendar.scale(limit.unit)
    budget = scale.position(calendar.add(now.at, limit)) - scale.position(now.at)
    return TrialClock(clock_def, scale, budget, now.at)


def ways(definition: MatterDefinition, action: ActionDef, state: str) -> list[tuple[str, str]]:
    """Will give where an action can lead from a state: (outcome, state) pairs."""
    if not action.outcomes:
        return [("", action.to or state)]
    fixed = [("", action.to or state)]
    return [*action.outcomes.items(), *fixed]
