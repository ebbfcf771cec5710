"""Legal persons are claimed and confirmed; agents are offered, accept, and stop. AC-04."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common import clock, ratelimit
from apps.common.credit_code import clean_credit_code
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.masking import mask_phone
from apps.residents import permissions, selectors
from apps.residents.actors import Citizen, citizen
from apps.residents.enums import (
    AGENCY_DAYS_MOST,
    EVERYTHING,
    AccountState,
    AgencyState,
    PersonState,
)
from apps.residents.identity_numbers import clean_phone
from apps.residents.models import Agency, LegalPerson, PublicAccount, PublicToken
from apps.residents.registry import matter_names
from apps.residents.services.keeping import clean_reason

NAME_MAX = 120
OFFERS_PER_DAY = 20
DAY_S = 86_400


@dataclass(frozen=True)
class Offer:
    """What a representative lets somebody do. matters: codes, or ``["*"]``; both days included."""

    agent_phone: str
    matters: Sequence[str]
    from_on: date
    until_on: date


# --- Legal persons ----------------------------------------------------------------------


@transaction.atomic
def claim_legal_person(session: PublicToken, *, name: str, credit_code: str) -> LegalPerson:
    """Will note that the signed-in person says to be a legal person's representative.

    Nothing may be done for it before staff have confirmed it. Says the same whether or not
    somebody else represents it already. The same claim again gives the first. Audited.

    Raises: Refused (the account has no confirmed name); InvalidInput (name, credit_code).
    """
    account = session.account
    _require_real_name(account)
    said = name.strip()
    if not 1 < len(said) <= NAME_MAX:
        raise InvalidInput(_("名称应为2至%s个字") % NAME_MAX, field="name")
    code = clean_credit_code(credit_code)
    if not code:
        raise InvalidInput(_("请填写统一社会信用代码"), field="credit_code")
    open_states = [PersonState.CLAIMED, PersonState.CONFIRMED]
    PublicAccount.objects.select_for_update().get(pk=account.pk)  # the same claim twice at once
    earlier = LegalPerson.objects.filter(
        representative=account, credit_code=code, state__in=open_states
    ).first()
    if earlier is not None:
        return earlier
    person = LegalPerson.objects.create(
        tenant_id=account.tenant_id,
        name=said,
        credit_code=code,
        representative=account,
        claimed_at=clock.now(),
    )
    _record(citizen(account), "legal_person.claimed", person)
    return person


@transaction.atomic
def confirm_legal_person(actor: User, *, person_id: int, reason: str) -> LegalPerson:
    """Will confirm a claim after the licence was seen; agents can be offered now. Audited.

    Locks it. Raises: NotFound; NotAllowed; InvalidInput (reason: what was seen); Refused (not
        waiting, or somebody else represents it).
    """
    person = _lock(actor, person_id)
    why = clean_reason(reason)
    _require_state(person, PersonState.CLAIMED)
    if person.representative.state != AccountState.ACTIVE:
        raise Refused(_("申请人的账户不是正常状态"))
    try:
        with transaction.atomic():
            _decide(actor, person, PersonState.CONFIRMED, why)
    except IntegrityError as error:
        raise Refused(_("该信用代码已由其他账户代表，请先停用原有登记")) from error
    _record(actor, "legal_person.confirmed", person, why)
    return person


@transaction.atomic
def reject_legal_person(actor: User, *, person_id: int, reason: str) -> LegalPerson:
    """Will turn a claim down. Audited. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (not waiting).
    """
    person = _lock(actor, person_id)
    why = clean_reason(reason)
    _require_state(person, PersonState.CLAIMED)
    _decide(actor, person, PersonState.REJECTED, why)
    _record(actor, "legal_person.rejected", person, why)
    return person


@transaction.atomic
def end_legal_person(actor: User, *, person_id: int, reason: str) -> LegalPerson:
    """Will end a legal person here: nobody acts for it any more. Audited. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (reason); Refused (not confirmed).
    """
    person = _lock(actor, person_id)
    why = clean_reason(reason)
    _require_state(person, PersonState.CONFIRMED)
    open_states = [AgencyState.OFFERED, AgencyState.ACCEPTED]
    for agency in (
        Agency.objects.select_for_update()
        .filter(legal_person=person, state__in=open_states)
        .order_by("pk")
    ):
        _revoke(actor, agency, why)
    PublicToken.objects.filter(acting_for=person).update(acting_for=None)
    _decide(actor, person, PersonState.ENDED, why)
    _record(actor, "legal_person.ended", person, why)
    return person


# --- Agencies ---------------------------------------------------------------------------


def offer_agency(session: PublicToken, *, legal_person_id: int, offer: Offer) -> Agency:
    """Will offer somebody to act for a legal person; they see it once they sign in.

    Only its confirmed representative offers. Says the same whether or not the phone has an
    account. Audited. Locks the legal person.

    Raises: NotFound (not the representative); InvalidInput (agent_phone, matters, from_on,
        until_on); Refused (an offer to this phone waits already); TooMany.
    """
    _count_offer(session)
    return _offer(session, legal_person_id, offer)


@transaction.atomic
def accept_agency(session: PublicToken, *, agency_id: int) -> Agency:
    """Will take an offer made to the signed-in phone. Audited. Locks the offer.

    Raises: NotFound (no such offer to this phone); Refused (the account has no confirmed name,
        answered before, past its last day, the legal person ended).
    """
    agency = _offered_to(session, agency_id)
    _require_real_name(session.account)
    if agency.until_on < clock.today() or agency.legal_person.state != PersonState.CONFIRMED:
        raise Refused(_("该代理授权已经失效"))
    agency.agent_id = session.account_id
    _answer(session, agency, AgencyState.ACCEPTED, "agency.accepted")
    return agency


@transaction.atomic
def decline_agency(session: PublicToken, *, agency_id: int) -> Agency:
    """Will turn an offer made to the signed-in phone down. Audited. Locks the offer.

    Raises: NotFound; Refused (answered before).
    """
    agency = _offered_to(session, agency_id)
    _answer(session, agency, AgencyState.DECLINED, "agency.declined")
    return agency


@transaction.atomic
def revoke_agency(actor: User | PublicToken, *, agency_id: int, reason: str = "") -> Agency:
    """Will end an agency at once: the representative, the agent, or staff with a reason.

    Audited. Locks it; whoever acts by it at the moment acts for themselves again.
    Raises: NotFound; NotAllowed; InvalidInput (reason, of staff); Refused (ended before).
    """
    agency = (
        Agency.objects.select_for_update(of=("self",))
        .select_related("legal_person")
        .filter(pk=agency_id)
        .first()
    )
    if agency is None:
        raise _no_agency()
    if isinstance(actor, PublicToken):
        by: User | Citizen = citizen(actor.account)
        owners = (agency.legal_person.representative_id, agency.agent_id)
        if actor.account_id not in owners:
            raise _no_agency()
        why = reason.strip()[:200]
    else:
        by = actor
        selectors.get_legal_person(actor, agency.legal_person_id)
        permissions.require_manage(actor, agency.legal_person.tenant_id)
        why = clean_reason(reason)
    _revoke(by, agency, why)
    return agency


# --- Parts --------------------------------------------------------------------------------


def _require_real_name(account: PublicAccount) -> None:
    if not account.is_real_name:
        raise Refused(_("请先完成实名核验"), code="proofing_too_low", data={"level": 2})


def _lock(actor: User, person_id: int) -> LegalPerson:
    person = selectors.get_legal_person(actor, person_id)
    permissions.require_manage(actor, person.tenant_id)
    return (
        LegalPerson.objects.select_for_update(of=("self",))
        .select_related("representative")
        .get(pk=person_id)
    )


def _require_state(person: LegalPerson, wanted: PersonState) -> None:
    if person.state != wanted:
        raise Refused(
            _("该法人现为“%(now)s”，不能执行此操作") % {"now": PersonState(person.state).label}
        )


def _decide(actor: User, person: LegalPerson, state: PersonState, why: str) -> None:
    person.state, person.state_reason = state, why
    person.decided_by, person.decided_at = actor.display_name[:100], clock.now()
    person.save(update_fields=["state", "state_reason", "decided_by", "decided_at"])


def _count_offer(session: PublicToken) -> None:
    key = str(session.account_id)
    ratelimit.hit("residents.offer", key, limit=OFFERS_PER_DAY, per_seconds=DAY_S)


@transaction.atomic
def _offer(session: PublicToken, legal_person_id: int, offer: Offer) -> Agency:
    person = (
        LegalPerson.objects.select_for_update(of=("self",))
        .select_related("tenant")
        .filter(pk=legal_person_id, representative=session.account, state=PersonState.CONFIRMED)
        .first()
    )
    if person is None:
        raise NotFound(_("没有找到您代表的法人"))
    phone = _agent_phone(session, offer)
    _check_days(offer)
    matters = _check_matters(person, offer)
    waiting = Agency.objects.filter(
        legal_person=person, agent_phone=phone, state=AgencyState.OFFERED
    )
    if waiting.exists():
        raise Refused(_("已向该手机发出授权，请等待对方答复或先撤销"))
    agency = Agency.objects.create(
        legal_person=person,
        agent_phone=phone,
        matters=matters,
        from_on=offer.from_on,
        until_on=offer.until_on,
        offered_at=clock.now(),
    )
    _record_agency(citizen(session.account), "agency.offered", agency)
    return agency


def _agent_phone(session: PublicToken, offer: Offer) -> str:
    try:
        phone = clean_phone(offer.agent_phone)
    except InvalidInput as error:
        raise InvalidInput(error.message, field="agent_phone") from error
    if phone == session.account.phone:
        raise InvalidInput(_("不能授权给自己"), field="agent_phone")
    return phone


def _check_days(offer: Offer) -> None:
    if offer.until_on < max(offer.from_on, clock.today()):
        raise InvalidInput(_("截止日期不能早于起始日期或今天"), field="until_on")
    if offer.until_on > offer.from_on + timedelta(days=AGENCY_DAYS_MOST):
        raise InvalidInput(_("代理期限最长一年"), field="until_on")


def _check_matters(person: LegalPerson, offer: Offer) -> list[str]:
    asked = sorted(set(offer.matters))
    known = matter_names(person.tenant)
    if not asked:
        raise InvalidInput(_("请至少选择一个代理事项"), field="matters")
    for code in asked:
        if code != EVERYTHING and code not in known:
            raise InvalidInput(_("没有这个事项：%s") % code[:60], field="matters")
    return [EVERYTHING] if EVERYTHING in asked else asked


def _offered_to(session: PublicToken, agency_id: int) -> Agency:
    agency = (
        Agency.objects.select_for_update(of=("self",))
        .select_related("legal_person")
        .filter(
            pk=agency_id,
            agent_phone=session.account.phone,
            legal_person__tenant_id=session.account.tenant_id,
        )
        .first()
    )
    if agency is None or agency.agent_id not in (None, session.account_id):
        raise _no_agency()
    if agency.state != AgencyState.OFFERED:
        raise Refused(_("该代理授权现为“%(now)s”") % {"now": AgencyState(agency.state).label})
    return agency


def _answer(session: PublicToken, agency: Agency, state: AgencyState, action: str) -> None:
    agency.state, agency.answered_at = state, clock.now()
    agency.save(update_fields=["agent", "state", "answered_at"])
    _record_agency(citizen(session.account), action, agency)


def _revoke(by: User | Citizen, agency: Agency, why: str) -> None:
    if agency.state not in (AgencyState.OFFERED, AgencyState.ACCEPTED):
        raise Refused(_("该代理授权现为“%(now)s”") % {"now": AgencyState(agency.state).label})
    agency.state, agency.revoked_at = AgencyState.REVOKED, clock.now()
    agency.revoked_by, agency.revoke_reason = by.display_name[:100], why
    agency.save(update_fields=["state", "revoked_at", "revoked_by", "revoke_reason"])
    _record_agency(by, "agency.revoked", agency, why)


def _no_agency() -> NotFound:
    return NotFound(_("没有找到该代理授权"))


def _record(actor: User | Citizen, action: str, person: LegalPerson, why: str = "") -> None:
    audit.record(
        actor,
        action,
        object_type="residents.legal_person",
        object_id=person.pk,
        object_label=person.name,
        data={"credit_code": person.credit_code} | ({"reason": why} if why else {}),
    )


def _record_agency(actor: User | Citizen, action: str, agency: Agency, why: str = "") -> None:
    audit.record(
        actor,
        action,
        object_type="residents.agency",
        object_id=agency.pk,
        object_label=agency.legal_person.name,
        data={
            "agent": mask_phone(agency.agent_phone),
            "matters": agency.matters,
            "from_on": agency.from_on.isoformat(),
            "until_on": agency.until_on.isoformat(),
        }
        | ({"reason": why} if why else {}),
    )
