"""The signed addresses: WeChat, text messages, other hotlines."""

import base64
import hashlib
import struct
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.test import Client

from apps.common import clock
from apps.matters.models import Case
from apps.messaging.models import Conversation, Message, Transfer
from apps.messaging.services import deliver_due
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.matters.factories import ACCEPT, act
from tests.messaging.factories import (
    SECRET,
    TOKEN,
    account,
    agent,
    signed,
    wechat_query,
    wechat_xml,
)

pytestmark = pytest.mark.django_db
ADDRESS = "/messages/in/wechat/wechat-main/"
XML = "application/xml"
KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")


def post(client: Client, query: dict[str, str], body: bytes) -> Any:
    """Will call the WeChat address."""
    return client.post(ADDRESS, body, content_type=XML, query_params=query)


def test_wechat_is_believed_by_its_signature_only(cast: Cast, live: str, client: Client) -> None:
    account(cast)
    now, body = clock.now(), wechat_xml("路灯不亮")
    checked = client.get(ADDRESS, wechat_query(now, nonce="a") | {"echostr": "e-1"})
    assert (checked.status_code, checked.content) == (200, b"e-1")
    query = wechat_query(now, nonce="b")
    assert post(client, query, body).content == b"success"
    assert post(client, query, body).content == b"success"
    assert Message.objects.filter(direction="in").count() == 1
    refusals = [
        post(client, query, wechat_xml("另一条", number="2")),
        post(client, wechat_query(now, nonce="c", token="wrong"), wechat_xml("x", number="3")),
        post(client, wechat_query(now - timedelta(minutes=6), nonce="d"), body),
        post(client, {}, body),
    ]
    assert [one.status_code for one in refusals] == [403] * 4
    assert Message.objects.filter(direction="in").count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<xml>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><MsgType>&b;</MsgType></xml>',
        b"<xml><MsgType>text</MsgType></xml>",
        b'{"MsgType": ["text"',
        b"\xff\xfe\x00",
    ],
)
def test_hostile_bodies_are_refused_by_name(
    cast: Cast, live: str, client: Client, body: bytes
) -> None:
    account(cast)
    answer = post(client, wechat_query(clock.now(), nonce="h"), body)
    assert (answer.status_code, answer.json()["field"]) == (400, "body")
    assert not Message.objects.exists()


def test_ten_megabytes_are_not_read(cast: Cast, client: Client) -> None:
    account(cast)
    answer = post(client, wechat_query(clock.now()), b"x" * 10_000_000)
    assert answer.status_code == 413


def test_safe_mode_takes_sealed_messages_only(cast: Cast, live: str, client: Client) -> None:
    account(cast, secrets={"token": TOKEN, "aes_key": KEY}, options={"app_id": "wx-1"})
    now = clock.now()
    plain = wechat_xml("保密来信")
    content = bytes(16) + struct.pack(">I", len(plain)) + plain + b"wx-1"
    filling = 32 - len(content) % 32
    key = base64.b64decode(KEY + "=")
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = base64.b64encode(
        sealer.update(content + bytes([filling]) * filling) + sealer.finalize()
    ).decode()
    stamp = str(int(now.timestamp()))
    proof = hashlib.sha1(
        "".join(sorted([TOKEN, stamp, "s", sealed])).encode(), usedforsecurity=False
    ).hexdigest()
    query = {"timestamp": stamp, "nonce": "s", "msg_signature": proof, "encrypt_type": "aes"}
    body = f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode()
    assert post(client, query, body).status_code == 200
    assert Message.objects.get().text == "保密来信"
    assert (
        post(client, wechat_query(now, nonce="t"), wechat_xml("明文", number="9")).status_code
        == 403
    )


def test_a_text_message_comes_in_signed_and_once(cast: Cast, live: str, client: Client) -> None:
    account(cast, channel="sms")
    address = "/messages/in/sms/sms-main/"
    told = {"id": "s-1", "from": "+86 138-1234-5678", "text": "路灯不亮"}
    assert client.post(address, **signed(told)).json() == {"repeated": False}
    assert client.post(address, **signed(told)).json() == {"repeated": True}
    conversation = Conversation.objects.get()
    assert (conversation.outsider, conversation.phone) == ("13812345678", "13812345678")
    forged = client.post(address, **signed(told | {"id": "s-2"}, secret=SECRET[:-4] + "AAA="))
    assert forged.status_code == 403
    wrong = [
        client.post(address, **signed({"id": "s-3", "from": "abc", "text": "x"})).json()["field"],
        client.post(address, **signed({"id": "s-4", "from": "13812345678"})).json()["field"],
        client.post(address, **signed({"id": 5})).json()["field"],
    ]
    assert wrong == ["from", "text", "id"]
    assert client.post("/messages/in/sms/nobody/", **signed(told)).status_code == 404


def test_a_ticket_of_another_hotline_is_a_demand_that_tells_back(
    cast: Cast, live: str, client: Client
) -> None:
    account(cast, channel="line", code="police", class_code="road.manhole")
    address = "/messages/in/line/police/"
    told = {
        "id": "w-1", "kind": "ticket", "number": "110-0007",
        "text": "市民报称路口井盖松动，非警务。",
        "reporter_name": "张三丰", "reporter_phone": "13812345678",
    }  # fmt: skip
    first = client.post(address, **signed(told)).json()
    again = client.post(address, **signed(told | {"id": "w-2"})).json()
    case = Case.objects.get()
    assert first == again == {"number": case.number}
    assert (case.channel, Transfer.objects.get().their_number) == ("line", "110-0007")
    act(cast.acceptor, case, "accept", ACCEPT | {"note": "内部备注"})
    words = list(Message.objects.filter(direction="out").order_by("id"))
    assert [one.kind for one in words] == ["status", "status"]
    assert "已受理" in words[1].text
    assert "内部" not in str([one.text for one in words])
    assert words[1].data["number"] == case.number
    wrong = client.post(address, **signed(told | {"id": "w-3", "kind": "order"}))
    assert (wrong.status_code, wrong.json()["field"]) == (400, "kind")


def test_a_case_goes_to_another_hotline_and_its_status_comes_back(
    cast: Cast, live: str, client: Client
) -> None:
    police, serving = account(cast, channel="line", code="police"), agent(cast)
    case = demand(cast, is_secret=True)
    pages = Client()
    pages.force_login(serving)
    sent = pages.post(
        f"/messages/cases/{case.pk}/", {"line": police.pk, "reason": "属110非警务事项"}
    )
    assert sent.status_code == 302
    again = pages.post(f"/messages/cases/{case.pk}/", {"line": police.pk, "reason": "再转一次"})
    assert "已转给外线" in again.content.decode()
    assert deliver_due() == 1
    ticket = Message.objects.get(kind="ticket")
    assert ticket.data["number"] == case.number
    assert "13812345678" not in str(ticket.data)
    status = {"kind": "status", "number": "P-9", "case": case.number}
    for number, state in (("t-1", "accepted"), ("t-2", "done"), ("t-2", "done")):
        word = status | {"id": number, "state": state, "text": "已派人处理"}
        assert client.post("/messages/in/line/police/", **signed(word)).status_code == 200
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.their_number) == ("done", "P-9")
    assert Message.objects.filter(kind="status").count() == 2
    assert Conversation.objects.get().state == "waiting"
    unknown = status | {"id": "t-3", "state": "done", "text": "x", "number": "?", "case": "?"}
    answer = client.post("/messages/in/line/police/", **signed(unknown))
    assert answer.json()["field"] == "number"
    assert "P-9" in pages.get(f"/messages/cases/{case.pk}/").content.decode()
    outsider = Client()
    outsider.force_login(cast.handler_west)
    assert outsider.get(f"/messages/cases/{case.pk}/").status_code == 404
