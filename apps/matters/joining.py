"""When parts have come together, and which is next: plain values in, a verdict out (MT-10)."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from apps.matters.enums import JoinPolicy, PartRole, PartState

#: A part that may still be done.
HOPEFUL = frozenset({PartState.PLANNED, PartState.OPEN, PartState.RETURNED})
ENDED = frozenset({PartState.DONE, PartState.FAILED, PartState.CANCELLED})


class Verdict(Enum):
    """What the parts say together."""

    WAITING = "waiting"
    JOINED = "joined"
    FAILED = "failed"


class PartView(Protocol):
    """What the verdict looks at. role: of ``PartRole``; state: of ``PartState``; order: parts of
    one order are opened together."""

    role: str
    state: str
    order: int


def verdict(
    policy: str, quorum: int, parts: Sequence[PartView], *, hopeful: frozenset[str] = HOPEFUL
) -> Verdict:
    """Will say whether the parts have come together, still can, or cannot any more.

    hopeful: the states in which a part may still be done; narrower for "as things stand".
    """
    counted, needed = parts, len(parts)
    if policy == JoinPolicy.MAIN:
        counted = [part for part in parts if part.role == PartRole.MAIN]
        needed = len(counted)
    elif policy == JoinPolicy.ANY:
        needed = 1
    elif policy == JoinPolicy.QUORUM:
        needed = quorum
    done = sum(part.state == PartState.DONE for part in counted)
    if done >= needed:
        return Verdict.JOINED
    possible = sum(part.state in hopeful for part in counted)
    return Verdict.WAITING if done + possible >= needed else Verdict.FAILED


def is_stuck(policy: str, quorum: int, parts: Sequence[PartView]) -> bool:
    """Will tell whether nothing comes of it unless somebody acts on a returned part."""
    going_on = frozenset({PartState.PLANNED, PartState.OPEN})
    return verdict(policy, quorum, parts, hopeful=going_on) is Verdict.FAILED


def next_order(parts: Sequence[PartView]) -> int | None:
    """Will give the order whose parts are to be opened now; None: nothing, or not yet."""
    planned = [part.order for part in parts if part.state == PartState.PLANNED]
    if not planned or any(part.state in (PartState.OPEN, PartState.RETURNED) for part in parts):
        return None
    return min(planned)
