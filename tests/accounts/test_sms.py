"""Codes by text message: sent, counted, taken once, and worth no more than level 1."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.assurance import enforcement, levels, recovery
from apps.accounts.factors import phone
from apps.accounts.models import PhoneCode, PhoneFactor, Role
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, Refused, TooMany
from apps.notices.models import Delivery
from tests.accounts.factories import PASSWORD, make_person
from tests.accounts.factors import enrol, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted(live: str) -> str:
    """Counters of the test before are of people who are gone."""
    return live


def last_code() -> str:
    return re.search(r"\d{6}", Delivery.objects.latest("pk").text).group()


def with_phone(user):
    return PhoneFactor.objects.create(user=user, phone=user.phone, proved_at=clock.now())


def later(seconds: int):
    return clock.at(clock.now() + timedelta(seconds=seconds))


# --- Enrolling ---


def test_enrolled_by_a_code_to_the_number_in_the_file(client, clerk):
    sign_in(client, clerk)
    asked = client.get("/people/factors/sms/")
    client.post(asked.url, {"password": PASSWORD})
    client.post("/people/factors/sms/", {"deed": "send"})
    sent = Delivery.objects.get()
    assert sent.to == clerk.phone
    row = PhoneCode.objects.get()
    assert last_code() not in row.code_digest
    assert client.post("/people/factors/sms/", {"code": last_code()}).url == "/accounts/2fa/"
    assert PhoneFactor.objects.get().phone == clerk.phone
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"second_factor.sms_sent", "second_factor.sms_added"} <= actions


def test_needs_the_password_first_and_a_number(client, clerk, unit):
    client.force_login(clerk)
    assert "reauthenticate" in client.get("/people/factors/sms/").url
    bare = make_person("audit.read_audit", organization=unit, phone="")
    with pytest.raises(Refused, match="手机号"):
        phone.send_enrolment_code(bare)


def test_a_number_changed_later_does_not_lead_the_codes_elsewhere(clerk):
    with_phone(clerk)
    clerk.phone = "13900000001"
    clerk.save()
    phone.send_code(clerk)
    assert Delivery.objects.get().to == "13812345678"


# --- Signing in ---


def at_the_door(user) -> Client:
    client = Client()
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.url == "/people/factors/sms/enter/"
    return client


def test_password_alone_does_not_open_and_the_code_does(clerk):
    with_phone(clerk)
    client = at_the_door(clerk)
    assert "_auth_user_id" not in client.session
    assert "138****5678" in client.get("/people/factors/sms/enter/").content.decode()
    client.post("/people/factors/sms/enter/", {"code": last_code()})
    assert client.session["_auth_user_id"] == str(clerk.pk)
    assert AuditEntry.objects.filter(action="second_factor.sms_confirmed").count() == 1


def test_code_is_good_once_and_for_five_minutes(clerk):
    with_phone(clerk)
    phone.send_code(clerk)
    code = last_code()
    with later(301), pytest.raises(InvalidInput):
        phone.check(clerk, code=code)
    phone.check(clerk, code=code)
    with pytest.raises(InvalidInput):
        phone.check(clerk, code=code)
    whys = AuditEntry.objects.filter(action="second_factor.sms_refused")
    assert {entry.data["why"] for entry in whys} == {"no live code"}


def test_wrong_codes_end_the_code_and_lock_the_account(clerk):
    with_phone(clerk)
    client = at_the_door(clerk)
    for _turn in range(5):
        answer = client.post("/people/factors/sms/enter/", {"code": "x"})
        assert "不正确或已过期" in answer.content.decode()
    answer = client.post("/people/factors/sms/enter/", {"code": last_code()})
    assert "已锁定" in answer.content.decode()
    assert PhoneCode.objects.get().ended_at is not None


def test_lock_is_of_the_account_not_of_the_hall(clerk, keeper):
    with_phone(clerk)
    client = at_the_door(clerk)
    for _turn in range(6):
        client.post("/people/factors/sms/enter/", {"code": "x"})
    other = Client()
    sign_in(other, keeper)
    assert other.session["_auth_user_id"] == str(keeper.pk)


def test_sending_is_limited_by_account_and_by_number(clerk, keeper):
    with_phone(clerk)
    hour = clock.now().replace(minute=0, second=0)  # counted by whole hours and minutes
    for minute in range(6):
        with clock.at(hour + timedelta(minutes=minute)):
            phone.send_code(clerk)
            with pytest.raises(TooMany):
                phone.send_code(clerk)
    keeper.phone = clerk.phone
    with clock.at(hour + timedelta(minutes=30)):
        with pytest.raises(TooMany):
            phone.send_code(clerk)
        with pytest.raises(TooMany):
            phone.send_enrolment_code(keeper)


def test_stranger_is_told_the_same_with_or_without_a_telephone(client, clerk):
    with_phone(clerk)
    wrong = {"login": clerk.username, "password": "Wrong-2031-rain"}
    known = client.post("/accounts/login/", wrong)
    unknown = client.post("/accounts/login/", wrong | {"login": "nobody"})
    assert known.status_code == unknown.status_code == 200
    assert not Delivery.objects.exists()
    assert client.get("/people/factors/sms/enter/").url == "/accounts/login/"


def test_it_is_no_way_round_a_stronger_factor(client, clerk):
    with_phone(clerk)
    enrol(clerk)
    answer = client.post("/accounts/login/", {"login": clerk.username, "password": PASSWORD})
    assert answer.url == "/accounts/2fa/authenticate/"
    assert client.get("/people/factors/sms/enter/").url == "/accounts/login/"
    assert not Delivery.objects.exists()


# --- What it is worth ---


def test_level_1_and_the_refusal_says_why(client, guard, settings):
    settings.STEP_UP = True
    guard.phone = "13812345678"
    guard.save()
    with_phone(guard)
    client = at_the_door(guard)
    client.post("/people/factors/sms/enter/", {"code": last_code()})
    role = Role.objects.get(posts__appointments__user=guard)
    page = client.post(f"/people/roles/{role.pk}/", {"permissions": []}).url
    text = client.get(page).content.decode()
    assert "需要 2 级可信等级" in text
    assert "短信验证码只算 1 级" in text
    assert "用短信验证码确认" not in text


def test_act_of_level_1_may_be_confirmed_by_it(client, guard, settings):
    settings.STEP_UP = True
    settings.STEP_UP_ACTS = {"rights.change": {"level": 1, "minutes": 5, "method": "sms"}}
    with_phone(guard)
    sign_in(client, guard)
    client.force_login(guard)
    role = Role.objects.get(posts__appointments__user=guard)
    page = client.post(f"/people/roles/{role.pk}/", {"permissions": []}).url
    client.post(page, {"method": "sms-send"})
    onwards = client.post(page, {"method": "sms", "code": last_code()})
    assert "resume=" in onwards.url


def test_it_does_not_count_where_a_role_requires_a_factor(guard, settings, rf):
    settings.REQUIRE_ADMIN_MFA = True
    Role.objects.filter(posts__appointments__user=guard).update(requires_second_factor=True)
    with_phone(guard)
    assert guard in enforcement.holders_without_factor()
    assert levels.factors_of(guard) == set()


def test_adding_a_stronger_factor_asks_for_the_code(client, clerk):
    with_phone(clerk)
    client.force_login(clerk)
    asked = client.get("/accounts/2fa/totp/activate/").url
    assert asked.startswith("/people/factors/sms/again/")
    client.post(asked, {"deed": "send"})
    client.post(asked, {"code": last_code()})
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_reset_of_a_lost_factor_ends_it(clerk, guard):
    with_phone(clerk)
    recovery.ask(username=clerk.username, reason="手机丢失")
    found = clerk.recoveries.get()
    recovery.confirm(
        guard, recovery_id=found.pk, method="in_person_document", note="窗口核对身份证"
    )
    assert not PhoneFactor.objects.exists()
