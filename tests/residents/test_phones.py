"""Changing the telephone of an account: two proofs, and every way round them refused."""

from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, Refused, TooMany
from apps.notices.models import Delivery
from apps.residents import services
from apps.residents.enums import CodePurpose
from apps.residents.errors import CheckFailed, SignInRefused
from apps.residents.models import IdentityCheck, PublicAccount, PublicToken
from apps.residents.selectors import phones_of
from tests.hotline.citizen.conftest import picture
from tests.residents import factories as make
from tests.residents.factories import PHONE, Program
from tests.residents.test_api import Caller

pytestmark = pytest.mark.django_db
NEW = "13900000002"


@pytest.fixture
def session(app: Program) -> PublicToken:
    return make.sign_in(app.client).session


def code_to(app: Program, phone: str) -> str:
    with clock.at(clock.now() + timedelta(seconds=61)):  # one a minute to one telephone
        services.request_code(
            app.client, phone=phone, address="10.0.0.1", purpose=CodePurpose.PHONE_CHANGE
        )
    return make.code_sent_to(phone)


def test_code_to_both_changes_it_and_signs_the_others_out(
    app: Program, session: PublicToken
) -> None:
    with clock.at(clock.now() + timedelta(minutes=5)):
        other = make.sign_in(app.client).session
    with clock.at(clock.now() + timedelta(minutes=7)):
        codes = {"code": code_to(app, NEW), "old_code": code_to(app, PHONE)}
        account = services.change_phone(session, phone="139 0000 0002", **codes)
    other.refresh_from_db()
    session.refresh_from_db()
    assert account.phone == NEW
    assert other.ended_at is not None
    assert session.ended_at is None
    assert "139****0002" in Delivery.objects.filter(to=PHONE).latest("pk").text
    entry = AuditEntry.objects.get(action="public_account.phone_changed")
    assert entry.data["proof"] == "old_phone"
    assert (entry.data["before"], entry.data["after"]) == (
        {"phone": "139****0001"},
        {"phone": "139****0002"},
    )
    assert NEW not in str(entry.data)


def test_a_code_is_good_only_for_what_its_message_says(app: Program, session: PublicToken) -> None:
    code = code_to(app, NEW)
    assert "更换手机号验证码" in Delivery.objects.filter(to=NEW).latest("pk").text
    with pytest.raises(SignInRefused):
        services.sign_in_by_code(
            app.client, phone=NEW, code=code, device="手机", address="10.0.0.1"
        )
    with clock.at(clock.now() + timedelta(minutes=3)):
        services.request_code(app.client, phone=NEW, address="10.0.0.1")
        assert "登录验证码" in Delivery.objects.filter(to=NEW).latest("pk").text
        codes = {"code": make.code_sent_to(NEW), "old_code": code_to(app, PHONE)}
        with pytest.raises(SignInRefused) as refusal:
            services.change_phone(session, phone=NEW, **codes)
    assert refusal.value.field == "code"
    assert PublicAccount.objects.get().phone == PHONE


def test_face_stands_in_for_a_lost_telephone(app: Program) -> None:
    session = make.proved(app.client)
    services.change_phone(session, phone=NEW, code=code_to(app, NEW), photo=picture())
    assert PublicAccount.objects.get().phone == NEW
    assert IdentityCheck.objects.filter(kind="face").count() == 1


def test_without_a_known_name_the_face_says_nothing(app: Program, session: PublicToken) -> None:
    with pytest.raises(Refused, match="实名"):
        services.change_phone(session, phone=NEW, code=code_to(app, NEW), photo=picture())
    assert PublicAccount.objects.get().phone == PHONE


def test_new_code_alone_is_not_enough(app: Program, session: PublicToken) -> None:
    code = code_to(app, NEW)
    for missing in ({}, {"old_code": ""}):
        with pytest.raises(InvalidInput) as refusal:
            services.change_phone(session, phone=NEW, code=code, **missing)
        assert refusal.value.field == "old_code"
    with pytest.raises(InvalidInput):
        services.change_phone(session, phone=PHONE, code=code, old_code="1")


@pytest.mark.parametrize("wrong", ["code", "old_code"])
def test_wrong_code_is_counted_and_named(app: Program, session: PublicToken, wrong: str) -> None:
    with clock.at(clock.now() + timedelta(minutes=2)):
        codes = {"code": code_to(app, NEW), "old_code": code_to(app, PHONE)}
        codes[wrong] = f"{(int(codes[wrong]) + 1) % 10**6:06d}"
        with pytest.raises(SignInRefused) as refusal:
            services.change_phone(session, phone=NEW, **codes)
    assert refusal.value.field == wrong
    assert AuditEntry.objects.get(action="public_account.phone_refused").data["field"] == wrong
    assert PublicAccount.objects.get().phone == PHONE


def test_number_of_another_account_is_told_to_its_holder_only(app: Program) -> None:
    make.sign_in(app.client, NEW)
    session = make.sign_in(app.client).session
    with clock.at(clock.now() + timedelta(minutes=2)):
        codes: dict[str, Any] = {"code": "000000", "old_code": "000000"}
        with pytest.raises(SignInRefused):
            services.change_phone(session, phone=NEW, **codes)
        codes = {"code": code_to(app, NEW), "old_code": code_to(app, PHONE)}
        with pytest.raises(Refused, match="已有账户"):
            services.change_phone(session, phone=NEW, **codes)


@pytest.mark.usefixtures("time_held")
def test_tries_are_limited_and_a_failed_face_changes_nothing(app: Program, settings: Any) -> None:
    session = make.proved(app.client)
    settings.IDENTITY_ADAPTER = "closed"
    with pytest.raises(CheckFailed):
        services.change_phone(session, phone=NEW, code=code_to(app, NEW), photo=picture())
    assert PublicAccount.objects.get().phone == PHONE
    for _turn in range(4):
        with pytest.raises(SignInRefused):
            services.change_phone(session, phone=NEW, code="1", old_code="1")
    with pytest.raises(TooMany):
        services.change_phone(session, phone=NEW, code="1", old_code="1")


def test_what_was_reported_by_the_old_number_stays_and_later_is_the_next_owners(
    app: Program, session: PublicToken
) -> None:
    with clock.at(clock.now() + timedelta(minutes=2)):
        codes = {"code": code_to(app, NEW), "old_code": code_to(app, PHONE)}
        account = services.change_phone(session, phone=NEW, **codes)
    left = account.former_phones.get().left_at
    spans = {span.phone: span for span in phones_of(account)}
    assert spans[NEW].until is None
    assert spans[PHONE].until == left
    with clock.at(clock.now() + timedelta(minutes=9)):
        other = make.sign_in(app.client).session.account
    (span,) = phones_of(other)
    assert (span.phone, span.since) == (PHONE, left)


def test_through_the_interface(app: Program) -> None:
    token = make.sign_in(app.client).token
    me = Caller(app, token)
    asked = {"phone": "13900000009", "purpose": "phone_change"}
    assert me("post", "codes/", asked).status_code == 202
    assert me("post", "codes/", asked | {"purpose": "x"}).status_code == 400
    assert "更换手机号" in Delivery.objects.get(to="13900000009").text
    with clock.at(clock.now() + timedelta(minutes=2)):
        said = {"phone": NEW, "code": code_to(app, NEW), "old_code": code_to(app, PHONE)}
        answer = me("post", "me/phone/", said)
    assert (answer.status_code, answer.json()["phone"]) == (200, "139****0002")
    assert me("post", "me/phone/", {"phone": NEW, "code": "1"}).status_code == 400
