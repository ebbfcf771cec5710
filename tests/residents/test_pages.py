"""The pages of public accounts: who opens them, what they hide, what they do."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import HeldChange, User
from apps.residents import services
from apps.residents.models import Agency, LegalPerson, PublicAccount, PublicToken
from tests.residents import factories as make
from tests.residents.factories import PHONE, Program

AGENT = "13900000002"


@pytest.fixture
def desk(keeper: User) -> Client:
    client = Client()
    client.force_login(keeper)
    return client


@pytest.fixture
def boss(app: Program) -> PublicToken:
    return make.proved(app.client)


def url(name: str, *args: object) -> str:
    return reverse(f"residents:{name}", args=args)


def test_only_those_with_the_right_come_in(keeper: User, boss: PublicToken) -> None:
    other = make.clerk(keeper.appointments.get().post.organization, "nobody", may=())
    client = Client()
    assert client.get(url("account-list")).status_code == 302
    client.force_login(other)
    for page in (
        url("account-list"),
        url("person-list"),
        url("account-detail", boss.account_id),
    ):
        assert client.get(page).status_code == 403


def test_a_reader_sees_masks_and_no_buttons(keeper: User, boss: PublicToken) -> None:
    reader = make.clerk(keeper.appointments.get().post.organization, "reader", may=(make.VIEW,))
    client = Client()
    client.force_login(reader)
    page = client.get(url("account-detail", boss.account_id)).content.decode()
    assert "139****0001" in page
    assert PHONE not in page
    assert 'data-dialog="freeze"' not in page
    assert (
        client.post(url("account-deed", boss.account_id, "freeze"), {"reason": "试试"}).status_code
        == 403
    )


def test_the_neighbour_finds_nothing(stranger: User, boss: PublicToken) -> None:
    client = Client()
    client.force_login(stranger)
    assert client.get(url("account-detail", boss.account_id)).status_code == 404
    assert client.post(url("account-reveal", boss.account_id)).status_code == 404
    assert "没有符合条件" in client.get(url("account-list")).content.decode()


def test_find_freeze_thaw_close(desk: Client, boss: PublicToken) -> None:
    page = desk.get(url("account-list"), {"q": PHONE}).content.decode()
    assert url("account-detail", boss.account_id) in page
    for deed, state in (("freeze", "frozen"), ("unfreeze", "active"), ("close", "closed")):
        desk.post(url("account-deed", boss.account_id, deed), {"reason": "本人申请"})
        assert PublicAccount.objects.get().state == state
    refused = desk.post(
        url("account-deed", boss.account_id, "freeze"), {"reason": "本人申请"}, follow=True
    )
    assert "已注销" in refused.content.decode()
    assert desk.post(url("account-deed", boss.account_id, "delete")).status_code == 404


def test_revealing_asks_for_a_purpose(desk: Client, boss: PublicToken) -> None:
    address = url("account-reveal", boss.account_id)
    assert PHONE not in desk.post(address, {"purpose": ""}, follow=True).content.decode()
    shown = desk.post(address, {"purpose": "核对回访电话"})
    assert PHONE in shown.content.decode()
    assert make.id_number() in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]


def test_revealing_asks_who_sits_there(settings, keeper: User, boss: PublicToken) -> None:
    settings.STEP_UP = True
    client = Client()
    client.force_login(keeper)
    answer = client.post(url("account-reveal", boss.account_id), {"purpose": "核对回访电话"})
    assert PHONE not in answer.content.decode()
    assert answer.status_code in (302, 403)


def test_a_device_is_signed_out(desk: Client, boss: PublicToken) -> None:
    desk.post(url("device-end", boss.account_id, boss.pk))
    boss.refresh_from_db()
    assert boss.end_reason == "staff"


def test_a_merger_is_filed_with_a_preview(
    desk: Client, app: Program, keeper: User, boss: PublicToken
) -> None:
    make.clerk(keeper.appointments.get().post.organization, "second")
    twin = make.proved(app.client, AGENT)
    address = url("account-merge", boss.account_id, twin.account_id)
    assert address in desk.get(url("account-detail", boss.account_id)).content.decode()
    assert "139****0002" in desk.get(address).content.decode()
    assert desk.post(address, {"reason": ""}).status_code == 422
    answer = desk.post(address, {"reason": "同一人两个手机号"})
    change = HeldChange.objects.get()
    assert answer["Location"] == reverse("accounts:approval-detail", args=[change.pk])
    assert "139****0002" in desk.get(answer["Location"]).content.decode()
    other = make.sign_in(app.client, "13900000003").session.account_id
    refused = desk.get(url("account-merge", boss.account_id, other), follow=True)
    assert "同一人" in refused.content.decode()


def test_a_company_is_confirmed_and_its_agent_stopped(
    desk: Client, app: Program, boss: PublicToken
) -> None:
    claim = {"name": "晨光食品有限公司", "credit_code": make.credit_code()}
    firm = services.claim_legal_person(boss, **claim)
    assert "晨光" in desk.get(url("person-list"), {"q": make.credit_code()}).content.decode()
    desk.post(url("person-deed", firm.pk, "confirm"), {"reason": "已核对营业执照"})
    held = make.agency(boss, firm, AGENT)
    page = desk.get(url("person-detail", firm.pk)).content.decode()
    assert "139****0002" in page
    desk.post(url("agency-revoke", held.pk), {"reason": "企业来函"})
    assert Agency.objects.get().state == "revoked"
    desk.post(url("person-deed", firm.pk, "end"), {"reason": "企业注销"})
    assert LegalPerson.objects.get().state == "ended"
