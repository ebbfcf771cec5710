"""Free conditions: an all/any/not tree of the same leaves a table's cells are.

Used by guards and listeners, which get one from ``rules.services.parse_condition`` and keep
it: ``evaluate(facts)``, ``why(facts)`` (one sentence), ``explain(facts)`` (line by line),
``text()`` (what it asks), ``fact_codes``. Written {"all": [...]}, {"any": [...]},
{"not": {...}} or a leaf {"fact": code, "op": ..., ...}. At most 6 levels and 200 nodes; no
way to write a loop.

What is not known decides nothing: a leaf on an unknown fact neither holds nor fails (except
"empty"), and so neither does its "not". A condition holds only where it surely holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import bracketed, points, say
from apps.rules.engine.cells import Anything, Cell, IsEmpty, parse_cell
from apps.rules.engine.problems import InvalidTable, Problem
from apps.rules.engine.table import read_facts
from apps.rules.engine.vocabulary import Fact, Value, Vocabulary, choices_remembered

MAX_DEPTH = 6
MAX_NODES = 200
_TOLD = 12  # leaves named in one sentence


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

    def result(self, values: Mapping[str, Value]) -> bool | None:
        """None: the fact is not known."""
        value = values.get(self.fact.code)
        if value is None and not isinstance(self.cell, IsEmpty | Anything):
            return None
        return self.cell.accepts(value)

    def text(self) -> str:
        return say(self.fact.label, self.cell.text(self.fact))

    def lines(self, values: Mapping[str, Value], level: int) -> list[Line]:
        shown = self.fact.describe(values.get(self.fact.code))
        return [Line(level, self.text(), shown, self.result(values) is True)]

    def decisive(self, values: Mapping[str, Value]) -> list["_Leaf"]:
        return [self]

    def leaves(self) -> list["_Leaf"]:
        return [self]


@dataclass(frozen=True)
class _Group:
    kind: str
    parts: tuple["_Leaf | _Group", ...]

    def result(self, values: Mapping[str, Value]) -> bool | None:
        results = [part.result(values) for part in self.parts]
        if self.kind == "not":
            return None if results[0] is None else not results[0]
        settling = self.kind == "any"  # one such result settles the group
        if settling in results:
            return settling
        return None if None in results else not settling

    def text(self) -> str:
        parts = [part.text() for part in self.parts]
        if self.kind == "not":
            return _("并非（%(condition)s）") % {"condition": parts[0]}
        if not parts:
            return _("不论何种情况") if self.kind == "all" else _("任何情况都不成立")
        if len(parts) == 1:
            return parts[0]
        joint = _("，且") if self.kind == "all" else _("，或")
        return joint.join(
            bracketed(text).strip() if isinstance(part, _Group) and part.kind != "not" else text
            for part, text in zip(self.parts, parts, strict=True)
        )

    def lines(self, values: Mapping[str, Value], level: int) -> list[Line]:
        heads = {"all": _("以下都成立"), "any": _("以下至少一项成立"), "not": _("以下不成立")}
        lines = [Line(level, heads[self.kind], "", self.result(values) is True)]
        for part in self.parts:
            lines += part.lines(values, level + 1)
        return lines

    def decisive(self, values: Mapping[str, Value]) -> list[_Leaf]:
        """Will give the leaves that made the group come out as it did."""
        mine = self.result(values)
        wanted = self.parts
        if self.kind != "not":
            wanted = tuple(part for part in self.parts if part.result(values) is mine)
        return [leaf for part in wanted for leaf in part.decisive(values)]

    def leaves(self) -> list[_Leaf]:
        return [leaf for part in self.parts for leaf in part.leaves()]


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

    @property
    def fact_codes(self) -> frozenset[str]:
        """The facts it asks for."""
        return frozenset(leaf.fact.code for leaf in self._root.leaves())

    def evaluate(self, facts: Mapping[str, Any]) -> bool:
        """Will tell whether the condition surely holds for plain facts.

        Raises: InvalidFacts.
        """
        return self._root.result(read_facts(self.vocabulary, facts)) is True

    def text(self) -> str:
        """Will say what it asks: "类别是“井盖缺失”，且（级别不小于3，或夜间是“是”）"."""
        with choices_remembered():
            return self._root.text()

    def why(self, facts: Mapping[str, Any]) -> str:
        """Will say in one sentence, in the active language, whether it holds and by what.

        Raises: InvalidFacts.
        """
        with choices_remembered():
            values = read_facts(self.vocabulary, facts)
            result = self._root.result(values)
            told = [_told(leaf, values) for leaf in self._root.decisive(values)[:_TOLD]]
        heads = {
            True: _("条件成立：%(why)s。"),
            False: _("条件不成立：%(why)s。"),
            None: _("条件无从判断：%(why)s。"),
        }
        return heads[result] % {"why": points(told) or self.text()}

    def explain(self, facts: Mapping[str, Any]) -> list[Line]:
        """Will give one line per group and leaf, with what each came to.

        Raises: InvalidFacts.
        """
        with choices_remembered():
            return self._root.lines(read_facts(self.vocabulary, facts), 0)


def _told(leaf: _Leaf, values: Mapping[str, Value]) -> str:
    value = values.get(leaf.fact.code)
    shown = {"condition": leaf.text(), "value": leaf.fact.describe(value)}
    verdicts = {
        True: _("%(condition)s，实际为“%(value)s”，符合"),
        False: _("%(condition)s，实际为“%(value)s”，不符合"),
        None: _("%(condition)s，实际未知"),
    }
    return verdicts[leaf.result(values)] % shown


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
