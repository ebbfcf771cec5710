"""What reaches the reporter, and the public, when a case moves on (HL-16)."""

from django.utils.translation import gettext as _

from apps.hotline.models import Demand
from apps.matters.models import Case, CaseEvent
from apps.notices import services as notices

SMS_MAX = 300  # characters of the public text; about five parts of a long message


def tell_reporter(*, case: Case, event: CaseEvent) -> bool:
    """Will order the public words of one event for the reporter's phone, once per event.

    Called in the transaction that writes the event. Only public words: notes within the hall
    never come here. False when there is no phone.
    """
    demand = Demand.objects.filter(case=case).exclude(reporter_phone="").first()
    if demand is None:
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
    demands = Demand.objects.filter(case=case)
    if shown:
        demands.filter(is_secret=False).update(is_published=True)
    else:
        demands.filter(is_published=True).update(is_published=False)
