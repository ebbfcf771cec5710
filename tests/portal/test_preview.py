"""What a colleague would see, shown to who grants rights (AC-06)."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import Appointment, Post, Role, User
from apps.audit.models import AuditEntry
from tests.cast import SINCE, Cast
from tests.matters import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def guard(cast: Cast, client: Client) -> User:
    user = User.objects.create_user(
        username="guard", password=None, full_name="安全员", tenant=cast.tenant
    )
    post = Post.objects.create(organization=cast.center, name="安全管理岗")
    role = Role.objects.create(code="guard", name="安全管理员")
    role.permissions.set(Permission.objects.filter(codename="manage_roles"))
    post.roles.add(role)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    client.force_login(user)
    return user


def page_of(client: Client, person: User) -> str:
    answer = client.get(f"/preview/{person.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_menu_rights_and_reach_are_the_other_persons(
    cast: Cast, guard: User, client: Client
) -> None:
    case = make.dispatched(cast)
    page = page_of(client, cast.handler)
    assert "承办队列" in page
    assert "东区城市管理局" in page
    assert "派单队列" not in page
    assert "西区城市管理局" not in page
    assert case.title not in page
    entry = AuditEntry.objects.get(action="rights.previewed")
    assert (entry.actor_id, entry.object_id) == (guard.pk, str(cast.handler.pk))


def test_who_was_closed_sees_nothing(cast: Cast, guard: User, client: Client) -> None:
    User.objects.filter(pk=cast.handler.pk).update(is_active=False)
    page = page_of(client, cast.handler)
    assert "什么也看不到" in page
    assert "没有任何菜单" in page


@pytest.mark.parametrize("who", ["handler", "supervisor"])
def test_others_may_not_look(cast: Cast, client: Client, who: str) -> None:
    client.force_login(cast.people[who])
    assert client.get(f"/preview/{cast.handler.pk}/").status_code == 403


def test_strangers_are_not_there(cast: Cast, guard: User, client: Client) -> None:
    assert client.get(f"/preview/{cast.outsider.pk}/").status_code == 404
