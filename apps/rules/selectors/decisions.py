"""Reading decisions, and saying why they came out as they did."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.rules.engine.compiled import row_at
from apps.rules.engine.explain import (
    ColumnResult,
    columns_of,
    outputs_text,
    sentence,
    why_not_sentence,
)
from apps.rules.engine.table import Table, read_facts
from apps.rules.engine.vocabulary import Vocabulary, choices_remembered
from apps.rules.errors import InvalidRules
from apps.rules.models import Decision, RuleTable
from apps.rules.registry import list_vocabularies, subject_kind
from apps.rules.selectors.tables import list_tables, table_of, vocabulary_of


@dataclass(frozen=True)
class RowExplanation:
    """One row of the table against the facts. number: from 1.

    sentence: why the row was not the one; "" where the row is one that matched.
    """

    key: str
    number: int
    columns: list[ColumnResult]
    outputs: str
    sentence: str = ""

    @property
    def hit(self) -> bool:
        return all(column.hit for column in self.columns)

    @property
    def failing(self) -> list[ColumnResult]:
        return [column for column in self.columns if not column.hit]


@dataclass(frozen=True)
class Alternative:
    """Another result the table knows, by the row (from 1) that came nearest to it.

    failing: how many columns of that row did not hold.
    """

    key: str
    number: int
    outputs: str
    failing: int


@dataclass(frozen=True)
class Explanation:
    """Why a decision came out as it did. rows: those that matched."""

    sentence: str
    rows: list[RowExplanation]
    facts: list[tuple[str, str]]


def get_decision(viewer: User, *, pk: int) -> Decision:
    """Will give a decision to those who may see the rules, or the subject it was made on.

    Raises: NotFound.
    """
    decision = _with_version(Decision.objects.filter(pk=pk)).first()
    if decision is None or not _may_see(viewer, decision):
        raise NotFound(_("没有这个决定"))
    return decision


def _with_version(found: QuerySet[Decision]) -> QuerySet[Decision]:
    """The body stays behind: the compiled table is usually remembered."""
    return found.select_related("table_version__table").defer("table_version__body")


def list_subject_decisions(viewer: User, *, subject: str) -> QuerySet[Decision]:
    """Will give the decisions on a subject ("case:123"), newest first; none unless it is seen."""
    kind = subject_kind(subject)
    if kind is None or not kind.can_view(viewer, subject.partition(":")[2]):
        return Decision.objects.none()
    return _with_version(Decision.objects.filter(subject=subject)).order_by("-id")


def _may_see(viewer: User, decision: Decision) -> bool:
    kind = subject_kind(decision.subject)
    if kind is not None:
        return kind.can_view(viewer, decision.subject.partition(":")[2])
    return list_tables(viewer).filter(pk=decision.table_version.table_id).exists()


def list_decisions(table: RuleTable) -> QuerySet[Decision]:
    """Will give the table's decisions, newest first; never count them all."""
    return Decision.objects.filter(table_code=table.code).order_by("-id")


def lender_of(table: RuleTable, inputs: Iterable[str]) -> RuleTable | None:
    """Will give the table whose decisions can prove one that has not decided anything yet.

    Its vocabulary knows every input, so its recorded facts can be asked again; of its own
    tenant or the whole city's. The one that decided last; None where there is none.
    """
    wanted = set(inputs)
    known = [v.code for v in list_vocabularies() if wanted <= v.fact_by_code.keys()]
    tables = RuleTable.objects.filter(vocabulary__in=known).exclude(pk=table.pk)
    if table.tenant_id is not None:
        tables = tables.filter(Q(tenant__isnull=True) | Q(tenant_id=table.tenant_id))
    last = Decision.objects.filter(table_code=OuterRef("code")).order_by("-id").values("id")[:1]
    found = tables.annotate(last=Subquery(last)).filter(last__isnull=False)
    return found.order_by("-last").first()


def explain(decision: Decision) -> Explanation:
    """Will say why, in the viewer's language, with the result of every column.

    Uses the very version that decided. Raises: InvalidRules (its vocabulary has lost a fact).
    """
    with choices_remembered():
        version = decision.table_version
        table = table_of(version)
        values = _values(table, decision.facts)
        positions = _positions(table, decision)
        return Explanation(
            sentence=sentence(
                name=version.table.name, number=version.number, table=table, rows=positions
            ),
            rows=[_explain_row(table, position, values) for position in positions],
            facts=describe_facts(vocabulary_of(version.table), decision.facts),
        )


def told(decision: Decision) -> str:
    """Will give the reason in one sentence, in the viewer's language.

    In Chinese the sentence written then; else it is told anew, as far as it still can be.
    """
    if str(get_language()).startswith("zh"):
        return decision.explanation
    try:
        return explain(decision).sentence
    except (InvalidRules, NotFound):
        return decision.explanation


def why_not(decision: Decision, row_key: str) -> RowExplanation:
    """Will say how a row that was not taken fared, in the viewer's language.

    ``sentence`` tells it in one; ``failing`` lists what did not hold. A row whose every column
    holds was passed over because an earlier row spoke first.
    Raises: NotFound (no such row in that version); InvalidRules.
    """
    version = decision.table_version
    table = table_of(version)
    found = row_at(table, row_key)
    if found is None:
        raise NotFound(_("这一版没有这一行"))
    with choices_remembered():
        values = _values(table, decision.facts)
        sentence_told = why_not_sentence(
            name=version.table.name,
            number=version.number,
            table=table,
            position=found[0],
            values=values,
            fired=_positions(table, decision),
        )
        return replace(_explain_row(table, found[0], values), sentence=sentence_told)


def list_alternatives(decision: Decision, *, limit: int = 100) -> list[Alternative]:
    """Will give every other result of the table, each by its nearest row, the nearest first.

    People ask "why not that unit", hardly ever "why not row 1,204". Raises: InvalidRules.
    """
    table = table_of(decision.table_version)
    known = _values(table, decision.facts)
    values = [known[fact.code] for fact in table.inputs]
    taken = [table.rows[position].outputs for position in _positions(table, decision)]
    nearest: dict[str, tuple[int, int]] = {}
    for position, row in enumerate(table.rows):
        if row.outputs in taken:
            continue
        pairs = zip(row.cells, values, strict=True)
        failing = sum(not cell.accepts(value) for cell, value in pairs)
        # As text: an output may be a list of units.
        given = json.dumps(
            [row.outputs.get(output.code) for output in table.outputs], sort_keys=True, default=str
        )
        best = nearest.get(given)
        if best is None or failing < best[0]:
            nearest[given] = (failing, position)
    with choices_remembered():
        return [
            Alternative(
                key=table.rows[position].key,
                number=position + 1,
                outputs=outputs_text(table, table.rows[position].outputs),
                failing=failing,
            )
            for failing, position in sorted(nearest.values())[:limit]
        ]


def _positions(table: Table, decision: Decision) -> list[int]:
    wanted = set(decision.matched_rows)
    return [position for position, row in enumerate(table.rows) if row.key in wanted]


def explain_rows(
    table: Table, facts: Mapping[str, Any], positions: tuple[int, ...]
) -> list[RowExplanation]:
    """Will explain rows (positions from 0) for plain facts; for trying out.

    Raises: InvalidFacts.
    """
    with choices_remembered():
        values = read_facts(table.inputs, facts)
        return [_explain_row(table, position, values) for position in positions]


def describe_facts(vocabulary: Vocabulary, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Will give (label, value in words) of the facts that are known, in vocabulary order."""
    with choices_remembered():
        return [
            (str(fact.label), fact.describe(fact.read(facts[fact.code])))
            for fact in vocabulary.facts
            if fact.code in facts
        ]


def _values(table: Table, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {fact.code: fact.read(facts.get(fact.code)) for fact in table.inputs}


def _explain_row(table: Table, position: int, values: Mapping[str, Any]) -> RowExplanation:
    row = table.rows[position]
    return RowExplanation(
        key=row.key,
        number=position + 1,
        columns=columns_of(table, row, values),
        outputs=outputs_text(table, row.outputs),
    )
