"""A connected system that is only read from: nothing goes out, nothing is lost (GW-08)."""

import uuid

import pytest
from django.test import Client

from apps.audit.models import AuditEntry
from apps.matters.models import Case
from apps.messaging.models import ChannelAccount, Message, Transfer
from apps.messaging.services import deliver_due
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.matters.factories import act
from tests.messaging.factories import account, agent, overseer, signed, write
from tests.messaging.test_callbacks import ACCEPT

pytestmark = pytest.mark.django_db


def web(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def switch(to: ChannelAccount, *, is_on: bool) -> None:
    to.is_receive_only = is_on
    to.save(update_fields=["is_receive_only"])


def test_an_answer_waits_and_leaves_once_when_the_switch_is_taken_back(
    cast: Cast, live: str
) -> None:
    to, serving = account(cast), agent(cast)
    switch(to, is_on=True)
    write(to, "路灯什么时候修？")
    client = web(serving)
    pk = Message.objects.get(direction="in").conversation_id
    shown = client.get(f"/messages/{pk}/").content.decode()
    assert "只收不发" in shown
    client.post(f"/messages/{pk}/answer/", {"text": "预计明天修好。", "key": str(uuid.uuid4())})
    assert deliver_due() == 0
    kept = Message.objects.get(direction="out", kind="answer")
    assert (kept.state, kept.attempts) == ("waiting", 0)
    switch(to, is_on=False)
    assert deliver_due() == 1
    assert deliver_due() == 0


def test_a_line_that_is_only_read_gets_no_case_and_its_tickets_are_taken(
    cast: Cast, live: str, client: Client
) -> None:
    police, serving = account(cast, channel="line", code="police"), agent(cast)
    switch(police, is_on=True)
    case = demand(cast)
    page = web(serving)
    told = {"line": police.pk, "reason": "属110非警务事项"}
    refused = page.post(f"/messages/cases/{case.pk}/", told)
    assert (refused.status_code, Transfer.objects.count()) == (422, 0)
    ticket = {"id": "w-1", "kind": "ticket", "number": "110-7", "text": "市民报称路口井盖松动。"}
    answer = client.post("/messages/in/line/police/", **signed(ticket))
    assert answer.json() == {"number": Case.objects.get(channel="line").number}
    assert deliver_due() == 0


def test_a_reporter_is_told_by_telephone_while_the_account_sends_nothing(
    cast: Cast, live: str, client: Client
) -> None:
    to = account(cast, "sms", intake_rule="every", class_code="road.manhole")
    write(to, "解放路路口的井盖松动，车辆经过时声音很大，请尽快处理。")
    case = Case.objects.get()
    before = Message.objects.filter(direction="out").count()
    switch(to, is_on=True)
    act(cast.acceptor, case, "accept", ACCEPT)
    assert Message.objects.filter(direction="out").count() == before
    switch(to, is_on=False)


def test_the_switch_is_on_the_account_page_and_in_the_log(cast: Cast) -> None:
    to, keeper = account(cast), overseer(cast)
    client = web(keeper)
    url = f"/messages/accounts/{to.pk}/"
    form = client.get(url).context["form"]
    told = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    changed = client.post(url, told | {"is_receive_only": "on", "unit": to.unit.code})
    to.refresh_from_db()
    assert (changed.status_code, to.is_receive_only) == (302, True)
    entry = AuditEntry.objects.filter(action="channel_account.saved").latest("id")
    assert (entry.data["before"], entry.data["after"]) == (
        {"is_receive_only": False},
        {"is_receive_only": True},
    )
    assert "只收不发" in client.get("/messages/accounts/").content.decode()
