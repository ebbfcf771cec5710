"""What reaches the reporter, and the public, when a case moves on (HL-16)."""

from django.utils.translation import gettext as _

from apps.common import rows
from apps.hotline.selectors.callers import demand_of
from apps.matters.models import Case, CaseEvent
from apps.notices import services as notices

# A result several asked for is shown once, with the main case.
_PUBLISH = (
    "update hotline_demand set is_published = true where case_id = %s and not is_secret"
    " and not exists (select from matters_caselink l"
    " where l.source_id = hotline_demand.case_id and l.kind = 'duplicate_of')"
)
_WITHDRAW = "update hotline_demand set is_published = false where case_id = %s and is_published"
SMS_MAX = 300  # characters of the public text; about five parts of a long message


def tell_reporter(*, case: Case, event: CaseEvent) -> bool:
    """Will order the public words of one event for the reporter's phone, once per event.

    Called in the transaction that writes the event. Only public words: notes within the hall
    never come here. False when there is no phone.
    """
    demand = demand_of(case)
    if demand is None or not demand.reporter_phone:
        return False
    text = event.public_text
    notices.send_sms(
        to=demand.reporter_phone,
        text=_("【%(tenant)s热线】诉求 %(number)s：%(text)s")
        % {
            "tenant": case.tenant.name,
            "number": case.number,
            "text": text if len(text) <= SMS_MAX else text[: SMS_MAX - 1] + "…",
        },
        key=f"case-event:{event.pk}:sms",
    )
    return True


def refresh_publication(case: Case) -> None:
    """Will show the result of an ended case to everybody, or take it back when it goes on.

    Shown only when the reporter agreed and asked for no secrecy. The case is locked by the
    caller, who is writing an event of it.
    """
    shown = case.is_ended and case.is_public and not case.is_confidential
    shown = shown and case.answered_at is not None
    rows.execute(_PUBLISH if shown else _WITHDRAW, [str(case.pk)])
