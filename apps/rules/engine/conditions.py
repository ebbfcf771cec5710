"""Free conditions: an all/any/not tree of the same leaves a table's cells are.

Used by guards and listeners. {"all": [...]}, {"any": [...]}, {"not": {...}} or a leaf
{"fact": code, "op": ..., ...}. At most 6 levels and 200 nodes; no way to write a loop.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.rules.engine.cells import Cell, parse_cell
from apps.rules.engine.problems import InvalidTable, Problem
from apps.rules.engine.table import read_facts
from apps.rules.engine.vocabulary import Fact, Value, Vocabulary

MAX_DEPTH = 6
MAX_NODES = 200


@dataclass(frozen=True)
class Line:
    """One line of an explanation. level: from 0, for indenting."""

    level: int
    text: str
    value: str
    holds: bool


@dataclass(frozen=True)
class _Leaf:
    fact: Fact
    cell: Cell

    def holds(self, values: Mapping[str, Value]) -> bool:
        return self.cell.accepts(values.get(self.fact.code))

    def lines(self, values: Mapping[str, Value], level: int) -> list[Line]:
        value = values.get(self.fact.code)
        text = f"{self.fact.label}{self.cell.text(self.fact)}"
        return [Line(level, text, self.fact.describe(value), self.cell.accepts(value))]


@dataclass(frozen=True)
class _Group:
    kind: str
    parts: tuple["_Leaf | _Group", ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        if self.kind == "not":
            return not self.parts[0].holds(values)
        quantifier = all if self.kind == "all" else any
        return quantifier(part.holds(values) for part in self.parts)

    def lines(self, values: Mapping[str, Value], level: int) -> list[Line]:
        heads = {"all": _("以下都成立"), "any": _("以下至少一项成立"), "not": _("以下不成立")}
        lines = [Line(level, heads[self.kind], "", self.holds(values))]
        for part in self.parts:
            lines += part.lines(values, level + 1)
        return lines


class Condition:
    """A parsed condition tree; safe to keep and share."""

    def __init__(self, vocabulary: Vocabulary, root: _Leaf | _Group) -> None:
        self.vocabulary = vocabulary
        self._root = root

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        raw: Any,
        *,
        expand_area: Callable[[str], list[str]] | None = None,
    ) -> "Condition":
        """Will read a stored condition; {} or None always holds.

        Raises: InvalidTable naming the place, as "all[0].any[2]".
        """
        return cls(vocabulary, _Reader(vocabulary, expand_area).read(raw or {"all": []}))

    def evaluate(self, facts: Mapping[str, Any]) -> bool:
        """Will tell whether the condition holds for plain facts.

        Raises: InvalidFacts.
        """
        return self._root.holds(read_facts(self.vocabulary, facts))

    def explain(self, facts: Mapping[str, Any]) -> list[Line]:
        """Will give one line per group and leaf, with what each came to."""
        return self._root.lines(read_facts(self.vocabulary, facts), 0)


class _Reader:
    def __init__(
        self, vocabulary: Vocabulary, expand_area: Callable[[str], list[str]] | None
    ) -> None:
        self.vocabulary = vocabulary
        self.expand_area = expand_area
        self.nodes = 0

    def read(self, raw: Any, place: str = "", depth: int = 1) -> _Leaf | _Group:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _problem(place, _("条件过多，最多 %(limit)s 项") % {"limit": MAX_NODES})
        if depth > MAX_DEPTH:
            raise _problem(place, _("条件嵌套过深，最多 %(limit)s 层") % {"limit": MAX_DEPTH})
        if not isinstance(raw, Mapping):
            raise _problem(place, _("条件格式不正确"))
        if "fact" in raw:
            return self._leaf(raw, place)
        if len(raw) != 1:
            raise _problem(place, _("条件格式不正确"))
        kind, content = next(iter(raw.items()))
        if kind == "not":
            return _Group("not", (self.read(content, f"{place}.not".lstrip("."), depth + 1),))
        if kind not in ("all", "any") or not isinstance(content, list):
            raise _problem(place, _("条件格式不正确"))
        parts = [
            self.read(part, f"{place}.{kind}[{number}]".lstrip("."), depth + 1)
            for number, part in enumerate(content)
        ]
        return _Group(kind, tuple(parts))

    def _leaf(self, raw: Mapping[str, Any], place: str) -> _Leaf:
        code = raw["fact"]
        fact = self.vocabulary.fact_by_code.get(code) if isinstance(code, str) else None
        if fact is None:
            raise _problem(place, _("词汇表中没有“%(code)s”") % {"code": str(code)[:80]})
        rest = {key: value for key, value in raw.items() if key != "fact"}
        try:
            return _Leaf(fact, parse_cell(fact, rest, expand_area=self.expand_area))
        except ValueError as error:
            raise _problem(place, str(error)) from None


def _problem(place: str, message: str) -> InvalidTable:
    return InvalidTable([Problem(message, label=place)])
