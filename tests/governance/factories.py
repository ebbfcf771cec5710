"""The town with three governance centres and the people in them."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.governance.enums import (
    CentreLevel,
    ConsentWay,
    DisputeKind,
    PartyKind,
    PartyRole,
    SessionOutcome,
)
from apps.governance.models import Agreement, Centre, Dispute, Session
from apps.governance.services import centres, disputes, mediation
from apps.governance.services.disputes import NewDispute, NewParty
from apps.matters.services import ensure_shipped_matter
from tests.cast import ROLES, Cast, _person

FIXTURE = Path(__file__).parents[2] / "fixtures" / "governance" / "dispute.json"
MEDIATING = [
    "matters.handle_case",
    "governance.mediate_disputes",
    "governance.reveal_parties",
]
ROLES |= {
    "mediator": MEDIATING,
    "governance_clerk": [
        *MEDIATING,
        "matters.view_area_cases",
        "governance.view_governance",
        "governance.keep_centres",
        "governance.view_situation",
        "governance.keep_assessments",
        "governance.draft_appraisal",
        "governance.view_burden",
        "governance.keep_reasons",
    ],
    "governance_leader": [
        "governance.view_governance",
        "governance.view_situation",
        "governance.approve_assessments",
        "governance.approve_appraisal",
        "governance.rule_appeals",
    ],
    "appellant": ["governance.file_appeals"],
}
ID_NUMBER = "11010119900307889X"
APPLICANT = NewParty(PartyRole.APPLICANT, "孙小梅", phone="13800000001")
RESPONDENT = NewParty(PartyRole.RESPONDENT, "宏发装修部", kind=PartyKind.FIRM, phone="13800000002")


def lay_on(cast: Cast) -> Cast:
    """Will put the dispute matter in force and three centres with their people at work."""
    for name, role, unit, full_name in (
        ("clerk", "governance_clerk", cast.center, "齐治"),
        ("clerk_two", "governance_clerk", cast.center, "齐平"),
        ("chief", "governance_leader", cast.center, "常安"),
        ("mediator", "mediator", cast.east_works, "和为贵"),
        ("helper", "mediator", cast.east_works, "劝解"),
        ("mediator_west", "mediator", cast.west_works, "西调"),
        ("worker", "appellant", cast.east_works, "网员"),
    ):
        cast.people[name] = _person(name, full_name, role, unit)
    shipped = json.loads(FIXTURE.read_text(encoding="utf-8"))
    ensure_shipped_matter(SYSTEM, shipped=shipped)
    top = centres.save_centre(
        SYSTEM, tenant=cast.tenant, level=CentreLevel.CITY, name="市综治中心", unit=cast.center
    )
    for name, unit in (("东区综治中心", cast.east_works), ("西区综治中心", cast.west_works)):
        centres.save_centre(
            SYSTEM,
            tenant=cast.tenant,
            level=CentreLevel.DISTRICT,
            name=name,
            unit=unit,
            parent=top,
        )
    return cast


def centre_of(unit: Any) -> Centre:
    """Will give the centre of a unit."""
    return Centre.objects.get(unit=unit)


def new_dispute(**changes: Any) -> NewDispute:
    """Will give a quarrel over the noise of a renovation in the eastern district."""
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "kind": DisputeKind.NEIGHBOUR,
        "title": "装修噪声纠纷",
        "text": "装修部夜间施工，楼下住户无法休息，要求停工并赔偿。",
        "parties": [APPLICANT, RESPONDENT],
        "lon": lon,
        "lat": lat,
    }
    return NewDispute(**(values | changes))


def opened(cast: Cast, **changes: Any) -> Dispute:
    """Will give a dispute just registered in the east."""
    centre = centre_of(cast.east_works)
    return disputes.open_dispute(cast.mediator, centre_id=centre.pk, new=new_dispute(**changes))


def mediating(cast: Cast, **changes: Any) -> Dispute:
    """Will give a dispute its mediator has taken on."""
    dispute = opened(cast, **changes)
    return disputes.accept_dispute(
        cast.mediator, dispute_id=dispute.pk, chief_id=cast.mediator.pk, helper_ids=[cast.helper.pk]
    )


def sat(cast: Cast, dispute: Dispute, **changes: Any) -> Session:
    """Will record a sitting at which everybody agreed."""
    values: dict[str, Any] = {
        "held_at": clock.now() - timedelta(hours=1),
        "place": "调解室",
        "present_ids": list(dispute.parties.values_list("pk", flat=True)),
        "text": "双方陈述后，愿意各让一步。",
        "outcome": SessionOutcome.AGREED,
    }
    return mediation.record_session(cast.mediator, dispute_id=dispute.pk, **(values | changes))


def agreed(cast: Cast, dispute: Dispute) -> Agreement:
    """Will give an agreement every party has consented to."""
    sat(cast, dispute)
    agreement = mediation.draw_up_agreement(
        cast.mediator,
        dispute_id=dispute.pk,
        terms="一、夜间停止施工。\n二、补偿五百元。",
        perform_by=clock.today() + timedelta(days=30),
    )
    for party in dispute.parties.all():
        mediation.record_consent(
            cast.mediator,
            agreement_id=agreement.pk,
            party_id=party.pk,
            way=ConsentWay.SIGNED,
            witness="王见证",
        )
    return agreement
