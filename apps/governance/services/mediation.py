"""What happens while a dispute is mediated and after: sessions, agreement, consent, visits."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit.services import SYSTEM, changes, record, record_row, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.common.texts import clean_text
from apps.gateway import sealing
from apps.governance import permissions
from apps.governance.enums import ConsentWay, Fulfilment, SessionOutcome
from apps.governance.models import Agreement, Consent, Dispute, FollowUp, Party, Session
from apps.governance.services.disputes import lock_dispute
from apps.matters.services import perform, require_to_reveal
from apps.residents import identity_numbers

PERFORM_MOST = timedelta(days=365 * 10)
BACKDATED_MOST = timedelta(days=90)
PURPOSE_MIN, PURPOSE_MAX = 2, 200


@transaction.atomic
def record_session(
    actor: User,
    *,
    dispute_id: int,
    held_at: datetime,
    place: str,
    present_ids: Sequence[int],
    text: str,
    outcome: SessionOutcome,
    next_on: date | None = None,
) -> Session:
    """Will write the record of one sitting; it is never changed afterwards; audited.

    held_at: aware, not in the future, at most 90 days ago. present_ids: parties who came.
    next_on: needed where the sitting was adjourned. Locks the dispute.
    Raises: NotAllowed; NotFound; InvalidInput; Refused (not being mediated).
    Source: GR-16.
    """
    dispute = _lock_mediating(actor, dispute_id)
    now = clock.now()
    if not now - BACKDATED_MOST <= held_at <= now:
        raise InvalidInput(_("调解时间应在最近90天内，且不晚于现在"), field="held_at")
    present = list(dispute.parties.filter(pk__in=present_ids))
    if not present:
        raise InvalidInput(_("请选择到场的当事人"), field="present")
    if outcome == SessionOutcome.ADJOURNED and (next_on is None or next_on < clock.today()):
        raise InvalidInput(_("择期再调须填写今天或以后的日期"), field="next_on")
    session = Session.objects.create(
        dispute=dispute,
        number=dispute.sessions.count() + 1,
        held_at=held_at,
        place=clean_text(place, "place", _("地点"), most=120),
        record=clean_text(text, "record", _("调解记录"), most=4000),
        outcome=outcome,
        next_on=next_on if outcome == SessionOutcome.ADJOURNED else None,
        recorded_at=now,
        recorded_by_id=actor.pk,
        recorded_by_name=actor.log_name[:100],
    )
    session.present.set(present)
    record_row(actor, "dispute.session_recorded", dispute, number=session.number, outcome=outcome)
    return session


@transaction.atomic
def draw_up_agreement(actor: User, *, dispute_id: int, terms: str, perform_by: date) -> Agreement:
    """Will write an agreement with a number of its own; an earlier text ends; audited.

    terms: 1-4,000 characters. perform_by: today or later, within ten years. Locks the dispute,
    then the body (numbers have no gaps).
    Raises: NotAllowed; NotFound; InvalidInput; Refused (not being mediated; no session yet).
    """
    dispute = _lock_mediating(actor, dispute_id)
    words = clean_text(terms, "terms", _("协议内容"), most=4000)
    today = clock.today()
    if not today <= perform_by <= today + PERFORM_MOST:
        raise InvalidInput(_("履行期限应为今天以后、十年以内"), field="perform_by")
    if not dispute.sessions.exists():
        raise Refused(_("还没有调解记录，不能拟定协议"))
    now = clock.now()
    replaced = dispute.agreements.filter(voided_at__isnull=True).update(voided_at=now)
    Tenant.objects.select_for_update().get(pk=dispute.tenant_id)
    numbered = Agreement.objects.filter(tenant_id=dispute.tenant_id, year=today.year)
    serial = (numbered.aggregate(last=Max("serial"))["last"] or 0) + 1
    agreement = Agreement(
        dispute=dispute,
        tenant_id=dispute.tenant_id,
        year=today.year,
        serial=serial,
        terms=words,
        perform_by=perform_by,
        made_at=now,
        made_by_name=actor.log_name[:100],
    )
    agreement.digest = text_digest(agreement)
    agreement.save()
    record_row(
        actor, "dispute.agreement_drawn_up", dispute, number=agreement.number, replaced=replaced
    )
    return agreement


def text_digest(agreement: Agreement) -> str:
    """Will give the SHA-256 of what the parties agree to."""
    parts = [agreement.number, agreement.terms, agreement.perform_by.isoformat()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@transaction.atomic
def record_consent(
    actor: User,
    *,
    agreement_id: int,
    party_id: int,
    way: ConsentWay,
    witness: str,
    file: StoredFile | None = None,
) -> Consent:
    """Will note that a party agreed to exactly this text, before a witness; audited.

    file: the signed paper. Twice gives the first. Locks the dispute.
    Raises: NotAllowed; NotFound; InvalidInput (witness); Refused (the text was replaced).
    """
    agreement = Agreement.objects.filter(pk=agreement_id).first()
    if agreement is None:
        raise NotFound(_("没有这份协议"))
    dispute = lock_dispute(actor, agreement.dispute_id)
    agreement.refresh_from_db()
    party = dispute.parties.filter(pk=party_id).first()
    if party is None:
        raise NotFound(_("没有这名当事人"))
    if agreement.voided_at is not None:
        raise Refused(_("协议已经更换，请就新协议登记同意"))
    found = agreement.consents.filter(party=party).first()
    if found is not None:
        return found
    consent = Consent.objects.create(
        agreement=agreement,
        party=party,
        way=way,
        witness=clean_text(witness, "witness", _("见证人"), most=60),
        digest=agreement.digest,
        file=file,
        at=clock.now(),
        recorded_by_name=actor.log_name[:100],
    )
    record_row(actor, "dispute.consent_recorded", dispute, number=agreement.number, party=party.pk)
    return consent


@transaction.atomic
def record_visit(actor: User, *, follow_up_id: int, found: Fulfilment, note: str) -> FollowUp:
    """Will write what a follow-up visit found; audited. Locks the dispute.

    Fulfilled: the later visits fall away and the case is closed. Broken: the case is mediated
    anew by the same centre (重新调解). After the last visit the case is closed as it is.
    Raises: NotAllowed; NotFound; InvalidInput (note); Refused (done already).
    """
    row = FollowUp.objects.filter(pk=follow_up_id).first()
    if row is None:
        raise NotFound(_("没有这次回访"))
    dispute = lock_dispute(actor, row.dispute_id)
    row.refresh_from_db()
    if row.done_at is not None:
        raise Refused(_("这次回访已经登记"))
    words = clean_text(note, "note", _("回访记录"), most=2000)
    row.done_at, row.done_by_name = clock.now(), actor.log_name[:100]
    row.found, row.note = found, words
    row.save()
    before = snapshot(dispute, "fulfilment", "result")
    dispute.fulfilment = found
    dispute.save(update_fields=["fulfilment"])
    _go_on(dispute, found, words)
    changed = changes(before, snapshot(dispute, "fulfilment", "result"))
    record_row(actor, "dispute.visited", dispute, due_on=row.due_on.isoformat(), **changed)
    return row


def _go_on(dispute: Dispute, found: Fulfilment, note: str) -> None:
    rest = dispute.follow_ups.filter(done_at__isnull=True)
    if found == Fulfilment.BROKEN:
        rest.delete()
        dispute.agreements.filter(voided_at__isnull=True).update(voided_at=clock.now())
        dispute.result, dispute.concluded_at = "", None
        dispute.save(update_fields=["result", "concluded_at"])
        perform(SYSTEM, case_id=dispute.case_id, action="redo", data={"reason": note[:500]})
        return
    if found == Fulfilment.FULL:
        rest.delete()
    if dispute.case.state == "following" and not rest.exists():
        perform(SYSTEM, case_id=dispute.case_id, action="close", data={"note": note[:500]})


@transaction.atomic
def reveal_parties(actor: User, *, dispute_id: int, purpose: str) -> dict[int, dict[str, str]]:
    """Will give the parties as they are, by key: name, phone, id_number; logged with the purpose.

    purpose: 2-200 characters.
    Raises: NotAllowed; NotFound; InvalidInput (purpose); StepUpRequired.
    Source: AU-02.
    """
    dispute = (
        Dispute.objects.select_related("case__version", "centre__unit")
        .filter(pk=dispute_id)
        .first()
    )
    if dispute is None:
        raise NotFound(_("没有这件矛盾纠纷，或您无权查看"))
    permissions.require(permissions.can_reveal(actor, dispute), _("您无权查看当事人完整信息"))
    require_to_reveal(actor, dispute.case)
    words = purpose.strip()
    if not PURPOSE_MIN <= len(words) <= PURPOSE_MAX:
        raise InvalidInput(_("请填写查看事由（2至200字）"), field="purpose")
    parties = list(dispute.parties.all())
    record(
        actor,
        "dispute.parties_revealed",
        object_type="governance.dispute",
        object_id=dispute.pk,
        object_label=dispute.case.number,
        data={"purpose": words, "area": dispute.case.area_path, "parties": len(parties)},
    )
    return {party.pk: _opened(party) for party in parties}


def _opened(party: Party) -> dict[str, str]:
    return {
        "name": sealing.unseal(party.name_sealed),
        "phone": sealing.unseal(party.phone_sealed) if party.phone_sealed else "",
        "id_number": identity_numbers.unseal(party.identity_sealed),
    }


def _lock_mediating(actor: User, dispute_id: int) -> Dispute:
    dispute = lock_dispute(actor, dispute_id)
    if dispute.case.state != "mediating":
        raise Refused(_("只有调解中的纠纷可以登记调解记录和协议，请先受理"))
    return dispute
