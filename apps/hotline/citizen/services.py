"""A citizen's deeds. The engine and the hotline do the work; here stand the guards against
floods, and who a citizen is to the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.conf import settings

from apps.accounts.models import Tenant
from apps.common import clock, ratelimit
from apps.hotline import phones
from apps.hotline.models import Demand
from apps.hotline.services import Intake, register_demand
from apps.matters.actors import Reporter
from apps.matters.models import Case
from apps.matters.services import NewFile, perform
from apps.nlp.duplicates import text_digest

HOUR = 3600
SAME_TEXT = timedelta(hours=24)
FORMS_PER_HOUR = 120  # of one address, with the reviews and corrections before a report


@dataclass(frozen=True)
class Sent:
    """A report that is in. is_earlier: the same words were sent before; nothing new was made."""

    case: Case
    is_earlier: bool = False


def count_form(address: str) -> None:
    """Will count one posted form of an address. Raises: TooMany."""
    ratelimit.hit("citizen.form", address, limit=FORMS_PER_HOUR, per_seconds=HOUR)


def send_report(
    *, tenant: Tenant, intake: Intake, address: str, files: Sequence[NewFile] = ()
) -> Sent:
    """Will register a citizen's report once, however often the form is sent.

    intake.source_key: of the form. address: the client's, for the limit of reports per hour.
    The same words from the same phone within 24 hours give the first report. Not atomic itself:
    the counters must outlive a refusal; ``register_demand`` is.

    Raises: InvalidInput; TooMany (of this phone, of this address).
    Source: HL-02, PF-05.
    """
    phone = phones.normalise(intake.reporter_phone)
    intake = replace(intake, reporter_phone=phone)
    first = Case.objects.filter(tenant=tenant, source_key=intake.source_key).first()
    if first is not None:
        return Sent(first)
    same = _same_words(tenant, phone, intake.text) if phone else None
    if same is not None:
        return Sent(same, is_earlier=True)
    if phone:
        ratelimit.hit(
            "citizen.report.phone",
            phone,
            limit=settings.CITIZEN_REPORTS_PER_PHONE,
            per_seconds=HOUR,
        )
    ratelimit.hit(
        "citizen.report.address",
        address,
        limit=settings.CITIZEN_REPORTS_PER_ADDRESS,
        per_seconds=HOUR,
    )
    # No case yet that this reporter could be the reporter of.
    outcome = register_demand(Reporter(case_id=0), tenant=tenant, intake=intake, files=files)
    return Sent(outcome.case)


def _same_words(tenant: Tenant, phone: str, text: str) -> Case | None:
    same = (
        Demand.objects.filter(
            reporter_phone=phone,
            text_digest=text_digest(text),
            case__tenant=tenant,
            case__opened_at__gte=clock.now() - SAME_TEXT,
        )
        .select_related("case")
        .order_by("-id")
        .first()
    )
    return same.case if same is not None else None


def answer_as_reporter(
    case: Case, *, action: str, data: dict[str, Any], form_id: str, files: Sequence[NewFile] = ()
) -> None:
    """Will do ``complete`` or ``evaluate`` as the reporter, once per form.

    Raises: what ``matters.services.perform`` raises.
    """
    perform(
        Reporter(case_id=case.pk),
        case_id=case.pk,
        action=action,
        data=data,
        key=f"citizen:{form_id}",
        files=files,
    )
