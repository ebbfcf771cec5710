"""The static check: what a table leaves open, says twice, or never says.

Every column is split into the classes of values that no cell of the table can tell apart
(``atoms``); a cell is then a set of atoms and a row a box. Pairs of boxes are compared
exactly at any size with bit sets over the rows. Gaps and rows hidden by several earlier rows
together are searched cell by cell; when that would take more than ``BUDGET`` steps the search
stops and random inputs are tried instead, and the report says so.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from itertools import combinations, pairwise
from operator import or_
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import clauses
from apps.rules.engine.cells import (
    Anything,
    Between,
    Cell,
    Contains,
    HasAll,
    HasAny,
    In,
    NotIn,
    Within,
)
from apps.rules.engine.problems import Problem
from apps.rules.engine.table import Table, plain_facts
from apps.rules.engine.vocabulary import (
    Fact,
    FactType,
    HitPolicy,
    Value,
    choices_remembered,
    options_of,
)

BUDGET = 200_000
RANDOM_INPUTS = 10_000
MAX_FINDINGS = 100
MAX_GAPS = 1000
_GAPS_SHOWN = 20
_MAX_SUBSETS = 10  # words or tags of a column whose every combination is looked at
# Stand for "any other value" in a sample. A word of a cell cannot contain a line break.
_OTHER, _OTHER_TEXT, _OTHER_AREA = "·", "\n", "/0/"
_OTHERS = (_OTHER, _OTHER_TEXT, _OTHER_AREA, frozenset({_OTHER}))


@dataclass(frozen=True)
class Overlap:
    """Two rows (from 1) that one input can meet, with such an input."""

    first: int
    second: int
    sample: dict[str, Any]
    same_outputs: bool


@dataclass(frozen=True)
class Shadow:
    """A row (from 1) that can never speak. by: the one earlier row that hides it, if one."""

    row: int
    by: int | None


@dataclass(frozen=True)
class DeadOutput:
    """A result that no input can bring about: every row (from 1) that gives it is silent."""

    label: str
    value: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Gap:
    """An input that no row meets: plain facts, and in words."""

    sample: dict[str, Any]
    text: str


@dataclass
class Report:
    """What the check found. exact: the search was complete, nothing else can be found.

    gaps: the plainest of the ``gap_count`` found, 20 at most; counting ends at
    ``MAX_GAPS``.
    """

    errors: list[Problem] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    shadows: list[Shadow] = field(default_factory=list)
    dead_outputs: list[DeadOutput] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    overlap_count: int = 0
    gap_count: int = 0
    exact: bool = True
    cells: int = 0

    @property
    def may_be_submitted(self) -> bool:
        return not self.errors


def check_table(table: Table) -> Report:
    """Will look for errors, overlaps, rows that never speak, and gaps.

    Exact as long as the search stays within ``BUDGET`` steps; ``Report.exact`` says whether.
    Overlaps are errors for UNIQUE, information for FIRST (rows open in every column are not
    counted there: that is how a default row is written) and normal for the others.
    """
    with choices_remembered():
        return _check(table)


def _check(table: Table) -> Report:
    report = Report()
    _check_outputs(table, report)
    if not table.rows:
        report.errors.append(Problem(_("规则表还没有规则行")))
        return report
    grid = _Grid(table)
    report.cells = grid.cells
    report.exact = grid.atoms_exact
    if table.hit_policy in (HitPolicy.FIRST, HitPolicy.UNIQUE):
        _find_overlaps(grid, report)
    if table.hit_policy is HitPolicy.FIRST:
        _find_shadows(grid, report)
    else:
        _find_impossible(grid, report)
    _find_dead_outputs(table, report)
    _find_gaps(grid, report)
    return report


def _check_outputs(table: Table, report: Report) -> None:
    troubles: dict[tuple[str, Any], str | None] = {}
    for number, row in enumerate(table.rows, start=1):
        for output in table.outputs:
            value = row.outputs.get(output.code)
            known = (output.code, _as_key(value))
            if known not in troubles:
                troubles[known] = output.trouble(value)
            message = troubles[known]
            if message and len(report.errors) < MAX_FINDINGS:
                report.errors.append(Problem(message, number, output.code, str(output.label)))


def _as_key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _as_value(key: Any) -> Any:
    return list(key) if isinstance(key, tuple) else key


class _Grid:
    """Rows as boxes of atoms.

    masks[row][column]: bits of the atoms the cell accepts.
    rows_at[column][atom]: bits of the rows whose cell accepts the atom.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.atoms: list[list[Value]] = []
        self.atoms_exact = True
        for slot, fact in enumerate(table.inputs):
            cells = {row.cells[slot] for row in table.rows}
            atoms, exact = _atoms(fact, cells)
            self.atoms.append(atoms)
            self.atoms_exact &= exact
        self.cells = reduce(lambda a, b: a * b, (len(atoms) for atoms in self.atoms), 1)
        self.all_rows = (1 << len(table.rows)) - 1
        self.masks: list[tuple[int, ...]] = []
        known: dict[tuple[int, Cell], int] = {}
        for row in table.rows:
            mask = []
            for slot, cell in enumerate(row.cells):
                bits = known.get((slot, cell))
                if bits is None:
                    test = cell.compile()
                    bits = sum(1 << n for n, atom in enumerate(self.atoms[slot]) if test(atom))
                    known[slot, cell] = bits
                mask.append(bits)
            self.masks.append(tuple(mask))
        self.rows_at = [self._rows_at(slot) for slot in range(len(table.inputs))]
        self._meeting: dict[tuple[int, int], int] = {}

    def _rows_at(self, slot: int) -> list[int]:
        found = [0] * len(self.atoms[slot])
        for number, mask in enumerate(self.masks):
            for atom in _bits(mask[slot]):
                found[atom] |= 1 << number
        return found

    def rows_meeting(self, number: int) -> int:
        """Will give the rows whose box shares a point with this row's, as bits."""
        rows = self.all_rows
        for slot, mask in enumerate(self.masks[number]):
            shared = self._meeting.get((slot, mask))
            if shared is None:
                shared = reduce(or_, (self.rows_at[slot][atom] for atom in _bits(mask)), 0)
                self._meeting[slot, mask] = shared
            rows &= shared
        return rows

    def is_open(self, number: int) -> bool:
        return all(isinstance(cell, Anything) for cell in self.table.rows[number].cells)

    def sample(self, point: Iterable[int]) -> dict[str, Any]:
        """Will give plain facts for a point (one atom per column)."""
        values = {
            fact.code: self.atoms[slot][atom]
            for slot, (fact, atom) in enumerate(zip(self.table.inputs, point, strict=True))
        }
        return plain_facts(values)

    def vagueness(self, point: Iterable[int]) -> int:
        """Will count the facts of a point that are unknown or stand for "any other"."""
        values = [self.atoms[slot][atom] for slot, atom in enumerate(point)]
        return sum(value is None or value in _OTHERS for value in values)

    def text(self, point: Iterable[int]) -> str:
        parts = []
        for slot, (fact, atom) in enumerate(zip(self.table.inputs, point, strict=True)):
            value = self.atoms[slot][atom]
            if value is None:
                parts.append(_("%(fact)s未知") % {"fact": fact.label})
            elif value in _OTHERS:
                parts.append(_("%(fact)s为其他") % {"fact": fact.label})
            else:
                shown = {"fact": fact.label, "value": fact.describe(value)}
                parts.append(_("%(fact)s为“%(value)s”") % shown)
        return clauses(parts)


def _find_overlaps(grid: _Grid, report: Report) -> None:
    table = grid.table
    unique = table.hit_policy is HitPolicy.UNIQUE
    open_rows = 0 if unique else sum(1 << n for n in range(len(table.rows)) if grid.is_open(n))
    for second in range(len(table.rows)):
        if open_rows >> second & 1:
            continue
        earlier = grid.rows_meeting(second) & ((1 << second) - 1) & ~open_rows
        if not earlier or not all(grid.masks[second]):
            continue
        report.overlap_count += earlier.bit_count()
        for first in _bits(earlier):
            if len(report.overlaps) >= MAX_FINDINGS:
                break
            pairs = zip(grid.masks[first], grid.masks[second], strict=True)
            point = [_lowest(a & b) for a, b in pairs]
            same = table.rows[first].outputs == table.rows[second].outputs
            report.overlaps.append(Overlap(first + 1, second + 1, grid.sample(point), same))
    if unique:
        report.errors += [
            Problem(
                _("与第%(other)s行会同时符合，而本表只允许一行符合") % {"other": overlap.first},
                row=overlap.second,
            )
            for overlap in report.overlaps
        ]


def _find_shadows(grid: _Grid, report: Report) -> None:
    search = _Search(grid)
    for number, mask in enumerate(grid.masks):
        earlier = grid.rows_meeting(number) & ((1 << number) - 1)
        by = next((n for n in _bits(earlier) if _covers(grid.masks[n], mask)), None)
        if by is not None or not all(mask):
            report.shadows.append(Shadow(number + 1, None if by is None else by + 1))
        elif earlier.bit_count() > 1:
            uncovered = search.uncovered(earlier, mask, limit=1)
            if uncovered is None:
                report.exact = False
            elif not uncovered:
                report.shadows.append(Shadow(number + 1, None))


def _find_impossible(grid: _Grid, report: Report) -> None:
    """Rows whose cells no value can meet: a closed choice, a number out of the fact's range."""
    report.shadows = [
        Shadow(number, None) for number, mask in enumerate(grid.masks, start=1) if not all(mask)
    ]


def _find_dead_outputs(table: Table, report: Report) -> None:
    silent = {shadow.row for shadow in report.shadows}
    if not silent:
        return
    for output in table.outputs:
        given: dict[Any, list[int]] = {}
        for number, row in enumerate(table.rows, start=1):
            if row.outputs.get(output.code) is not None:
                given.setdefault(_as_key(row.outputs[output.code]), []).append(number)
        report.dead_outputs += [
            DeadOutput(str(output.label), output.describe(_as_value(value)), tuple(rows))
            for value, rows in given.items()
            if silent.issuperset(rows)
        ]


def _find_gaps(grid: _Grid, report: Report) -> None:
    everything = tuple((1 << len(atoms)) - 1 for atoms in grid.atoms)
    points = _Search(grid).uncovered(grid.all_rows, everything, limit=MAX_GAPS)
    if points is None:
        report.exact = False
        points = _random_gaps(grid)
    # A case that will come stands before one with a fact missing or out of the list.
    points.sort(key=grid.vagueness)
    report.gap_count = len(points)
    report.gaps = [Gap(grid.sample(point), grid.text(point)) for point in points[:_GAPS_SHOWN]]


class _Search:
    """Looks for points of a box that no row of a set covers, remembering what is settled."""

    def __init__(self, grid: _Grid) -> None:
        self.grid = grid
        self.left = BUDGET
        columns = range(len(grid.atoms))
        full = [(1 << len(atoms)) - 1 for atoms in grid.atoms]
        # open_from[c]: rows that accept everything from column c on.
        self.open_from = [0] * (len(grid.atoms) + 1)
        self.open_from[-1] = grid.all_rows
        for slot in reversed(columns):
            whole = sum(1 << n for n, mask in enumerate(grid.masks) if mask[slot] == full[slot])
            self.open_from[slot] = self.open_from[slot + 1] & whole

    def uncovered(self, rows: int, box: tuple[int, ...], *, limit: int) -> list[list[int]] | None:
        """Will give up to ``limit`` uncovered points, or None when the budget ran out."""
        found: list[list[int]] = []
        covered: set[tuple[int, int]] = set()
        try:
            self._walk(rows, box, [], found, covered, limit)
        except _BudgetSpent:
            return None
        return found

    def _walk(
        self,
        rows: int,
        box: tuple[int, ...],
        point: list[int],
        found: list[list[int]],
        covered: set[tuple[int, int]],
        limit: int,
    ) -> None:
        slot = len(point)
        if rows & self.open_from[slot] or (slot, rows) in covered:
            return
        if not rows:
            found.append(point + [_lowest(mask) for mask in box[slot:]])
            return
        before = len(found)
        for atom in _bits(box[slot]):
            self.left -= 1
            if self.left < 0:
                raise _BudgetSpent
            rest = rows & self.grid.rows_at[slot][atom]
            self._walk(rest, box, [*point, atom], found, covered, limit)
            if len(found) >= limit:
                return
        if len(found) == before:
            covered.add((slot, rows))


class _BudgetSpent(Exception):
    """The search for gaps has looked at as much as it may."""


def _random_gaps(grid: _Grid) -> list[list[int]]:
    chance = random.Random(20)  # noqa: S311  sampling with a fixed seed, no secret
    found = []
    for _turn in range(RANDOM_INPUTS):
        point = [chance.randrange(len(atoms)) for atoms in grid.atoms]
        rows = grid.all_rows
        for slot, atom in enumerate(point):
            rows &= grid.rows_at[slot][atom]
        if not rows:
            found.append(point)
            if len(found) >= MAX_GAPS:
                break
    return found


def _atoms(fact: Fact, cells: set[Cell]) -> tuple[list[Value], bool]:
    """Will give one value per class of values the cells cannot tell apart, and whether all."""
    maker = {
        FactType.NUMBER: _line_atoms,
        FactType.DATETIME: _line_atoms,
        FactType.AREA: _area_atoms,
        FactType.TAGS: _tag_atoms,
        FactType.TEXT: _text_atoms,
    }.get(fact.type, _code_atoms)
    atoms, exact = maker(fact, cells)
    return (atoms if fact.required else [*atoms, None]), exact


def _code_atoms(fact: Fact, cells: set[Cell]) -> tuple[list[Value], bool]:
    if fact.type is FactType.BOOL:
        return [True, False], True
    named = {v for cell in cells if isinstance(cell, In | NotIn) for v in cell.values}
    if fact.choices is None:
        return [*sorted(named), _OTHER], True
    codes = list(options_of(fact.choices))
    unnamed = next((code for code in codes if code not in named), None)
    return [*sorted(named), *([] if unnamed is None else [unnamed])], True


def _line_atoms(fact: Fact, cells: set[Cell]) -> tuple[list[Value], bool]:
    ends: set[Any] = set()
    for cell in cells:
        if isinstance(cell, Between):
            ends |= {end for end in (cell.lo, cell.hi) if end is not None}
        elif isinstance(cell, In | NotIn):
            ends |= set(cell.values)
    ends |= {end for end in (fact.minimum, fact.maximum) if end is not None}
    line = sorted(ends)
    step: Any = timedelta(days=1) if fact.type is FactType.DATETIME else 1
    if not line:
        return [fact.read(_EPOCH) if fact.type is FactType.DATETIME else 0], True
    points = [line[0] - step, line[0]]
    for lower, upper in pairwise(line):
        middle = lower + (upper - lower) / 2
        if fact.whole:
            middle = int(lower // 1) + 1
        if lower < middle < upper:
            points.append(middle)
        points.append(upper)
    points.append(line[-1] + step)
    low, high = fact.minimum, fact.maximum
    return [
        p
        for p in points
        if (low is None or p >= low)
        and (high is None or p <= high)
        and (not fact.whole or p == int(p))
    ], True


_EPOCH = "2000-01-01T00:00:00+00:00"


def _area_atoms(fact: Fact, cells: set[Cell]) -> tuple[list[Value], bool]:
    named = {p for cell in cells if isinstance(cell, Within) for p in cell.prefixes}
    return [*sorted(named), _OTHER_AREA], True


def _tag_atoms(fact: Fact, cells: set[Cell]) -> tuple[list[Value], bool]:
    named = sorted({v for c in cells if isinstance(c, HasAny | HasAll) for v in c.values})
    sets, exact = _subsets(named)
    return [*(frozenset(s) for s in sets if s), frozenset({_OTHER})], exact


def _text_atoms(fact: Fact, cells: set[Cell]) -> tuple[list[Value], bool]:
    """Texts by the words they contain; a word inside another comes along with it."""
    named = sorted({w for cell in cells if isinstance(cell, Contains) for w in cell.words})
    sets, exact = _subsets(named)
    texts: dict[tuple[str, ...], str] = {(): _OTHER_TEXT}
    for chosen in sets:
        text = "\n".join(chosen)
        texts.setdefault(tuple(word for word in named if word in text), text)
    return list(texts.values()), exact


def _subsets(named: list[str]) -> tuple[list[tuple[str, ...]], bool]:
    """Every combination of a few; of many, the single ones, the pairs of neighbours and all."""
    if len(named) <= _MAX_SUBSETS:
        return [s for n in range(len(named) + 1) for s in combinations(named, n)], True
    pairs = list(pairwise(named))
    return [*((name,) for name in named), *pairs, tuple(named)], False


def _covers(outer: tuple[int, ...], inner: tuple[int, ...]) -> bool:
    return all(b & ~a == 0 for a, b in zip(outer, inner, strict=True))


def _bits(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
