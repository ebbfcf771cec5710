"""The check list of an application and how it is reached. Source: GW-04."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.signon import selectors, services
from apps.signon.enums import ASKED, HINTS, AccessMode, ApplicationState, CheckItem
from apps.signon.models import Application, ApplicationCheck, Grant
from tests.accounts.factories import TenantFactory
from tests.cast import Cast, _organization
from tests.people import appointed
from tests.signon.factories import register, settle

pytestmark = pytest.mark.django_db
SAID = "二级，备案号九九，去年测评"


@pytest.fixture
def keeper(cast: Cast) -> User:
    return appointed("appkeeper", cast.center, role="app", rights=["signon.manage_applications"])


@pytest.fixture
def row(cast: Cast, keeper: User) -> Application:
    """Approved, not live, nothing settled."""
    return Application.objects.create(
        owner=cast.center, name="执法终端", mode=AccessMode.PAGE, start_url="/x/",
        state=ApplicationState.APPROVED, client_id="terminal", applied_by=keeper,
        approved_by=cast.dispatcher, applied_at=clock.now(), approved_at=clock.now(),
    )  # fmt: skip


def test_every_way_of_access_asks_for_something_and_every_item_is_explained() -> None:
    assert ASKED.keys() == set(AccessMode)
    assert all(CheckItem.ACCEPTED in asked for asked in ASKED.values())
    assert {item for asked in ASKED.values() for item in asked} == HINTS.keys() == set(CheckItem)


def test_it_goes_live_when_all_is_settled_and_says_what_is_missing(
    keeper: User, row: Application
) -> None:
    settle(row, CheckItem.CONTACT, CheckItem.ADDRESS)
    with pytest.raises(Refused) as refused:
        services.go_live(keeper, application_id=row.pk)
    assert "验收意见" in str(refused.value)
    assert "业务和技术联系人" not in str(refused.value)
    settle(row, CheckItem.ACCEPTED)
    assert services.go_live(keeper, application_id=row.pk).is_live


def test_an_item_is_settled_once_with_words_and_by_who_may(
    cast: Cast, keeper: User, row: Application
) -> None:
    said: dict[str, Any] = {"application_id": row.pk, "item": "contact", "note_text": SAID}
    for wrong, field in ((said | {"note_text": "好"}, "note"), (said | {"item": "filed"}, "item")):
        with pytest.raises(InvalidInput) as refused:
            services.settle_item(keeper, **wrong)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        services.settle_item(cast.dispatcher, **said)
    services.settle_item(keeper, **said)
    with pytest.raises(Refused):
        services.settle_item(keeper, **said)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationCheck.objects.create(
            application=row, item="contact", note=SAID, by=keeper, at=clock.now()
        )
    told = AuditEntry.objects.get(action="application.item_settled").data
    assert told["after"] == {"item": "contact", "note": SAID}


def test_what_was_settled_is_taken_back_with_a_reason_and_kept(
    keeper: User, row: Application
) -> None:
    settle(row, CheckItem.CONTACT)
    with pytest.raises(InvalidInput):
        services.reopen_item(keeper, application_id=row.pk, item="contact", reason="")
    services.reopen_item(keeper, application_id=row.pk, item="contact", reason="联系人已调离")
    assert CheckItem.CONTACT in selectors.missing_of(row)
    with pytest.raises(NotFound):
        services.reopen_item(keeper, application_id=row.pk, item="contact", reason="联系人已调离")
    settle(row, CheckItem.CONTACT)
    assert row.checks.filter(item="contact").count() == 2


def test_a_live_application_goes_on_while_an_item_is_open(cast: Cast) -> None:
    live = register(cast.center).row
    services.reopen_item(
        live.applied_by, application_id=live.pk, item="contact", reason="联系人已调离"
    )
    live.refresh_from_db()
    assert live.is_live
    assert selectors.find_live(live.client_id) == live


def test_data_is_shared_by_agreement_without_a_client(cast: Cast) -> None:
    live = register(
        cast.center, mode=AccessMode.DATA, redirect_uris=[], description="水位日值，按年更新"
    )
    assert live.secret == ""
    assert CheckItem.AGREEMENT in live.row.asked
    assert selectors.access_of(live.row).text == "按协议提供数据"
    with pytest.raises(InvalidInput) as refused:
        services.apply_for(
            live.row.applied_by, owner=cast.center, reason="共享水位数据",
            data=services.ApplicationData(name="水位", mode="data"),
        )  # fmt: skip
    assert refused.value.field == "description"


def test_the_register_tells_how_each_is_reached(cast: Cast, keeper: User) -> None:
    live = register(cast.center).row
    (found,) = selectors.list_applications(keeper)
    assert (found.settled, selectors.access_of(found).text) == (7, "还没有人登录")
    Grant.objects.create(
        application=live, user=cast.dispatcher, kind="code", code_hash="c" * 64, sid="s",
        code_expires_at=clock.now(), issuer="x", acr=1, auth_time=clock.now(),
        created_at=clock.now(), redeemed_at=clock.now(),
    )  # fmt: skip
    access = selectors.access_of(selectors.get_application(keeper, live.pk))
    assert (access.level, access.text, access.at is not None) == ("done", "最近登录", True)
    Application.objects.filter(pk=live.pk).update(failures=3)
    access = selectors.access_of(selectors.get_application(keeper, live.pk))
    assert (access.level, access.text) == ("over", "退出通知连续 3 次未送达")
    assert list(selectors.list_applications(keeper, state="applied")) == []
    assert list(selectors.list_applications(keeper, mode="sso", text="公文")) == [live]


def test_the_list_is_worked_through_on_the_page(
    client: Client, keeper: User, row: Application
) -> None:
    client.force_login(keeper)
    address = f"/signon/applications/{row.pk}/"
    page = client.get(address).content.decode()
    assert "姓名、单位和电话" in page
    client.post(f"{address}items/contact/", {"note": SAID})
    assert SAID in client.get(address).content.decode()
    assert "1 / 3" in client.get("/signon/applications/", {"q": "执法"}).content.decode()
    client.post(f"{address}items/contact/", {"reopen": "1", "reason": "联系人已调离"})
    assert SAID not in client.get(address).content.decode()


def test_another_body_settles_nothing(row: Application, cast: Cast) -> None:
    elsewhere = _organization(TenantFactory(), None, "elsewhere", "邻市中心", "center", cast.city)
    other = appointed("other", elsewhere, role="app", rights=["signon.manage_applications"])
    with pytest.raises(NotAllowed):
        services.settle_item(other, application_id=row.pk, item="contact", note_text=SAID)
    assert not row.checks.exists()
