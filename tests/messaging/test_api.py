"""What the app does for its citizen: write, fetch, score, choose."""

from typing import Any

import pytest
from django.test import Client

from apps.matters.models import Evaluation
from apps.messaging.models import Conversation, Message
from apps.messaging.services import answer
from apps.notices.models import Delivery
from apps.residents.enums import TOKEN_HEADER
from tests.cast import Cast
from tests.hotline.factories import demand
from tests.matters.factories import ACCEPT, CALL_BACK, act, dispatch_data, feed_back_data
from tests.messaging.factories import account, agent
from tests.residents import factories as make
from tests.residents.conftest import simulated  # noqa: F401  autouse here too
from tests.residents.factories import PHONE, Program

URL = "/api/v1/public/me/messages/"


@pytest.fixture
def citizen(cast: Cast, live: str) -> Client:
    app: Program = make.program(cast.tenant, cast.acceptor)
    token = make.sign_in(app.client).token
    return Client(headers={"Authorization": app.key, TOKEN_HEADER: token})


def send(client: Client, url: str, told: dict[str, Any], key: str = "") -> Any:
    """Will post JSON under a key."""
    heads = {"Idempotency-Key": key} if key else {}
    return client.post(url, told, content_type="application/json", headers=heads)


def test_a_citizen_writes_once_and_fetches_what_is_new(cast: Cast, citizen: Client) -> None:
    assert citizen.get(URL).status_code == 404  # the body answers no app yet
    account(cast, channel="app", sender="app", secrets={})
    first = send(citizen, URL, {"text": "什么时候有人联系我？"}, "k-1")
    assert first.status_code == 201
    assert send(citizen, URL, {"text": "什么时候有人联系我？"}, "k-1").json() == first.json()
    refused = [send(citizen, URL, {"text": "没有编号"}), citizen.get(f"{URL}?since=x")]
    fields = [one.json()["errors"][0]["field"] for one in refused]
    assert fields == ["Idempotency-Key", "since"]
    conversation = Conversation.objects.get()
    answer(agent(cast), conversation_id=conversation.pk, text="今天下午。", key="k")
    found = citizen.get(f"{URL}?since={first.json()['id']}").json()
    assert [row["text"] for row in found["results"]] == ["今天下午。"]
    assert citizen.get(f"{URL}?since={found['next']}").json()["results"] == []


def test_the_chosen_way_takes_the_progress_and_scores_come_once(
    cast: Cast, citizen: Client
) -> None:
    account(cast, channel="app", sender="app", secrets={})
    way = "/api/v1/public/me/notices/"
    assert citizen.get(way).json() == {"way": "sms"}
    assert citizen.put(way, {"way": "pigeon"}, content_type="application/json").status_code == 400
    chosen = citizen.put(way, {"way": "app"}, content_type="application/json")
    assert chosen.json() == {"way": "app"}
    before = Delivery.objects.count()
    case = demand(cast, reporter_phone=PHONE)
    act(cast.acceptor, case, "accept", ACCEPT | {"note": "内部"})
    act(cast.dispatcher, case, "dispatch", dispatch_data(cast))
    act(cast.handler, case, "sign", {})
    act(cast.handler, case, "feed_back", feed_back_data())
    act(cast.callback, case, "call_back", CALL_BACK)
    assert Delivery.objects.count() == before
    told = citizen.get(URL).json()["results"]
    assert {row["kind"] for row in told} == {"progress"}
    assert not any("内部" in row["text"] for row in told)
    score = f"/api/v1/public/me/demands/{case.number}/evaluation/"
    assert send(citizen, score, {"result_score": 9}, "s-0").status_code == 400
    for _turn in range(2):
        assert send(citizen, score, {"result_score": 5, "solved": True}, "s-1").status_code == 201
    assert Evaluation.objects.filter(case=case, source="citizen").count() == 1
    others = demand(cast, reporter_phone="13900000099")
    foreign = f"/api/v1/public/me/demands/{others.number}/evaluation/"
    assert send(citizen, foreign, {"result_score": 1}, "s-2").status_code == 404
    assert not Message.objects.filter(case=others).exists()
