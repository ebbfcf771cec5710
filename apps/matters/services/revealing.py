"""Lifting the mask from a case's own fields: one case, one purpose, one entry in the log."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import forms_data
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.forms_data import ShownValue
from apps.matters import permissions, selectors
from apps.matters.definition import definition_of
from apps.matters.services.trust import require_to_reveal

PURPOSE_MIN, PURPOSE_MAX = 2, 200


@transaction.atomic
def reveal_form(actor: User, *, case_id: int, purpose: str) -> list[ShownValue]:
    """Will give the masked fields of a case unmasked, and log who asked for what purpose.

    purpose: 2-200 characters.
    Raises: NotFound (no such case for the actor); NotAllowed; InvalidInput (field "purpose").
    Source: AU-02, CO-03.
    """
    case = selectors.get_case(actor, case_id=case_id)
    if not permissions.can_reveal_form(actor, case):
        raise NotAllowed(_("您无权查看脱敏内容"))
    require_to_reveal(actor, case)
    purpose = purpose.strip()
    if not PURPOSE_MIN <= len(purpose) <= PURPOSE_MAX:
        raise InvalidInput(_("请填写查看事由（2至200字）"), field="purpose")
    form = definition_of(case.version_id, case.version.body).form
    masked = forms_data.masked_names(form)
    audit.record(
        actor,
        "case.form_revealed",
        object_type="case",
        object_id=case.pk,
        object_label=case.number,
        data={
            "purpose": purpose,
            "area": case.area_path,
            "fields": sorted(masked & case.form_data.keys()),
        },
    )
    shown = forms_data.show(form, case.form_data, unmasked=True)
    return [value for value in shown if value.name in masked]
