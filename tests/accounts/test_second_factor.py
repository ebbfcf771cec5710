"""Factors enforced by role, and the lost one: asked for, confirmed in person, enrolled again."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts import services
from apps.accounts.assurance import enforcement, recovery, roles
from apps.accounts.models import FactorRecovery, Post, Role, User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused, TooMany
from apps.notices.models import Notice
from tests.accounts.factories import PASSWORD, make_person
from tests.accounts.factors import code_of, enrol, sign_in

pytestmark = pytest.mark.django_db

IN_PERSON = {"method": "in_person_document", "note": "窗口当面核对身份证"}


@pytest.fixture
def second_guard(unit) -> User:
    return make_person("accounts.unlock_users", organization=unit, full_name="孙安全")


def lost(user: User) -> FactorRecovery:
    enrol(user)
    recovery.ask(username=user.username, reason="手机丢失")
    return FactorRecovery.objects.get(user=user)


# --- By role ---


@pytest.fixture
def enforced(settings, guard) -> Role:
    settings.REQUIRE_ADMIN_MFA = True
    role = Role.objects.get(posts__appointments__user=guard)
    role.requires_second_factor = True
    role.save()
    return role


def test_who_holds_such_a_role_gets_nowhere_else(client, guard, enforced):
    sign_in(client, guard)
    assert client.get("/people/").url == "/people/factor-due/"
    assert client.get("/api/v1/cases/").json()["code"] == "second_factor_required"
    text = client.get("/people/factor-due/").content.decode()
    assert enforced.name in text
    assert client.get("/accounts/2fa/").status_code == 200
    enrol(guard)
    assert client.get("/people/").status_code == 200
    assert client.get("/people/factor-due/").status_code == 302


def test_the_page_one_was_kept_from_goes_on_after_enrolling(client, guard, enforced):
    sign_in(client, guard)
    client.get("/people/?q=%E5%BC%A0&next=//evil.example/")
    assert "继续" not in client.get("/accounts/2fa/").content.decode()
    enrol(guard)
    assert "刚才打开的页面" in client.get("/accounts/2fa/").content.decode()
    wanted = client.get("/people/factor-due/").url
    assert wanted == "/people/?q=%E5%BC%A0&next=//evil.example/"
    assert client.get("/people/factor-due/").url == "/"


def test_a_deed_one_was_kept_from_is_not_repeated(client, guard, enforced):
    sign_in(client, guard)
    client.post("/people/new/", {"full_name": "张三"})
    enrol(guard)
    assert client.get("/people/factor-due/").url == "/"


def test_others_are_not_asked(client, keeper, enforced):
    sign_in(client, keeper)
    assert client.get("/people/").status_code == 200


def test_role_without_the_rule_is_not_asked(client, guard, enforced, settings):
    settings.REQUIRE_ADMIN_MFA = False
    sign_in(client, guard)
    assert client.get("/people/").status_code == 200


def test_last_factor_stays_with_such_a_role(client, guard, enforced):
    secret = enrol(guard)
    sign_in(client, guard, secret)
    confirm_page = client.get("/accounts/2fa/totp/deactivate/").url
    client.post(confirm_page, {"code": code_of(secret)})
    page = client.post("/accounts/2fa/totp/deactivate/").content.decode()
    assert "最后一种不能停用" in page
    assert Authenticator.objects.filter(user=guard, type="totp").exists()


def test_last_passkey_stays_with_such_a_role(client, guard, enforced):
    passkey = Authenticator.objects.create(user=guard, type="webauthn", data={"name": "办公电脑"})
    client.force_login(guard)
    page = f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/"
    answer = client.post(page)
    assert answer.status_code == 409
    assert "最后一种不能删除" in answer.content.decode()
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_the_three_administrators_are_seeded_so():
    services.seed_roles()
    required = Role.objects.filter(requires_second_factor=True).values_list("code", flat=True)
    assert set(required) == {"system_admin", "security_admin", "audit_admin"}


def test_requirement_is_set_by_the_security_administrator(guard, keeper):
    role = Role.objects.create(code="window", name="窗口人员")
    with pytest.raises(NotAllowed):
        roles.set_requirement(keeper, role=role, required=True)
    roles.set_requirement(guard, role=role, required=True)
    roles.set_requirement(guard, role=role, required=True)
    role.refresh_from_db()
    assert role.requires_second_factor
    assert AuditEntry.objects.filter(action="role.second_factor_required").count() == 1


def test_requirement_of_a_role_others_use_is_refused(guard, other_unit):
    role = Role.objects.create(code="window", name="窗口人员")
    Post.objects.create(organization=other_unit, name="窗口").roles.add(role)
    with pytest.raises(NotAllowed):
        roles.set_requirement(guard, role=role, required=True)


def test_overview_names_who_lacks_a_factor(client, unit, guard, clerk, enforced):
    enrol(guard)
    other = make_person("accounts.unlock_users", organization=unit, full_name="钱未登")
    Post.objects.get(appointments__user=other).roles.add(enforced)
    assert list(enforcement.holders_without_factor()) == [other]
    client.force_login(guard)
    assert "钱未登" in client.get("/people/assurance/").content.decode()
    client.force_login(clerk)
    text = client.get("/people/assurance/").content.decode()
    assert "钱未登" not in text
    assert "查看完整的个人信息" in text


# --- Asking ---


def test_asking_tells_nothing_and_the_administrators_hear(client, clerk, guard):
    enrol(clerk)
    known = client.post("/people/recovery/ask/", {"username": clerk.username, "reason": "手机丢"})
    unknown = client.post("/people/recovery/ask/", {"username": "nobody", "reason": "手机丢"})
    assert known.content == unknown.content
    assert FactorRecovery.objects.get().user == clerk
    assert list(Notice.objects.values_list("recipient", flat=True)) == [guard.pk]


def test_asking_twice_is_one_request(clerk):
    lost(clerk)
    recovery.ask(username=clerk.username, reason="又来")
    assert FactorRecovery.objects.count() == 1


def test_who_has_no_factor_has_lost_none(clerk):
    recovery.ask(username=clerk.username, reason="手机丢失")
    assert not FactorRecovery.objects.exists()


@pytest.mark.usefixtures("time_held")
def test_asking_is_limited_by_address(client):
    form = {"username": "nobody", "reason": "手机丢"}
    answers = [
        client.post("/people/recovery/ask/", form, REMOTE_ADDR="10.3.3.3").status_code
        for _turn in range(11)
    ]
    assert answers[-1] == TooMany.status


# --- Confirming ---


def test_confirming_resets_and_tells(client, clerk, guard, second_guard):
    found = lost(clerk)
    sign_in(Client(), clerk, None)
    code = recovery.confirm(guard, recovery_id=found.pk, **IN_PERSON)
    found.refresh_from_db()
    clerk.refresh_from_db()
    assert (found.state, found.decided_by) == ("confirmed", guard)
    assert code not in found.code_digest
    assert not Authenticator.objects.filter(user=clerk).exists()
    assert not clerk.usersession_set.exists()
    assert (clerk.proofing_level, clerk.proofed_by) == (3, "王安全")
    told = Notice.objects.filter(title__contains="已重置").values_list("recipient", flat=True)
    assert set(told) == {clerk.pk, second_guard.pk}
    assert AuditEntry.objects.get(action="second_factor.reset").data["note"] == IN_PERSON["note"]


@pytest.mark.parametrize("who", ["keeper", "neighbour", "clerk"])
def test_only_who_unlocks_there_confirms(who, clerk, request):
    found = lost(clerk)
    with pytest.raises(NotAllowed):
        recovery.confirm(request.getfixturevalue(who), recovery_id=found.pk, **IN_PERSON)


def test_nobody_confirms_for_themselves(guard):
    found = lost(guard)
    with pytest.raises(NotAllowed):
        recovery.confirm(guard, recovery_id=found.pk, **IN_PERSON)
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorRecovery.objects.filter(pk=found.pk).update(decided_by=guard)


def test_not_in_person_or_without_a_word_is_refused(clerk, guard):
    found = lost(clerk)
    with pytest.raises(InvalidInput):
        recovery.confirm(guard, recovery_id=found.pk, method="document", note="电话核对")
    with pytest.raises(InvalidInput):
        recovery.confirm(guard, recovery_id=found.pk, method="in_person_document", note=" ")


def test_confirming_twice_is_refused(clerk, guard, second_guard):
    found = lost(clerk)
    recovery.confirm(guard, recovery_id=found.pk, **IN_PERSON)
    with pytest.raises(Refused):
        recovery.confirm(second_guard, recovery_id=found.pk, **IN_PERSON)


def test_refusing_keeps_the_factor(clerk, guard):
    found = lost(clerk)
    recovery.refuse(guard, recovery_id=found.pk, note="非本人到场")
    assert Authenticator.objects.filter(user=clerk).exists()
    recovery.ask(username=clerk.username, reason="再次申请")
    assert FactorRecovery.objects.filter(state="asked").count() == 1


# --- Enrolling again ---


@pytest.fixture
def handed(clerk, guard) -> str:
    return recovery.confirm(guard, recovery_id=lost(clerk).pk, **IN_PERSON)


def enter(client: Client, code: str):
    return client.post("/people/recovery/code/", {"code": code})


def test_password_alone_does_not_sign_in_after_a_reset(client, clerk, handed):
    answer = client.post("/accounts/login/", {"login": clerk.username, "password": PASSWORD})
    assert answer.url == "/people/recovery/code/"
    assert "_auth_user_id" not in client.session
    assert "登记码" in client.get(answer.url).content.decode()
    assert "不正确或已过期" in enter(client, "AAAA-BBBB-CCCC").content.decode()
    assert "_auth_user_id" not in client.session


def test_code_lets_in_to_enrol_and_nothing_else(client, clerk, handed):
    sign_in(client, clerk)
    assert enter(client, handed.lower()).status_code == 302
    assert client.get(reverse("accounts:profile")).url == "/people/factor-due/"
    assert "重新登记" in client.get("/people/factor-due/").content.decode()


def test_code_is_good_once_and_for_a_day(client, clerk, handed):
    with clock.at(clock.now() + timedelta(hours=25)), pytest.raises(InvalidInput):
        recovery.enter_code(clerk, code=handed)
    recovery.enter_code(clerk, code=handed)
    with pytest.raises(InvalidInput):
        recovery.enter_code(clerk, code=handed)


def test_codes_are_counted_like_passwords(client, clerk, handed):
    sign_in(client, clerk)
    for _turn in range(5):
        enter(client, "AAAA-BBBB-CCCC")
    assert "已锁定" in enter(client, handed).content.decode()


def test_leaving_before_enrolling_needs_another_code(client, clerk, guard, handed):
    sign_in(client, clerk)
    enter(client, handed)
    again = Client()
    sign_in(again, clerk)
    assert "不正确或已过期" in enter(again, handed).content.decode()
    assert "_auth_user_id" not in again.session
    enter(again, recovery.renew_code(guard, recovery_id=FactorRecovery.objects.get().pk))
    assert "_auth_user_id" in again.session


def test_another_code_voids_the_first(clerk, guard, handed):
    found = FactorRecovery.objects.get()
    second = recovery.renew_code(guard, recovery_id=found.pk)
    with pytest.raises(InvalidInput):
        recovery.enter_code(clerk, code=handed)
    recovery.enter_code(clerk, code=second)


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_through_the_pages(client, clerk, guard):
    secret = enrol(clerk)
    client.post("/people/recovery/ask/", {"username": clerk.username, "reason": "手机丢失"})
    helper = Client()
    helper.force_login(guard)
    assert clerk.full_name in helper.get("/people/recovery/").content.decode()
    page = reverse("accounts:recovery-detail", args=[FactorRecovery.objects.get().pk])
    answer = helper.post(page, IN_PERSON | {"deed": "confirm"})
    code = answer.context["code"]
    assert "no-store" in answer["Cache-Control"]
    assert code not in helper.get(page).content.decode()

    sign_in(client, clerk)
    enter(client, code)
    client.post(client.get("/accounts/2fa/totp/activate/").url, {"password": PASSWORD})
    fresh = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    assert fresh != secret
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(fresh)})
    assert client.get(reverse("accounts:profile")).status_code == 200
    assert FactorRecovery.objects.get().state == "done"


def test_list_is_for_who_unlocks_there(client, clerk, keeper, other_unit, guard):
    found = lost(clerk)
    page = reverse("accounts:recovery-detail", args=[found.pk])
    client.force_login(keeper)
    assert client.get("/people/recovery/").status_code == 403
    assert client.get(page).status_code == 403
    stranger = make_person("accounts.unlock_users", organization=other_unit, full_name="外区")
    client.force_login(stranger)
    assert client.get(page).status_code == 404


# --- Proofing ---


def test_proofing_is_noted_by_somebody_else(client, clerk, guard, keeper):
    client.force_login(guard)
    client.post(reverse("accounts:person-proof", args=[clerk.pk]), {"method": "document"})
    clerk.refresh_from_db()
    assert (clerk.proofing_level, clerk.proofing_method) == (2, "document")
    assert AuditEntry.objects.get(action="user.identity_proved").actor_id == guard.pk
    for actor, user in ((keeper, clerk), (guard, guard)):
        with pytest.raises(NotAllowed):
            recovery.prove_identity(actor, user=user, method="document")
    with pytest.raises(InvalidInput):
        recovery.prove_identity(guard, user=clerk, method="hearsay")


def test_own_page_tells_level_and_events(client, clerk):
    secret = enrol(clerk)
    sign_in(client, clerk, secret)
    sign_in(Client(), clerk, secret)
    text = client.get(reverse("accounts:profile")).content.decode()
    assert "2 级" in text
    assert "账号安全记录" in text
    assert "结束其他所有登录" in text
    client.post("/accounts/sessions/")
    assert clerk.usersession_set.count() == 1
