"""The same deed on many cases: each its own transaction, each with its own answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import DomainError, InvalidInput
from apps.matters.definition import definition_of
from apps.matters.models import Case
from apps.matters.routing import read_proposal
from apps.matters.selectors import visible_cases
from apps.matters.services.performing import perform

MOST_AT_ONCE = 200
#: Actions that make sense for many cases at once; the rest need eyes on each.
BULK_ACTIONS = ("sign", "dispatch", "urge", "supervise")


@dataclass(frozen=True)
class BulkOutcome:
    """What became of one case. error: empty when it worked."""

    case: Case
    error: str = ""


def perform_many(
    actor: User, *, case_ids: Sequence[int], action: str, data: Mapping[str, Any]
) -> list[BulkOutcome]:
    """Will do one action on each visible case and tell what became of each.

    "dispatch" confirms what the rules proposed for each case; a case without a proposal is
    refused, never guessed. A unit in data ("unit", "override_reason") goes to all of them.
    One refused case does not stop the others.
    Raises: InvalidInput (none or more than 200 cases; not an action for many).
    """
    if action not in BULK_ACTIONS:
        raise InvalidInput(_("该操作不支持批量执行"), field="action")
    if not 1 <= len(case_ids) <= MOST_AT_ONCE:
        raise InvalidInput(_("请选择1至%s件案件") % MOST_AT_ONCE, field="cases")
    cases = (
        visible_cases(actor)
        .filter(pk__in=case_ids)
        .select_related("proposal", "version")
        .order_by("pk")
    )
    return [_perform_one(actor, case, action, data) for case in cases]


def _perform_one(actor: User, case: Case, action: str, data: Mapping[str, Any]) -> BulkOutcome:
    try:
        if action == "dispatch":
            data = dispatch_data(case, data)
        perform(actor, case_id=case.pk, action=action, data=data)
    except DomainError as error:
        return BulkOutcome(case, str(error))
    return BulkOutcome(case)


def dispatch_data(case: Case, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Will give what the rules propose as the data of "dispatch"; a chosen unit goes before theirs.

    Raises: InvalidInput (field "unit": the rules name none).
    """
    proposal = read_proposal(case)
    unit_id = chosen.get("unit") or (proposal and proposal.unit and proposal.unit.pk)
    if not unit_id:
        raise InvalidInput(_("规则未给出承办单位，请逐件派单"), field="unit")
    limit = proposal.limit if proposal is not None else None
    if limit is None and not chosen.get("unit"):
        raise InvalidInput(_("规则未给出承办单位，请逐件派单"), field="unit")
    limit = limit or definition_of(case.version_id, case.version.body).dispatch_default
    helping = proposal.co_units if proposal is not None else ()
    return {
        "unit": unit_id,
        "override_reason": chosen.get("override_reason", ""),
        "limit_amount": limit["amount"],
        "limit_unit": limit["unit"],
        "co_units": [unit.pk for unit in helping if unit.pk != unit_id],
    }
