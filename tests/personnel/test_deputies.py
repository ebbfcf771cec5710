"""A deputy truly works where rights are asked, only as long and as far as was handed (AC-15)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.accounts.deputies.services import delegate, end_delegation
from apps.accounts.models import Delegation, Organization, Role, User
from apps.accounts.reach import admin_reach, administrators
from apps.accounts.selectors import scope_for, scope_of, users_with_permission
from apps.audit.models import AuditEntry
from apps.audit.selectors import Search, list_entries
from apps.audit.services import record
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.matters.models import CaseEvent, Task
from apps.matters.selectors import visible_cases
from apps.matters.services import perform
from apps.notices.models import Notice
from tests.accounts.factories import OrganizationFactory, RoleFactory, make_person
from tests.cast import Cast
from tests.matters.factories import dispatched


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def hand(giver: User, deputy: User, **changed: Any) -> Delegation:
    today = clock.today()
    values: dict[str, Any] = {"from_on": today, "to_on": today, "reason": "休假"}
    return delegate(giver, deputy=deputy, **(values | changed))


@pytest.fixture
def below(office: Organization) -> User:
    """Somebody in a unit below who may do nothing of the kind."""
    unit = OrganizationFactory(tenant=office.tenant, parent=office, name="一中队")
    return make_person("places.manage_areas", organization=unit, full_name="冯军")


def test_permission_scope_and_staff_lists_know_the_deputy(
    worker: User, below: User, office: Organization
) -> None:
    assert not fresh(below).has_perm("matters.handle_case")
    hand(worker, below)
    deputy = fresh(below)
    assert deputy.has_perm("matters.handle_case")
    assert "matters.handle_case" in scope_of(deputy).permissions
    assert scope_of(deputy).covers_organization(office.path)
    assert office.pk in scope_for(deputy, "matters.handle_case").organization_ids
    assert office.pk not in scope_for(deputy, "places.manage_areas").organization_ids
    assert deputy in users_with_permission("matters.handle_case", organization=office)
    assert scope_of(deputy).acting_for == {worker.pk}


def test_it_begins_and_ends_by_itself(worker: User, below: User) -> None:
    first = clock.today() + timedelta(days=1)
    hand(worker, below, from_on=first, to_on=first)
    assert not fresh(below).has_perm("matters.handle_case")
    for days, may in ((1, True), (2, False)):
        with clock.at(clock.now() + timedelta(days=days)):
            assert fresh(below).has_perm("matters.handle_case") is may


def test_it_ends_when_either_says_so_and_when_the_giver_loses_the_post(
    worker: User, below: User, stranger: User
) -> None:
    delegation = hand(worker, below)
    with pytest.raises(NotFound):
        end_delegation(stranger, delegation_id=delegation.pk)
    end_delegation(below, delegation_id=delegation.pk)
    assert not fresh(below).has_perm("matters.handle_case")
    hand(worker, below)
    worker.appointments.update(suspended_at=clock.now())
    assert not fresh(below).has_perm("matters.handle_case")


def test_only_the_chosen_roles_pass(office: Organization, below: User) -> None:
    giver = make_person("matters.handle_case", organization=office, full_name="双职")
    post = giver.appointments.get().post
    other: Role = RoleFactory(may=["matters.head_case"])
    post.roles.add(other)
    hand(giver, below, roles=[other])
    deputy = fresh(below)
    assert deputy.has_perm("matters.head_case")
    assert not deputy.has_perm("matters.handle_case")
    assert not scope_for(deputy, "matters.handle_case").organization_ids


def test_sensitive_rights_never_pass(office: Organization, below: User) -> None:
    giver = make_person(
        "matters.handle_case", "matters.export_cases", "personnel.lead_unit",
        organization=office, full_name="督查",
    )  # fmt: skip
    hand(giver, below)
    deputy = fresh(below)
    assert deputy.has_perm("matters.handle_case")
    assert not deputy.has_perm("matters.export_cases")
    assert not deputy.has_perm("personnel.lead_unit")
    assert not scope_for(deputy, "matters.export_cases").organization_ids
    assert deputy not in users_with_permission("matters.export_cases")
    assert deputy not in administrators("personnel.lead_unit", office)
    assert not admin_reach(deputy, "personnel.lead_unit").is_anywhere


def test_it_never_chains(worker: User, colleague: User, below: User) -> None:
    worker_only = worker.appointments.get().post.roles.get()
    hand(worker, colleague)
    with pytest.raises(InvalidInput) as refused:
        hand(fresh(colleague), below, roles=[worker_only])
    assert refused.value.field == "roles"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"from_on": timedelta(days=-1)}, "from_on"),
        ({"to_on": timedelta(days=-1)}, "to_on"),
        ({"to_on": timedelta(days=30)}, "to_on"),
        ({"reason": " "}, "reason"),
    ],
)
def test_bad_input_names_the_field(
    worker: User, below: User, changed: dict[str, Any], field: str
) -> None:
    found = {
        name: clock.today() + value if isinstance(value, timedelta) else value
        for name, value in changed.items()
    }
    with pytest.raises(InvalidInput) as refused:
        hand(worker, below, **found)
    assert refused.value.field == field


def test_neither_above_nor_elsewhere_nor_an_administrator(
    worker: User, below: User, clerk: User, guard: User, stranger: User
) -> None:
    for other in (clerk, stranger, worker):
        with pytest.raises(InvalidInput):
            hand(worker, other)
    with pytest.raises(Refused):
        hand(guard, clerk)
    hand(worker, below)
    with pytest.raises(Refused):
        hand(worker, below)


def test_both_are_told(worker: User, below: User) -> None:
    hand(worker, below)
    told = Notice.objects.filter(kind="delegation").values_list("recipient_id", flat=True)
    assert set(told) == {worker.pk, below.pk}


def test_the_log_says_in_whose_name(worker: User, below: User) -> None:
    hand(worker, below)
    deputy = fresh(below)
    deputy.has_perm("matters.handle_case")
    record(deputy, "test.done")
    deputy.has_perm("places.manage_areas")
    record(deputy, "test.done")
    scope_for(deputy, "matters.handle_case")
    record(deputy, "test.done")
    scope_for(deputy, "places.manage_areas")
    record(deputy, "test.done")
    names = AuditEntry.objects.filter(action="test.done").order_by("id")
    assert [e.actor_name for e in names] == ["冯军（代王强）", "冯军", "冯军（代王强）", "冯军"]
    assert list_entries(Search(actor="冯军", action="test.done")).count() == 4
    assert AnonymousUser().has_perm("matters.handle_case") is False


# --- On real cases ---------------------------------------------------------------------


def test_the_deputy_sees_signs_and_is_named_in_the_history(cast: Cast) -> None:
    case = dispatched(cast)
    unit = OrganizationFactory(tenant=cast.tenant, parent=cast.east_works, name="东区一中队")
    deputy = make_person("places.manage_areas", organization=unit, full_name="代小明")
    assert case not in visible_cases(fresh(deputy))
    hand(cast.handler, deputy)
    assert case in visible_cases(fresh(deputy))
    perform(fresh(deputy), case_id=case.pk, action="sign", data={})
    assert CaseEvent.objects.filter(case=case).last().actor_name == "代小明（代王强）"
    entry = AuditEntry.objects.filter(action="case.sign").latest("id")
    assert (entry.actor_id, entry.actor_name) == (deputy.pk, "代小明（代王强）")


def test_with_the_own_right_one_acts_in_the_own_name(cast: Cast) -> None:
    case = dispatched(cast)
    hand(cast.handler, cast.colleague)
    perform(fresh(cast.colleague), case_id=case.pk, action="sign", data={})
    assert CaseEvent.objects.filter(case=case).last().actor_name == "孙丽"


def test_a_check_by_name_reaches_the_deputy(cast: Cast) -> None:
    case = dispatched(cast)
    Task.objects.create(
        case=case, kind="check", unit=cast.east_works, unit_path=cast.east_works.path,
        person=cast.grid_worker, created_at=clock.now(),
    )  # fmt: skip
    deputy = make_person("places.manage_areas", organization=cast.east_works, full_name="代检")
    hand(cast.grid_worker, deputy)
    from apps.matters.selectors import find_queue, list_queue

    viewer = fresh(deputy)
    queue = find_queue(viewer, "check")
    assert case in list_queue(viewer, queue, queue.tabs[0])
