"""The engine of two-person approval: every deed, and every way it is refused."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from apps.accounts import services
from apps.accounts.approvals import acts, registry, selectors
from apps.accounts.approvals import services as approvals
from apps.accounts.errors import NobodyCouldCheck, SecondPersonNeeded
from apps.accounts.models import Appointment, HeldChange, Organization, Post, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale
from apps.notices.models import Notice
from tests.accounts.factories import (
    AppointmentFactory,
    OrganizationFactory,
    PostFactory,
    RoleFactory,
    UserFactory,
    make_person,
)

pytestmark = pytest.mark.django_db
State = HeldChange.State


@pytest.fixture
def post(unit: Organization) -> Post:
    """A post whose holder reads the log: nobody is put on it by one person alone."""
    post = PostFactory(organization=unit, name="审计岗")
    post.roles.add(RoleFactory(name="审计管理员", may=["audit.read_audit"]))
    return post


@pytest.fixture
def person(unit: Organization) -> User:
    return UserFactory(tenant=unit.tenant, full_name="新人")


@pytest.fixture
def proposal(person: User, post: Post) -> registry.Proposal:
    return acts.appointment(user=person, post=post, from_on=clock.today())


@pytest.fixture
def held(guard: User, second_guard: User, proposal: registry.Proposal) -> HeldChange:
    return approvals.file_change(guard, proposal=proposal, reason="原审计员调离")


def approve(checker: User, held: HeldChange, **changes: Any) -> approvals.Decided:
    fields = {"change_id": held.pk, "digest": held.digest, "note": "已核实"} | changes
    return approvals.approve_change(checker, **fields)


def log(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


# --- Filing ---


def test_filing_changes_nothing_and_tells_who_may_check(held, guard, second_guard, person):
    assert held.state == State.PENDING
    assert not Appointment.objects.filter(user=person).exists()
    assert log("change.filed").data["maker"] == guard.full_name
    assert Notice.objects.get().recipient == second_guard
    assert Notice.objects.get().url == f"/people/approvals/{held.pk}/"
    assert not AuditEntry.objects.filter(action="appointment.made").exists()


def test_filing_needs_a_reason(guard, second_guard, proposal):
    with pytest.raises(InvalidInput) as refused:
        approvals.file_change(guard, proposal=proposal, reason=" 急 ")
    assert refused.value.field == "reason"


def test_filing_needs_the_right_to_make_it(keeper, neighbour, second_guard, proposal):
    for maker in (keeper, neighbour):
        with pytest.raises(NotAllowed):
            approvals.file_change(maker, proposal=proposal, reason="原审计员调离")


def test_filing_is_refused_where_nobody_could_check(guard, proposal):
    with pytest.raises(NobodyCouldCheck) as refused:
        approvals.file_change(guard, proposal=proposal, reason="原审计员调离")
    assert "管理角色与授权" in str(refused.value)


def test_a_superuser_counts_as_nobody_who_could_check(guard, proposal):
    UserFactory(is_superuser=True)
    with pytest.raises(NobodyCouldCheck):
        approvals.file_change(guard, proposal=proposal, reason="原审计员调离")


def test_what_cannot_be_done_is_refused_at_once(guard, second_guard, person, post):
    AppointmentFactory(user=person, post=post)
    again = acts.appointment(user=person, post=post, from_on=clock.today())
    with pytest.raises(Refused, match="已任此岗位"):
        approvals.file_change(guard, proposal=again, reason="原审计员调离")


def test_the_same_change_is_filed_once(held, guard, proposal):
    with pytest.raises(Refused, match="等待复核"):
        approvals.file_change(guard, proposal=proposal, reason="又想起来了")
    assert HeldChange.objects.count() == 1


# --- Approving ---


def test_approving_makes_the_change_once_with_both_names(held, guard, second_guard, person):
    decided = approve(second_guard, held)
    assert decided.change.state == State.APPROVED
    assert User.objects.get(pk=person.pk).has_perm("audit.read_audit")
    entry = log("appointment.made")
    assert entry.actor_name == guard.full_name
    assert entry.data["checker"] == second_guard.full_name
    assert log("change.approved").data["maker"] == guard.full_name
    assert log("change.approved").data["checker"] == second_guard.full_name
    assert Notice.objects.filter(recipient=guard, title__contains="已批准").exists()
    with pytest.raises(Stale):
        approve(second_guard, held)
    assert Appointment.objects.filter(user=person).count() == 1


@pytest.mark.parametrize("who", ["guard", "keeper", "clerk", "neighbour"])
def test_others_may_not_approve(held, request, who):
    with pytest.raises(NotAllowed):
        approve(request.getfixturevalue(who), held)
    held.refresh_from_db()
    assert held.state == State.PENDING


def test_a_superuser_may_not_approve(held, guard):
    with pytest.raises(NotAllowed):
        approve(UserFactory(is_superuser=True), held)
    guard.is_superuser = True
    guard.save()
    with pytest.raises(NotAllowed, match="自己提交"):
        approve(guard, held)


def test_the_makers_other_account_may_not_approve(held, guard, second_guard):
    User.objects.filter(pk=second_guard.pk).update(phone=f" {guard.phone}")
    with pytest.raises(NotAllowed, match="另一个账号"):
        approve(User.objects.get(pk=second_guard.pk), held)


def test_same_name_and_number_is_the_same_person(guard, second_guard):
    assert not selectors.is_same_person(guard, second_guard)
    for user in (guard, second_guard):
        user.full_name, user.employee_number, user.phone = "王安全", "A7", ""
    assert selectors.is_same_person(guard, second_guard)


def test_whoever_gains_may_not_approve(guard, second_guard, unit):
    post = PostFactory(organization=unit)
    post.roles.add(RoleFactory(may=["matters.export_cases"]))
    keeper = make_person("accounts.manage_people", organization=unit)
    other = acts.appointment(user=second_guard, post=post, from_on=clock.today())
    held = approvals.file_change(keeper, proposal=other, reason="兼任督查")
    with pytest.raises(NotAllowed, match="本人有关"):
        approve(second_guard, held)
    approve(guard, held)


def test_a_checker_of_the_neighbours_may_not_approve(held, other_unit):
    stranger = make_person("accounts.manage_roles", organization=other_unit)
    with pytest.raises(NotAllowed):
        approve(stranger, held)


def test_what_was_seen_is_what_is_done(held, second_guard):
    with pytest.raises(Stale):
        approve(second_guard, held, digest="0" * 64)
    HeldChange.objects.filter(pk=held.pk).update(payload=held.payload | {"post": "别的"})
    with pytest.raises(Refused, match="摘要不符"):
        approve(second_guard, held)
    held.refresh_from_db()
    assert held.state == State.FAILED


def test_a_subject_that_changed_makes_it_stale(held, second_guard, post, person):
    post.roles.add(RoleFactory(may=["gateway.manage_clients"]))
    with pytest.raises(Stale, match="情况已变"):
        approve(second_guard, held)
    held.refresh_from_db()
    assert held.state == State.STALE
    assert log("change.stale").data["outcome"] == held.outcome
    assert not Appointment.objects.filter(user=person).exists()


def test_a_maker_who_left_cannot_be_agreed_with(held, guard, second_guard, person):
    guard.appointments.update(to_on=clock.today() - timedelta(days=1))
    with pytest.raises(Refused, match="已离任"):
        approve(second_guard, held)
    held.refresh_from_db()
    assert held.state == State.FAILED
    assert not Appointment.objects.filter(user=person).exists()


def test_a_checker_who_left_checks_no_more(held, second_guard):
    second_guard.appointments.update(to_on=clock.today() - timedelta(days=1))
    with pytest.raises(NotAllowed):
        approve(second_guard, held)


def test_what_cannot_be_done_any_more_fails_and_says_why(held, second_guard):
    failing = registry.get_act(acts.APPOINT)
    broken = {"execute": _refuse, "version": lambda payload: held.subject_version}
    registry._acts[acts.APPOINT] = registry.Act(**(vars(failing) | broken))
    try:
        with pytest.raises(Refused, match="停电"):
            approve(second_guard, held)
    finally:
        registry._acts[acts.APPOINT] = failing
    held.refresh_from_db()
    assert (held.state, held.executed_at) == (State.FAILED, None)


def _refuse(execution: registry.Execution) -> registry.Result:
    raise Refused("停电")


@pytest.mark.django_db(transaction=True)
def test_two_checkers_at_once_one_wins(held, second_guard, unit, person):
    third = make_person("accounts.manage_roles", organization=unit, full_name="吴再复")
    outcomes: list[str] = []

    def go(checker: User) -> None:
        try:
            approve(checker, held)
            outcomes.append("done")
        except Stale:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[user]) for user in (second_guard, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "late"]
    assert Appointment.objects.filter(user=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_approving_and_withdrawing_at_once_one_wins(held, guard, second_guard, person):
    outcomes: list[str] = []

    def go(deed: Any) -> None:
        try:
            deed()
            outcomes.append("done")
        except Stale:
            outcomes.append("late")
        finally:
            connection.close()

    deeds = [
        lambda: approve(second_guard, held),
        lambda: approvals.withdraw_change(guard, change_id=held.pk),
    ]
    threads = [threading.Thread(target=go, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "late"]
    held.refresh_from_db()
    made = Appointment.objects.filter(user=person).exists()
    assert made is (held.state == State.APPROVED)


# --- Refusing, withdrawing, running out ---


def test_refusing_needs_words_and_changes_nothing(held, guard, second_guard, person):
    with pytest.raises(InvalidInput):
        approvals.refuse_change(second_guard, change_id=held.pk, note=" ")
    with pytest.raises(NotAllowed):
        approvals.refuse_change(guard, change_id=held.pk, note="算了")
    approvals.refuse_change(second_guard, change_id=held.pk, note="请先补办考核")
    assert not Appointment.objects.filter(user=person).exists()
    assert Notice.objects.filter(recipient=guard, body__contains="请先补办考核").exists()
    with pytest.raises(Stale):
        approve(second_guard, held)


def test_only_the_maker_withdraws(held, guard, second_guard):
    with pytest.raises(NotFound):
        approvals.withdraw_change(second_guard, change_id=held.pk)
    approvals.withdraw_change(guard, change_id=held.pk)
    with pytest.raises(Stale):
        approvals.withdraw_change(guard, change_id=held.pk)
    with pytest.raises(Stale):
        approve(second_guard, held)


def test_what_waits_too_long_runs_out(held, guard, second_guard, settings):
    assert approvals.expire_changes() == 0
    with clock.at(clock.now() + timedelta(hours=settings.APPROVAL_HOURS, minutes=1)):
        assert approvals.expire_changes() == 1
        assert approvals.expire_changes() == 0
        with pytest.raises(Stale):
            approve(second_guard, held)
    assert Notice.objects.filter(recipient=guard, title__contains="已过期").exists()


def test_an_approval_in_the_last_minute_before_the_sweep_is_too_late(
    held, second_guard, settings, person
):
    with (
        clock.at(clock.now() + timedelta(hours=settings.APPROVAL_HOURS, seconds=1)),
        pytest.raises(Refused, match="已过期"),
    ):
        approve(second_guard, held)
    held.refresh_from_db()
    assert (held.state, held.checker) == (State.EXPIRED, None)
    assert not Appointment.objects.filter(user=person).exists()


# --- Alone in an emergency ---


def test_acting_alone_is_loud_and_reviewed(guard, second_guard, clerk, proposal, person):
    decided = approvals.act_alone(guard, proposal=proposal, reason="审计员突发疾病，今晚须查阅")
    held = decided.change
    assert held.state == State.UNREVIEWED
    assert User.objects.get(pk=person.pk).has_perm("audit.read_audit")
    told = set(Notice.objects.values_list("recipient", flat=True))
    assert told == {second_guard.pk, clerk.pk}
    assert held in selectors.waiting_for(second_guard)
    with pytest.raises(NotAllowed):
        approvals.review_change(guard, change_id=held.pk, digest=held.digest, is_confirmed=True)
    with pytest.raises(InvalidInput):
        approvals.review_change(
            second_guard, change_id=held.pk, digest=held.digest, is_confirmed=False
        )
    approvals.review_change(second_guard, change_id=held.pk, digest=held.digest, is_confirmed=True)
    with pytest.raises(Stale):
        approvals.review_change(
            second_guard, change_id=held.pk, digest=held.digest, is_confirmed=True
        )
    assert log("change.confirmed").data["checker"] == second_guard.full_name


def test_acting_alone_needs_an_emergency_and_an_act_that_allows_it(guard, keeper, proposal, clerk):
    with pytest.raises(InvalidInput):
        approvals.act_alone(guard, proposal=proposal, reason="急用")
    reset = acts.password_reset(user=clerk)
    with pytest.raises(NotAllowed, match="不允许单人"):
        approvals.act_alone(keeper, proposal=reset, reason="审计员突发疾病，今晚须查阅")
    with pytest.raises(NotAllowed):
        approvals.act_alone(keeper, proposal=proposal, reason="审计员突发疾病，今晚须查阅")


def test_a_late_review_is_called_out_once_and_still_taken(
    guard, second_guard, clerk, proposal, settings
):
    held = approvals.act_alone(guard, proposal=proposal, reason="审计员突发疾病，今晚须查阅").change
    with clock.at(clock.now() + timedelta(hours=settings.APPROVAL_REVIEW_HOURS, minutes=1)):
        assert approvals.expire_changes() == 1
        assert approvals.expire_changes() == 0
        approvals.review_change(
            second_guard, change_id=held.pk, digest=held.digest, is_confirmed=False, note="不必急"
        )
    overdue = Notice.objects.filter(title__contains="逾期")
    assert set(overdue.values_list("recipient", flat=True)) == {
        guard.pk,
        second_guard.pk,
        clerk.pk,
    }


# --- The database has the last word ---


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "approved", "executed_at": None},
        {"state": "refused"},
        {"executed_at": "filed_at"},
        {"state": "refused", "decided_at": "filed_at", "checker": "maker"},
    ],
    ids=["approved but not done", "refused by nobody", "done but pending", "one person"],
)
def test_the_database_refuses_what_no_deed_writes(held, changes):
    fields = {
        name: getattr(held, value) if value in ("filed_at", "maker") else value
        for name, value in changes.items()
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldChange.objects.filter(pk=held.pk).update(**fields)


def test_model_refuses_one_person_in_words(held, guard):
    held.checker = guard
    with pytest.raises(ValidationError):
        held.validate_constraints()


# --- The acts of this app ---


def test_sensitive_roles_are_given_to_a_post_by_two(guard, second_guard, unit):
    post = PostFactory(organization=unit)
    plain, sharp = (
        RoleFactory(may=["rules.view_ruletable"]),
        RoleFactory(may=["rules.publish_rules"]),
    )
    with pytest.raises(SecondPersonNeeded):
        services.set_roles(guard, post=post, roles=[plain, sharp])
    held = approvals.file_change(
        guard, proposal=acts.post_roles(post=post, roles_wanted=[plain, sharp]), reason="新设岗位"
    )
    assert not post.roles.exists()
    approve(second_guard, held)
    assert set(post.roles.all()) == {plain, sharp}
    # What it carries already, and what is taken away, needs nobody.
    services.set_roles(guard, post=post, roles=[sharp])
    services.set_roles(guard, post=post, roles=[])


def test_holders_of_a_post_do_not_check_what_it_gets(guard, second_guard, unit):
    post = PostFactory(organization=unit)
    AppointmentFactory(user=second_guard, post=post, is_primary=False)
    proposal = acts.post_roles(post=post, roles_wanted=[RoleFactory(may=["rules.publish_rules"])])
    with pytest.raises(NobodyCouldCheck):
        approvals.file_change(guard, proposal=proposal, reason="新设岗位")
    third = make_person("accounts.manage_roles", organization=unit)
    held = approvals.file_change(guard, proposal=proposal, reason="新设岗位")
    with pytest.raises(NotAllowed):
        approve(second_guard, held)
    approve(third, held)


def test_a_sensitive_right_is_put_into_a_role_by_two(guard, second_guard):
    role = RoleFactory(may=["rules.view_ruletable"])
    wanted = {"rules.view_ruletable", "rules.publish_rules"}
    with pytest.raises(SecondPersonNeeded):
        services.set_role_permissions(guard, role=role, permissions_held=wanted)
    held = approvals.file_change(
        guard,
        proposal=acts.role_permissions(guard, role=role, permissions_held=wanted),
        reason="职责调整",
    )
    approve(second_guard, held)
    assert role.permissions.filter(codename="publish_rules").exists()


def test_an_administrators_password_is_reset_by_two(keeper, guard, second_guard):
    """A system administrator alone could become the security administrator."""
    with pytest.raises(SecondPersonNeeded):
        services.reset_password(keeper, user=guard)
    held = approvals.file_change(
        keeper, proposal=acts.password_reset(user=guard), reason="本人忘记密码，已当面核实"
    )
    before = guard.password
    guard.refresh_from_db()
    assert guard.password == before
    with pytest.raises(NotAllowed):
        approve(guard, held)
    decided = approve(second_guard, held)
    guard.refresh_from_db()
    assert guard.check_password(decided.result.secret)
    assert guard.must_change_password
    held.refresh_from_db()
    assert decided.result.secret not in str(HeldChange.objects.values().get())
    assert not AuditEntry.objects.filter(data__icontains=decided.result.secret).exists()


def test_every_act_describes_itself(keeper, guard, second_guard, unit, person, post):
    role = RoleFactory(may=["rules.view_ruletable"])
    proposals = [
        acts.appointment(user=person, post=post, from_on=clock.today()),
        acts.post_roles(post=PostFactory(organization=unit), roles_wanted=[role]),
        acts.role_permissions(guard, role=role, permissions_held=["rules.publish_rules"]),
        acts.password_reset(user=guard),
    ]
    for proposal in proposals:
        lines = registry.get_act(proposal.act).describe(proposal.payload)
        assert all(line.label and line.before and line.after for line in lines)
        assert any(line.before != line.after for line in lines)


def test_an_act_is_registered_once():
    with pytest.raises(ValueError, match="already registered"):
        registry.register_act(registry.Act(**vars(registry.get_act(acts.APPOINT))))


# --- Levels: a district administers its own subtree ---


@pytest.fixture
def district(unit: Organization) -> Organization:
    return OrganizationFactory(tenant=unit.tenant, name="东区", kind="department")


@pytest.fixture
def district_guard(district: Organization) -> User:
    return make_person("accounts.manage_roles", organization=district, full_name="区安全")


def test_a_district_grants_inside_its_own_subtree_only(district, district_guard, unit):
    office = OrganizationFactory(tenant=unit.tenant, parent=district)
    given = RoleFactory(may=["rules.view_ruletable"])
    PostFactory(organization=district).roles.add(given)
    services.set_roles(district_guard, post=PostFactory(organization=office), roles=[given])
    elsewhere = OrganizationFactory(tenant=unit.tenant, name="西区")
    for place in (unit, elsewhere):
        with pytest.raises(NotAllowed):
            services.set_roles(district_guard, post=PostFactory(organization=place), roles=[given])


def test_a_district_grants_never_more_than_it_was_given(district, district_guard, guard):
    post, role = PostFactory(organization=district), RoleFactory(may=["matters.head_case"])
    with pytest.raises(NotAllowed, match="超出"):
        services.set_roles(district_guard, post=post, roles=[role])
    services.set_roles(guard, post=PostFactory(organization=district), roles=[role])
    services.set_roles(district_guard, post=post, roles=[role])


def test_a_district_changes_no_role_that_others_use(district, district_guard, unit):
    role = RoleFactory(may=["rules.view_ruletable"])
    PostFactory(organization=unit).roles.add(role)
    with pytest.raises(NotAllowed):
        services.set_role_permissions(district_guard, role=role, permissions_held=[])
    own = RoleFactory()
    PostFactory(organization=district).roles.add(own)
    with pytest.raises(NotAllowed, match="超出"):
        services.set_role_permissions(
            district_guard, role=own, permissions_held=["matters.head_case"]
        )


def test_a_district_appoints_inside_its_own_subtree_only(district, unit, person):
    keeper = make_person("accounts.manage_people", organization=district)
    services.appoint(keeper, user=person, post=PostFactory(organization=district))
    with pytest.raises(NotAllowed):
        services.appoint(keeper, user=person, post=PostFactory(organization=unit))
    held = AppointmentFactory(user=person, post=PostFactory(organization=unit), is_primary=False)
    with pytest.raises(NotAllowed):
        services.end_appointment(keeper, appointment=held)


def test_a_district_does_not_raise_itself(district, unit):
    keeper = make_person("accounts.manage_people", organization=district)
    own = {"name": "东区", "short_name": "", "area": None, "phone": ""}
    with pytest.raises(NotAllowed):
        services.update_organization(keeper, organization=district, kind="center", **own)
    services.update_organization(keeper, organization=district, kind="street", **own)
    new = {"tenant": unit.tenant, "code": "new", "name": "新", "kind": "department"}
    with pytest.raises(NotAllowed):
        services.create_organization(keeper, **new)
    with pytest.raises(NotAllowed):
        services.create_organization(keeper, **new | {"kind": "center"}, parent=district)
    services.create_organization(keeper, **new, parent=district)
    with pytest.raises(NotAllowed):
        services.move_organization(keeper, organization=unit, parent=district)
    with pytest.raises(NotAllowed):
        services.create_post(keeper, organization=unit, name="岗")


def test_a_district_checks_its_own_and_the_city_everything(
    district, district_guard, guard, second_guard, unit, person
):
    post = PostFactory(organization=district)
    post.roles.add(RoleFactory(may=["accounts.manage_roles"]))
    below = approvals.file_change(
        guard,
        proposal=acts.appointment(user=person, post=post, from_on=clock.today()),
        reason="区里新设安全管理员",
    )
    assert set(selectors.checkers_of(below)) == {second_guard, district_guard}
    top = PostFactory(organization=unit)
    top.roles.add(RoleFactory(may=["accounts.manage_roles"]))
    above = approvals.file_change(
        guard,
        proposal=acts.appointment(user=person, post=top, from_on=clock.today()),
        reason="市里新设安全管理员",
    )
    assert selectors.checkers_of(above) == [second_guard]
    assert list(selectors.waiting_for(district_guard)) == [below]
    with pytest.raises(NotAllowed):
        approve(district_guard, above)
