"""Making past decisions again with another version: what would have come out otherwise.

Nothing is written. 5,000 decisions take about a second, so it is done while the page waits.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.common.phrases import points, series
from apps.rules import selectors
from apps.rules.engine.compiled import CompiledTable
from apps.rules.engine.explain import outputs_text
from apps.rules.engine.table import Table
from apps.rules.engine.vocabulary import OutputType, choices_remembered
from apps.rules.models import Decision, RuleTable, RuleTableVersion
from apps.rules.services.decisions import answer, load_for_trial

MAX_REPLAYED = 5000


@dataclass(frozen=True)
class Replayed:
    """A past decision that a version would have made otherwise. error: it could not decide."""

    decision: Decision
    rows: list[str]
    outputs: list[dict[str, Any]]
    outputs_changed: bool
    error: str = ""


@dataclass(frozen=True)
class ReplayGroup:
    """Changed decisions that go from one result to another: "区城管局" to "路灯管理所".

    The results are named by their units; where the units stay, by everything they give.
    """

    before: str
    after: str
    changes: list[Replayed]
    error: bool = False

    @property
    def count(self) -> int:
        return len(self.changes)


@dataclass
class Replay:
    """What became of past decisions. fired: how often each row (by key) would have spoken.

    groups: changed results, the most frequent first. moved: another row, the same result.
    unanswered: no row fits. since, until: of the decisions looked at. lender: the table has
    decided nothing yet; the facts are those of this table's decisions, and every answer is new.
    """

    count: int = 0
    groups: list[ReplayGroup] = field(default_factory=list)
    moved: int = 0
    unanswered: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    since: datetime | None = None
    until: datetime | None = None
    lender: RuleTable | None = None

    @property
    def changed(self) -> int:
        return sum(group.count for group in self.groups)


def replay(
    version: RuleTableVersion, decisions: Iterable[Decision] | None = None, *, limit: int = 500
) -> list[Replayed]:
    """Will say which past decisions the version would have made otherwise.

    decisions: default the table's newest ``limit`` (at most 5000). A moved row is no change;
    another row or other outputs are. Raises: InvalidRules.
    """
    compiled = load_for_trial(version)
    if decisions is None:
        decisions = _newest(version.table, limit)
    return [
        change
        for decision in decisions
        if (change := _again(version, compiled, decision)[1]) is not None
    ]


def replay_report(version: RuleTableVersion, *, limit: int = 500) -> Replay:
    """Will replay the table's newest ``limit`` decisions (at most 5000) and sum up.

    A new table is proved on the cases another has decided (``selectors.lender_of``).
    Raises: InvalidRules.
    """
    compiled = load_for_trial(version)
    decisions: Iterable[Decision] = list(_newest(version.table, limit))
    report = Replay()
    if not decisions:
        inputs = [fact.code for fact in compiled.table.inputs]
        report.lender = selectors.lender_of(version.table, inputs)
        decisions = _lent(report.lender, limit) if report.lender else ()
    groups: dict[tuple[str, str, bool], list[Replayed]] = {}
    with choices_remembered():
        for decision in decisions:
            report.count += 1
            report.until = report.until or decision.at
            report.since = decision.at
            rows, change = _again(version, compiled, decision)
            if change is None or not change.error:
                report.fired.update(rows)
                report.unanswered += not rows
            if change is None:
                continue
            if not change.outputs_changed and not change.error:
                report.moved += 1
                continue
            names = _names(compiled.table, change)
            groups.setdefault((*names, bool(change.error)), []).append(change)
    found = [ReplayGroup(b, a, changes, error) for (b, a, error), changes in groups.items()]
    report.groups = sorted(found, key=lambda group: -group.count)
    return report


def _newest(table: RuleTable, limit: int) -> Iterable[Decision]:
    found = selectors.list_decisions(table).defer("explanation")
    return found[: min(limit, MAX_REPLAYED)]


def _lent(lender: RuleTable, limit: int) -> Iterable[Decision]:
    """The lender's decisions without what it decided: only their facts say anything here."""
    for decision in _newest(lender, limit):
        decision.matched_rows, decision.outputs = [], []
        yield decision


def _again(
    version: RuleTableVersion, compiled: CompiledTable, decision: Decision
) -> tuple[list[str], Replayed | None]:
    outputs, keys, error = answer(version, compiled, decision.facts)
    if not error and keys == decision.matched_rows and outputs == decision.outputs:
        return keys, None
    return keys, Replayed(decision, keys, outputs, outputs != decision.outputs, error)


def _names(table: Table, change: Replayed) -> tuple[str, str]:
    before, after = change.decision.outputs, change.outputs
    names = _units(table, before), _units(table, after)
    if names[0] == names[1]:
        names = _everything(table, before), _everything(table, after)
    return (names[0], change.error) if change.error else names


def _units(table: Table, results: Sequence[Mapping[str, Any]]) -> str:
    units = [output for output in table.outputs if output.type is OutputType.ORGANIZATION]
    if not units:
        return _everything(table, results)
    named = dict.fromkeys(
        unit.describe(result[unit.code])
        for result in results
        for unit in units
        if result.get(unit.code) is not None
    )
    return series(named) or _("没有单位")


def _everything(table: Table, results: Sequence[Mapping[str, Any]]) -> str:
    return points(outputs_text(table, result) for result in results) or _("没有结果")
