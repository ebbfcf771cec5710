"""Reading tables and their versions."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock, rows
from apps.common.errors import NotFound
from apps.common.journeys import Statement
from apps.common.memory import Memory
from apps.places.models import AreaSuccession
from apps.rules import loading
from apps.rules.engine.check import Report, check_table
from apps.rules.engine.explain import outputs_text, row_text
from apps.rules.engine.problems import InvalidTable
from apps.rules.engine.table import Table
from apps.rules.engine.vocabulary import Vocabulary, choices_remembered
from apps.rules.enums import VersionState
from apps.rules.errors import InvalidRules
from apps.rules.models import RuleTable, RuleTableVersion
from apps.rules.registry import find_vocabulary

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
    [found] = rows.ask(in_force_question(table_code, at))
    if not found:
        return None
    [row] = found
    return _versions.get(row, lambda: get_published(table_code, at))


def in_force_question(table_code: str, at: datetime) -> Statement:
    """Will give what ``get_in_force`` asks, for a caller who foresees that it will."""
    moment = at.isoformat()
    return _WHICH_IN_FORCE, [table_code, moment, moment]


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
    expand = loading.expander(loading.area_stamp())
    return check_table(loading.read_body(vocabulary, version.body, expand=expand))


def may_view(viewer: User) -> bool:
    """Whether the viewer may look at rules at all."""
    return any(viewer.has_perm(right) for right in _VIEW_RIGHTS)


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
