"""A parsed table.

``Table.parse`` reads the stored body and refuses what could do harm;
``Table.matching_rows`` is the plain meaning, which the compiled form must equal.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.rules.engine.cells import ANYTHING, Anything, Cell, parse_cell
from apps.rules.engine.problems import InvalidFacts, InvalidTable, Problem
from apps.rules.engine.vocabulary import (
    Fact,
    HitPolicy,
    Output,
    Value,
    Vocabulary,
    choices_remembered,
    to_plain,
)

MAX_ROWS = 5_000
MAX_COLUMNS = 20
MAX_CELL_VALUES = 200_000  # over the whole table
MAX_KEY = 40
MAX_NOTE = 500
_MAX_PROBLEMS = 50


@dataclass(frozen=True)
class Row:
    """One rule. key: stable across versions, so that a row can be followed."""

    key: str
    cells: tuple[Cell, ...]
    outputs: dict[str, Any]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table whose every cell has been understood."""

    hit_policy: HitPolicy
    inputs: tuple[Fact, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]

    @classmethod
    def parse(
        cls,
        vocabulary: Vocabulary,
        body: Any,
        *,
        expand_area: Callable[[str], list[str]] | None = None,
        any_value: bool = False,
    ) -> "Table":
        """Will read a stored body.

        body: {"hit_policy", "inputs": [fact codes], "outputs": [output codes],
        "rows": [{"key", "cells": {fact: cell}, "outputs": {output: value}, "note"}]}.
        expand_area, any_value: as for ``parse_cell``.
        Raises: InvalidTable, naming every cell that cannot be accepted (the first 50).
        """
        with choices_remembered():
            return _Parser(vocabulary, expand_area, any_value).parse(body)

    def to_json(self) -> dict[str, Any]:
        """Will give the stored form; ``parse`` reads it back to an equal table."""
        return {
            "hit_policy": str(self.hit_policy),
            "inputs": [fact.code for fact in self.inputs],
            "outputs": [output.code for output in self.outputs],
            "rows": [self._row_json(row) for row in self.rows],
        }

    def _row_json(self, row: Row) -> dict[str, Any]:
        cells = zip(self.inputs, row.cells, strict=True)
        return {
            "key": row.key,
            "cells": {f.code: c.to_json() for f, c in cells if not isinstance(c, Anything)},
            "outputs": {code: value for code, value in row.outputs.items() if value is not None},
            "note": row.note,
        }

    def matching_rows(self, values: Mapping[str, Value]) -> list[int]:
        """Will try every cell of every row: the meaning of the table, slowly."""
        return [
            number
            for number, row in enumerate(self.rows)
            if all(
                cell.accepts(values.get(fact.code))
                for fact, cell in zip(self.inputs, row.cells, strict=True)
            )
        ]


def read_facts(facts: Sequence[Fact] | Vocabulary, given: Mapping[str, Any]) -> dict[str, Value]:
    """Will check plain facts and turn them into the engine's values; absent ones are None.

    Raises: InvalidFacts for an unknown name, a wrong type, a required fact that is missing.
    """
    known = facts.facts if isinstance(facts, Vocabulary) else facts
    codes = {fact.code for fact in known}
    for code in given:
        if code not in codes:
            raise InvalidFacts(str(code), _("词汇表中没有“%(code)s”") % {"code": code})
    values: dict[str, Value] = {}
    for fact in known:
        try:
            values[fact.code] = fact.read(given.get(fact.code))
        except ValueError as error:
            message = _("“%(fact)s”%(why)s") % {"fact": fact.label, "why": error}
            raise InvalidFacts(fact.code, message) from None
        if fact.required and values[fact.code] is None:
            raise InvalidFacts(fact.code, _("缺少“%(fact)s”") % {"fact": fact.label})
    return values


def plain_facts(values: Mapping[str, Value]) -> dict[str, Any]:
    """Will give the known facts as plain JSON, for the record of a decision."""
    return {code: to_plain(value) for code, value in values.items() if value is not None}


class _Parser:
    def __init__(
        self,
        vocabulary: Vocabulary,
        expand_area: Callable[[str], list[str]] | None,
        any_value: bool,
    ) -> None:
        self.vocabulary = vocabulary
        self.any_value = any_value
        self.expand_area = expand_area
        self.problems: list[Problem] = []
        self.budget = MAX_CELL_VALUES
        self.cache: dict[str, Cell] = {}

    def parse(self, body: Any) -> Table:
        if not isinstance(body, Mapping):
            raise InvalidTable([Problem(_("规则表格式不正确"))])
        unknown = set(body) - {"hit_policy", "inputs", "outputs", "rows"}
        if unknown:
            self.problems.append(Problem(_("规则表有不认识的内容")))
        try:
            policy = HitPolicy(body.get("hit_policy", HitPolicy.FIRST))
        except ValueError:
            raise InvalidTable([Problem(_("不认识的命中策略"))]) from None
        inputs = self._columns(body.get("inputs"), self.vocabulary.fact_by_code)
        outputs = self._columns(body.get("outputs"), self.vocabulary.output_by_code)
        raw_rows = body.get("rows")
        if not isinstance(raw_rows, list):
            raise InvalidTable([Problem(_("规则表没有规则行"))])
        if len(raw_rows) > MAX_ROWS:
            raise InvalidTable([Problem(_("规则行超过 %(limit)s 行") % {"limit": MAX_ROWS})])
        if self.problems:
            raise InvalidTable(self.problems)
        rows = self._rows(raw_rows, inputs, outputs)
        if self.problems:
            raise InvalidTable(self.problems)
        return Table(policy, inputs, outputs, tuple(rows))

    def _columns(self, raw: Any, known: dict[str, Any]) -> tuple[Any, ...]:
        if not isinstance(raw, list) or not raw or len(raw) > MAX_COLUMNS:
            message = _("应有 1 至 %(limit)s 列条件和结果") % {"limit": MAX_COLUMNS}
            raise InvalidTable([Problem(message)])
        found = []
        for code in raw:
            if not isinstance(code, str) or code not in known:
                self.problems.append(
                    Problem(_("词汇表中没有“%(code)s”") % {"code": str(code)[:80]})
                )
            elif known[code] in found:
                self.problems.append(Problem(_("列“%(code)s”重复") % {"code": code}))
            else:
                found.append(known[code])
        return tuple(found)

    def _rows(
        self, raw_rows: list[Any], inputs: tuple[Fact, ...], outputs: tuple[Output, ...]
    ) -> list[Row]:
        rows: list[Row] = []
        keys: set[str] = set()
        for number, raw in enumerate(raw_rows, start=1):
            if len(self.problems) >= _MAX_PROBLEMS:
                break
            if not isinstance(raw, Mapping) or set(raw) - {"key", "cells", "outputs", "note"}:
                self.problems.append(Problem(_("行的格式不正确"), row=number))
                continue
            key, note = raw.get("key"), raw.get("note", "")
            if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY or key in keys:
                self.problems.append(Problem(_("行标识缺失、过长或重复"), row=number))
                continue
            if not isinstance(note, str) or len(note) > MAX_NOTE:
                self.problems.append(
                    Problem(_("备注过长，最长 %(limit)s 字") % {"limit": MAX_NOTE}, row=number)
                )
                continue
            keys.add(key)
            cells = self._cells(number, raw.get("cells", {}), inputs)
            values = self._outputs(number, raw.get("outputs", {}), outputs)
            rows.append(Row(key, cells, values, note))
        return rows

    def _cells(self, number: int, raw: Any, inputs: tuple[Fact, ...]) -> tuple[Cell, ...]:
        if not self._is_part(number, raw, {fact.code for fact in inputs}):
            return ()
        cells: list[Cell] = []
        for fact in inputs:
            try:
                cells.append(self._cell(fact, raw.get(fact.code)))
            except ValueError as error:
                self.problems.append(Problem(str(error), number, fact.code, str(fact.label)))
                cells.append(ANYTHING)
        return tuple(cells)

    def _cell(self, fact: Fact, raw: Any) -> Cell:
        """Equal cells are parsed once: a long table repeats its sets many times."""
        if raw is None:
            return ANYTHING
        try:
            key = f"{fact.code}\n{raw!r}"
        except RecursionError:
            raise ValueError(_("单元格嵌套过深")) from None
        cell = self.cache.get(key)
        if cell is None:
            cell = parse_cell(fact, raw, expand_area=self.expand_area, any_value=self.any_value)
            self.cache[key] = cell
        self.budget -= len(getattr(cell, "values", ()) or getattr(cell, "areas", ())) or 1
        if self.budget < 0:
            raise ValueError(
                _("整张表列出的值过多，最多 %(limit)s 项") % {"limit": MAX_CELL_VALUES}
            )
        return cell

    def _outputs(self, number: int, raw: Any, outputs: tuple[Output, ...]) -> dict[str, Any]:
        if not self._is_part(number, raw, {output.code for output in outputs}):
            return {}
        values: dict[str, Any] = {}
        for output in outputs:
            try:
                values[output.code] = output.read(raw.get(output.code))
            except ValueError as error:
                self.problems.append(Problem(str(error), number, output.code, str(output.label)))
        return values

    def _is_part(self, number: int, raw: Any, codes: set[str]) -> bool:
        if not isinstance(raw, Mapping):
            self.problems.append(Problem(_("行的格式不正确"), row=number))
            return False
        for code in raw:
            if code not in codes:
                message = _("表中没有“%(code)s”这一列") % {"code": str(code)[:80]}
                self.problems.append(Problem(message, row=number))
                return False
        return True
