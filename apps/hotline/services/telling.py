"""What reaches the reporter, and the public, when a case moves on (HL-16)."""

from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import rows
from apps.hotline.registry import Word, tell_otherwise
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
    """Will order the public words of one event for the reporter, once per event.

    By the channel a higher app knows (``registry.Teller``), else by SMS to the phone. Called in
    the transaction that writes the event. Only public words: notes within the hall never come
    here. False when there is neither a channel nor a phone.
    """
    demand = demand_of(case)
    if demand is None:
        return False
    text = event.public_text
    word = Word(case, demand.reporter_phone, text, key=f"case-event:{event.pk}")
    if tell_otherwise(word):
        return True
    if not demand.reporter_phone:
        return False
    notices.send_sms(
        to=demand.reporter_phone,
        text=_("【%(tenant)s热线】诉求 %(number)s：%(text)s")
        % {
            "tenant": case.tenant.name,
            "number": case.number,
            "text": text if len(text) <= SMS_MAX else text[: SMS_MAX - 1] + "…",
        },
        key=f"{word.key}:sms",
    )
    return True


def send_receipt(*, case: Case, tenant: Tenant, phone: str) -> None:
    """Will order the receipt of a new case with its number, by the reporter's channel or SMS.

    Called in the transaction that registers it.
    """
    text = _("您的诉求已登记，受理编号 %(number)s，可凭编号和本机号码查询进度。") % {
        "number": case.number
    }
    word = Word(case, phone, text, key=f"demand:{case.pk}:receipt")
    if tell_otherwise(word) or not phone:
        return
    notices.send_sms(
        to=phone,
        text=_(
            "【%(tenant)s热线】您的诉求已登记，受理编号 %(number)s，可凭编号和本机号码查询进度。"
        )
        % {"tenant": tenant.name, "number": case.number},
        key=word.key,
    )


def refresh_publication(case: Case) -> None:
    """Will show the result of an ended case to everybody, or take it back when it goes on.

    Shown only when the reporter agreed and asked for no secrecy. The case is locked by the
    caller, who is writing an event of it.
    """
    shown = case.is_ended and case.is_public and not case.is_confidential
    shown = shown and case.answered_at is not None
    rows.execute(_PUBLISH if shown else _WITHDRAW, [str(case.pk)])
