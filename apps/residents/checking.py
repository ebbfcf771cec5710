"""Asking an authority whether name, identity number and face belong together. AC-05.

Which adapter answers is a matter of settings. Every adapter keeps the same contract, which
``tests/residents/test_adapters.py`` holds them to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Protocol

from django.conf import settings

from apps.residents.enums import CheckOutcome


@dataclass(frozen=True)
class Person:
    """Whom to ask about. id_number: clean, 18 characters. Never written to a log."""

    name: str
    id_number: str

    def __repr__(self) -> str:
        return "Person(…)"


@dataclass(frozen=True)
class Answer:
    """What the authority said. reason: a code, see ``services.checks``; "" where it passed."""

    outcome: CheckOutcome
    reason: str = ""


class IdentityChecker(Protocol):
    """What every adapter does. It may leave the machine: never inside a transaction.

    Trouble of any kind is the outcome ``not_available``, never an exception.
    """

    #: Shown beside every check.
    name: str

    def check_name(self, person: Person) -> Answer: ...

    def check_face(self, person: Person, *, photo: bytes) -> Answer:
        """photo: a re-encoded JPEG or PNG without metadata."""
        ...


NOT_AVAILABLE = Answer(CheckOutcome.NOT_AVAILABLE, "not_available")


_instead: ContextVar[IdentityChecker | None] = ContextVar("identity_checker", default=None)


def identity_checker() -> IdentityChecker:
    """Will give the adapter the settings name, or the one of ``asking``."""
    return _instead.get() or _checker_named(settings.IDENTITY_ADAPTER)


@contextmanager
def asking(checker: IdentityChecker) -> Iterator[None]:
    """Will ask this authority within the block, in this thread only; for the demo city."""
    token = _instead.set(checker)
    try:
        yield
    finally:
        _instead.reset(token)


@cache
def _checker_named(name: str) -> IdentityChecker:
    module = import_module(f"apps.residents.adapters.identity_{name}")
    found: IdentityChecker = module.Checker()
    return found


class ExchangeFailed(Exception):
    """The platform did not recognise the code, or could not be asked."""


class MiniProgramPlatform(Protocol):
    """Exchanges a mini-program's one-time code; may leave the machine."""

    def open_id(self, *, client_key: str, code: str) -> str:
        """Will give the platform's key of the user. Raises: ExchangeFailed, nothing else.

        client_key: the number of the API client, by which the platform's adapter knows
        which mini-program it is.
        """
        ...


def mini_program_platform() -> MiniProgramPlatform:
    """Will give the adapter the settings name."""
    return _platform_named(settings.MINI_PROGRAM_ADAPTER)


@cache
def _platform_named(name: str) -> MiniProgramPlatform:
    module = import_module(f"apps.residents.adapters.mini_program_{name}")
    found: MiniProgramPlatform = module.Platform()
    return found
