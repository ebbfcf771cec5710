"""What staff do to accounts; merging two of one person."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.residents import selectors, services
from apps.residents.enums import AccountState
from apps.residents.errors import SignInRefused
from apps.residents.merging import proposal_of
from apps.residents.models import PublicAccount, PublicToken
from tests.residents import factories as make
from tests.residents.factories import PHONE, Program

OTHER = "13900000002"


def test_freezing_ends_access_and_thawing_does_not_give_it_back(app: Program, keeper: User) -> None:
    granted = make.sign_in(app.client)
    pk = granted.session.account_id
    services.freeze_account(keeper, account_id=pk, reason="疑似冒用")
    with pytest.raises(Refused):
        services.freeze_account(keeper, account_id=pk, reason="疑似冒用")
    services.unfreeze_account(keeper, account_id=pk, reason="本人到窗口核实")
    with pytest.raises(SignInRefused):
        services.require_session(app.client, granted.token)
    entry = AuditEntry.objects.get(action="public_account.frozen")
    assert entry.data["reason"] == "疑似冒用"


@pytest.mark.parametrize("deed", ["freeze_account", "unfreeze_account", "close_account"])
def test_deeds_need_the_right_over_that_body(
    app: Program, keeper: User, stranger: User, deed: str
) -> None:
    pk = make.sign_in(app.client).session.account_id
    do: Any = getattr(services, deed)
    reader = make.clerk(keeper.appointments.get().post.organization, "reader", may=(make.VIEW,))
    with pytest.raises(NotAllowed):
        do(reader, account_id=pk, reason="只能查看")
    with pytest.raises(NotFound):
        do(stranger, account_id=pk, reason="不归我管")
    with pytest.raises(InvalidInput):
        do(keeper, account_id=pk, reason="")
    assert PublicAccount.objects.get().state == AccountState.ACTIVE


def test_closing_frees_the_phone_for_somebody_new(app: Program, keeper: User) -> None:
    first = make.proved(app.client)
    services.close_account(keeper, account_id=first.account_id, reason="本人申请注销")
    first.account.refresh_from_db()
    assert (first.account.identity_sealed, first.account.state) == ("", "closed")
    with clock.at(clock.now() + timedelta(seconds=61)):
        second = make.sign_in(app.client)
    assert second.is_new
    (span,) = selectors.phones_of(second.session.account)
    assert span.since == first.account.ended_at


def test_a_representative_stays_until_the_office_ends_it(app: Program, keeper: User) -> None:
    boss = make.proved(app.client)
    make.company(boss, keeper)
    with pytest.raises(Refused, match="晨光"):
        services.close_own_account(boss)


def test_an_owner_closes_and_is_out(app: Program) -> None:
    granted = make.sign_in(app.client)
    services.close_own_account(granted.session)
    with pytest.raises(SignInRefused):
        services.require_session(app.client, granted.token)


def test_revealing_needs_a_purpose_and_is_logged(app: Program, keeper: User) -> None:
    pk = make.proved(app.client).account_id
    with pytest.raises(InvalidInput) as refusal:
        services.reveal_account(keeper, account_id=pk, purpose=" ")
    assert refusal.value.field == "purpose"
    seen = services.reveal_account(keeper, account_id=pk, purpose="核对回访电话")
    assert (seen.phone, seen.id_number) == (PHONE, make.id_number())
    entry = AuditEntry.objects.get(action="public_account.revealed")
    assert (entry.data, entry.actor_id) == ({"reason": "核对回访电话"}, keeper.pk)


@pytest.mark.parametrize(
    ("query", "count"), [(PHONE, 1), ("1390000", 0), ("三丰", 1), ("张", 0), ("370202", 0)]
)
def test_nobody_pages_through_the_city(app: Program, keeper: User, query: str, count: int) -> None:
    make.proved(app.client)
    assert selectors.list_accounts(keeper, query=query).count() == count


def test_lists_are_of_the_own_body(app: Program, stranger: User) -> None:
    make.sign_in(app.client)
    assert not selectors.list_accounts(stranger, query=PHONE).exists()


# --- Merging -----------------------------------------------------------------------------


@pytest.fixture
def two(app: Program) -> tuple[PublicToken, PublicToken]:
    """One person with two telephones."""
    return make.proved(app.client), make.proved(app.client, OTHER)


def file(keeper: User, two: tuple[PublicToken, PublicToken]) -> HeldChange:
    kept, dropped = two
    plan = services.plan_merge(keeper, kept_id=kept.account_id, dropped_id=dropped.account_id)
    proposal = proposal_of(keeper, plan, reason="同一人两个手机号")
    return approvals.file_change(keeper, proposal=proposal, reason="同一人两个手机号")


def test_a_merger_waits_for_a_second_person(
    app: Program, keeper: User, two: tuple[PublicToken, PublicToken]
) -> None:
    second = make.clerk(keeper.appointments.get().post.organization, "second")
    kept, dropped = two
    services.bind_mini_program(dropped, code="sim-u1")
    change = file(keeper, two)
    assert PublicAccount.objects.filter(state="active").count() == 2
    with pytest.raises(NotAllowed):
        approvals.approve_change(keeper, change_id=change.pk, digest=change.digest)
    approvals.approve_change(second, change_id=change.pk, digest=change.digest)
    gone = PublicAccount.objects.get(pk=dropped.account_id)
    assert (gone.state, gone.merged_into_id) == ("merged", kept.account_id)
    granted = services.sign_in_by_mini_program(app.client, code="sim-u1", device="", address="a")
    assert granted.session.account_id == kept.account_id
    phones = [span.phone for span in selectors.phones_of(kept.account)]
    assert phones == [PHONE, OTHER]
    entry = AuditEntry.objects.get(action="public_account.merged")
    assert entry.data["checker"] == "second"
    assert entry.data["before"] == {"state": "active", "merged_into": None}
    assert entry.data["after"] == {"state": "merged", "merged_into": kept.account_id}


def test_what_changed_since_is_not_merged(
    keeper: User, two: tuple[PublicToken, PublicToken]
) -> None:
    second = make.clerk(keeper.appointments.get().post.organization, "second")
    change = file(keeper, two)
    services.freeze_account(keeper, account_id=two[1].account_id, reason="另有举报")
    with pytest.raises(DomainError):
        approvals.approve_change(second, change_id=change.pk, digest=change.digest)
    assert not PublicAccount.objects.filter(state="merged").exists()


def test_only_one_person_is_merged(app: Program, keeper: User) -> None:
    kept = make.proved(app.client)
    other = make.proved(app.client, OTHER, name="李四", serial="456")
    unknown = make.sign_in(app.client, "13900000003").session
    for wrong in (other.account_id, unknown.account_id, kept.account_id):
        with pytest.raises(Refused):
            services.plan_merge(keeper, kept_id=kept.account_id, dropped_id=wrong)


def test_no_merger_across_bodies(
    app: Program, keeper: User, stranger: User, two: tuple[PublicToken, PublicToken]
) -> None:
    assert stranger.tenant is not None
    theirs = make.proved(make.program(stranger.tenant, stranger).client)
    mine = two[0].account_id
    with pytest.raises(NotFound):
        services.plan_merge(keeper, kept_id=mine, dropped_id=theirs.account_id)
    god = User.objects.create_superuser(username="god", full_name="god")
    with pytest.raises(Refused, match="租户"):
        services.merge_accounts(god, kept_id=mine, dropped_id=theirs.account_id, reason="同一号码")
