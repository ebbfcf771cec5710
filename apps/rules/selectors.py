"""Reading tables, versions and decisions, and explaining them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock, rows
from apps.common.errors import NotFound
from apps.common.memory import Memory
from apps.places.models import AreaSuccession
from apps.rules import loading
from apps.rules.engine.check import Report, check_table
from apps.rules.engine.compiled import row_at
from apps.rules.engine.explain import ColumnResult, columns_of, outputs_text, row_text, sentence
from apps.rules.engine.problems import InvalidTable
from apps.rules.engine.table import Table, read_facts
from apps.rules.engine.vocabulary import Vocabulary, choices_remembered
from apps.rules.enums import VersionState
from apps.rules.errors import InvalidRules
from apps.rules.models import Decision, RuleTable, RuleTableVersion
from apps.rules.registry import find_vocabulary, subject_kind

_WHICH_IN_FORCE = """
    SELECT v.id, v.revision, (SELECT id FROM places_areasuccession ORDER BY id DESC LIMIT 1)
    FROM rules_ruletableversion v JOIN rules_ruletable t ON t.id = v.table_id
    WHERE t.code = %s AND v.state IN ('published', 'retired') AND v.effective_from <= %s
      AND (v.effective_until IS NULL OR v.effective_until > %s)
    ORDER BY v.number DESC LIMIT 1
"""
_versions: Memory[RuleTableVersion | None] = Memory(
    of=("rules.RuleTable", "rules.RuleTableVersion")
)
_VIEW_RIGHTS = ("rules.view_ruletable", "rules.edit_rules", "rules.publish_rules")


@dataclass(frozen=True)
class RowExplanation:
    """One row of the table against the facts. number: from 1."""

    key: str
    number: int
    columns: list[ColumnResult]
    outputs: str

    @property
    def hit(self) -> bool:
        return all(column.hit for column in self.columns)

    @property
    def failing(self) -> list[ColumnResult]:
        return [column for column in self.columns if not column.hit]


@dataclass(frozen=True)
class Explanation:
    """Why a decision came out as it did. rows: those that matched."""

    sentence: str
    rows: list[RowExplanation]
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class RowChange:
    """What became of one row between two versions. kind: added, removed, changed, moved."""

    kind: str
    key: str
    before: str
    after: str


def list_tables(viewer: User) -> QuerySet[RuleTable]:
    """Will give the tables of the viewer's tenants and of the whole city, by code.

    Annotated: ``in_force_number``, ``in_force_from``, ``newest_number``, ``newest_state``.
    """
    if not may_view(viewer):
        return RuleTable.objects.none()
    scope = scope_of(viewer)
    found = RuleTable.objects.all()
    if not scope.everything:
        found = found.filter(Q(tenant__isnull=True) | Q(tenant_id__in=scope.tenant_ids))
    in_force = _in_force(clock.now()).filter(table=OuterRef("pk"))
    newest = RuleTableVersion.objects.filter(table=OuterRef("pk")).order_by("-number")
    return found.select_related("tenant").annotate(
        in_force_number=Subquery(in_force.values("number")[:1]),
        in_force_from=Subquery(in_force.values("effective_from")[:1]),
        newest_number=Subquery(newest.values("number")[:1]),
        newest_state=Subquery(newest.values("state")[:1]),
    )


def get_table(viewer: User, *, code: str) -> RuleTable:
    """Raises: NotFound."""
    table = list_tables(viewer).filter(code=code).first()
    if table is None:
        raise NotFound(_("没有这张规则表"))
    return table


def get_version(viewer: User, *, code: str, number: int) -> RuleTableVersion:
    """Raises: NotFound."""
    table = get_table(viewer, code=code)
    version = list_versions(table).filter(number=number).first()
    if version is None:
        raise NotFound(_("没有这个版本"))
    return version


def list_versions(table: RuleTable) -> QuerySet[RuleTableVersion]:
    """Will give every version, the newest first."""
    return (
        RuleTableVersion.objects.filter(table=table)
        .select_related("table", "author", "reviewer")
        .order_by("-number")
    )


def get_published(table_code: str, at: datetime | None = None) -> RuleTableVersion | None:
    """Will give the version in force at ``at`` (aware; default: now), or None.

    One query; the body is fetched only when somebody reads it. Carries ``area_stamp``.
    """
    last = AreaSuccession.objects.order_by("-id").values("id")
    return (
        _in_force(at or clock.now())
        .filter(table__code=table_code)
        .select_related("table")
        .defer("body")
        .annotate(area_stamp=Subquery(last[:1]))
        .first()
    )


def get_in_force(table_code: str, at: datetime) -> RuleTableVersion | None:
    """Will give the same to one who decides by it, and only reads it.

    Asked at every call is which version is in force, in which revision, and how old the area
    tree is; the row of that revision is remembered.
    """
    moment = at.isoformat()
    [found] = rows.ask((_WHICH_IN_FORCE, [table_code, moment, moment]))
    if not found:
        return None
    [row] = found
    return _versions.get(row, lambda: get_published(table_code, at))


def _in_force(at: datetime) -> QuerySet[RuleTableVersion]:
    return RuleTableVersion.objects.filter(
        Q(effective_until__isnull=True) | Q(effective_until__gt=at),
        state__in=[VersionState.PUBLISHED, VersionState.RETIRED],
        effective_from__lte=at,
    )


def vocabulary_of(table: RuleTable) -> Vocabulary:
    """Raises: NotFound (the app that registers it is not installed)."""
    vocabulary = find_vocabulary(table.vocabulary)
    if vocabulary is None:
        raise NotFound(_("词汇表“%(code)s”没有登记") % {"code": table.vocabulary})
    return vocabulary


def table_of(version: RuleTableVersion) -> Table:
    """Will give the parsed table of a version.

    Raises: InvalidRules, NotFound (the vocabulary has lost what it uses, or is gone).
    """
    vocabulary_of(version.table)
    try:
        return loading.load(version).table
    except InvalidTable as error:
        raise InvalidRules(str(error), field="body") from None


def check_version(version: RuleTableVersion) -> Report:
    """Will run the static check on a version; up to a second for thousands of rows."""
    vocabulary = vocabulary_of(version.table)
    return check_table(
        Table.parse(vocabulary, version.body, expand_area=loading.expand_area, any_value=True)
    )


def get_decision(viewer: User, *, pk: int) -> Decision:
    """Will give a decision to those who may see the rules, or the subject it was made on.

    Raises: NotFound.
    """
    decision = Decision.objects.select_related("table_version__table").filter(pk=pk).first()
    if decision is None or not _may_see(viewer, decision):
        raise NotFound(_("没有这个决定"))
    return decision


def _may_see(viewer: User, decision: Decision) -> bool:
    kind = subject_kind(decision.subject)
    if kind is not None:
        return kind.can_view(viewer, decision.subject.partition(":")[2])
    return list_tables(viewer).filter(pk=decision.table_version.table_id).exists()


def may_view(viewer: User) -> bool:
    """Whether the viewer may look at rules at all."""
    return any(viewer.has_perm(right) for right in _VIEW_RIGHTS)


def list_decisions(table: RuleTable) -> QuerySet[Decision]:
    """Will give the table's decisions, newest first; never count them all."""
    return Decision.objects.filter(table_code=table.code).order_by("-id")


def explain(decision: Decision) -> Explanation:
    """Will say why, in the viewer's language, with the result of every column.

    Uses the very version that decided. Raises: InvalidRules (its vocabulary has lost a fact).
    """
    with choices_remembered():
        version = decision.table_version
        table = table_of(version)
        values = _values(table, decision.facts)
        found = [row_at(table, key) for key in decision.matched_rows]
        positions = [position for position, _row in filter(None, found)]
        return Explanation(
            sentence=sentence(
                name=version.table.name, number=version.number, table=table, rows=positions
            ),
            rows=[_explain_row(table, position, values) for position in positions],
            facts=describe_facts(vocabulary_of(version.table), decision.facts),
        )


def why_not(decision: Decision, row_key: str) -> RowExplanation:
    """Will say how a row that was not taken fared; ``failing`` lists what did not hold.

    A row whose every column holds was passed over because an earlier row spoke first.
    Raises: NotFound (no such row in that version).
    """
    table = table_of(decision.table_version)
    found = row_at(table, row_key)
    if found is None:
        raise NotFound(_("这一版没有这一行"))
    with choices_remembered():
        return _explain_row(table, found[0], _values(table, decision.facts))


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


def diff(version_a: RuleTableVersion, version_b: RuleTableVersion) -> list[RowChange]:
    """Will list what became of the rows from ``version_a`` to ``version_b``, by row key."""
    with choices_remembered():
        before, after = table_of(version_a), table_of(version_b)
        old = {row.key: (n, _row_in_words(before, n)) for n, row in enumerate(before.rows)}
        new = {row.key: (n, _row_in_words(after, n)) for n, row in enumerate(after.rows)}
    changes = [RowChange("removed", key, old[key][1], "") for key in old if key not in new]
    kept = [key for key in new if key in old]
    order = {key: place for place, key in enumerate(sorted(kept, key=lambda k: old[k][0]))}
    for place, key in enumerate(kept):
        if old[key][1] != new[key][1]:
            changes.append(RowChange("changed", key, old[key][1], new[key][1]))
        elif order[key] != place:
            changes.append(RowChange("moved", key, old[key][1], new[key][1]))
    changes += [RowChange("added", key, "", new[key][1]) for key in new if key not in old]
    return changes


def _row_in_words(table: Table, position: int) -> str:
    row = table.rows[position]
    return f"{row_text(table, row)} → {outputs_text(table, row.outputs)}"
