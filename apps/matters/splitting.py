"""Asks the rules into which sub-matters a case falls, and reads their answer (RU-02).

The table is a COLLECT table of the vocabulary ``matters.split``; every row that matches is one
sub-matter: {"matter", "unit", "limit", "order", "role", "title", "join"}. What ``join``
says goes before the definition: whether the main matter waits for all, any or the main parts.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.common import clock
from apps.common.phrases import points, say, series
from apps.matters.definition import SplitDef
from apps.matters.enums import JoinPolicy, PartRole
from apps.matters.errors import ActionNotPossible
from apps.matters.limits import parse_limit
from apps.matters.models import Case, MatterType, SplitPart
from apps.matters.routing import facts_of
from apps.rules import selectors as rule_reads
from apps.rules import services as rules
from apps.rules.models import RuleTableVersion

MAX_PARTS = 50
MAX_DEPTH = 5
#: Cases that are parts carry their part in ``source_key``: no query tells the others apart.
SOURCE_PREFIX = "split:"


@dataclass(frozen=True)
class PlannedPart:
    """One sub-matter as the rules would have it. number: from 1, in the table's order."""

    number: int
    order: int
    role: PartRole
    matter: str
    matter_name: str
    title: str
    unit: Organization | None
    limit: dict[str, Any] | None
    limit_text: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What splitting would make. digest: of the outputs, to notice that the rules changed.

    version: of the table that said so; none for a call.
    """

    split: SplitDef
    parts: list[PlannedPart]
    explanation: str
    digest: str
    version: RuleTableVersion | None = None


def plan_split(case: Case, split: SplitDef) -> Plan:
    """Will let the table in force say what it would do; nothing is kept.

    Raises: ActionNotPossible (no version in force; what it says cannot be done).
    """
    return plan_by_facts(split, facts_of(case), tenant_id=case.tenant_id, title=case.title)


def plan_by_facts(
    split: SplitDef, facts: Mapping[str, Any], *, tenant_id: int | None, title: str
) -> Plan:
    """Will do the same for facts of no case. tenant_id: whose units count, None: anybody's.

    Raises: ActionNotPossible; UnfitFacts.
    """
    version = rule_reads.get_in_force(split.table, clock.now())
    if version is None:
        raise ActionNotPossible(_("分解规则表“%s”没有生效的版本") % split.table)
    trial = rules.evaluate(version, facts)
    if trial.error:
        raise ActionNotPossible(trial.error)
    reasons = [_reason_of(row) for row in trial.rows]
    outputs = [{k: v for k, v in found.items() if v is not None} for found in trial.hit.outputs]
    parts = read_parts(outputs, reasons, tenant_id=tenant_id, title=title)
    joined = joined_by(split, outputs)
    require_parts(joined, parts)
    return Plan(joined, parts, trial.sentence, digest_of(outputs), version)


def joined_by(split: SplitDef, outputs: Sequence[Mapping[str, Any]]) -> SplitDef:
    """Will give the split with the way of joining its rows name, if they name one (RU-02).

    Raises: ActionNotPossible (rows that fit together name different ways).
    """
    named = {str(row["join"]) for row in outputs if row.get("join")}
    if len(named) > 1:
        ways = series(str(JoinPolicy(way).label) for way in sorted(named))
        raise ActionNotPossible(_("同时命中的行给出了不同的等待方式：%s，请改规则表") % ways)
    return replace(split, policy=named.pop(), quorum=0) if named else split


def plan_call(case: Case, call: SplitDef) -> Plan:
    """Will say what a call would open. Raises: ActionNotPossible (the matter is not in force)."""
    outputs = [{"matter": call.matter, "title": call.title, "role": PartRole.MAIN.value}]
    parts = read_parts(outputs, [call.label], tenant_id=case.tenant_id, title=case.title)
    return Plan(call, parts, "", digest_of(outputs))


def digest_of(outputs: Sequence[Mapping[str, Any]]) -> str:
    """Will give a short mark of what the rules said."""
    text = json.dumps(list(outputs), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_parts(
    outputs: Sequence[Mapping[str, Any]],
    reasons: Sequence[str],
    *,
    tenant_id: int | None,
    title: str,
) -> list[PlannedPart]:
    """Will turn rows of outputs into parts. title: of a part whose row gives none.

    Raises: ActionNotPossible (none or too many; a matter or unit that is not in use).
    """
    if not outputs:
        raise ActionNotPossible(_("分解规则没有给出子事项，请人工派单"))
    if len(outputs) > MAX_PARTS:
        raise ActionNotPossible(_("一次最多分解为%s件子事项") % MAX_PARTS)
    matters = _matters({str(row.get("matter", "")) for row in outputs})
    units = _units(tenant_id, {str(row["unit"]) for row in outputs if row.get("unit")})
    return [
        PlannedPart(
            number=number,
            order=int(row.get("order") or 1),
            role=PartRole(row.get("role") or PartRole.PART),
            matter=str(row["matter"]),
            matter_name=matters[str(row["matter"])],
            title=(str(row.get("title") or "") or title)[:120],
            unit=units[str(row["unit"])] if row.get("unit") else None,
            limit=parse_limit(str(row["limit"])) if row.get("limit") else None,
            limit_text=str(row.get("limit") or ""),
            reason=reasons[number - 1] if number <= len(reasons) else "",
        )
        for number, row in enumerate(outputs, 1)
    ]


def require_parts(split: SplitDef, parts: Sequence[PlannedPart]) -> None:
    """Will refuse parts that could never come together."""
    if split.policy == JoinPolicy.MAIN and all(p.role != PartRole.MAIN for p in parts):
        raise ActionNotPossible(_("汇合方式为“主责决定”，但没有主责子事项"))
    if split.policy == JoinPolicy.QUORUM and split.quorum > len(parts):
        raise ActionNotPossible(
            _("需要%(needed)s件子事项办成，只有%(count)s件")
            % {"needed": split.quorum, "count": len(parts)}
        )


def find_part(case: Case) -> SplitPart | None:
    """Will give the part a case is, with its split and parent; no query for other cases."""
    key = case.source_key or ""
    if not key.startswith(SOURCE_PREFIX):
        return None
    found = SplitPart.objects.select_related("split__parent__version", "unit")
    return found.filter(pk=int(key.removeprefix(SOURCE_PREFIX))).first()


def depth_below(case: Case) -> int:
    """Will give the depth a split of this case would have. Raises: ActionNotPossible (over 5)."""
    part = find_part(case)
    depth = 1 if part is None else part.split.depth + 1
    if depth > MAX_DEPTH:
        raise ActionNotPossible(_("已是第%s层子事项，不能再分解") % MAX_DEPTH)
    return depth


def _matters(codes: set[str]) -> dict[str, str]:
    found = MatterType.objects.filter(code__in=codes, current_version__isnull=False)
    names = dict(found.values_list("code", "name"))
    for code in sorted(codes - set(names)):
        raise ActionNotPossible(_("子事项“%s”没有已发布的定义") % code)
    return names


def _units(tenant_id: int | None, codes: set[str]) -> dict[str, Organization]:
    if not codes:
        return {}
    units = Organization.objects.filter(code__in=codes, is_active=True)
    if tenant_id is not None:
        units = units.filter(tenant_id=tenant_id)
    found = units.in_bulk(field_name="code")
    for code in sorted(codes - set(found)):
        raise ActionNotPossible(_("没有代码为“%s”的在用单位") % code)
    return found


def _reason_of(row: rule_reads.RowExplanation) -> str:
    told = points(say(c.label, c.condition) for c in row.columns if c.condition)
    return _("第%(number)s行：%(told)s") % {"number": row.number, "told": told or _("无条件")}
