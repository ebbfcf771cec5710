"""Lifting the mask from an applicant: one application, one purpose, one entry in the log."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.guides.models import Application
from apps.matters import permissions as case_permissions
from apps.matters import selectors as cases
from apps.matters.services import require_to_reveal

PURPOSE_MIN, PURPOSE_MAX = 2, 200


@dataclass(frozen=True)
class RevealedApplicant:
    """An applicant, unmasked."""

    name: str
    phone: str
    id_number: str


@transaction.atomic
def reveal_applicant(actor: User, *, case_id: int, purpose: str) -> RevealedApplicant:
    """Will give the applicant of a case, or of the case it is a part of, and log who asked why.

    purpose: 2-200 characters.
    Raises: NotFound (no such case for the actor, or it has no applicant); NotAllowed;
        InvalidInput (field "purpose").
    Source: AU-02.
    """
    case = cases.get_case(actor, case_id=case_id)
    if not case_permissions.can_reveal_form(actor, case):
        raise NotAllowed(_("您无权查看申请人信息"))
    require_to_reveal(actor, case)
    purpose = purpose.strip()
    if not PURPOSE_MIN <= len(purpose) <= PURPOSE_MAX:
        raise InvalidInput(_("请填写查看事由（2至200字）"), field="purpose")
    found = (
        Application.objects.filter(case=case).first()
        or Application.objects.filter(parts__case=case).first()
    )
    if found is None:
        raise NotFound(_("此案件没有申请人信息"))
    audit.record(
        actor,
        "application.applicant_revealed",
        object_type="case",
        object_id=case.pk,
        object_label=case.number,
        data={"purpose": purpose, "area": case.area_path},
    )
    return RevealedApplicant(found.applicant_name, found.applicant_phone, found.applicant_id_number)
