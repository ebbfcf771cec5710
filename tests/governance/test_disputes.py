"""Disputes from the report to the last visit. GR-16, GR-17."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.periods import Period
from apps.governance.enums import (
    Direction,
    DisputeResult,
    Fulfilment,
    PartyRole,
    SessionOutcome,
)
from apps.governance.models import Agreement, Consent, Party, Session
from apps.governance.selectors import disputes as reads
from apps.governance.services import disputes, mediation
from apps.governance.services.disputes import NewParty
from tests.cast import Cast
from tests.governance.factories import (
    APPLICANT,
    ID_NUMBER,
    RESPONDENT,
    agreed,
    centre_of,
    mediating,
    new_dispute,
    opened,
    sat,
)


def test_a_dispute_is_a_case_at_its_centre_with_sealed_parties(governed: Cast) -> None:
    party = NewParty(PartyRole.APPLICANT, "孙小梅", phone="13800000001", id_number=ID_NUMBER)

    dispute = opened(governed, parties=[party, RESPONDENT])

    dispute.case.refresh_from_db()
    assert (dispute.case.state, dispute.case.unit) == ("assigned", governed.east_works)
    assert dispute.case.due_at is not None
    assert dispute.case.is_confidential
    kept = dispute.parties.get(role=PartyRole.APPLICANT)
    assert (kept.shown_name, kept.shown_phone) == ("孙*梅", "138****0001")
    row = str(Party.objects.filter(pk=kept.pk).values())
    assert [word for word in ("孙小梅", "13800000001", ID_NUMBER) if word in row] == []
    assert AuditEntry.objects.filter(action="dispute.opened").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parties": [APPLICANT]}, "parties"),
        ({"parties": [APPLICANT, NewParty(PartyRole.RESPONDENT, "李", phone="12")]}, "phone"),
        ({"parties": [APPLICANT, NewParty(PartyRole.RESPONDENT, " ")]}, "name"),
        (
            {"parties": [APPLICANT, NewParty(PartyRole.RESPONDENT, "李", id_number="1")]},
            "id_number",
        ),
        ({"amount": Decimal(-1)}, "amount"),
        ({"title": ""}, "title"),
    ],
)
def test_bad_reports_are_refused_at_their_field(
    governed: Cast, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        opened(governed, **changes)

    assert refusal.value.field == field


def test_who_mediates_elsewhere_registers_nothing_here(governed: Cast) -> None:
    centre = centre_of(governed.east_works)
    for actor in (governed.mediator_west, governed.handler, governed.outsider):
        with pytest.raises(NotAllowed):
            disputes.open_dispute(actor, centre_id=centre.pk, new=new_dispute())


def test_the_same_source_is_one_dispute(governed: Cast) -> None:
    first = opened(governed, source_key="letter:7")

    assert opened(governed, source_key="letter:7") == first


def test_taking_on_names_mediators_of_the_centre(governed: Cast) -> None:
    dispute = mediating(governed)

    dispute.case.refresh_from_db()
    assert dispute.case.state == "mediating"
    assert [(m.user, m.is_chief) for m in dispute.mediators.all()] == [
        (governed.mediator, True),
        (governed.helper, False),
    ]
    with pytest.raises(InvalidInput):
        disputes.accept_dispute(
            governed.mediator, dispute_id=dispute.pk, chief_id=governed.mediator_west.pk
        )


def test_an_agreement_needs_every_partys_consent(governed: Cast) -> None:
    dispute = mediating(governed)
    sat(governed, dispute)
    agreement = mediation.draw_up_agreement(
        governed.mediator, dispute_id=dispute.pk, terms="停工。", perform_by=clock.today()
    )
    assert agreement.number == f"调字〔{clock.today().year}〕0001号"

    with pytest.raises(Refused):
        disputes.conclude_dispute(
            governed.mediator, dispute_id=dispute.pk, result=DisputeResult.AGREED, note="完成"
        )

    dispute.case.refresh_from_db()
    assert dispute.case.state == "mediating"


def test_a_new_text_needs_new_consent(governed: Cast) -> None:
    dispute = mediating(governed)
    first = agreed(governed, dispute)
    second = mediation.draw_up_agreement(
        governed.mediator, dispute_id=dispute.pk, terms="改为补偿。", perform_by=clock.today()
    )

    first.refresh_from_db()
    assert first.voided_at is not None
    assert second.consents.count() == 0
    assert second.digest != first.digest
    with pytest.raises(Refused):
        mediation.record_consent(
            governed.mediator,
            agreement_id=first.pk,
            party_id=dispute.parties.all()[0].pk,
            way="signed",  # type: ignore[arg-type]
            witness="王",
        )


def test_a_fulfilled_agreement_closes_the_case(governed: Cast) -> None:
    dispute = mediating(governed)
    agreed(governed, dispute)
    disputes.conclude_dispute(
        governed.mediator, dispute_id=dispute.pk, result=DisputeResult.AGREED, note="签了协议"
    )
    assert dispute.follow_ups.count() == 3

    visit = dispute.follow_ups.all()[0]
    mediation.record_visit(
        governed.helper, follow_up_id=visit.pk, found=Fulfilment.FULL, note="已付清"
    )

    dispute.refresh_from_db()
    dispute.case.refresh_from_db()
    assert (dispute.case.state, dispute.fulfilment) == ("closed", "full")
    assert dispute.follow_ups.count() == 1
    with pytest.raises(Refused):
        mediation.record_visit(
            governed.helper, follow_up_id=visit.pk, found=Fulfilment.FULL, note="又来"
        )


def test_a_broken_agreement_is_mediated_anew(governed: Cast) -> None:
    dispute = mediating(governed)
    agreed(governed, dispute)
    disputes.conclude_dispute(
        governed.mediator, dispute_id=dispute.pk, result=DisputeResult.AGREED, note="签了协议"
    )

    visit = dispute.follow_ups.all()[0]
    mediation.record_visit(
        governed.mediator, follow_up_id=visit.pk, found=Fulfilment.BROKEN, note="对方反悔"
    )

    dispute.refresh_from_db()
    dispute.case.refresh_from_db()
    assert (dispute.case.state, dispute.case.round, dispute.result) == ("assigned", 2, "")
    assert not dispute.agreements.filter(voided_at__isnull=True).exists()


def test_a_dispute_goes_up_and_comes_down(governed: Cast) -> None:
    dispute = mediating(governed)
    disputes.pass_dispute(
        governed.mediator, dispute_id=dispute.pk, direction=Direction.UP, reason="涉及多个部门"
    )

    dispute.refresh_from_db()
    dispute.case.refresh_from_db()
    assert dispute.case.unit == governed.center
    assert dispute.case.state == "assigned"
    assert reads.get_dispute(governed.mediator, dispute.pk) == dispute
    with pytest.raises(NotAllowed):
        sat(governed, dispute)
    with pytest.raises(Refused):
        disputes.pass_dispute(
            governed.clerk, dispute_id=dispute.pk, direction=Direction.UP, reason="更高"
        )

    below = centre_of(governed.west_works)
    disputes.pass_dispute(
        governed.clerk,
        dispute_id=dispute.pk,
        direction=Direction.DOWN,
        reason="由西区调解",
        target_id=below.pk,
    )

    dispute.refresh_from_db()
    assert dispute.centre == below
    assert [p.direction for p in dispute.passings.all()] == ["up", "down"]


def test_another_centre_sees_nothing_of_it(governed: Cast) -> None:
    dispute = opened(governed)

    with pytest.raises(NotFound):
        reads.get_dispute(governed.mediator_west, dispute.pk)
    assert reads.get_dispute(governed.clerk, dispute.pk) == dispute
    assert not reads.visible_disputes(governed.outsider).exists()


def test_the_same_party_is_found_again_but_not_told_elsewhere(governed: Cast) -> None:
    first = opened(governed)
    west = centre_of(governed.west_works)
    disputes.open_dispute(governed.mediator_west, centre_id=west.pk, new=new_dispute())
    second = opened(governed, parties=[APPLICANT, NewParty(PartyRole.RESPONDENT, "别人")])

    linked = reads.linked_disputes(governed.mediator, second)

    assert {(link.dispute == first, link.shown) for link in linked} == {
        (True, True),
        (False, False),
    }


def test_revealing_asks_for_a_purpose_and_is_logged(governed: Cast) -> None:
    dispute = opened(governed)
    with pytest.raises(InvalidInput):
        mediation.reveal_parties(governed.mediator, dispute_id=dispute.pk, purpose="")
    with pytest.raises(NotAllowed):
        mediation.reveal_parties(governed.chief, dispute_id=dispute.pk, purpose="看看")

    shown = mediation.reveal_parties(governed.mediator, dispute_id=dispute.pk, purpose="打印协议")

    assert "孙小梅" in {party["name"] for party in shown.values()}
    entry = AuditEntry.objects.get(action="dispute.parties_revealed")
    assert entry.data["purpose"] == "打印协议"


def test_a_sitting_must_have_happened(governed: Cast) -> None:
    dispute = mediating(governed)
    with pytest.raises(InvalidInput) as refusal:
        sat(governed, dispute, held_at=clock.now() + timedelta(hours=1))
    assert refusal.value.field == "held_at"
    with pytest.raises(InvalidInput) as refusal:
        sat(governed, dispute, outcome=SessionOutcome.ADJOURNED)
    assert refusal.value.field == "next_on"
    with pytest.raises(InvalidInput) as refusal:
        sat(governed, dispute, present_ids=[])
    assert refusal.value.field == "present"


def test_results_count_by_kind(governed: Cast) -> None:
    dispute = mediating(governed)
    agreed(governed, dispute)
    disputes.conclude_dispute(
        governed.mediator, dispute_id=dispute.pk, result=DisputeResult.AGREED, note="好"
    )
    failed = mediating(governed)
    sat(governed, failed, outcome=SessionOutcome.FAILED)
    disputes.conclude_dispute(
        governed.mediator, dispute_id=failed.pk, result=DisputeResult.FAILED, note="谈不拢"
    )
    failed.case.refresh_from_db()
    assert failed.case.state == "closed"
    opened(governed)

    today = clock.today()
    lines, total = reads.results(governed.clerk, Period(today, today))

    assert [(line.opened, line.concluded, line.settled, line.share) for line in lines] == [
        (3, 2, 1, 50.0)
    ]
    assert total["failed"] == 1


def test_the_database_keeps_what_was_said_and_agreed(governed: Cast) -> None:
    dispute = mediating(governed)
    agreement = agreed(governed, dispute)
    session = dispute.sessions.get()
    consent = agreement.consents.all()[0]
    deeds = [
        lambda: Session.objects.filter(pk=session.pk).update(record="改写"),
        lambda: session.present.clear(),
        lambda: Session.objects.filter(pk=session.pk).delete(),
        lambda: Consent.objects.filter(pk=consent.pk).update(witness="别人"),
        lambda: Consent.objects.filter(pk=consent.pk).delete(),
        lambda: Agreement.objects.filter(pk=agreement.pk).update(terms="另一份"),
        lambda: Agreement.objects.filter(pk=agreement.pk).delete(),
    ]
    for deed in deeds:
        with pytest.raises((IntegrityError, ProtectedError)), transaction.atomic():
            deed()
    agreement.refresh_from_db()
    assert (session.present.count(), agreement.consents.count()) == (2, 2)
