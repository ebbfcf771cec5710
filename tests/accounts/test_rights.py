from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import selectors, services
from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.common import clock
from tests.accounts.factories import (
    AppointmentFactory,
    OrganizationFactory,
    PostFactory,
    RoleFactory,
    UserFactory,
    make_person,
)

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_part_time_posts_add_up(unit):
    user = make_person("accounts.manage_people", organization=unit)
    second = PostFactory(organization=OrganizationFactory(tenant=unit.tenant))
    second.roles.add(RoleFactory(may=["accounts.unlock_users"]))
    AppointmentFactory(user=user, post=second, is_primary=False)

    assert fresh(user).has_perm("accounts.manage_people")
    assert fresh(user).has_perm("accounts.unlock_users")
    assert selectors.scope_of(fresh(user)).organization_ids == {unit.pk, second.organization_id}


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [(-9, -1, False), (-9, 0, True), (0, None, True), (1, None, False)],
    ids=["ended yesterday", "last day", "first day", "from tomorrow"],
)
def test_appointment_counts_on_its_days_only(unit, first, last, counts):
    today = clock.today()
    post = PostFactory(organization=unit)
    post.roles.add(RoleFactory(may=["accounts.manage_people"]))
    user = UserFactory()
    AppointmentFactory(
        user=user,
        post=post,
        from_on=today + timedelta(days=first),
        to_on=None if last is None else today + timedelta(days=last),
    )
    assert user.has_perm("accounts.manage_people") is counts
    found = selectors.users_with_permission("accounts.manage_people")
    assert (user in found) is counts


def test_right_taken_from_role_is_gone_at_next_request(unit):
    user = make_person("accounts.manage_people", organization=unit)
    assert fresh(user).has_perm("accounts.manage_people")
    user.appointments.get().post.roles.get().permissions.clear()
    assert not fresh(user).has_perm("accounts.manage_people")


def test_inactive_user_may_nothing(unit):
    user = make_person("accounts.manage_people", organization=unit, is_active=False)
    assert not user.has_perm("accounts.manage_people")
    assert selectors.scope_of(user).tenant_ids == frozenset()


def test_scope_takes_few_queries_and_is_remembered(unit):
    user = make_person("accounts.manage_people", organization=unit)
    with CaptureQueriesContext(
        connection,
    ) as first:
        selectors.scope_of(user)
    with CaptureQueriesContext(connection) as second:
        selectors.scope_of(user)
        user.has_perm("accounts.manage_people")
    assert len(first) <= 3
    assert len(second) == 0


def test_right_reaches_only_where_the_post_is(unit, other_unit):
    """Managing people here and taking calls there does not manage people there."""
    user = make_person("accounts.manage_people", organization=unit)
    AppointmentFactory(user=user, post=PostFactory(organization=other_unit), is_primary=False)
    assert selectors.scope_of(user).tenant_ids == {unit.tenant_id, other_unit.tenant_id}
    reach = selectors.scope_for(user, "accounts.manage_people")
    assert reach.tenant_ids == {unit.tenant_id}


def test_users_with_permission_in_unit_and_below(unit):
    below = OrganizationFactory(tenant=unit.tenant, parent=unit)
    above_user = make_person("accounts.manage_people", organization=unit)
    below_user = make_person("accounts.manage_people", organization=below)
    find = selectors.users_with_permission
    assert list(find("accounts.manage_people", organization=unit)) == [above_user]
    found = find("accounts.manage_people", organization=unit, include_below=True)
    assert list(found) == [above_user, below_user]


def test_organization_condition_is_a_prefix_match(unit, other_unit, keeper):
    from apps.accounts.models import Organization

    below = OrganizationFactory(tenant=unit.tenant, parent=unit)
    scope = selectors.scope_of(keeper)
    found = Organization.objects.filter(selectors.organization_scope_q(scope, "path"))
    assert set(found) == {unit, below}
    nobody = selectors.scope_of(UserFactory())
    assert not Organization.objects.filter(selectors.organization_scope_q(nobody, "path"))


def test_explicit_share_crosses_bodies_one_object_at_a_time(unit, other_unit, guard):
    from apps.accounts.models import Organization

    stranger = make_person(organization=other_unit)
    share = {"user": stranger, "permission": "view_organization", "obj": unit}
    services.share_object(guard, **share, tenant_id=unit.tenant_id)
    shared = selectors.shared_object_ids(stranger, "view_organization", Organization)
    assert list(shared) == [unit.pk]
    services.unshare_object(guard, **share, tenant_id=unit.tenant_id)
    assert not selectors.shared_object_ids(fresh(stranger), "view_organization", Organization)


def test_model_wide_permission_is_no_share(unit):
    from apps.accounts.models import Organization

    user = make_person("accounts.view_organization", organization=unit)
    assert not selectors.shared_object_ids(user, "accounts.view_organization", Organization)


def test_area_that_merged_into_mine_stays_visible(unit):
    from datetime import date

    from apps.places.models import Area, AreaLevel, AreaSuccession

    level = AreaLevel.objects.create(code="street", name="街道", depth=3, code_length=3)
    make = {"level": level, "valid_from": date(2020, 1, 1)}
    old = Area.objects.create(name="旧", code_part="1", code="1", path="/901/", **make)
    new = Area.objects.create(name="新", code_part="2", code="2", path="/902/", **make)
    AreaSuccession.objects.create(predecessor=old, successor=new, on=date(2024, 1, 1))
    unit.area = new
    unit.save()
    scope = selectors.scope_of(make_person(organization=unit))
    assert set(scope.area_paths) == {"/901/", "/902/"}
    assert scope.covers_area("/901/5/")


def test_seeding_roles_twice_changes_nothing_and_tells_what_is_missing(db):
    first = services.seed_roles(SYSTEM)
    second = services.seed_roles(SYSTEM)
    assert first == second
    from apps.accounts.models import Role

    assert (
        Role.objects.get(code="system_admin").permissions.filter(codename="manage_people").exists()
    )
    assert Role.objects.count() == len(services.ROLE_SEED)
