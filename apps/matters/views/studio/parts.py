"""Trying a split: into which parts a case with these facts would fall, and by which rows."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import DomainError
from apps.matters.definition import MatterDefinition, SplitDef
from apps.matters.splitting import Plan, plan_by_facts
from apps.matters.studio import words
from apps.matters.studio.wording import Names
from apps.rules import selectors as rules
from apps.rules.forms import FactsForm, area_names
from apps.rules.models import RuleTableVersion

CHOSEN = "split"  # of the address: which split is tried


@dataclass(frozen=True)
class SplitTrial:
    """One split of the definition. is_here: the walk stands where it may be made.

    form: the facts its table asks for; none while no version is in force. plan: the answer.
    """

    code: str
    label: str
    moment: str
    join: str
    is_here: bool
    version: RuleTableVersion | None = None
    table_url: str = ""
    form: FactsForm | None = None
    areas: list[tuple[str, str]] = field(default_factory=list)
    plan: Plan | None = None
    trouble: str = ""


def split_trials(
    request: HttpRequest, viewer: User, definition: MatterDefinition, names: Names, state: str
) -> list[SplitTrial]:
    """Will give every split of a definition, and the parts of the one that was tried."""
    splits = [split for split in definition.splits.values() if not split.is_call]
    raw = {row["code"]: row for row in names.body.get("splits", [])}
    return [_trial(request, viewer, split, names, raw[split.code], state) for split in splits]


def _trial(
    request: HttpRequest,
    viewer: User,
    split: SplitDef,
    names: Names,
    raw: dict[str, Any],
    state: str,
) -> SplitTrial:
    known: dict[str, Any] = {
        "code": split.code,
        "label": split.label,
        "moment": words.moment_words(raw, names.states, names.actions),
        "join": words.join_words(raw["join"]),
        "is_here": state in split.sources,
    }
    version = rules.get_in_force(split.table, clock.now())
    if version is None:
        return SplitTrial(**known, trouble=_("规则表“%s”没有生效的版本") % split.table)
    try:
        inputs = rules.table_of(version).inputs
    except DomainError as error:
        return SplitTrial(**known, version=version, trouble=str(error))
    is_tried = request.GET.get(CHOSEN) == split.code
    form = FactsForm(inputs, request.GET if is_tried else None, prefix=split.code)
    known |= {"version": version, "form": form, "areas": area_names(inputs)}
    if rules.may_view(viewer):
        known["table_url"] = reverse(
            "rules:version-detail", args=[version.table.code, version.number]
        )
    if not is_tried or not form.is_valid():
        return SplitTrial(**known)
    try:
        return SplitTrial(**known, plan=_plan(viewer, split, form))
    except DomainError as error:
        return SplitTrial(**known, trouble=str(error))


def _plan(viewer: User, split: SplitDef, form: FactsForm) -> Plan:
    tenants = scope_of(viewer).tenant_ids
    return plan_by_facts(
        split,
        form.facts(),
        tenant_id=min(tenants) if len(tenants) == 1 else None,
        title=_("（案件的标题）"),
    )
