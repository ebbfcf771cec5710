"""The ledger of one clock, and the deadline that follows from it. Plain Python, pure.

A clock has a *budget* of time and a list of runs. The deadline is the moment at which the
time spent inside the runs reaches the budget; time outside the runs never counts, early or
late. Opening sets the budget, an extension adds to it, a hurry-up cuts what is left of it,
another limit (a case classed anew) replaces it as if it had been the limit from the start.
While a clock is suspended its deadline is the one it would have if it resumed at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from apps.clocks.engine import Limit, Scale, Unit, WorkCalendar


class EntryKind(StrEnum):
    """What a line of the ledger says."""

    RUN = "run"
    SUSPENDED = "suspended"
    EXTENDED = "extended"
    HURRIED = "hurried"
    RELIMITED = "relimited"
    RECOMPUTED = "recomputed"


@dataclass(frozen=True)
class Entry:
    """One line: a run or a suspension from a moment to a moment (open: None), or a deed.

    limit: of the first run, the limit; of an extension, what is added; of a hurry-up, the
    new limit from that moment; of a changed limit, the new one from the start. factor: of a
    hurry-up, the share of the rest that remains.
    """

    kind: str
    from_at: datetime
    to_at: datetime | None = None
    limit: Limit | None = None
    factor: Decimal | None = None


@dataclass(frozen=True)
class Threshold:
    """A moment worth acting on: a share of the budget, or an offset from the deadline.

    code: unique within the clock. level: yellow, red or supervise. action: a hint to the
    handler. fraction: 0.8 = when 80 % of the time is used up. offset: one working day
    before = Limit(-1, "working_days"), at expiry = Limit(0, …), after = positive.
    """

    code: str
    level: str = "yellow"
    action: str = ""
    fraction: Decimal | None = None
    offset: Limit | None = None

    def __post_init__(self) -> None:
        if (self.fraction is None) == (self.offset is None):
            raise ValueError("a threshold is either a fraction or an offset")
        if self.fraction is not None and not 0 < self.fraction <= 1:
            raise ValueError("a fraction lies between 0 and 1")
        if self.offset is not None:
            Unit(self.offset.unit)


@dataclass(frozen=True)
class Projection:
    """What a ledger amounts to. budget: microseconds on the clock's scale."""

    budget: int
    runs: tuple[tuple[datetime, datetime | None], ...]
    scale: Scale
    calendar: WorkCalendar

    @property
    def due_at(self) -> datetime:
        """The deadline; of a suspended clock, as if it resumed at once."""
        return self.reached(self.budget)

    def reached(self, amount: int) -> datetime:
        """Will give the moment at which ``amount`` of time is spent."""
        left = amount
        for start, end in self.runs[:-1]:
            spent = 0 if end is None else self._spent(start, end)
            if 0 < left <= spent:
                return self.scale.moment(self.scale.position(start) + left)
            left -= spent
        last = self.runs[-1][0]
        return self.scale.moment(self.scale.position(last) + left) if left > 0 else last

    def consumed(self, at: datetime) -> int:
        """Will give the time spent until ``at``."""
        return sum(
            self._spent(start, at if end is None else min(end, at))
            for start, end in self.runs
            if start < at
        )

    def threshold_at(self, threshold: Threshold) -> datetime:
        """Will give the moment of a threshold."""
        if threshold.fraction is not None:
            return self.reached(int(self.budget * threshold.fraction))
        assert threshold.offset is not None
        return self.calendar.add(self.due_at, threshold.offset)

    def _spent(self, start: datetime, end: datetime) -> int:
        return self.scale.position(end) - self.scale.position(start)


def project(entries: Sequence[Entry], calendar: WorkCalendar) -> Projection:
    """Will fold a ledger, oldest line first, into what it amounts to.

    The first line must be the run that carries the limit.
    Raises: ValueError (the first line carries no limit), NoWorkingTime.
    """
    first = entries[0]
    if first.kind != EntryKind.RUN or first.limit is None:
        raise ValueError("a ledger begins with a run that carries the limit")
    scale = calendar.scale(first.limit.unit)
    budget = _length(calendar, scale, first.from_at, first.limit)
    now = Projection(budget, ((first.from_at, first.to_at),), scale, calendar)
    for entry in entries[1:]:
        if entry.kind == EntryKind.RUN:
            now = replace(now, runs=(*now.runs, (entry.from_at, entry.to_at)))
        elif entry.kind == EntryKind.EXTENDED and entry.limit is not None:
            more = _length(calendar, now.scale, now.due_at, entry.limit)
            now = replace(now, budget=now.budget + more)
        elif entry.kind == EntryKind.HURRIED:
            now = replace(now, budget=_hurried(now, entry))
        elif entry.kind == EntryKind.RELIMITED and entry.limit is not None:
            now = _relimited(now, entry.limit)
    return now


def _relimited(now: Projection, limit: Limit) -> Projection:
    """The new limit may count on the other scale: time spent follows from the runs."""
    scale = now.calendar.scale(limit.unit)
    return replace(now, scale=scale, budget=_length(now.calendar, scale, now.runs[0][0], limit))


def _hurried(now: Projection, entry: Entry) -> int:
    """Never more than before: under a later calendar nothing may have been left to hurry."""
    spent = now.consumed(entry.from_at)
    if entry.limit is not None:
        wanted = _length(now.calendar, now.scale, entry.from_at, entry.limit)
    else:
        wanted = int((now.budget - spent) * (entry.factor or Decimal(1)))
    return min(now.budget, spent + max(0, wanted))


def _length(calendar: WorkCalendar, scale: Scale, at: datetime, limit: Limit) -> int:
    return scale.position(calendar.add(at, limit)) - scale.position(at)
