"""Who is told when a timer fires: one handler per kind of subject.

Higher apps register in ``AppConfig.ready()``. A handler runs in the transaction that marks
the timer fired. It must be quick, write rows only, and order outside effects through the
outbox. ``lock`` takes the subject's own row lock *before* the clock's, the order in which
the subject's services take them; without it a handler that locks its subject could
deadlock with one of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from apps.audit.services import Actor


@dataclass(frozen=True)
class TimerFired:
    """What a handler is told. at: when the timer was due. level: yellow, red, supervise.

    occurrence: 1, and one more each time the timer was armed anew after an extension.
    label, round: of the clock, as it stands now.
    """

    clock_id: int
    subject_id: int
    name: str
    threshold_code: str
    at: datetime
    level: str
    action: str
    occurrence: int
    label: str = ""
    round: int = 1


@dataclass(frozen=True)
class DeadlineMoved:
    """An officer let a running clock follow an edited calendar."""

    clock_id: int
    subject_id: int
    label: str
    due_before: datetime
    due_after: datetime
    reason: str
    actor: Actor


Handler = Callable[[TimerFired], None]
MovedHandler = Callable[[DeadlineMoved], None]
Describe = Callable[[Collection[int]], Mapping[int, tuple[str, str]]]
Lock = Callable[[int], object]
ManyHandler = Callable[[Sequence[TimerFired]], None]
ManyLock = Callable[[Sequence[int]], Collection[int]]


@dataclass(frozen=True)
class Together:
    """How the timers of many subjects are handled in one transaction.

    lock: takes the row locks of those subjects that nobody holds, in order of their keys, and
    gives their ids; it must not wait. handler: as for one timer, in the order they were due.
    """

    handler: ManyHandler
    lock: ManyLock


@dataclass(frozen=True)
class Registered:
    handler: Handler
    lock: Lock | None
    together: Together | None = None
    moved: MovedHandler | None = None
    describe: Describe | None = None


_handlers: dict[str, Registered] = {}


def register_timer_handler(
    subject_type: str,
    handler: Handler,
    *,
    lock: Lock | None = None,
    together: Together | None = None,
    moved: MovedHandler | None = None,
    describe: Describe | None = None,
) -> None:
    """Will send the timers of this kind of subject to ``handler``.

    lock: takes the subject's row lock (select_for_update) given its id. together: for
    subjects of which thousands may be due at once; ``handler`` then serves those timers that
    failed together. moved: is told of a deadline an officer computed anew, in its transaction,
    with the subject locked. describe: gives what a list calls subjects, and their addresses.
    Raises: ValueError (another handler is registered for it).
    """
    known = _handlers.get(subject_type)
    if known is not None and known.handler is not handler:
        raise ValueError(f"timers of {subject_type} already have a handler")
    _handlers[subject_type] = Registered(handler, lock, together, moved, describe)


def registered(subject_type: str) -> Registered:
    """Will give what was registered for this kind of subject; KeyError if nothing was."""
    return _handlers[subject_type]


def find(subject_type: str) -> Registered | None:
    """Will give what was registered for this kind of subject, or None."""
    return _handlers.get(subject_type)


def subject_types() -> list[str]:
    """Will give the kinds of subject whose timers somebody handles."""
    return sorted(_handlers)


@contextmanager
def temporarily(
    subject_type: str,
    handler: Handler,
    *,
    lock: Lock | None = None,
    together: Together | None = None,
) -> Iterator[None]:
    """Will register for the time of a block (tests)."""
    before = _handlers.pop(subject_type, None)
    register_timer_handler(subject_type, handler, lock=lock, together=together)
    try:
        yield
    finally:
        del _handlers[subject_type]
        if before is not None:
            _handlers[subject_type] = before
