"""Disputes from the report to the end: opened, given to mediators, passed on, concluded.

The case of a dispute moves by the actions of the engine alone; what people here decide is
written beside it first, in the same transaction. GR-16, GR-17.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import staff_of
from apps.audit.services import SYSTEM, changes, record_row, snapshot
from apps.common import clock, dictionaries, masking
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.texts import clean_text
from apps.gateway import sealing
from apps.governance import permissions
from apps.governance.enums import (
    Direction,
    DisputeKind,
    DisputeResult,
    PartyKind,
    PartyRole,
)
from apps.governance.models import Centre, Dispute, FollowUp, Mediator, Party, Passing
from apps.matters.enums import Channel
from apps.matters.services import (
    NewCase,
    open_case,
    perform,
)
from apps.residents import identity_numbers

MATTER = "governance.dispute"
LIMIT_DAYS = 30
PARTIES_MOST, MEDIATORS_MOST = 20, 7
#: An agreement is looked after one, three and six months later.
VISITS_AFTER_DAYS = (30, 90, 180)
RETURN_DICTIONARY, RETURN_REASON = "return-reason", "wrong_area"


@dataclass(frozen=True)
class NewParty:
    """Somebody in a dispute, in clear; sealed before it is written."""

    role: PartyRole
    name: str
    kind: PartyKind = PartyKind.PERSON
    phone: str = ""
    id_number: str = ""


@dataclass(frozen=True)
class NewDispute:
    """What is known when somebody comes to a centre. amount: yuan. lon, lat: WGS 84 or None."""

    kind: DisputeKind
    title: str
    text: str
    parties: Sequence[NewParty] = field(default_factory=list)
    amount: Decimal | None = None
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    channel: Channel = Channel.LETTER
    source_key: str | None = None


@transaction.atomic
def open_dispute(actor: User, *, centre_id: int, new: NewDispute) -> Dispute:
    """Will register a dispute at a centre as a case and give it to the centre's unit; audited.

    At least one applicant and one respondent. The same ``source_key`` again gives the first
    dispute. The clock of the mediation begins.
    Raises: NotAllowed; NotFound; InvalidInput (title, text, point, parties, phone, id_number).
    Source: GR-16.
    """
    centre = Centre.objects.select_related("tenant", "unit").filter(pk=centre_id).first()
    if centre is None or not centre.is_active:
        raise NotFound(_("没有这个综治中心"))
    permissions.require(
        permissions.can_mediate_in(actor, centre), _("您没有在该中心登记矛盾纠纷的权限")
    )
    parties = [_sealed(party, centre.tenant_id) for party in new.parties]
    _require_two_sides(parties)
    if new.amount is not None and not 0 <= new.amount < 10**12:
        raise InvalidInput(_("涉及金额无效"), field="amount")
    report = NewCase(
        matter_type=MATTER,
        title=new.title,
        text=new.text,
        channel=new.channel,
        lon=new.lon,
        lat=new.lat,
        address=new.address,
        is_confidential=True,
        source_key=new.source_key,
    )
    outcome = open_case(actor, tenant=centre.tenant, report=report)
    if outcome.repeated:
        return Dispute.objects.get(case=outcome.case)
    dispute = Dispute.objects.create(
        case=outcome.case,
        tenant=centre.tenant,
        centre=centre,
        kind=new.kind,
        amount=new.amount,
        created_at=clock.now(),
    )
    for party in parties:
        party.dispute = dispute
        party.save()
    _give(dispute, centre, _("请及时受理并调解"))
    record_row(
        actor, "dispute.opened", dispute, kind=new.kind, centre=centre.name, parties=len(parties)
    )
    return dispute


@transaction.atomic
def accept_dispute(
    actor: User, *, dispute_id: int, chief_id: int, helper_ids: Sequence[int] = ()
) -> Dispute:
    """Will take a dispute on (受理) and name who mediates; the chief presides; audited.

    Also names others later: those no longer named end. Locks the dispute, then its case.
    Raises: NotAllowed; NotFound; InvalidInput (not a mediator of this centre); Refused (the
        mediation is over).
    """
    dispute = lock_dispute(actor, dispute_id)
    if dispute.concluded_at is not None:
        raise Refused(_("调解已经结束，不能再指派调解员"))
    wanted = list(dict.fromkeys([chief_id, *helper_ids]))
    if len(wanted) > MEDIATORS_MOST:
        raise InvalidInput(_("调解员最多%s名") % MEDIATORS_MOST, field="helpers")
    known = {user.pk: user for user in staff_of(dispute.centre.unit, permissions.MEDIATE)}
    if any(pk not in known for pk in wanted):
        raise InvalidInput(_("请选择本中心的调解员"), field="chief")
    before = _mediators(dispute)
    now = clock.now()
    dispute.mediators.filter(ended_at__isnull=True).update(ended_at=now)
    Mediator.objects.bulk_create(
        Mediator(dispute=dispute, user=known[pk], is_chief=pk == chief_id, assigned_at=now)
        for pk in wanted
    )
    if dispute.case.state == "assigned":
        perform(actor, case_id=dispute.case_id, action="sign", data={"note": ""})
    after = _mediators(dispute)
    record_row(
        actor,
        "dispute.mediators_named",
        dispute,
        before={"mediators": before},
        after={"mediators": after},
    )
    return dispute


@transaction.atomic
def pass_dispute(
    actor: User, *, dispute_id: int, direction: Direction, reason: str, target_id: int | None = None
) -> Passing:
    """Will give a dispute to the next higher centre, or to one directly below; audited.

    target_id: the centre below; upwards it is the one above. The case goes back and out again
    by the engine, so that its clock and history tell of it; the mediators end. The people of
    the other centre are told by the engine. Locks the dispute, then its case.
    Raises: NotAllowed; NotFound; InvalidInput (reason, target); Refused (concluded; no centre
        above).
    Source: GR-16, GR-17.
    """
    dispute = lock_dispute(actor, dispute_id)
    words = clean_text(reason, "reason", _("理由"), most=900)
    if dispute.concluded_at is not None:
        raise Refused(_("调解已经结束，不能再移交"))
    source = dispute.centre
    target = _next_centre(source, direction, target_id)
    before = snapshot(dispute, "centre")
    passing = Passing.objects.create(
        dispute=dispute,
        source=source,
        target=target,
        direction=direction,
        reason=words,
        at=clock.now(),
        by_id=actor.pk,
        by_name=actor.log_name[:100],
    )
    dispute.mediators.filter(ended_at__isnull=True).update(ended_at=passing.at)
    told = _("%(centre)s%(direction)s：%(reason)s") % {
        "centre": source.name,
        "direction": Direction(direction).label,
        "reason": words,
    }
    back = {"reason_code": _return_reason(), "reason": told, "basis": "", "suggested_unit": ""}
    perform(SYSTEM, case_id=dispute.case_id, action="request_return", data=back)
    ruling = {"decision": "approve", "opinion": told}
    perform(SYSTEM, case_id=dispute.case_id, action="rule_return", data=ruling)
    dispute.centre = target
    dispute.save(update_fields=["centre"])
    _give(dispute, target, told)
    changed = changes(before, snapshot(dispute, "centre"))
    record_row(actor, "dispute.passed", dispute, direction=direction, target=target.name, **changed)
    return passing


@transaction.atomic
def conclude_dispute(actor: User, *, dispute_id: int, result: DisputeResult, note: str) -> Dispute:
    """Will end the mediation; an agreement needs the consent of every party; audited.

    Orders follow-up visits after an agreement or a reconciliation, else closes the case. Locks
    the dispute, then its case.
    Raises: NotAllowed; NotFound; InvalidInput (note); Refused (not mediating; no session yet;
        no agreement all have consented to).
    """
    dispute = lock_dispute(actor, dispute_id)
    words = clean_text(note, "note", _("说明"), most=1000)
    if dispute.case.state != "mediating":
        raise Refused(_("只有调解中的纠纷可以登记调解结果"))
    _require_ground(dispute, result)
    before = snapshot(dispute, "result", "concluded_at")
    dispute.result, dispute.concluded_at = result, clock.now()
    dispute.save(update_fields=["result", "concluded_at"])
    settled = result in {DisputeResult.AGREED, DisputeResult.SPOKEN}
    told = _("%(result)s（%(name)s登记）：%(note)s") % {
        "result": DisputeResult(result).label,
        "name": actor.log_name[:100],
        "note": words,
    }
    data = {
        "resolution": "solved" if settled else "explained",
        "result": told,
        "contacted": True,
        "note": "",
    }
    perform(SYSTEM, case_id=dispute.case_id, action="feed_back", data=data)
    if settled:
        order_visits(dispute, clock.today())
    else:
        perform(SYSTEM, case_id=dispute.case_id, action="close", data={"note": told})
    changed = changes(before, snapshot(dispute, "result", "concluded_at"))
    record_row(actor, "dispute.concluded", dispute, **changed)
    return dispute


def order_visits(dispute: Dispute, first: date) -> None:
    """Will order the follow-up visits counted from a day."""
    FollowUp.objects.bulk_create(
        FollowUp(dispute=dispute, due_on=first + timedelta(days=days)) for days in VISITS_AFTER_DAYS
    )


def lock_dispute(actor: User, dispute_id: int) -> Dispute:
    """Will lock a dispute the actor mediates, until commit. Raises: NotAllowed; NotFound."""
    dispute = (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("case", "centre__unit", "centre__parent", "tenant")
        .filter(pk=dispute_id)
        .first()
    )
    if dispute is None:
        raise NotFound(_("没有这件矛盾纠纷，或您无权查看"))
    permissions.require(
        permissions.can_mediate(actor, dispute), _("只有该纠纷所在中心的调解人员可以办理")
    )
    return dispute


def _give(dispute: Dispute, centre: Centre, instruction: str) -> None:
    data = {
        "unit": centre.unit_id,
        "limit_amount": LIMIT_DAYS,
        "limit_unit": "calendar_days",
        "instruction": instruction,
        "override_reason": "",
        "co_units": [],
        "note": "",
    }
    perform(SYSTEM, case_id=dispute.case_id, action="dispatch", data=data)


def _next_centre(source: Centre, direction: Direction, target_id: int | None) -> Centre:
    if direction == Direction.UP:
        above = source.parent
        if above is None or not above.is_active:
            raise Refused(_("已是最高一级中心，不能再上交"))
        return Centre.objects.select_related("unit").get(pk=above.pk)
    below = source.children.filter(is_active=True, pk=target_id or 0).select_related("unit").first()
    if below is None:
        raise InvalidInput(_("请选择直接下级中心"), field="target")
    return below


def _require_ground(dispute: Dispute, result: DisputeResult) -> None:
    unheard = {DisputeResult.WITHDRAWN, DisputeResult.REFERRED}
    if result not in unheard and not dispute.sessions.exists():
        raise Refused(_("还没有调解记录，不能登记调解结果"))
    if result != DisputeResult.AGREED:
        return
    agreement = dispute.agreements.filter(voided_at__isnull=True).first()
    if agreement is None:
        raise Refused(_("还没有调解协议，请先拟定协议"))
    if agreement.consents.count() < dispute.parties.count():
        raise Refused(_("还有当事人没有同意协议，不能登记达成协议"))


def _sealed(new: NewParty, tenant_id: int) -> Party:
    """A row of a party, not yet saved."""
    name = clean_text(new.name, "name", _("姓名"), most=60)
    is_firm = new.kind == PartyKind.FIRM
    phone = new.phone.strip() and identity_numbers.clean_phone(new.phone)
    number = new.id_number.strip()
    if number:
        if is_firm:
            raise InvalidInput(_("单位不填写身份证号码"), field="id_number")
        number = identity_numbers.clean_identity_number(number)
    return Party(
        role=new.role,
        kind=new.kind,
        shown_name=name if is_firm else masking.mask_name(name),
        shown_phone=masking.mask_phone(phone),
        name_sealed=sealing.seal(name),
        phone_sealed=sealing.seal(phone) if phone else "",
        identity_sealed=identity_numbers.seal(number) if number else "",
        phone_digest=_digest(phone, tenant_id),
        identity_digest=_digest(number, tenant_id),
    )


def _digest(number: str, tenant_id: int) -> str:
    return identity_numbers.digest(number, tenant_id=tenant_id) if number else ""


def _require_two_sides(parties: Sequence[Party]) -> None:
    roles = {party.role for party in parties}
    if not {PartyRole.APPLICANT, PartyRole.RESPONDENT} <= roles:
        raise InvalidInput(_("请至少填写一名申请人和一名被申请人"), field="parties")
    if len(parties) > PARTIES_MOST:
        raise InvalidInput(_("当事人最多%s名") % PARTIES_MOST, field="parties")
    known = [party.identity_digest for party in parties if party.identity_digest]
    if len(known) != len(set(known)):
        raise InvalidInput(_("同一身份证号码填写了两次"), field="parties")


def _return_reason() -> str:
    """The code for "not here": the city's own list where it has one."""
    if not dictionaries.exists(RETURN_DICTIONARY):
        return RETURN_REASON
    codes = [code for code, _label in dictionaries.choices(RETURN_DICTIONARY)]
    return RETURN_REASON if RETURN_REASON in codes else codes[0]


def _mediators(dispute: Dispute) -> list[int]:
    found = dispute.mediators.filter(ended_at__isnull=True)
    return sorted(found.values_list("user_id", flat=True))
