"""Lifting the mask from a reporter: one case, one purpose, one entry in the log."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.forms_data import ShownValue, masked_names, show
from apps.hotline import families
from apps.hotline.models import Demand, FamilyContent
from apps.matters import permissions as case_permissions
from apps.matters import selectors as cases
from apps.matters.services import require_to_reveal

PURPOSE_MIN, PURPOSE_MAX = 2, 200


@dataclass(frozen=True)
class Revealed:
    """Name and phone of a reporter, unmasked; either may be empty.

    content: what the case's page hides of the family's own content (HL-03).
    """

    name: str
    phone: str
    content: list[ShownValue] = field(default_factory=list)


@transaction.atomic
def reveal_reporter(actor: User, *, case_id: int, purpose: str) -> Revealed:
    """Will give the reporter's name and phone, and log who asked for what purpose.

    purpose: 2-200 characters.
    Raises: NotFound (no such case for the actor, or it has no reporter); NotAllowed;
        InvalidInput (field "purpose").
    Source: AU-02, HL-03.
    """
    case = cases.get_case(actor, case_id=case_id)
    if not case_permissions.can_reveal_reporter(actor, case):
        raise NotAllowed(_("您无权查看反映人信息"))
    require_to_reveal(actor, case)
    purpose = purpose.strip()
    if not PURPOSE_MIN <= len(purpose) <= PURPOSE_MAX:
        raise InvalidInput(_("请填写查看事由（2至200字）"), field="purpose")
    demand = Demand.objects.filter(case=case).first()
    if demand is None:
        raise NotFound(_("此案件没有反映人信息"))
    audit.record(
        actor,
        "hotline.reveal_reporter",
        object_type="case",
        object_id=case.pk,
        object_label=case.number,
        data={"purpose": purpose, "area": case.area_path},
    )
    return Revealed(demand.reporter_name, demand.reporter_phone, _hidden_content(demand))


def _hidden_content(demand: Demand) -> list[ShownValue]:
    kept = FamilyContent.objects.filter(case_id=demand.case_id).first() if demand.family else None
    if kept is None:
        return []
    asked = families.definition(demand.family)
    shown = show(asked, kept.data, unmasked=True)
    return [value for value in shown if value.name in masked_names(asked) and value.text]
