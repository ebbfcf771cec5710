"""Identity checks: only passing raises a level, and nothing leaks."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, Refused, TooMany
from apps.common.models import StoredFile
from apps.residents import identity_numbers, selectors, services
from apps.residents.errors import CheckFailed
from apps.residents.models import IdentityCheck, PublicAccount
from tests.hotline.citizen.conftest import picture
from tests.residents import factories as make
from tests.residents.factories import Program


def face() -> Any:
    return SimpleUploadedFile("face.jpg", picture().read(), content_type="image/jpeg")


def test_a_confirmed_name_raises_to_two(app: Program) -> None:
    account = make.proved(app.client).account
    account.refresh_from_db()
    assert (account.name, account.proofing_level, account.proofing_method) == (
        "张三丰",
        2,
        "real_name",
    )
    number = make.id_number()
    assert number not in account.identity_sealed + account.identity_digest
    assert identity_numbers.unseal(account.identity_sealed) == number
    entry = AuditEntry.objects.get(action="public_account.checked")
    assert entry.data["outcome"] == "passed"
    assert number not in str(entry.data)


@pytest.mark.parametrize(
    ("serial", "code"), [("404", "check_not_passed"), ("503", "check_not_available")]
)
def test_anything_else_raises_nothing(app: Program, serial: str, code: str) -> None:
    session = make.sign_in(app.client).session
    with pytest.raises(CheckFailed) as refusal:
        services.check_real_name(session, name="张三丰", id_number=make.id_number(serial))
    assert refusal.value.code == code
    account = PublicAccount.objects.get()
    assert (account.proofing_level, account.identity_sealed, account.name) == (1, "", "")
    check = IdentityCheck.objects.get()
    assert (check.level_before, check.level_after) == (1, 1)


def test_nobody_finds_out_whether_a_number_exists(app: Program) -> None:
    session = make.sign_in(app.client).session
    told = set()
    for serial in ("404", "409"):
        with pytest.raises(CheckFailed) as refusal:
            services.check_real_name(session, name="张三丰", id_number=make.id_number(serial))
        told.add(str(refusal.value))
    assert len(told) == 1


def test_the_database_holds_to_it(app: Program) -> None:
    session = make.proved(app.client)
    with pytest.raises(IntegrityError), transaction.atomic():
        IdentityCheck.objects.update(outcome="not_passed")
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicAccount.objects.filter(pk=session.account_id).update(proofing_level=4)


@pytest.mark.parametrize(
    "number",
    ["", "123", make.id_number()[:-1] + "?", "370202199002301234", make.id_number(born="20991231")],
)
def test_numbers_that_cannot_be(app: Program, number: str) -> None:
    session = make.sign_in(app.client).session
    with pytest.raises(InvalidInput) as refusal:
        services.check_real_name(session, name="张三丰", id_number=number)
    assert refusal.value.field == "id_number"
    assert not number or number not in str(refusal.value)


def test_a_wrong_last_character_is_told(app: Program) -> None:
    right = make.id_number()
    last = "1" if right[-1] != "1" else "2"
    with pytest.raises(InvalidInput, match="校验位"):
        identity_numbers.clean_identity_number(right[:-1] + last)


def test_once_confirmed_nobody_else_moves_in(app: Program) -> None:
    session = make.proved(app.client)
    with pytest.raises(Refused):
        services.check_real_name(session, name="李四", id_number=make.id_number("456"))
    with pytest.raises(Refused):
        services.state_name(session, name="李四")
    assert PublicAccount.objects.get().name == "张三丰"


def test_the_number_of_another_account_is_told_to_staff_only(app: Program, keeper: User) -> None:
    first = make.proved(app.client).account
    second = make.proved(app.client, "13900000002").account
    assert selectors.list_alike(second) == [first]
    assert set(selectors.list_accounts(keeper, alike=True)) == {first, second}
    make.proved(app.client, "13900000003", name="李四", serial="456")
    assert selectors.list_accounts(keeper, alike=True).count() == 2


def test_a_face_raises_to_three_and_is_not_kept(app: Program) -> None:
    session = make.proved(app.client)
    check = services.check_face(session, photo=face())
    assert (check.level_before, check.level_after) == (2, 3)
    assert not StoredFile.objects.exists()


def test_a_face_needs_a_name_first(app: Program) -> None:
    session = make.sign_in(app.client).session
    with pytest.raises(Refused):
        services.check_face(session, photo=face())
    assert not IdentityCheck.objects.exists()


def test_another_face_raises_nothing(app: Program) -> None:
    session = make.proved(app.client, serial="406")
    with pytest.raises(CheckFailed):
        services.check_face(session, photo=face())
    session.account.refresh_from_db()
    assert session.account.proofing_level == 2


def test_a_face_must_be_a_picture(app: Program) -> None:
    session = make.proved(app.client)
    with pytest.raises(InvalidInput) as refusal:
        services.check_face(session, photo=SimpleUploadedFile("face.jpg", b"%PDF-1.4 no"))
    assert refusal.value.field == "photo"


@pytest.mark.usefixtures("time_held")
def test_guessing_at_people_ends_soon(app: Program) -> None:
    session = make.sign_in(app.client).session
    for _turn in range(5):
        with pytest.raises(CheckFailed):
            services.check_real_name(session, name="张三丰", id_number=make.id_number("404"))
    with pytest.raises(TooMany):
        services.check_real_name(session, name="张三丰", id_number=make.id_number())
