"""Conditions over the fields of a reading: ``level_m >= 3.5 且 flow < 2 或 rain > 50``.

"或" binds weaker than "且". Comparisons: > >= < <= = != (also ≥ ≤ ≠). Values: numbers, 是 and
否 (true, false), or a word. ``level@2h`` is what the level comes to in two hours if it goes on
as it went (``trend``). A field that is missing or of another kind makes a comparison
unknown; unknown is neither true nor false (Kleene), so it neither raises nor clears anything.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.alarms.rules.trend import read_ahead

Value = float | str | bool | None
MOST = 20  # comparisons of one condition
_OPS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_SHOWN = {">=": "≥", "<=": "≤", "!=": "≠"}
_SAME = (("≥", ">="), ("≤", "<="), ("≠", "!="), ("==", "="), ("＞", ">"), ("＜", "<"), ("＝", "="))
_BOTH = re.compile(r"\s*(?:且|&&|\band\b)\s*", re.IGNORECASE)
_EITHER = re.compile(r"\s*(?:或|\|\||\bor\b)\s*", re.IGNORECASE)
_ONE = re.compile(r"([a-z_][a-z0-9_]{0,39}(?:@\d{1,2}(?:min|h))?)\s*(>=|<=|!=|>|<|=)\s*(\S.{0,39})")
_WORDS: dict[str, bool] = {"是": True, "true": True, "否": False, "false": False}


class ConditionError(ValueError):
    """A part of a condition that nobody can read. part: as it was written."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True)
class Comparison:
    """One field against one value."""

    field: str
    op: str
    value: Value

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """Will compare; None where the field says nothing that can be compared."""
        found = values.get(self.field)
        if found is None or (isinstance(found, float) and not math.isfinite(found)):
            return None
        if _kind(found) != _kind(self.value) or (_kind(found) != "n" and self.op not in "=!="):
            return None
        return _OPS[self.op](found, self.value)

    def words(self, labels: Mapping[str, str]) -> str:
        """Will say it for people."""
        value = {True: "是", False: "否"}.get(self.value) if isinstance(self.value, bool) else None
        shown = value or (f"{self.value:g}" if isinstance(self.value, float) else str(self.value))
        return f"{labels.get(self.field, self.field)} {_SHOWN.get(self.op, self.op)} {shown}"


@dataclass(frozen=True)
class Condition:
    """Any of these groups, each of which holds where all of its comparisons do."""

    groups: tuple[tuple[Comparison, ...], ...]

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """Will tell whether it holds; None where nobody can tell from these values."""
        unknown = False
        for group in self.groups:
            said = [comparison.holds(values) for comparison in group]
            if all(said):
                return True
            unknown = unknown or False not in said
        return None if unknown else False

    @property
    def fields(self) -> frozenset[str]:
        """The fields it looks at."""
        return frozenset(c.field for group in self.groups for c in group)

    def words(self, labels: Mapping[str, str]) -> str:
        """Will say it for people."""
        return " 或 ".join(
            " 且 ".join(comparison.words(labels) for comparison in group) for group in self.groups
        )


def parse(text: str) -> Condition:
    """Will read a condition. Raises: ConditionError (the first part that cannot be read)."""
    plain = text.strip()
    for written, meant in _SAME:
        plain = plain.replace(written, meant)
    groups = tuple(
        tuple(_comparison(part) for part in _BOTH.split(group)) for group in _EITHER.split(plain)
    )
    if sum(len(group) for group in groups) > MOST:
        raise ConditionError(text[:40])
    return Condition(groups)


def _comparison(part: str) -> Comparison:
    found = _ONE.fullmatch(part.strip())
    if found is None:
        raise ConditionError(part.strip()[:40])
    field, op, raw = found.groups()
    value = value_of(raw)
    is_ordered = isinstance(value, float) and op not in ("=", "!=")
    if "@" in field and not (is_ordered and read_ahead(field)):
        raise ConditionError(part.strip()[:40])  # what is foreseen lies above or below, never on
    if not isinstance(value, float) and op not in ("=", "!="):
        raise ConditionError(part.strip()[:40])
    return Comparison(field, op, value)


def value_of(raw: str) -> Value:
    """Will read a value as it is written in a condition or a test case."""
    word = raw.strip()
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    try:
        number = float(word)
    except ValueError:
        return word
    if not math.isfinite(number):
        raise ConditionError(word[:40])
    return number


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "b"
    return "n" if isinstance(value, int | float) else "s"
