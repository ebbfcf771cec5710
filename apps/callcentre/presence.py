"""What an agent did when: one timeline out of what was said and of the agent's parts of calls.

Pure. The same marks and parts give the same spans in whatever order they became known, so a
ledger made anew after a late event is right again. Precedence at a moment: a talk, then a ring,
then the writing after the last talk, then what was said last. A part whose end nobody reported
is cut (``RING_MAX``, ``TALK_MAX``). Source: HL-04, HL-09.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.callcentre.enums import MarkKind, PresenceState

RING_MAX = timedelta(minutes=10)
TALK_MAX = timedelta(hours=4)


@dataclass(frozen=True)
class Said:
    """A mark: what was said at a moment."""

    at: datetime
    kind: str
    reason: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a call, as ``models.Leg`` has it."""

    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wrap_s: int
    leg_id: int = 0

    @property
    def ring(self) -> tuple[datetime, datetime]:
        """From the first ring to the answer, the end or the cut, whichever is first."""
        ends = [at for at in (self.answered_at, self.ended_at) if at is not None]
        begins = min([self.rang_at, *ends])
        return begins, min([*ends, begins + RING_MAX])

    @property
    def talk(self) -> tuple[datetime, datetime] | None:
        """From the answer to the end or the cut; None: never answered."""
        if self.answered_at is None:
            return None
        if self.ended_at is None:
            return self.answered_at, self.answered_at + TALK_MAX
        return self.answered_at, max(self.answered_at, self.ended_at)


@dataclass(frozen=True)
class Span:
    """A state from a moment to another; ``ends_at`` None: to this day."""

    state: str
    begins_at: datetime
    ends_at: datetime | None
    reason: str = ""
    leg_id: int = 0


def fold(
    said: Iterable[Said], parts: Iterable[Part], *, since: datetime, until: datetime
) -> list[Span]:
    """Will give the spans from ``since`` on as known at ``until``; the last one is open.

    Marks and parts before ``since`` count for what stood then. Nothing said yet: off.
    """
    marks = sorted(said, key=lambda mark: (mark.at, mark.kind, mark.reason))
    pieces = list(parts)
    spans: list[Span] = []
    for at in _turns(marks, pieces, since, until):
        state, reason, leg_id = state_at(at, marks, pieces)
        last = spans[-1] if spans else None
        if last is not None and (last.state, last.reason, last.leg_id) == (state, reason, leg_id):
            continue
        if last is not None:
            spans[-1] = Span(last.state, last.begins_at, at, last.reason, last.leg_id)
        spans.append(Span(state, at, None, reason, leg_id))
    return spans


def state_at(at: datetime, marks: Sequence[Said], parts: Sequence[Part]) -> tuple[str, str, int]:
    """Will give state, reason and part of one moment. marks: sorted by time."""
    talking = [part for part in parts if (talk := part.talk) and talk[0] <= at < talk[1]]
    if talking:
        return PresenceState.TALKING, "", _latest(talking)
    ringing = [part for part in parts if part.ring[0] <= at < part.ring[1]]
    if ringing:
        return PresenceState.RINGING, "", _latest(ringing)
    spoken = [mark for mark in marks if mark.at <= at]
    declared = next((m for m in reversed(spoken) if m.kind != MarkKind.WRAPPED), None)
    state = declared.kind if declared else MarkKind.OFF
    ended = [(talk[1], part) for part in parts if (talk := part.talk) and talk[1] <= at]
    if ended and state != MarkKind.OFF:
        end, part = max(ended, key=lambda pair: (pair[0], pair[1].leg_id))
        is_over = any(mark.at >= end for mark in spoken)
        if not is_over and at < end + timedelta(seconds=part.wrap_s):
            return PresenceState.WRAP_UP, "", part.leg_id
    return str(state), declared.reason if declared else "", 0


def _turns(
    marks: Sequence[Said], parts: Sequence[Part], since: datetime, until: datetime
) -> list[datetime]:
    found = {since} | {mark.at for mark in marks}
    for part in parts:
        found |= set(part.ring)
        if part.talk is not None:
            found |= {*part.talk, part.talk[1] + timedelta(seconds=part.wrap_s)}
    return sorted(at for at in found if since <= at <= until)


def _latest(parts: Iterable[Part]) -> int:
    return max(parts, key=lambda part: (part.rang_at, part.leg_id)).leg_id
