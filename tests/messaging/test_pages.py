"""The queue, a conversation, accounts and figures as people see them."""

import uuid
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.matters.models import Case
from apps.messaging.models import ChannelAccount, Conversation, Message, Wait
from apps.messaging.registry import temporarily
from apps.messaging.services import deliver_due, secrets_of
from tests.cast import Cast
from tests.hotline.factories import neighbour
from tests.messaging.factories import OPENID, account, agent, overseer, write

pytestmark = pytest.mark.django_db
TEXT = "解放路路口的井盖松动，车辆经过时声音很大，请尽快处理。"


def web(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_agent_takes_answers_and_ends(cast: Cast, live: str) -> None:
    to, serving = account(cast), agent(cast)
    begin = clock.now()
    with clock.at(begin):
        write(to, "路灯<script>alert(1)</script>什么时候修？😀", name="张三")
    page = web(serving).get("/messages/").content.decode()
    assert "张三" in page
    assert OPENID not in page
    pk = Conversation.objects.get().pk
    form = {"text": "预计明天修好。", "key": str(uuid.uuid4())}
    with clock.at(begin + timedelta(seconds=100)):
        client = web(serving)
        assert client.post(f"/messages/{pk}/answer/", form).status_code == 302
        assert client.post(f"/messages/{pk}/answer/", form).status_code == 302
        assert deliver_due() == 1
    sent = Message.objects.get(direction="out")
    assert (sent.state, sent.author) == ("sent", serving)
    wait = Wait.objects.get()
    assert (wait.agent, (wait.answered_at - wait.since).total_seconds()) == (serving, 100)  # type: ignore[operator]
    shown = client.get(f"/messages/{pk}/").content.decode()
    assert "预计明天修好。" in shown
    assert "<script>alert" not in shown
    assert client.post(f"/messages/{pk}/close/").status_code == 302
    assert Conversation.objects.get().state == "closed"
    entry = AuditEntry.objects.get(action="conversation.closed")
    assert (entry.data["before"]["state"], entry.data["after"]["state"]) == ("serving", "closed")


def test_two_agents_at_once_and_an_empty_answer(cast: Cast, live: str) -> None:
    first, second = agent(cast), agent(cast, "second")
    write(account(cast), "在吗")
    pk = Conversation.objects.get().pk
    web(first).post(f"/messages/{pk}/claim/")
    refused = web(second).post(
        f"/messages/{pk}/answer/", {"text": "我来", "key": str(uuid.uuid4())}
    )
    assert refused.status_code == 422
    assert "孟答正在接待此会话" in refused.content.decode()
    empty = web(first).post(f"/messages/{pk}/answer/", {"text": " ", "key": str(uuid.uuid4())})
    assert "答复应为1到2000个字" in empty.content.decode()
    assert not Message.objects.filter(direction="out").exists()


def test_the_neighbours_and_the_wrong_role_see_nothing(cast: Cast, live: str) -> None:
    eastern = account(cast, code="east", unit=cast.east_works)
    write(eastern, "东区的事")
    pk = Conversation.objects.get().pk
    western = agent(cast, "western", cast.west_works)
    assert web(western).get(f"/messages/{pk}/").status_code == 404
    assert web(western).post(f"/messages/{pk}/claim/").status_code == 404
    assert "东区的事" not in web(western).get("/messages/?tab=all").content.decode()
    assert web(neighbour(cast)).get("/messages/").status_code == 403
    assert web(cast.handler).get("/messages/").status_code == 403
    assert web(agent(cast)).get("/messages/accounts/new/").status_code == 403
    assert web(agent(cast, "third")).get("/messages/figures/").status_code == 403
    assert Conversation.objects.get().agent is None


def test_a_conversation_goes_to_the_desk_and_becomes_one_case(cast: Cast, live: str) -> None:
    to, serving = account(cast, class_code="road.manhole", nature="complaint"), agent(cast)
    write(to, TEXT, name="张三丰")
    pk = Conversation.objects.get().pk
    client = web(serving)
    led = client.post(f"/messages/{pk}/desk/")
    desk = client.get(led["Location"])
    form = desk.context["form"]
    assert (form["text"].value(), form["channel"].value()) == (TEXT, "wechat")
    assert (form["nature"].value(), form["class_code"].value()) == ("complaint", "road.manhole")
    posted = {
        name: form[name].value() or ""
        for name in form.fields
        if name not in ("is_secret", "is_public")
    }
    for _turn in range(2):
        assert client.post("/hotline/desk/", posted).status_code == 302
    case = Case.objects.get()
    assert case.channel == "wechat"
    receipt = Message.objects.get(direction="out")
    assert case.number in receipt.text
    assert (
        "没有尚未登记的来信" in client.post(f"/messages/{pk}/desk/", follow=True).content.decode()
    )


def test_somebody_is_muted_with_a_reason_and_an_end(cast: Cast, live: str) -> None:
    to, serving = account(cast), agent(cast)
    write(to, "骂人的话")
    pk = Conversation.objects.get().pk
    client = web(serving)
    refused = client.post(f"/messages/{pk}/mute/", {"hours": "24", "reason": ""})
    assert refused.status_code == 422
    client.post(f"/messages/{pk}/mute/", {"hours": "24", "reason": "一小时内重复辱骂三十次"})
    write(to, "又一条")
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.messages.count()) == ("closed", 2)
    with clock.at(clock.now() + timedelta(hours=25)):
        write(to, "我来道歉")
    conversation.refresh_from_db()
    assert conversation.state == "waiting"
    entry = AuditEntry.objects.get(action="conversation.muted")
    assert entry.data["after"]["mute_reason"] == "一小时内重复辱骂三十次"


def test_secrets_are_sealed_replaced_and_never_shown(cast: Cast, live: str) -> None:
    keeper = overseer(cast)
    client = web(keeper)
    form: dict[str, Any] = {
        "name": "市民热线公众号", "code": "gzh", "channel": "wechat", "sender": "wechat",
        "unit": cast.center.code, "intake_rule": "keyword", "nature": "help", "is_active": "on",
        "api_base": "https://api.example.gov.cn", "app_id": "wx1",
        "secret_token": "tok-1", "secret_app_secret": "app-1",
    }  # fmt: skip
    assert client.post("/messages/accounts/new/", form).status_code == 302
    made = ChannelAccount.objects.get()
    assert "tok-1" not in made.secrets
    form |= {"secret_token": "tok-2", "secret_app_secret": "", "name": "公众号"}
    assert client.post(f"/messages/accounts/{made.pk}/", form).status_code == 302
    made.refresh_from_db()
    assert secrets_of(made) == {"token": "tok-2", "app_secret": "app-1"}
    shown = client.get(f"/messages/accounts/{made.pk}/").content.decode()
    assert "tok-2" not in shown
    entries = AuditEntry.objects.filter(object_type="messaging.channel_account")
    assert not any("tok-" in str(entry.data) for entry in entries)
    again = client.post("/messages/accounts/new/", form)
    assert again.status_code == 422
    assert "该代码已被使用" in again.content.decode()


def test_figures_count_three_minutes_and_each_line(cast: Cast, live: str) -> None:
    to, serving, watcher = account(cast, intake_rule="keyword"), agent(cast), overseer(cast)
    begin = clock.now()
    for number, seconds in enumerate((60, 600)):
        with clock.at(begin + timedelta(seconds=number)):
            write(to, "在吗", outsider=f"openid-{number}")
        pk = Conversation.objects.get(outsider=f"openid-{number}").pk
        with clock.at(begin + timedelta(seconds=seconds)):
            web(serving).post(f"/messages/{pk}/answer/", {"text": "在的", "key": str(uuid.uuid4())})
    write(to, f"投诉：{TEXT}")
    client = web(watcher)
    page = client.get("/messages/figures/?days=7")
    [row] = page.context["waits"]
    assert (row.waits, row.answered, row.in_time, row.rate) == (2, 2, 1, "50.0%")
    [report] = [one for one in page.context["reports"] if one.demands]
    assert (report.name, report.demands, report.ended) == ("市民热线", 1, 0)
    answer = client.get("/messages/figures/export/?days=7")
    sheet = load_workbook(BytesIO(answer.getvalue())).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:2] == ["热线", "号码"]


def test_a_provider_that_is_away_is_asked_again_and_a_refusal_is_final(
    cast: Cast, live: str
) -> None:
    from apps.messaging.registry import AdapterError, Outgoing, Reach

    asked: list[str] = []

    def failing(reach: Reach, outgoing: Outgoing) -> str:
        asked.append(outgoing.key)
        if len(asked) < 3:
            raise AdapterError("away", retryable=True)
        if len(asked) == 3:
            raise RuntimeError("broken")
        return "p-1"

    to, serving = account(cast), agent(cast)
    write(to, "在吗")
    pk, moment = Conversation.objects.get().pk, clock.now()
    form = {"text": "在的", "key": str(uuid.uuid4())}
    web(serving).post(f"/messages/{pk}/answer/", form)
    with temporarily("simulator", failing):
        for minutes in (0, 1, 3, 10, 20):
            with clock.at(moment + timedelta(minutes=minutes, seconds=1)):
                deliver_due()
    assert len(set(asked)) == 1
    assert len(asked) == 4
    assert Message.objects.get(direction="out").state == "sent"
