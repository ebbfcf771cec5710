"""A citizen's demand becomes a case: the one way in for the desk, web, REST and imports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Tenant
from apps.common import clock, rows
from apps.common.errors import InvalidInput
from apps.hotline import families, phones
from apps.hotline.enums import ComplaintFamily, Nature
from apps.hotline.learning.reading import order_reading
from apps.hotline.models import Call, Caller, Demand, FamilyContent
from apps.hotline.registry import telling_questions
from apps.hotline.services.telling import send_receipt
from apps.matters.actors import CaseActor
from apps.matters.enums import Channel, Priority
from apps.matters.services import NewCase, NewFile, Outcome, open_case
from apps.nlp.duplicates import text_digest

MATTER_TYPE = "hotline.demand"
NAME_MAX = 60
# What the reporter did not say now stays as it was said before.
_GREET = """
    INSERT INTO hotline_caller AS caller
        (tenant_id, phone, name, gender, address, remark, demand_count, last_at)
    VALUES (%s, %s, %s, %s, '', '', 1, %s)
    ON CONFLICT (tenant_id, phone) DO UPDATE
        SET demand_count = caller.demand_count + 1, last_at = EXCLUDED.last_at,
            name = COALESCE(NULLIF(EXCLUDED.name, ''), caller.name),
            gender = COALESCE(NULLIF(EXCLUDED.gender, ''), caller.gender)
"""
_CALLER = "select id from hotline_caller where tenant_id = %s and phone = %s"


@dataclass(frozen=True)
class Intake:
    """One demand in the form every channel gives (HL-08).

    title: 1-120 characters; text: 1-4,000. reporter_phone: as typed, empty for anonymous.
    lon, lat: degrees WGS 84, or both None. class_code: of ``demand-class``, empty when open.
    is_secret: the handling unit must not learn who reported (HL-03). is_public: the result
    may be shown to everybody. source_key: the same again gives the first case.
    family_content: what the family asks besides (``hotline.families``), empty where nobody told.
    """

    title: str
    text: str
    channel: Channel
    nature: Nature = Nature.HELP
    family: ComplaintFamily = ComplaintFamily.NONE
    reporter_name: str = ""
    reporter_phone: str = ""
    reporter_gender: str = ""
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    class_code: str = ""
    priority: Priority = Priority.NORMAL
    is_secret: bool = False
    is_public: bool = False
    wants_callback: bool = True
    source_key: str | None = None
    form_data: dict[str, Any] = field(default_factory=dict)
    family_content: dict[str, Any] = field(default_factory=dict)

    @property
    def keeps_secret(self) -> bool:
        """Asked for by the reporter, or laid down for the family (HL-03)."""
        return self.is_secret or families.always_secret(self.family)


@rows.gathered()
def register_demand(
    actor: CaseActor,
    *,
    tenant: Tenant,
    intake: Intake,
    files: Sequence[NewFile] = (),
    call_id: int | None = None,
) -> Outcome:
    """Will register a demand: the case, its hotline side, the caller, and a receipt.

    call_id: the call it was told in; a call of another tenant is refused.
    With a ``source_key`` seen before nothing changes and the first case is given, ``repeated``;
    two at once give one case. Locks the caller's row until commit; ``case_advanced`` (is_new)
    is sent after commit by the engine.

    Raises: InvalidInput (reporter_phone, reporter_name, call, and what ``open_case`` refuses).
    Source: HL-02, HL-03, HL-08, HL-12, MT-13.
    """
    phone = phones.normalise(intake.reporter_phone)
    _check(intake, phone)
    content = families.checked(intake.family, intake.family_content)
    if phone and intake.channel != Channel.IMPORT:
        rows.foresee(*telling_questions(tenant.pk, phone))
    outcome = open_case(actor, tenant=tenant, report=_report(intake), files=files)
    if outcome.repeated:
        return outcome
    if phone:
        _greet(tenant, phone, intake)
    call = _link_call(tenant, call_id, phone)
    rows.add(
        Demand,
        {
            "case_id": outcome.case.pk,
            "call_id": call.pk if call else None,
            "nature": intake.nature,
            "family": intake.family,
            "reporter_name": intake.reporter_name.strip(),
            "reporter_phone": phone,
            "is_secret": intake.keeps_secret,
            "wants_callback": intake.wants_callback and bool(phone),
            "text_digest": text_digest(intake.text),
        },
        found=("caller_id", (_CALLER, [str(tenant.pk), phone])),
    )
    if content:
        rows.add(FamilyContent, {"case_id": outcome.case.pk, "data": content})
    if intake.channel != Channel.IMPORT:  # years of old reports wake nobody up
        order_reading(outcome.case.pk)
        send_receipt(case=outcome.case, tenant=tenant, phone=phone)
    return outcome


def _check(intake: Intake, phone: str) -> None:
    if len(intake.reporter_name) > NAME_MAX:
        raise InvalidInput(_("姓名不能超过%s个字") % NAME_MAX, field="reporter_name")
    for field_name, value, known in (
        ("nature", intake.nature, Nature),
        ("family", intake.family, ComplaintFamily),
    ):
        if value not in known.values:
            raise InvalidInput(_("没有这个选项：%s") % value, field=field_name)
    if intake.family == ComplaintFamily.EFFICIENCY and not phone:
        raise InvalidInput(_("行政效能投诉须留联系电话，以便核实和答复"), field="reporter_phone")


def _report(intake: Intake) -> NewCase:
    return NewCase(
        matter_type=MATTER_TYPE,
        title=intake.title,
        text=intake.text,
        channel=intake.channel,
        lon=intake.lon,
        lat=intake.lat,
        address=intake.address,
        class_code=intake.class_code,
        priority=intake.priority,
        is_confidential=intake.keeps_secret,
        is_public=intake.is_public and not intake.keeps_secret,
        form_data=intake.form_data,
        source_key=intake.source_key,
    )


def _greet(tenant: Tenant, phone: str, intake: Intake) -> None:
    """Finds or makes the caller's row, locked by counting the demand on it."""
    name, gender = intake.reporter_name.strip(), intake.reporter_gender
    rows.execute(_GREET, [str(tenant.pk), phone, name, gender, clock.now().isoformat()])


def _link_call(tenant: Tenant, call_id: int | None, phone: str) -> Call | None:
    if call_id is None:
        return None
    call = Call.objects.filter(pk=call_id, line__tenant=tenant).first()
    if call is None:
        raise InvalidInput(_("没有这通来电"), field="call")
    if call.caller_id is None and phone and call.phone == phone:
        rows.flush()
        call.caller = Caller.objects.get(tenant=tenant, phone=phone)
        call.save(update_fields=["caller"])
    return call
