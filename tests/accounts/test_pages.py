"""Each page: who sees it, what it does, how many queries it takes."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Appointment, Organization, User
from apps.audit.models import AuditEntry
from tests.accounts.factories import OrganizationFactory, PostFactory, RoleFactory, make_person

pytestmark = pytest.mark.django_db


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def pages(keeper, unit) -> list[str]:
    return [
        url("person-list"),
        url("person-detail", keeper.pk),
        url("organization-tree"),
        url("organization-detail", unit.pk),
        url("role-matrix"),
        url("person-export"),
    ]


def test_administrators_see_the_pages(keeper, guard, pages):
    for user in (keeper, guard):
        client = as_user(user)
        assert {client.get(page).status_code for page in pages} == {200}


def test_keeper_sees_the_forms(keeper, clerk, unit):
    client = as_user(keeper)
    for page in (
        url("person-create"),
        url("person-edit", clerk.pk),
        url("organization-create"),
        url("organization-edit", unit.pk),
    ):
        assert client.get(page).status_code == 200


def test_others_do_not(clerk, pages):
    client = as_user(clerk)
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.get(url("profile")).status_code == 200


def test_strangers_are_sent_to_the_entrance(client, pages):
    assert {client.get(page).status_code for page in pages} == {302}


def test_neighbour_finds_nothing_here(neighbour, clerk, unit):
    client = as_user(neighbour)
    for page in (
        url("person-detail", clerk.pk),
        url("person-edit", clerk.pk),
        url("organization-detail", unit.pk),
        url("organization-edit", unit.pk),
    ):
        assert client.get(page).status_code == 404
    assert client.post(url("person-deed", clerk.pk, "deactivate")).status_code == 404
    assert client.post(url("person-reset-password", clerk.pk)).status_code == 404
    held = clerk.appointments.get()
    assert client.post(url("appointment-end", held.pk)).status_code == 404
    assert clerk.full_name not in client.get(url("person-list")).content.decode()


def test_list_masks_the_phone_and_filters(keeper, clerk, unit):
    client = as_user(keeper)
    page = client.get(url("person-list"), {"q": "oynn"}).content.decode()
    page = page.split("<tbody>")[1]  # the keeper's own name stands in the bar above
    assert clerk.full_name in page
    assert keeper.full_name not in page
    assert clerk.phone not in page
    assert "138****5678" in page
    for query in ({"unit": unit.pk}, {"unit": "x"}, {"role": "no"}, {"state": "?"}, {"page": "9"}):
        assert client.get(url("person-list"), query).status_code == 200
    assert "没有符合条件" in client.get(url("person-list"), {"q": "\0zz"}).content.decode()


def count_queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["person-list", "organization-tree", "role-matrix"])
def test_queries_do_not_grow_with_the_rows(keeper, unit, name):
    client = as_user(keeper)
    client.get(url(name))
    few = count_queries(client, url(name))
    for _turn in range(8):
        make_person("accounts.view_user", organization=OrganizationFactory(tenant=unit.tenant))
    assert count_queries(client, url(name)) == few


def test_creating_somebody_shows_the_password_once(keeper, unit):
    client = as_user(keeper)
    fields = {"tenant": unit.tenant_id, "username": "lisi", "full_name": "李四", "phone": ""}
    response = client.post(url("person-create"), fields)
    made = User.objects.get(username="lisi")
    assert made.check_password(response.context["password"])
    assert "no-store" in response["Cache-Control"]
    again = client.post(url("person-create"), fields)
    assert "该登录名已被使用" in again.content.decode()
    wrong = client.post(url("person-create"), fields | {"username": "w", "phone": "abc"})
    assert "11 位手机号" in wrong.content.decode()


def test_person_page_deeds(keeper, clerk, unit):
    client = as_user(keeper)
    post = PostFactory(organization=unit)
    fields = {"post": post.pk, "from_on": "2026-01-01", "is_primary": "on"}
    assert client.post(url("person-appoint", clerk.pk), fields).status_code == 302
    made = Appointment.objects.get(user=clerk, post=post)
    again = client.post(url("person-appoint", clerk.pk), fields)
    assert "已任此岗位" in again.content.decode()
    assert client.post(url("appointment-end", made.pk)).status_code == 302

    edit = {"full_name": "欧阳娜", "phone": "", "email": "", "employee_number": "9"}
    assert client.post(url("person-edit", clerk.pk), edit).status_code == 302
    clerk.refresh_from_db()
    assert clerk.full_name == "欧阳娜"
    for deed in ("end-sessions", "deactivate", "reactivate"):
        assert client.post(url("person-deed", clerk.pk, deed)).status_code == 302
    assert client.post(url("person-deed", clerk.pk, "unlock")).status_code == 403
    assert client.post(url("person-deed", clerk.pk, "bake")).status_code == 404
    nobody = make_person("accounts.view_user", organization=unit)
    assert client.post(url("person-reset-password", nobody.pk)).status_code == 200


def test_phone_is_shown_for_a_purpose(keeper, clerk):
    client = as_user(keeper)
    page = client.post(url("person-phone", clerk.pk), {"purpose": "联系值班"})
    assert clerk.phone in page.content.decode()
    assert AuditEntry.objects.filter(action="phone.revealed").count() == 1
    page = client.post(url("person-phone", clerk.pk), {"purpose": ""})
    assert clerk.phone not in page.content.decode()


def test_organization_pages_deeds(keeper, unit):
    client = as_user(keeper)
    fields = {
        "tenant": unit.tenant_id,
        "parent": unit.pk,
        "code": "sr",
        "name": "市容科",
        "kind": "department",
    }
    assert client.post(url("organization-create"), fields).status_code == 302
    assert "已被使用" in client.post(url("organization-create"), fields).content.decode()
    made = Organization.objects.get(code="sr")
    edit = fields | {"name": "市容管理科", "area_code": "404"}
    wrong = client.post(url("organization-edit", made.pk), edit)
    assert "没有该代码的区域" in wrong.content.decode()
    edit["area_code"] = ""
    assert client.post(url("organization-edit", made.pk), edit).status_code == 302
    assert client.post(url("organization-move", made.pk), {"parent": ""}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.path) == ("市容管理科", f"/{made.pk}/")
    assert client.post(url("post-create", made.pk), {"name": "科长"}).status_code == 302
    assert "同名岗位" in client.post(url("post-create", made.pk), {"name": "科长"}).content.decode()
    assert client.post(url("organization-close", made.pk)).status_code == 302
    assert client.post(url("organization-close", unit.pk)).status_code == 409


def test_roles_pages_deeds(keeper, guard, clerk):
    role = RoleFactory()
    post = clerk.appointments.get().post
    assert as_user(keeper).get(url("post-roles", post.pk)).status_code == 403
    client = as_user(guard)
    assert client.get(url("post-roles", post.pk)).status_code == 200
    assert client.post(url("post-roles", post.pk), {"roles": [role.pk]}).status_code == 302
    assert list(post.roles.all()) == [role]
    page = url("role-permissions", role.pk)
    assert client.get(page).status_code == 200
    assert client.post(page, {"permissions": ["rules.edit_rules"]}).status_code == 302
    assert role.permissions.get().codename == "edit_rules"
    assert client.post(page, {"permissions": ["audit.read_audit"]}).status_code == 400
    assert role.permissions.get().codename == "edit_rules"


def test_profile(clerk):
    client = as_user(clerk)
    fields = {"phone": "13900001111", "email": "", "language": "en"}
    response = client.post(url("profile"), fields)
    assert response.cookies["django_language"].value == "en"
    clerk.refresh_from_db()
    assert (clerk.phone, clerk.language) == ("13900001111", "en")
    assert client.post(url("profile"), fields | {"language": "fr"}).status_code == 200
