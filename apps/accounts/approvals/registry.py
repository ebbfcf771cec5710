"""The acts that need a second person: what each shows, what it rests on, how it is done.

Apps fill this in ``AppConfig.ready``. The engine (``approvals.services``) knows no act.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from apps.accounts.models import Organization, User


@dataclass(frozen=True)
class Difference:
    """One line for people: what it is about, how it is now, how it shall be."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Proposal:
    """A change somebody wants to make; nothing is done yet.

    organization: the unit it concerns. payload: plain JSON, all that ``execute`` needs and
    what ``describe`` shows. concerned: who would gain by it.
    """

    act: str
    subject_type: str
    subject_id: Any
    subject_label: str
    organization: Organization
    payload: dict[str, Any]
    concerned: User | None = None


@dataclass(frozen=True)
class Execution:
    """A change about to be done. checker: None when its maker acts alone in an emergency.

    reason: why its maker wants it.
    """

    payload: dict[str, Any]
    maker: User
    checker: User | None = None
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """What came of it. secret: shown once to whoever let it happen, kept nowhere."""

    text: str
    secret: str = ""


@dataclass(frozen=True)
class Act:
    """One kind of change.

    checker_permission: what whoever checks must hold over the unit by a post. may_make: may
    this person make such a change over that unit; asked at filing and again at approval.
    version: reads the subject under lock and gives at most 64 characters that differ when it
    has changed. describe: pure, from the payload alone. execute: does it, within the caller's
    transaction, and leaves its own entry in the log; its ``DomainError`` fails the change.
    is_rehearsed: filing tries ``execute`` and takes it back, so that what cannot be done is
    refused at once. may_act_alone: allowed in an emergency, reviewed afterwards. concerns:
    the keys of more people who would gain by it. link: where its maker goes on once it is
    approved: the key of the change in, a path of the product out.
    """

    code: str
    label: Promise | str
    checker_permission: str
    may_make: Callable[[User, Organization, dict[str, Any]], bool]
    version: Callable[[dict[str, Any]], str]
    describe: Callable[[dict[str, Any]], list[Difference]]
    execute: Callable[[Execution], Result]
    is_rehearsed: bool = True
    may_act_alone: bool = False
    concerns: Callable[[dict[str, Any]], frozenset[int]] = lambda payload: frozenset()
    link: Callable[[int, dict[str, Any]], str] | None = None


_acts: dict[str, Act] = {}


def register_act(act: Act) -> None:
    """Will make an act known. Raises: ValueError (the code is taken)."""
    if _acts.get(act.code, act) is not act:
        raise ValueError(f"act {act.code} is already registered")
    _acts[act.code] = act


def get_act(code: str) -> Act:
    """Will give the act of this code. Raises: KeyError (nobody registered it)."""
    return _acts[code]


def all_acts() -> list[Act]:
    """Will give every act, by code."""
    return [_acts[code] for code in sorted(_acts)]


@contextmanager
def temporarily(act: Act) -> Iterator[None]:
    """Will make an act known within the block; for tests."""
    register_act(act)
    try:
        yield
    finally:
        del _acts[act.code]
