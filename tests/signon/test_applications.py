"""The register: two people admit an application, and nobody else's is in reach."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.approvals import services as approvals
from apps.accounts.errors import NobodyCouldCheck
from apps.accounts.models import Appointment, HeldChange, Post, Role, Tenant, User
from apps.common.errors import InvalidInput, NotAllowed, Refused, Stale
from apps.signon import selectors, services
from apps.signon.enums import AccessMode, ApplicationState
from apps.signon.hashers import keep
from apps.signon.models import Application
from apps.signon.services import ApplicationData
from tests.cast import PASSWORD, SINCE, _organization
from tests.signon.factories import CALLBACK, register, settle, sign_in

pytestmark = pytest.mark.django_db
WHY = "按市府办文件接入"
DATA = ApplicationData(
    name="公文系统", mode="sso", redirect_uris=(CALLBACK,), start_url="https://app.example.cn/"
)


def holder(unit, username, *permissions):
    """A person with a post that carries these permissions."""
    user = User.objects.create_user(username=username, password=PASSWORD, full_name=username)
    post = Post.objects.create(organization=unit, name=f"{username}岗")
    role = Role.objects.create(code=username, name=username)
    for label in permissions:
        app, codename = label.split(".")
        role.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    post.roles.add(role)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


@pytest.fixture
def keeper(cast):
    return holder(cast.center, "keeper", "signon.manage_applications", "common.manage_outbox")


@pytest.fixture
def checker(cast):
    return holder(cast.center, "checker", "accounts.manage_roles")


def approve(checker, held):
    return approvals.approve_change(checker, change_id=held.pk, digest=held.digest)


def test_from_application_to_use(cast, keeper, checker, key):
    row = services.apply_for(keeper, owner=cast.center, data=DATA, reason=WHY)
    assert row.state == ApplicationState.APPLIED
    with pytest.raises(Refused):
        services.go_live(keeper, application_id=row.pk)
    with pytest.raises(Refused):
        services.issue_secret(keeper, application_id=row.pk)
    approve(checker, HeldChange.objects.get())
    row.refresh_from_db()
    assert (row.state, row.approved_by) == (ApplicationState.APPROVED, checker)
    with pytest.raises(Refused):
        services.go_live(keeper, application_id=row.pk)
    secret = services.issue_secret(keeper, application_id=row.pk)
    assert len(secret) == 43
    settle(row)
    assert services.go_live(keeper, application_id=row.pk).is_live
    assert list(selectors.tiles_for(cast.acceptor)) == [row]
    assert row.start_url in sign_in(cast.acceptor).get("/").content.decode()


def test_nobody_admits_their_own(cast, key):
    both = holder(cast.center, "both", "signon.manage_applications", "accounts.manage_roles")
    with pytest.raises(NobodyCouldCheck):
        services.apply_for(both, owner=cast.center, data=DATA, reason=WHY)
    assert not Application.objects.exists()


def test_a_change_waits_for_the_second_person(cast, keeper, checker, app):
    row = register(cast.center).row
    data = replace(DATA, redirect_uris=("https://new.example.cn/cb",))
    held = services.propose_change(keeper, application_id=row.pk, data=data, reason=WHY)
    row.refresh_from_db()
    assert row.redirect_uris == [CALLBACK]
    approve(checker, held)
    row.refresh_from_db()
    assert row.redirect_uris == ["https://new.example.cn/cb"]
    assert row.is_live


def test_of_two_changes_the_later_is_out_of_date(cast, keeper, checker, key):
    row = register(cast.center).row
    first, second = (
        services.propose_change(
            keeper, application_id=row.pk, data=replace(DATA, name=name), reason=WHY
        )
        for name in ("甲", "乙")
    )
    approve(checker, first)
    with pytest.raises(Stale):
        approve(checker, second)


def test_the_checker_sees_what_changes(cast, keeper, checker, key):
    row = register(cast.center).row
    data = replace(DATA, redirect_uris=("https://new.example.cn/cb",), minimum_level=2)
    held = services.propose_change(keeper, application_id=row.pk, data=data, reason=WHY)
    text = sign_in(checker).get(f"/people/approvals/{held.pk}/").content.decode()
    assert "https://new.example.cn/cb" in text
    assert CALLBACK in text


def test_what_cannot_be_is_named(cast, keeper, checker, subtests):
    for values, field in [
        ({"name": " "}, "name"),
        ({"redirect_uris": ()}, "redirect_uris"),
        ({"redirect_uris": ("http://app.example.cn/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://app.example.cn/cb#x",)}, "redirect_uris"),
        ({"redirect_uris": ("https://*.example.cn/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("https://a@b.example.cn/cb",)}, "redirect_uris"),
        ({"redirect_uris": ("javascript:alert(1)",)}, "redirect_uris"),
        ({"redirect_uris": ("https://[::1/cb",)}, "redirect_uris"),
        ({"redirect_uris": tuple(f"https://a.cn/{n}" for n in range(21))}, "redirect_uris"),
        ({"post_logout_uris": ("/home",)}, "post_logout_uris"),
        ({"logout_url": "https://10.1.2.3/hook"}, "logout_url"),
        ({"logout_url": "file:///etc/passwd"}, "logout_url"),
        ({"start_url": "//evil.example.cn"}, "start_url"),
        ({"start_url": "javascript:alert(1)"}, "start_url"),
        ({"scopes": ("openid", "everything")}, "scopes"),
        ({"scopes": ("profile",)}, "scopes"),
        ({"minimum_level": 5}, "minimum_level"),
        ({"mode": AccessMode.API.value, "is_public": True}, "is_public"),
        ({"allows_device": True}, "allows_device"),
    ]:
        data = replace(DATA, **values)
        with subtests.test(values=values):
            with pytest.raises(InvalidInput) as refusal:
                services.apply_for(keeper, owner=cast.center, data=data, reason=WHY)
            assert refusal.value.field == field
    assert not Application.objects.exists()


def test_only_keepers_of_that_body(cast, keeper, key):
    elsewhere = Tenant.objects.create(code="elsewhere", name="邻市")
    unit = _organization(elsewhere, None, "far", "邻市大数据局", "center", cast.city)
    other = register(unit)
    for deed in (
        lambda: services.apply_for(keeper, owner=unit, data=DATA, reason=WHY),
        lambda: services.apply_for(cast.handler, owner=cast.center, data=DATA, reason=WHY),
        lambda: services.issue_secret(keeper, application_id=other.row.pk),
        lambda: services.go_live(keeper, application_id=other.row.pk),
        lambda: services.suspend(keeper, application_id=other.row.pk, reason="试试"),
    ):
        with pytest.raises(NotAllowed):
            deed()
    browser = sign_in(keeper)
    for path in ("", "edit/", "logouts/"):
        assert browser.get(f"/signon/applications/{other.row.pk}/{path}").status_code == 404
    for path in ("secret/", "live/", "suspend/"):
        assert browser.post(f"/signon/applications/{other.row.pk}/{path}").status_code == 404


def test_tiles_are_for_those_meant(cast, key):
    register(cast.center, name="全员")
    narrow = register(cast.center, name="东区")
    narrow.row.units.set([cast.east_works])
    hidden = register(cast.center, name="无入口", start_url="")
    assert [a.name for a in selectors.tiles_for(cast.handler)] == ["东区", "全员"]
    assert [a.name for a in selectors.tiles_for(cast.handler_west)] == ["全员"]
    assert not selectors.tiles_for(cast.outsider).exists()
    services.suspend(hidden.row.applied_by, application_id=hidden.row.pk, reason="停用")


def test_another_body_sees_what_is_shared(cast, key):
    elsewhere = Tenant.objects.create(code="elsewhere", name="邻市")
    unit = _organization(elsewhere, None, "far", "邻市大数据局", "center", cast.city)
    register(unit, name="邻市自用")
    register(unit, name="共享", is_shared=True)
    assert [a.name for a in selectors.tiles_for(cast.handler)] == ["共享"]


def test_the_pages_from_end_to_end(cast, keeper, checker, key):
    browser = sign_in(keeper)
    assert "还没有接入应用" in browser.get("/signon/applications/").content.decode()
    filled = {
        "owner": cast.center.pk,
        "name": "公文系统",
        "mode": "sso",
        "protocol": "oidc",
        "redirect_uris": f"{CALLBACK}\n{CALLBACK}\n",
        "start_url": "https://app.example.cn/",
        "minimum_level": "1",
        "scopes": ["openid", "profile"],
        "icon": "briefcase",
        "position": "5",
        "reason": WHY,
    }
    answer = browser.post("/signon/applications/new/", filled)
    row = Application.objects.get()
    assert answer["Location"] == f"/signon/applications/{row.pk}/"
    assert row.redirect_uris == [CALLBACK]
    assert "等待另一人复核" in browser.get(answer["Location"]).content.decode()
    approve(checker, HeldChange.objects.get())
    shown = browser.post(f"/signon/applications/{row.pk}/secret/").content.decode()
    assert "密钥只显示这一次" in shown
    browser.post(f"/signon/applications/{row.pk}/live/")
    assert "核对清单还缺" in browser.get(f"/signon/applications/{row.pk}/").content.decode()
    settle(row)
    browser.post(f"/signon/applications/{row.pk}/live/")
    detail = browser.get(f"/signon/applications/{row.pk}/").content.decode()
    assert "已上线" in detail
    row.refresh_from_db()
    assert row.secret_hash.split("$")[2] not in detail
    assert "公文系统" in sign_in(cast.handler).get("/signon/").content.decode()
    browser.post(f"/signon/applications/{row.pk}/suspend/", {"reason": "系统下线"})
    assert "已停用：系统下线" in browser.get(f"/signon/applications/{row.pk}/").content.decode()


def test_a_wrong_address_is_shown_beside_its_field(cast, keeper, checker):
    answer = sign_in(keeper).post(
        "/signon/applications/new/",
        {
            "owner": cast.center.pk,
            "name": "公文系统",
            "mode": "sso",
            "protocol": "oidc",
            "redirect_uris": "http://app.example.cn/cb",
            "minimum_level": "1",
            "scopes": ["openid"],
            "icon": "briefcase",
            "position": "5",
            "reason": WHY,
        },
    )
    assert answer.context["form"].errors["redirect_uris"] == [
        "公网地址须用 https：http://app.example.cn/cb"
    ]


def test_the_list_of_notices_may_be_empty_and_belongs_to_its_application(cast, keeper, key):
    one, other = register(cast.center), register(cast.center)
    browser = sign_in(keeper)
    page = browser.get(f"/signon/applications/{one.row.pk}/logouts/").content.decode()
    assert "还没有退出通知" in page
    path = f"/signon/applications/{other.row.pk}/logouts/1/retry/"
    assert browser.post(path).status_code == 404


def test_others_do_not_see_the_register(cast):
    assert sign_in(cast.handler).get("/signon/applications/").status_code == 403


def test_a_machines_secret_is_kept_as_a_quick_digest():
    from django.contrib.auth.hashers import check_password

    kept = keep("s" * 43)
    assert check_password("s" * 43, kept)
    assert not check_password("t" * 43, kept)
    assert kept != keep("s" * 43)
