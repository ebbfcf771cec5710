"""Questions a running installation can answer about itself.

Each app registers what it knows of its own safety in ``AppConfig.ready``; the board of clauses
(``apps.evidence``) asks them all and shows the answers with their figures. A check reads,
changes nothing, and takes well under a second. Source: CL-01.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Answer:
    """What a check found. state: fulfilled, partly, not, or person (nothing here can tell).

    text: one sentence with the figures it rests on.
    """

    state: str
    text: Promise | str


@dataclass(frozen=True)
class Check:
    """One question. code: dotted, the app first."""

    code: str
    label: Promise | str
    run: Callable[[], Answer]


_checks: dict[str, Check] = {}


def register(check: Check) -> None:
    """Will make a check known. Raises: ValueError (the code is taken)."""
    if check.code in _checks:
        raise ValueError(f"check {check.code} is already registered")
    _checks[check.code] = check


def get(code: str) -> Check:
    """Will give a check. Raises: KeyError (nobody registered it)."""
    return _checks[code]


def all_checks() -> list[Check]:
    """Will give every check, by code."""
    return [_checks[code] for code in sorted(_checks)]


def judge(fulfilled: bool, text: Promise | str, *, otherwise: str = "not") -> Answer:
    """Will answer fulfilled or not. otherwise: ``partly`` where half is better than nothing."""
    return Answer("fulfilled" if fulfilled else otherwise, text)


@contextmanager
def temporarily(check: Check) -> Iterator[None]:
    """Will make a check known within the block; for tests."""
    register(check)
    try:
        yield
    finally:
        del _checks[check.code]
