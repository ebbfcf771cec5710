"""Legal persons and agencies: who may act for whom, in what, until when."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.residents import selectors, services
from apps.residents.enums import PersonState
from apps.residents.models import Agency, LegalPerson, PublicToken
from tests.residents import factories as make
from tests.residents.factories import Program

AGENT = "13900000002"


@pytest.fixture
def boss(app: Program) -> PublicToken:
    return make.proved(app.client)


@pytest.fixture
def helper(app: Program) -> PublicToken:
    return make.proved(app.client, AGENT, name="李四", serial="456")


@pytest.fixture
def firm(boss: PublicToken, keeper: User) -> LegalPerson:
    return make.company(boss, keeper)


@pytest.fixture
def held(boss: PublicToken, helper: PublicToken, firm: LegalPerson) -> Agency:
    """An agency in force for thirty days, for demands."""
    offered = make.agency(boss, firm, AGENT)
    return services.accept_agency(helper, agency_id=offered.pk)


def test_a_claim_gives_nothing_before_it_is_confirmed(boss: PublicToken, keeper: User) -> None:
    person = services.claim_legal_person(boss, name="晨光", credit_code=make.credit_code())
    again = services.claim_legal_person(boss, name="晨光", credit_code=make.credit_code())
    assert (again.pk, person.state) == (person.pk, "claimed")
    assert selectors.acting_choices(boss.account) == []
    with pytest.raises(NotFound):
        make.agency(boss, person, AGENT)
    services.confirm_legal_person(keeper, person_id=person.pk, reason="已核对营业执照原件")
    assert [c.legal_person for c in selectors.acting_choices(boss.account)] == [person]
    assert AuditEntry.objects.filter(action="legal_person.confirmed").count() == 1


def test_a_claim_needs_a_confirmed_name(app: Program) -> None:
    session = make.sign_in(app.client).session
    with pytest.raises(Refused) as refusal:
        services.claim_legal_person(session, name="晨光", credit_code=make.credit_code())
    assert refusal.value.code == "proofing_too_low"


@pytest.mark.parametrize("code", ["", "123", make.credit_code()[:-1] + "0", "I" * 18])
def test_a_credit_code_must_be_right(boss: PublicToken, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.claim_legal_person(boss, name="晨光", credit_code=code)
    assert refusal.value.field == "credit_code"


def test_a_false_claim_does_not_stand_in_the_way(
    boss: PublicToken, helper: PublicToken, keeper: User, firm: LegalPerson
) -> None:
    second = services.claim_legal_person(helper, name="冒名", credit_code=firm.credit_code)
    with pytest.raises(Refused):
        services.confirm_legal_person(keeper, person_id=second.pk, reason="再次核对")
    services.end_legal_person(keeper, person_id=firm.pk, reason="法定代表人变更")
    services.confirm_legal_person(keeper, person_id=second.pk, reason="核对变更登记")
    assert selectors.acting_choices(boss.account) == []


@pytest.mark.parametrize("deed", ["confirm", "reject", "end"])
def test_only_the_own_office_decides(
    boss: PublicToken, keeper: User, stranger: User, deed: str
) -> None:
    person = services.claim_legal_person(boss, name="晨光", credit_code=make.credit_code())
    do: Any = getattr(services, f"{deed}_legal_person")
    with pytest.raises(NotFound):
        do(stranger, person_id=person.pk, reason="不归我管")
    reader = make.clerk(keeper.appointments.get().post.organization, "reader", may=(make.VIEW,))
    with pytest.raises(NotAllowed):
        do(reader, person_id=person.pk, reason="只能查看")
    with pytest.raises(InvalidInput):
        do(keeper, person_id=person.pk, reason=" ")
    person.refresh_from_db()
    assert person.state == PersonState.CLAIMED


def test_an_agent_acts_within_scope_and_days(helper: PublicToken, held: Agency) -> None:
    (choice,) = selectors.acting_choices(helper.account)
    assert choice.covers("hotline.demand")
    assert not choice.covers("guides.licence")
    helper = services.choose_acting(helper, legal_person_id=held.legal_person_id)
    assert selectors.acting_of(helper) is not None
    told = AuditEntry.objects.get(action="public_session.acting_chosen").data
    assert (told["before"], told["after"]) == (
        {"acting_for": None},
        {"acting_for": held.legal_person_id},
    )
    with clock.at(clock.now() + timedelta(days=31)):
        assert selectors.acting_of(helper) is None
        assert selectors.acting_choices(helper.account) == []


def test_revoking_ends_it_at_once(boss: PublicToken, helper: PublicToken, held: Agency) -> None:
    helper = services.choose_acting(helper, legal_person_id=held.legal_person_id)
    services.revoke_agency(boss, agency_id=held.pk)
    assert selectors.acting_of(helper) is None
    with pytest.raises(Refused):
        services.revoke_agency(boss, agency_id=held.pk)
    with pytest.raises(NotFound):
        services.choose_acting(helper, legal_person_id=held.legal_person_id)


def test_the_agent_may_stop_and_staff_with_a_reason(
    helper: PublicToken, held: Agency, keeper: User, stranger: User
) -> None:
    with pytest.raises(NotFound):
        services.revoke_agency(stranger, agency_id=held.pk, reason="不归我管")
    with pytest.raises(InvalidInput):
        services.revoke_agency(keeper, agency_id=held.pk)
    services.revoke_agency(helper, agency_id=held.pk)
    held.refresh_from_db()
    assert (held.state, held.revoked_by) == ("revoked", f"公众账户 {helper.account_id}")


def test_a_frozen_representative_lets_nobody_act(
    boss: PublicToken, helper: PublicToken, held: Agency, keeper: User
) -> None:
    services.freeze_account(keeper, account_id=boss.account_id, reason="疑似冒用")
    assert selectors.acting_choices(helper.account) == []
    services.unfreeze_account(keeper, account_id=boss.account_id, reason="本人核实")
    assert len(selectors.acting_choices(helper.account)) == 1


def test_others_touch_no_agency(app: Program, held: Agency, boss: PublicToken) -> None:
    third = make.proved(app.client, "13900000003", name="王五", serial="789")
    for deed in (services.accept_agency, services.decline_agency, services.revoke_agency):
        with pytest.raises(NotFound):
            deed(third, agency_id=held.pk)
    with pytest.raises(NotFound):
        make.agency(third, held.legal_person, "13900000009")
    assert list(selectors.list_own_agencies(third.account)) == []


def test_an_offer_waits_for_its_phone(app: Program, boss: PublicToken, firm: LegalPerson) -> None:
    offered = make.agency(boss, firm, "13900000007")
    with pytest.raises(Refused):
        make.agency(boss, firm, "13900000007")
    late = make.sign_in(app.client, "13900000007").session
    assert list(selectors.list_own_agencies(late.account)) == [offered]
    with pytest.raises(Refused, match="实名"):
        services.accept_agency(late, agency_id=offered.pk)
    services.decline_agency(late, agency_id=offered.pk)
    with pytest.raises(Refused):
        services.accept_agency(late, agency_id=offered.pk)


def test_an_offer_past_its_days_is_void(
    boss: PublicToken, helper: PublicToken, firm: LegalPerson
) -> None:
    offered = make.agency(boss, firm, AGENT)
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(Refused):
        services.accept_agency(helper, agency_id=offered.pk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agent_phone": "12345"}, "agent_phone"),
        ({"agent_phone": make.PHONE}, "agent_phone"),
        ({"matters": []}, "matters"),
        ({"matters": ["no.such"]}, "matters"),
        ({"until_on": clock.today() - timedelta(days=1)}, "until_on"),
        ({"until_on": clock.today() + timedelta(days=368)}, "until_on"),
    ],
)
def test_offers_that_cannot_be(
    boss: PublicToken, firm: LegalPerson, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        make.agency(boss, firm, **({"phone": AGENT} | _renamed(changes)))
    assert refusal.value.field == field
    assert not Agency.objects.exists()


def _renamed(changes: dict[str, Any]) -> dict[str, Any]:
    return {("phone" if name == "agent_phone" else name): v for name, v in changes.items()}


def test_the_database_allows_a_year_at_most(held: Agency) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.update(until_on=held.from_on + timedelta(days=366))


def test_a_legal_person_that_ends_takes_its_agents_along(
    helper: PublicToken, held: Agency, keeper: User
) -> None:
    services.choose_acting(helper, legal_person_id=held.legal_person_id)
    services.end_legal_person(keeper, person_id=held.legal_person_id, reason="企业注销")
    held.refresh_from_db()
    helper.refresh_from_db()
    assert (held.state, helper.acting_for_id) == ("revoked", None)
