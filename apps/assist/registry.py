"""How assistants are spoken to. A dialect is one way; adapters register theirs.

An adapter turns a question into a reply or raises ``AssistFailed``; it decides nothing, writes
nothing, and keeps nothing of either.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from apps.assist.enums import AssistKind, Outcome


@dataclass(frozen=True)
class Access:
    """Where an assistant is and how it is asked. secret: "" for none. timeout_s: seconds."""

    address: str
    secret: str
    model: str
    timeout_s: int


@dataclass(frozen=True)
class Question:
    """What is asked: a recording, a picture, or for a draft plain words.

    instructions: for a draft, what the model is told to do; content is then the data (UTF-8).
    """

    content: bytes
    media_type: str
    instructions: str = ""


@dataclass(frozen=True)
class Value:
    """One thing read or written. confidence: 0 to 1, None where it is not told."""

    name: str
    value: str
    confidence: float | None = None


@dataclass(frozen=True)
class Reply:
    """What came back. version: of the model, as the assistant says.

    rows: of a table, all of one length, each cell a value named by its column ("1", "2", ...).
    """

    values: tuple[Value, ...]
    version: str
    rows: tuple[tuple[Value, ...], ...] = ()


class AssistFailed(Exception):
    """No usable reply. outcome: which sort of failure; the text is for operators."""

    def __init__(self, outcome: Outcome, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


@dataclass(frozen=True)
class Dialect:
    """One way to ask for one kind of thing."""

    code: str
    label: str | Promise
    kind: AssistKind
    ask: Callable[[Access, Question], Reply]


_dialects: dict[str, Dialect] = {}


def register_dialect(dialect: Dialect) -> None:
    """Will make a dialect known. Raises: ValueError (the code is taken)."""
    if _dialects.get(dialect.code, dialect) is not dialect:
        raise ValueError(f"dialect {dialect.code} is already registered")
    _dialects[dialect.code] = dialect


def get_dialect(code: str) -> Dialect:
    """Will give the dialect of this code. Raises: KeyError (nobody registered it)."""
    return _dialects[code]


def all_dialects() -> list[Dialect]:
    """Will give every dialect, by code."""
    return [_dialects[code] for code in sorted(_dialects)]
