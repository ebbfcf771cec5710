"""Codes, sign-in, tokens, mini-programs: and those who try without being it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused, TooMany
from apps.notices.models import Delivery
from apps.residents import services
from apps.residents.enums import AccountState
from apps.residents.errors import AccountClosedOff, NotBound, SignInRefused
from apps.residents.models import PublicAccount, PublicToken, SignInCode
from tests.residents import factories as make
from tests.residents.factories import PHONE, Program


def ask(app: Program, phone: str = PHONE) -> str:
    services.request_code(app.client, phone=phone, address="10.0.0.1")
    return make.code_sent_to(phone)


def enter(app: Program, code: str, phone: str = PHONE) -> services.Granted:
    return services.sign_in_by_code(
        app.client, phone=phone, code=code, device="手机", address="10.0.0.1"
    )


def later(seconds: int) -> Any:
    return clock.at(clock.now() + timedelta(seconds=seconds))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_first_sign_in_makes_the_account(app: Program) -> None:
    services.request_code(app.client, phone="+86 139-0000-0001", address="10.0.0.1")
    granted = enter(app, make.code_sent_to(PHONE))
    account = granted.session.account
    assert (account.phone, account.proofing_level, granted.is_new) == (PHONE, 1, True)
    assert services.require_session(app.client, granted.token).pk == granted.session.pk
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"public_code.sent", "public_account.opened", "public_session.began"} <= actions
    assert not AuditEntry.objects.filter(data__icontains=PHONE).exists()
    assert granted.token not in PublicToken.objects.get().token_hash


def test_the_second_sign_in_finds_it(app: Program) -> None:
    first = make.sign_in(app.client)
    with later(61):
        again = make.sign_in(app.client)
    assert first.session.account_id == again.session.account_id
    assert not again.is_new


def test_the_answer_does_not_tell_whether_the_phone_is_known(app: Program, keeper: User) -> None:
    known = make.sign_in(app.client, "13900000002").session.account
    services.freeze_account(keeper, account_id=known.pk, reason="冒用他人手机")
    with later(61):
        answers = [
            services.request_code(app.client, phone=phone, address="10.0.0.1")
            for phone in ("13900000002", "13900000003")
        ]
    assert answers[0] == answers[1]
    assert Delivery.objects.filter(to="13900000002").count() == 2


@pytest.mark.parametrize("phone", ["", "12345", "0532-85881234", "1390000000x", "139000000011"])
def test_only_mobiles_get_codes(app: Program, phone: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.request_code(app.client, phone=phone, address="10.0.0.1")
    assert refusal.value.field == "phone"


def test_a_code_is_good_once(app: Program) -> None:
    code = ask(app)
    enter(app, code)
    with pytest.raises(SignInRefused):
        enter(app, code)
    assert PublicToken.objects.count() == 1


def test_a_code_dies_after_five_minutes(app: Program) -> None:
    code = ask(app)
    with later(301), pytest.raises(SignInRefused):
        enter(app, code)


def test_five_wrong_tries_end_a_code(app: Program) -> None:
    code = ask(app)
    for _turn in range(5):
        with pytest.raises(SignInRefused) as refusal:
            enter(app, wrong(code))
    with pytest.raises(SignInRefused) as right:
        enter(app, code)
    assert str(right.value) == str(refusal.value)
    assert SignInCode.objects.get().tries == 5
    assert AuditEntry.objects.filter(action="public_session.refused").count() == 6


def test_a_new_code_ends_the_old(app: Program) -> None:
    old = ask(app)
    with later(61):
        new = ask(app)
        if old != new:
            with pytest.raises(SignInRefused):
                enter(app, old)
        enter(app, new)


def test_a_code_is_for_the_client_that_asked(app: Program) -> None:
    other = make.another(app)
    code = ask(app)
    with pytest.raises(SignInRefused):
        enter(other, code)
    enter(app, code)


def test_a_phone_gets_few_codes_and_a_hall_gets_many(app: Program, settings: Any) -> None:
    full_hour = clock.now().replace(minute=0, second=0)
    settings.PUBLIC_CODES_PER_PHONE = 1
    with clock.at(full_hour):
        ask(app)
        with pytest.raises(TooMany):
            ask(app)
    with clock.at(full_hour + timedelta(seconds=61)):
        with pytest.raises(TooMany):
            ask(app)
        for number in range(30):
            ask(app, f"1391111{number:04d}")


def test_an_address_has_a_limit_of_its_own(app: Program, settings: Any) -> None:
    settings.PUBLIC_CODES_PER_ADDRESS = 2
    with clock.at(clock.now().replace(minute=0, second=0)):
        ask(app, "13900000011")
        ask(app, "13900000012")
        with pytest.raises(TooMany):
            ask(app, "13900000013")
    services.request_code(app.client, phone="13900000013", address="10.0.0.2")


def test_a_token_of_another_client_is_none(app: Program) -> None:
    granted = make.sign_in(app.client)
    other = make.another(app)
    with pytest.raises(SignInRefused) as theirs:
        services.require_session(other.client, granted.token)
    with pytest.raises(SignInRefused) as invented:
        services.require_session(other.client, "x" * 43)
    assert str(theirs.value) == str(invented.value)
    assert AuditEntry.objects.filter(data__why="of another client").count() == 1


def test_a_token_ends_by_itself_and_by_its_owner(app: Program) -> None:
    granted = make.sign_in(app.client)
    with later(31 * 86_400), pytest.raises(SignInRefused):
        services.require_session(app.client, granted.token)
    services.end_own_session(granted.session, session_id=granted.session.pk)
    with pytest.raises(SignInRefused):
        services.require_session(app.client, granted.token)


def test_nobody_ends_the_sessions_of_others(app: Program) -> None:
    mine, theirs = make.sign_in(app.client), make.sign_in(app.client, "13900000002")
    with pytest.raises(NotFound):
        services.end_own_session(mine.session, session_id=theirs.session.pk)
    services.require_session(app.client, theirs.token)


def test_a_frozen_account_is_told_only_to_whoever_holds_the_phone(
    app: Program, keeper: User
) -> None:
    granted = make.sign_in(app.client)
    services.freeze_account(keeper, account_id=granted.session.account_id, reason="冒用")
    with pytest.raises(SignInRefused):
        services.require_session(app.client, granted.token)
    with later(61):
        code = ask(app)
        with pytest.raises(SignInRefused):
            enter(app, wrong(code))
        with pytest.raises(AccountClosedOff):
            enter(app, code)


def test_a_mini_program_user_is_bound_once(app: Program) -> None:
    with pytest.raises(NotBound):
        services.sign_in_by_mini_program(app.client, code="sim-u1", device="", address="a")
    mine = make.sign_in(app.client).session
    services.bind_mini_program(mine, code="sim-u1")
    services.bind_mini_program(mine, code="sim-u1")
    granted = services.sign_in_by_mini_program(app.client, code="sim-u1", device="", address="a")
    assert granted.session.account_id == mine.account_id
    theirs = make.sign_in(app.client, "13900000002").session
    with pytest.raises(Refused):
        services.bind_mini_program(theirs, code="sim-u1")
    with pytest.raises(SignInRefused):
        services.bind_mini_program(theirs, code="made-up")
    services.unbind_mini_program(theirs)
    with pytest.raises(Refused):
        services.bind_mini_program(theirs, code="sim-u1")
    services.unbind_mini_program(mine)
    services.bind_mini_program(theirs, code="sim-u1")


def test_a_binding_is_of_one_client(app: Program) -> None:
    services.bind_mini_program(make.sign_in(app.client).session, code="sim-u1")
    other = make.another(app)
    with pytest.raises(NotBound):
        services.sign_in_by_mini_program(other.client, code="sim-u1", device="", address="a")


def test_bodies_do_not_share_accounts(app: Program, stranger: User) -> None:
    assert stranger.tenant is not None
    theirs = make.program(stranger.tenant, stranger, name="邻市")
    mine = make.sign_in(app.client).session.account
    other = make.sign_in(theirs.client).session.account
    assert (mine.phone, mine.tenant_id) != (other.phone, other.tenant_id)
    with pytest.raises(NotFound):
        services.freeze_account(stranger, account_id=mine.pk, reason="不归我管")


def test_old_codes_and_sessions_are_dropped(app: Program) -> None:
    make.sign_in(app.client)
    with clock.at(clock.now() + timedelta(days=2)):
        assert services.purge() == 1
    with clock.at(clock.now() + timedelta(days=300)):
        assert services.purge() == 1
    assert PublicAccount.objects.get().state == AccountState.ACTIVE


@pytest.mark.django_db(transaction=True)
def test_two_with_one_code_at_once(app: Program) -> None:
    code = ask(app)
    ended: list[str] = []
    start = threading.Barrier(2)

    def run() -> None:
        try:
            start.wait()
            enter(app, code)
            ended.append("in")
        except SignInRefused:
            ended.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _turn in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["in", "refused"]
    assert PublicToken.objects.count() == PublicAccount.objects.count() == 1
