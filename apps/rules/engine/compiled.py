"""The quick form of a table.

A decision tree over the columns whose cells are sets or areas: such a column is settled by
one look-up, because every value it does not name behaves like every other. What remains is a
short list of rows whose other cells are tried one after the other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.rules.engine.cells import Anything, Cell, In, IsEmpty, NotIn, Test, Within
from apps.rules.engine.problems import SeveralRowsMatch
from apps.rules.engine.table import Row, Table
from apps.rules.engine.vocabulary import FactType, HitPolicy, Value

_LEAF = 8  # rows that are quicker tried than looked up
_INDEXED = (FactType.CODE, FactType.BOOL, FactType.AREA)

_Tests = tuple[tuple[int, Test], ...]
_Leaf = tuple[tuple[int, _Tests], ...]


@dataclass(frozen=True)
class Hit:
    """What a table said. rows: positions from 0, in the table's order; empty: nothing."""

    rows: tuple[int, ...]
    keys: tuple[str, ...]
    outputs: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class _Branch:
    """One column settled. is_area: look for the longest known prefix of the value."""

    slot: int
    known: dict[Any, "_Node"]
    other: "_Node"
    missing: "_Node"
    is_area: bool


_Node = _Branch | _Leaf


class CompiledTable:
    """A table ready to decide; safe to share between threads, it never changes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._slots = tuple(fact.code for fact in table.inputs)
        self._single = table.hit_policy is HitPolicy.FIRST
        self._unique = table.hit_policy is HitPolicy.UNIQUE
        self._root = _Builder(table).build()

    def decide(self, values: Mapping[str, Value]) -> Hit:
        """Will find the rows that speak.

        values: as ``read_facts`` gives them.
        Raises: SeveralRowsMatch (a UNIQUE table had more than one matching row).
        """
        given = [values.get(code) for code in self._slots]
        node = self._root
        while isinstance(node, _Branch):
            node = _follow(node, given[node.slot])
        found: list[int] = []
        for number, tests in node:
            for slot, test in tests:
                if not test(given[slot]):
                    break
            else:
                found.append(number)
                if self._single:
                    break
        rows = self.table.rows
        if self._unique and len(found) > 1:
            raise SeveralRowsMatch(tuple(rows[number].key for number in found))
        return Hit(
            tuple(found),
            tuple([rows[number].key for number in found]),
            tuple([dict(rows[number].outputs) for number in found]),
        )


def _follow(branch: _Branch, value: Value) -> _Node:
    if value is None:
        return branch.missing
    known = branch.known
    if not branch.is_area:
        return known.get(value, branch.other)
    while value:
        if value in known:
            return known[value]
        value = value[: value.rfind("/", 0, -1) + 1]
        if value == "/":
            break
    return branch.other


class _Builder:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.tests = [tuple(cell.compile() for cell in row.cells) for row in table.rows]
        # Rows that leave a column open are repeated below each of its values; the budget
        # keeps a table of many half-open rows from filling the memory.
        self.budget = 8 * len(table.rows) + 1000

    def build(self) -> _Node:
        columns = [n for n, fact in enumerate(self.table.inputs) if fact.type in _INDEXED]
        return self._node(list(range(len(self.table.rows))), columns, frozenset())

    def _node(self, numbers: list[int], columns: list[int], settled: frozenset[int]) -> _Node:
        if len(numbers) > _LEAF:
            sizes = {slot: self._cost(numbers, slot) for slot in columns}
            best = min(sizes, key=lambda slot: sizes[slot][0], default=None)
            if best is not None:
                expected, total = sizes[best]
                if expected <= 0.75 * len(numbers) and total <= self.budget:
                    self.budget -= total
                    return self._branch(numbers, best, columns, settled)
        return self._leaf(numbers, settled)

    def _leaf(self, numbers: list[int], settled: frozenset[int]) -> _Leaf:
        return tuple(
            (
                number,
                tuple(
                    (slot, self.tests[number][slot])
                    for slot, cell in enumerate(self.table.rows[number].cells)
                    if slot not in settled and not isinstance(cell, Anything)
                ),
            )
            for number in numbers
        )

    def _cost(self, numbers: list[int], slot: int) -> tuple[float, int]:
        """The mean rows left after this column is settled, and all rows written below it."""
        named: Counter[Any] = Counter()
        everywhere = 0
        for number in numbers:
            cell = self.table.rows[number].cells[slot]
            if isinstance(cell, In):
                named.update(cell.values)
            elif isinstance(cell, Within):
                named.update(cell.prefixes)
            elif isinstance(cell, Anything | NotIn):
                everywhere += 1
                if isinstance(cell, NotIn):
                    named.update(dict.fromkeys(cell.values, 0))
        buckets = len(named) + 1
        total = sum(named.values()) + everywhere * buckets
        return total / buckets, total

    def _branch(
        self, numbers: list[int], slot: int, columns: list[int], settled: frozenset[int]
    ) -> _Branch:
        is_area = self.table.inputs[slot].type is FactType.AREA
        cells = [(number, self.table.rows[number].cells[slot]) for number in numbers]
        named = _named_values(cells)
        rest = [column for column in columns if column != slot]
        done = settled | {slot}

        def below(chosen: list[int]) -> _Node:
            return self._node(chosen, rest, done)

        missing = [n for n, cell in cells if isinstance(cell, Anything | IsEmpty)]
        other = [n for n, cell in cells if isinstance(cell, Anything | NotIn)]
        split = _split_areas(cells, named) if is_area else _split_codes(cells, named)
        return _Branch(
            slot,
            {value: below(chosen) for value, chosen in split.items()},
            below(other),
            below(missing),
            is_area,
        )


def _named_values(cells: Sequence[tuple[int, Cell]]) -> list[Any]:
    named: dict[Any, None] = {}
    for _number, cell in cells:
        if isinstance(cell, In | NotIn):
            named.update(dict.fromkeys(cell.values))
        elif isinstance(cell, Within):
            named.update(dict.fromkeys(cell.prefixes))
    return list(named)


def _split_codes(cells: Sequence[tuple[int, Cell]], named: list[Any]) -> dict[Any, list[int]]:
    split: dict[Any, list[int]] = {value: [] for value in named}
    for number, cell in cells:
        if isinstance(cell, In):
            for value in cell.values:
                split[value].append(number)
        elif isinstance(cell, Anything):
            for chosen in split.values():
                chosen.append(number)
        elif isinstance(cell, NotIn):
            refused = set(cell.values)
            for value, chosen in split.items():
                if value not in refused:
                    chosen.append(number)
    return split


def _split_areas(cells: Sequence[tuple[int, Cell]], named: list[Any]) -> dict[Any, list[int]]:
    """Below a known path stand the rows of that path and of every known path above it."""
    above: dict[str, list[str]] = {
        path: [p for p in _prefixes(path) if p != path] for path in named
    }
    direct: dict[str, list[int]] = {path: [] for path in named}
    everywhere: list[int] = []
    for number, cell in cells:
        if isinstance(cell, Within):
            for path in cell.prefixes:
                direct[path].append(number)
        elif isinstance(cell, Anything):
            everywhere.append(number)
    split = {}
    for path in named:
        chosen = set(direct[path]).union(everywhere)
        for upper in above[path]:
            chosen.update(direct.get(upper, ()))
        split[path] = sorted(chosen)
    return split


def _prefixes(path: str) -> list[str]:
    """Will give "/1/", "/1/5/", "/1/5/23/" for "/1/5/23/"."""
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


def row_at(table: Table, key: str) -> tuple[int, Row] | None:
    """Will find a row by its key, with its position from 0."""
    for number, row in enumerate(table.rows):
        if row.key == key:
            return number, row
    return None
