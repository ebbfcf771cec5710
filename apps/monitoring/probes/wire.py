"""What goes between the planner and the probes: plain values, no rows of the database."""

from collections.abc import Awaitable, Callable, Mapping
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
class Answer:
    """What came. values: figures by code, not scaled. missing: those that were not told, and why.

    skew_s: how far the thing's clock is ahead of ours, where it told the time.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    skew_s: float | None = None
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
