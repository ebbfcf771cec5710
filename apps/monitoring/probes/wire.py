"""What goes between the planner and the probes: plain values, no rows of the database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Silent(Exception):
    """The thing did not answer, or not as it should: a failure of the thing."""


class Hindered(Exception):
    """We could not even ask (no permission, address refused): no failure of the thing."""


@dataclass(frozen=True)
class Question:
    """One question to one thing. key: whose; host: an address already judged.

    settings: by kind of check, as kept at ``Check``; secret: what we prove ourselves with;
    wants: code of a figure -> where it stands in the answer; memo: of the answer before.
    """

    key: int
    kind: str
    host: str
    port: int
    timeout_s: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: Mapping[str, str] = field(default_factory=dict, repr=False)
    wants: Mapping[str, str] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One part of a thing, by its own name for it: a disk, a server behind a balancer.

    kind: "disk" or "backend". trouble: "" where it is well, else the kind of alarm it is. text:
    its own word for its state. facts: figures for people, by name.
    """

    kind: str
    name: str
    trouble: str = ""
    text: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Happening:
    """One event a thing keeps itself. uid: its own number; at: by its own clock, aware."""

    uid: str
    at: datetime
    text: str
    is_grave: bool = False


#: What may be wrong with a part; each is a kind of alarm.
FAILED_DISK, FULL_DISK, LOST_BACKEND = "disk_failed", "disk_full", "backend_down"


@dataclass(frozen=True)
class Answer:
    """What came. values: figures by code, not scaled. missing: those that were not told, and why.

    skew_s: how far the thing's clock is ahead of ours, where it told the time. parts,
    events: None where the kind of check knows none; events since the last answer, as far as it can
    tell.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    skew_s: float | None = None
    parts: Sequence[Part] | None = None
    events: Sequence[Happening] | None = None
    memo: Mapping[str, Any] = field(default_factory=dict)


#: Asks once. Raises: Silent; Hindered; TimeoutError (the caller bounds the time as well).
Probe = Callable[[Question], Awaitable[Answer]]


@dataclass(frozen=True)
class Outcome:
    """How asking went. at: when it was asked, by our clock. answer: None where none came."""

    question: Question
    at: datetime
    answer: Answer | None = None
    problem: str = ""
    hindrance: str = ""
