"""The approval pages, and the forms that file a change instead of making it."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.approvals import acts
from apps.accounts.approvals import services as approvals
from apps.accounts.models import HeldChange, Organization, Post, User
from apps.common import clock
from tests.accounts.factories import PostFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
State = HeldChange.State


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def post(unit: Organization) -> Post:
    post = PostFactory(organization=unit, name="审计岗")
    post.roles.add(RoleFactory(name="审计管理员", may=["audit.read_audit"]))
    return post


@pytest.fixture
def person(unit: Organization) -> User:
    return UserFactory(tenant=unit.tenant, full_name="新来者")


@pytest.fixture
def held(guard: User, second_guard: User, person: User, post: Post) -> HeldChange:
    proposal = acts.appointment(user=person, post=post, from_on=clock.today())
    return approvals.file_change(guard, proposal=proposal, reason="原审计员调离")


def text(response) -> str:
    return response.content.decode()


def test_who_sees_a_change(held, guard, second_guard, clerk, keeper, neighbour):
    page = url("approval-detail", held.pk)
    for viewer in (guard, second_guard, clerk):  # maker, checker, auditor
        assert "原审计员调离" in text(as_user(viewer).get(page))
    for viewer in (keeper, neighbour, UserFactory(is_superuser=True)):
        assert as_user(viewer).get(page).status_code == 404
    assert Client().get(page).status_code == 302


def test_lists(held, guard, second_guard, clerk):
    page = url("approval-list")
    assert "新来者" in text(as_user(second_guard).get(page))
    assert "没有等您复核的申请" in text(as_user(guard).get(page))
    assert "新来者" in text(as_user(guard).get(page, {"tab": "filed"}))
    assert "新来者" not in text(as_user(second_guard).get(page, {"q": "别人"}))
    assert "新来者" not in text(as_user(second_guard).get(page, {"act": acts.POST_ROLES}))
    for query in ({"tab": "?"}, {"act": "?"}, {"state": "?"}, {"page": "x"}, {"q": "\0"}):
        assert as_user(second_guard).get(page, query).status_code == 200
    approvals.refuse_change(second_guard, change_id=held.pk, note="不合适")
    for viewer in (guard, second_guard, clerk):
        assert "新来者" in text(as_user(viewer).get(page, {"tab": "decided"}))
    assert "新来者" not in text(as_user(second_guard).get(page))


def test_the_difference_stands_in_words(held, second_guard):
    page = text(as_user(second_guard).get(url("approval-detail", held.pk)))
    for words in ("改动前", "审计岗", "审计管理员", "可查阅全部审计记录", "批准并执行"):
        assert words in page


def test_approving_and_refusing_by_page(held, guard, second_guard, person):
    decide = url("approval-decide", held.pk)
    form = {"digest": held.digest, "note": "", "deed": "refuse"}
    answer = as_user(second_guard).post(decide, form)
    assert (answer.status_code, "请写明不批准的理由" in text(answer)) == (400, True)
    assert as_user(guard).post(decide, form | {"deed": "approve"}).status_code == 403
    assert as_user(second_guard).post(decide, form | {"deed": "bake"}).status_code == 404
    assert as_user(second_guard).post(decide, {"deed": "approve"}).status_code == 400
    answer = as_user(second_guard).post(decide, form | {"deed": "approve"})
    assert answer.status_code == 302
    assert person.appointments.exists()
    assert as_user(second_guard).post(decide, form | {"deed": "approve"}).status_code == 409


def test_withdrawing_by_page(held, guard, second_guard):
    page = url("approval-withdraw", held.pk)
    assert as_user(second_guard).post(page).status_code == 404
    assert as_user(guard).post(page).status_code == 302
    held.refresh_from_db()
    assert held.state == State.WITHDRAWN


def test_appointing_says_beforehand_and_files(guard, second_guard, person, post):
    client = as_user(guard)
    assert "审计岗（须双人复核）" in text(client.get(url("person-detail", person.pk)))
    fields = {"post": post.pk, "from_on": "2026-01-01", "is_primary": "on"}
    answer = client.post(url("person-appoint", person.pk), fields)
    assert "请写明理由" in text(answer)
    answer = client.post(url("person-appoint", person.pk), fields | {"reason": "原审计员调离"})
    held = HeldChange.objects.get()
    assert answer["Location"] == url("approval-detail", held.pk)
    assert not person.appointments.exists()


def test_an_emergency_is_acted_on_at_once_and_reviewed_by_page(guard, second_guard, person, post):
    fields = {"post": post.pk, "from_on": "2026-01-01", "is_primary": "on", "is_alone": "on"}
    as_user(guard).post(
        url("person-appoint", person.pk), fields | {"reason": "审计员突发疾病，今晚须查阅"}
    )
    held = HeldChange.objects.get()
    assert person.appointments.exists()
    page = text(as_user(second_guard).get(url("approval-detail", held.pk)))
    assert "note-over" in page
    assert "一人紧急办理" in page
    form = {"digest": held.digest, "note": "属实", "deed": "confirm"}
    assert as_user(second_guard).post(url("approval-decide", held.pk), form).status_code == 302
    held.refresh_from_db()
    assert held.state == State.CONFIRMED


def test_roles_of_a_post_are_filed(guard, second_guard, unit):
    post, role = PostFactory(organization=unit), RoleFactory(may=["rules.publish_rules"])
    page = url("post-roles", post.pk)
    assert f"{role.name}（须双人复核）" in text(as_user(guard).get(page))
    as_user(guard).post(page, {"roles": [role.pk], "reason": "新设发布岗"})
    assert HeldChange.objects.get().act == acts.POST_ROLES
    assert not post.roles.exists()


def test_permissions_of_a_role_are_filed(guard, second_guard):
    role = RoleFactory()
    page = url("role-permissions", role.pk)
    assert "须双人复核" in text(as_user(guard).get(page))
    form = {"permissions": ["rules.publish_rules"], "reason": "职责调整"}
    assert as_user(guard).post(page, form).status_code == 302
    assert not role.permissions.exists()
    assert HeldChange.objects.get().state == State.PENDING


def test_an_administrators_password_is_shown_to_the_checker_once(keeper, guard, second_guard):
    page = url("person-reset-password", guard.pk)
    assert "须双人复核" in text(as_user(keeper).get(url("person-detail", guard.pk)))
    as_user(keeper).post(page, {"reason": ""})
    assert not HeldChange.objects.exists()
    as_user(keeper).post(page, {"reason": "本人忘记，已当面核实"})
    held = HeldChange.objects.get()
    assert "等待复核" in text(as_user(keeper).get(url("person-detail", guard.pk)))
    form = {"digest": held.digest, "note": "", "deed": "approve"}
    answer = as_user(second_guard).post(url("approval-decide", held.pk), form)
    guard.refresh_from_db()
    assert guard.check_password(answer.context["password"])
    assert "no-store" in answer["Cache-Control"]
    again = as_user(keeper).get(url("approval-detail", held.pk))
    assert answer.context["password"] not in text(again)


def test_the_menu_counts_what_waits(held, guard, second_guard):
    assert "双人复核" in text(as_user(second_guard).get("/"))
    badge = as_user(second_guard).get("/").context["shell"].menu
    counts = [item.count for group in badge for item in group.items if item.count]
    assert counts == [1]
    assert "任命到敏感岗位：新来者" in text(as_user(second_guard).get("/"))
    assert "任命到敏感岗位：新来者" not in text(as_user(guard).get("/"))
