"""Asks the rules who is responsible, and reads their answer (RU-01, MT-25).

The table is data; this module only knows which facts of a case it may ask about and what the
answer means: ``{"unit": organisation code, "limit": "5个工作日", "co_units": [codes]}``. A unit
"=owner_unit" stands for the code the fact ``owner_unit`` had when the rules decided.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from apps.accounts.models import Organization
from apps.accounts.selectors import unit_by_code
from apps.common import rows
from apps.matters.limits import parse_limit
from apps.matters.models import Case
from apps.matters.registry import extension_of
from apps.matters.responsibility import responsible_for
from apps.rules import services as rules
from apps.rules.models import Decision
from apps.rules.selectors import in_force_question

if TYPE_CHECKING:
    from apps.matters.actions.base import Context

#: Local hours between which a case counts as coming at night.
NIGHT_FROM, NIGHT_TO = 22, 6


@dataclass(frozen=True)
class Proposal:
    """What the rules answered: units and limit, and the record that explains it.

    co_units: that help, without the unit itself and without those no longer in use.
    """

    decision: Decision
    unit: Organization | None
    limit: dict[str, Any] | None
    explanation: str
    co_units: tuple[Organization, ...] = ()


def facts_of(case: Case) -> dict[str, Any]:
    """Will give the facts a decision table may ask of a case, by code of the vocabulary."""
    local = timezone.localtime(case.opened_at)
    facts: dict[str, Any] = {
        "class": case.class_code,
        "class_family": case.class_code.split(".", 1)[0],
        "channel": case.channel,
        "priority": case.priority,
        "area": case.area_path,
        "text": f"{case.title}\n{case.text}",
        "has_place": case.point is not None,
        "is_confidential": case.is_confidential,
        "is_night": local.hour >= NIGHT_FROM or local.hour < NIGHT_TO,
        "round": case.round,
    }
    answer = responsible_for(case)
    if answer.unit is not None:
        facts["responsible_unit"] = answer.unit.code
    facts.update(extension_of(case.matter_type.code).facts(case))
    return facts


def propose_dispatch(ctx: "Context") -> None:
    """Will have the dispatch table of the matter decide, and point the case at the record."""
    table = ctx.definition.tables.get("dispatch")
    if not table:
        return
    if ctx.case.lock_version:  # who opens a case has foreseen these
        number = rows.numbers_question(rows.keys_of(Decision))
        rows.foresee(in_force_question(table, ctx.now), number)
    decision = rules.decide(
        table,
        facts=facts_of(ctx.case),
        subject=f"case:{ctx.case.pk}",
        actor_name=ctx.actor.display_name,
        at=ctx.now,
    )
    ctx.decision = decision
    ctx.set(proposal=decision)


def read_proposal(case: Case) -> Proposal | None:
    """Will read the newest answer of the rules for a case; None where none was asked.

    Where no row of the table fits, the list of responsibilities proposes the unit, as it stood
    on the day of the decision; the matter's own limit counts then.
    """
    decision = case.proposal
    if decision is None:
        return None
    answer: dict[str, Any] = decision.outputs[0] if decision.outputs else {}
    unit = unit_by_code(case.tenant_id, unit_code(decision))
    own = extension_of(case.matter_type.code).limit(case)
    limit = parse_limit(answer["limit"]) if answer.get("limit") else own
    if answer:
        found = (unit_by_code(case.tenant_id, code) for code in answer.get("co_units") or ())
        helping = tuple(each for each in found if each is not None and each != unit)
        return Proposal(decision, unit, limit, decision.explanation, helping)
    listed = responsible_for(case, on=timezone.localtime(decision.at).date())
    return Proposal(decision, listed.unit, own, f"{decision.explanation} {listed.sentence()}")


def unit_code(decision: Decision | None) -> str:
    """Will give the code of the unit a decision names, itself or by a fact ("=owner_unit")."""
    outputs = decision.outputs if decision is not None else []
    code = str(outputs[0].get("unit") or "") if outputs else ""
    if decision is None or not code.startswith("="):
        return code
    return str(decision.facts.get(code[1:]) or "")


def limit_by_rules(ctx: "Context") -> dict[str, Any]:
    """Will give the limit the newest answer of the rules means, else that of the matter."""
    proposal = read_proposal(ctx.case)
    limit = proposal.limit if proposal is not None else None
    return limit or ctx.definition.dispatch_default
