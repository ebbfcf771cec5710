import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from apps.accounts import selectors, services
from apps.accounts.errors import (
    AdminRolesExclude,
    AppointmentOverlaps,
    SecondPersonNeeded,
    StillInUse,
)
from apps.accounts.models import Appointment, Organization, User
from apps.accounts.names import pinyin_of
from apps.accounts.services.appointments import put_on_post
from apps.accounts.services.roles import put_permissions_on_role, put_roles_on_post
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from tests.accounts.factories import (
    PASSWORD,
    AppointmentFactory,
    OrganizationFactory,
    PostFactory,
    RoleFactory,
    UserFactory,
    make_person,
)

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def told(action):
    data = AuditEntry.objects.filter(action=action).latest("id").data
    return data["before"], data["after"]


def create(actor, unit, **changes):
    fields = {"username": "zhangsan", "full_name": "张三", "password": PASSWORD} | changes
    return services.create_user(actor, tenant=unit.tenant, **fields)


# --- Names ---


def test_name_is_shown_as_the_person_writes_it():
    user = User(username="z", full_name="张三")
    assert (user.display_name, user.get_full_name(), str(user)) == ("张三", "张三", "张三")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("张三", "zhangsan zs"), ("单小红", "shanxiaohong sxh"), ("", ""), ("Li Wei", "liwei l")],
)
def test_pinyin(name, expected):
    assert pinyin_of(name) == expected


def test_pinyin_follows_a_changed_name():
    user = UserFactory(full_name="张三")
    user.full_name = "李四"
    user.save(update_fields=["full_name"])
    assert User.objects.get(pk=user.pk).name_pinyin == "lisi ls"


@pytest.mark.parametrize("query", ["欧阳", "ouyangnana", "oynn", "OYNN", "1381234", "A-77"])
def test_people_are_found_by(query, keeper, clerk):
    User.objects.filter(pk=clerk.pk).update(employee_number="A-77", phone="13812340000")
    keeper_phone = User.objects.filter(pk=keeper.pk)
    keeper_phone.update(phone="13900000000")
    assert list(selectors.list_users(keeper, query=query)) == [clerk]


def test_superuser_from_the_command_line(db):
    call_command("createsuperuser", username="root", full_name="根", interactive=False)
    assert User.objects.get(username="root").is_superuser


# --- Files ---


def test_create_user(keeper, unit):
    user = create(keeper, unit)
    assert user.check_password(PASSWORD)
    assert user.must_change_password
    assert user.get_all_permissions() == set()
    assert actions() == ["user.created"]


def test_only_who_keeps_files_here_creates(clerk, guard, neighbour, unit):
    for actor in (clerk, guard, neighbour):
        with pytest.raises(NotAllowed):
            create(actor, unit)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "ZHANGSAN"}, "username"),
        ({"username": " "}, "username"),
        ({"username": "lisi", "full_name": " "}, "full_name"),
        ({"username": "lisi", "employee_number": "7"}, "employee_number"),
        ({"username": "lisi", "password": "short"}, "password"),
    ],
)
def test_create_user_refuses(keeper, unit, changes, field):
    create(keeper, unit, employee_number="7")
    with pytest.raises(InvalidInput) as refusal:
        create(keeper, unit, **changes)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "password",
    ["Ab1-short", "alllowercase12", "Zhangsan-2031", "A张三-123456x", "Password123!"[:9]],
)
def test_password_rules(keeper, unit, password):
    with pytest.raises(InvalidInput):
        create(keeper, unit, password=password)


def test_temporary_password_passes_the_rules(keeper, unit):
    for turn in range(20):
        password = services.temporary_password()
        made = create(keeper, unit, username=f"u{turn}", password=password)
        assert made.check_password(password)


def test_reset_password(keeper, unit):
    clerk = make_person("accounts.view_user", organization=unit)
    password = services.reset_password(keeper, user=clerk)
    clerk.refresh_from_db()
    assert clerk.check_password(password)
    assert clerk.must_change_password
    with pytest.raises(NotAllowed):
        services.reset_password(clerk, user=keeper)
    with pytest.raises(Refused):
        services.reset_password(keeper, user=keeper)


def test_phone_is_revealed_for_a_purpose_and_noted(keeper, clerk, neighbour):
    assert services.reveal_phone(keeper, user=clerk, purpose="联系值班") == clerk.phone
    assert AuditEntry.objects.get(action="phone.revealed").data == {"purpose": "联系值班"}
    with pytest.raises(InvalidInput):
        services.reveal_phone(keeper, user=clerk, purpose=" ")
    with pytest.raises(NotAllowed):
        services.reveal_phone(neighbour, user=clerk, purpose="好奇")


def test_neighbour_sees_nobody_here(neighbour, clerk, keeper):
    assert set(selectors.list_users(neighbour)) == {neighbour}
    with pytest.raises(NotFound):
        selectors.get_user(neighbour, clerk.pk)


def test_deactivating(keeper, clerk, neighbour):
    with pytest.raises(NotAllowed):
        services.deactivate_user(neighbour, user=clerk)
    with pytest.raises(Refused):
        services.deactivate_user(keeper, user=keeper)
    services.deactivate_user(keeper, user=clerk, reason="离职")
    services.deactivate_user(keeper, user=clerk)
    assert actions() == ["user.deactivated"]
    services.reactivate_user(keeper, user=clerk)
    clerk.refresh_from_db()
    assert clerk.is_active


# --- Appointments ---


def test_appoint_and_end(keeper, clerk, unit):
    post = PostFactory(organization=unit)
    post.roles.add(RoleFactory(may=["accounts.view_user"]))
    appointment = services.appoint(keeper, user=clerk, post=post)
    assert User.objects.get(pk=clerk.pk).has_perm("accounts.view_user")
    assert list(clerk.appointments.filter(is_primary=True)) == [appointment]

    assert services.end_appointment(keeper, appointment=appointment) is None
    assert not User.objects.get(pk=clerk.pk).has_perm("accounts.view_user")
    assert actions() == ["appointment.made", "appointment.ended"]


def test_ending_an_older_appointment_keeps_it_as_history(keeper, guard, clerk):
    held = clerk.appointments.get()  # the auditor's: not for the system administrator
    with pytest.raises(NotAllowed):
        services.end_appointment(keeper, appointment=held)
    ended = services.end_appointment(guard, appointment=held)
    assert ended is not None
    assert ended.to_on == clock.today() - timedelta(days=1)


def test_appoint_refuses(keeper, clerk, neighbour, unit, other_unit):
    held = clerk.appointments.get().post
    held.roles.clear()
    post = PostFactory(organization=unit)
    with pytest.raises(AppointmentOverlaps):
        services.appoint(keeper, user=clerk, post=held)
    with pytest.raises(NotAllowed):
        services.appoint(neighbour, user=clerk, post=post)
    with pytest.raises(NotAllowed):
        services.appoint(keeper, user=clerk, post=PostFactory(organization=other_unit))
    with pytest.raises(Refused):
        services.appoint(keeper, user=keeper, post=post)
    with pytest.raises(InvalidInput):
        services.appoint(keeper, user=clerk, post=post, to_on=clock.today() - timedelta(days=1))


def test_administrators_posts_are_filled_by_the_security_administrator(keeper, guard, unit):
    post = PostFactory(organization=unit)
    post.roles.add(RoleFactory(may=["audit.read_audit"]))
    person = UserFactory(tenant=unit.tenant)
    with pytest.raises(NotAllowed):
        services.appoint(keeper, user=person, post=post)
    with pytest.raises(SecondPersonNeeded):
        services.appoint(guard, user=person, post=post)
    put_on_post(guard, user=person, post=post)
    assert User.objects.get(pk=person.pk).has_perm("audit.read_audit")


def test_three_administrators_exclude_each_other_when_appointing(guard, keeper, unit):
    post = PostFactory(organization=unit)
    post.roles.add(RoleFactory(may=["audit.read_audit"]))
    with pytest.raises(AdminRolesExclude):
        put_on_post(guard, user=keeper, post=post)
    assert Appointment.objects.filter(user=keeper).count() == 1


def test_three_administrators_exclude_each_other_when_granting(guard, keeper, unit):
    post = PostFactory(organization=unit)
    AppointmentFactory(user=keeper, post=post, is_primary=False)
    audit = RoleFactory(may=["audit.read_audit"])
    with pytest.raises(AdminRolesExclude):
        put_roles_on_post(guard, post=post, roles=[audit])
    post.refresh_from_db()


def test_three_administrators_exclude_each_other_within_a_role(guard):
    role = RoleFactory()
    both = ["audit.read_audit", "accounts.manage_people"]
    with pytest.raises(AdminRolesExclude):
        put_permissions_on_role(guard, role=role, permissions_held=both)


def test_three_administrators_may_follow_one_another(guard, keeper, unit):
    old = keeper.appointments.get()
    old.to_on = clock.today() - timedelta(days=1)
    old.save()
    post = PostFactory(organization=unit)
    post.roles.add(RoleFactory(may=["audit.read_audit"]))
    put_on_post(guard, user=keeper, post=post)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_posts_at_once_give_one(unit):
    """Two colleagues appoint the same person to two of the three in the same moment."""
    root = UserFactory(is_superuser=True)
    person = UserFactory(tenant=unit.tenant)
    posts = [PostFactory(organization=unit), PostFactory(organization=unit)]
    posts[0].roles.add(RoleFactory(may=["audit.read_audit"]))
    posts[1].roles.add(RoleFactory(may=["accounts.manage_roles"]))
    outcomes: list[str] = []

    def make(post) -> None:
        try:
            put_on_post(root, user=person, post=post)
            outcomes.append("made")
        except AdminRolesExclude:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=[post]) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]


# --- Roles ---


def test_set_roles(guard, keeper, clerk, unit):
    post = clerk.appointments.get().post
    services.set_roles(guard, post=post, roles=[RoleFactory(may=["accounts.view_user"])])
    assert User.objects.get(pk=clerk.pk).get_all_permissions() == {"accounts.view_user"}
    with pytest.raises(NotAllowed):
        services.set_roles(keeper, post=post, roles=[])
    with pytest.raises(NotAllowed):
        services.set_roles(guard, post=guard.appointments.get().post, roles=[])


def test_set_role_permissions(guard, keeper, clerk, neighbour, other_unit):
    role = RoleFactory()
    services.set_role_permissions(guard, role=role, permissions_held=["accounts.view_user"])
    assert role.permissions.count() == 1
    with pytest.raises(InvalidInput):
        services.set_role_permissions(guard, role=role, permissions_held=["no.such"])
    with pytest.raises(NotAllowed):
        services.set_role_permissions(keeper, role=role, permissions_held=[])


def test_role_used_by_another_body_is_not_changed_from_here(guard, other_unit):
    role = RoleFactory()
    PostFactory(organization=other_unit).roles.add(role)
    with pytest.raises(NotAllowed):
        services.set_role_permissions(guard, role=role, permissions_held=[])


# --- Organisations ---


def unit_fields(**changes):
    return {"code": "new", "name": "市容科", "kind": "department"} | changes


def test_create_and_move_organization(keeper, unit, django_capture_on_commit_callbacks):
    made = services.create_organization(keeper, tenant=unit.tenant, parent=unit, **unit_fields())
    below = services.create_organization(
        keeper, tenant=unit.tenant, parent=made, **unit_fields(code="below")
    )
    assert below.path == f"/{unit.pk}/{made.pk}/{below.pk}/"

    with django_capture_on_commit_callbacks(execute=True):
        services.move_organization(keeper, organization=made, parent=None)
    below.refresh_from_db()
    assert below.path == f"/{made.pk}/{below.pk}/"
    assert actions()[-1] == "organization.moved"
    assert told("organization.moved") == (
        {"parent": unit.pk, "path": f"/{unit.pk}/{made.pk}/"},
        {"parent": None, "path": f"/{made.pk}/"},
    )


def test_move_organization_refuses(keeper, clerk, unit, other_unit):
    below = OrganizationFactory(tenant=unit.tenant, parent=unit)
    with pytest.raises(Refused):
        services.move_organization(keeper, organization=unit, parent=below)
    with pytest.raises(InvalidInput):
        services.move_organization(keeper, organization=below, parent=other_unit)
    with pytest.raises(NotAllowed):
        services.move_organization(clerk, organization=below, parent=None)


def test_create_organization_refuses(keeper, neighbour, unit, other_unit):
    with pytest.raises(NotAllowed):
        services.create_organization(neighbour, tenant=unit.tenant, **unit_fields())
    with pytest.raises(InvalidInput):
        services.create_organization(keeper, tenant=unit.tenant, **unit_fields(code=unit.code))
    with pytest.raises(InvalidInput):
        services.create_organization(keeper, tenant=unit.tenant, parent=other_unit, **unit_fields())


def test_unit_in_use_is_not_closed(keeper, unit):
    with pytest.raises(StillInUse):
        services.deactivate_organization(keeper, organization=unit)
    empty = OrganizationFactory(tenant=unit.tenant)
    services.deactivate_organization(keeper, organization=empty)
    assert not Organization.objects.get(pk=empty.pk).is_active


def test_post_names_once_per_unit(keeper, guard, unit):
    post = services.create_post(keeper, organization=unit, name="值班长")
    with pytest.raises(InvalidInput):
        services.create_post(keeper, organization=unit, name="值班长")
    other = services.create_post(keeper, organization=unit, name="值班员")
    with pytest.raises(InvalidInput):
        services.update_post(keeper, post=other, name=post.name, area=None)
    with pytest.raises(NotAllowed):
        services.create_post(guard, organization=unit, name="x")


def test_changed_units_posts_and_people_say_what_they_were(keeper, clerk, unit):
    made = services.create_organization(keeper, tenant=unit.tenant, parent=unit, **unit_fields())
    post = services.create_post(keeper, organization=made, name="值班长")
    services.update_organization(
        keeper, organization=made, name="市容管理科", short_name="", kind=made.kind, area=None,
        phone="",
    )  # fmt: skip
    services.update_post(keeper, post=post, name="值班员", area=None)
    services.update_user(
        keeper, user=clerk, full_name="李小四", phone="13912345678", email=clerk.email,
        employee_number=clerk.employee_number,
    )  # fmt: skip
    assert told("organization.updated") == ({"name": "市容科"}, {"name": "市容管理科"})
    assert told("post.updated") == ({"name": "值班长"}, {"name": "值班员"})
    assert told("user.updated")[1] == {"full_name": "李*四", "phone": "139****5678"}


def test_only_who_reaches_everything_adds_a_body(keeper):
    with pytest.raises(NotAllowed):
        services.create_tenant(keeper, code="c", name="新区")
    root = UserFactory(is_superuser=True)
    assert services.create_tenant(root, code="c", name="新区").pk


def test_list_users_by_unit_role_and_state(keeper, clerk, unit):
    below = OrganizationFactory(tenant=unit.tenant, parent=unit)
    deep = make_person("accounts.view_user", organization=below)
    idle = UserFactory(tenant=unit.tenant)
    role = deep.appointments.get().post.roles.get()
    assert set(selectors.list_users(keeper, organization=below)) == {deep}
    assert set(selectors.list_users(keeper, role=role)) == {deep}
    assert set(selectors.list_users(keeper, state="unplaced")) == {idle}
    assert not selectors.list_users(keeper, state="inactive")
