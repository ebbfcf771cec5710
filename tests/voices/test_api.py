"""Groups, hot spots and topics over REST: sight and rights of the account, scopes besides."""

from typing import Any

import pytest
from django.test import Client

from apps.common import clock
from apps.voices.models import Topic, VoiceGroup
from tests.cast import Cast
from tests.gateway.factories import client_with_key
from tests.hotline.factories import neighbour
from tests.voices import factories as make

pytestmark = pytest.mark.django_db


def as_client(cast: Cast, user: Any, *scopes: str) -> Client:
    """Will give a browser that calls as a client of this account with these scopes."""
    key = f"v{user.pk:08d}.{'s' * 40}"
    client_with_key(
        key,
        name=f"分析平台{user.pk}",
        tenant=cast.tenant,
        service_user=user,
        scopes=list(scopes),
        rate="100000/min",
    )
    return Client(headers={"Authorization": f"Api-Key {key}"})


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def topic_of(cast: Cast) -> Topic:
    """Will give a topic somebody has to judge, in the eastern district."""
    moment = clock.now()
    return Topic.objects.create(
        tenant=cast.tenant,
        source="hot_spot",
        key="spot:1:road",
        name="东区停水",
        area=cast.east,
        area_path=cast.east.path,
        why="近 7 天 7 人反映",
        first_on=moment.date(),
        last_on=moment.date(),
        found_at=moment,
        changed_at=moment,
    )


def test_two_cases_are_joined_answered_and_parted_over_rest(cast: Cast, live: str) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    make.handled(cast, main)
    client = as_client(cast, cast.dispatcher, "voices.read", "voices.keep", "cases.read")
    wrong = post(client, "voice-groups/join/", case=twin.number, main="无此号", reason="同一井盖")
    assert wrong.status_code == 404
    body = {"case": twin.number, "main": main.number, "reason": "同一井盖"}
    group = post(client, "voice-groups/join/", **body).json()
    assert post(client, "voice-groups/join/", **body).json() == group
    assert [voice["case"] for voice in group["voices"]] == [twin.number]
    listed = client.get("/api/v1/voice-groups/").json()["results"]
    assert [(row["main"], row["voices"]) for row in listed] == [(main.number, 2)]
    assert "1390000" not in f"{group}{listed}"
    path = f"/api/v1/voice-groups/{group['id']}/"
    words = {"answer": "井盖今天更换。"}
    told = client.put(f"{path}answer/", words, content_type="application/json")
    assert told.json()["answer"] == "井盖今天更换。"
    voice = group["voices"][0]["id"]
    gone = post(client, f"voice-groups/{group['id']}/voices/{voice}/leave/", reason="不是一处")
    assert gone.json()["voices"] == []


def test_a_topic_is_confirmed_once_and_a_wrong_unit_is_named(cast: Cast) -> None:
    topic = topic_of(cast)
    client = as_client(cast, cast.dispatcher, "voices.read", "voices.keep")
    assert [row["name"] for row in client.get("/api/v1/topics/").json()["results"]] == ["东区停水"]
    assert client.get("/api/v1/hot-spots/").json()["results"] == []
    wrong = post(client, f"topics/{topic.pk}/confirm/", name="停水", unit="nobody")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "unit")
    body = {"name": "海棠花园停水", "unit": cast.east_works.code}
    done = post(client, f"topics/{topic.pk}/confirm/", **body).json()
    assert (done["state"], done["unit"]) == ("followed", cast.east_works.code)
    assert post(client, f"topics/{topic.pk}/confirm/", **body).status_code == 409
    ended = post(client, f"topics/{topic.pk}/dismiss/", reason="season").json()
    assert (ended["state"], ended["dismiss_reason"]) == ("dismissed", "season")


def test_scopes_roles_and_the_neighbouring_district_are_kept_apart(cast: Cast) -> None:
    main, twin = make.voice(cast, 1), make.voice(cast, 2)
    make.joined(cast, main, twin)
    group, topic = VoiceGroup.objects.get(), topic_of(cast)
    reader = as_client(cast, cast.dispatcher, "voices.read")
    refused = post(reader, f"topics/{topic.pk}/close/", note="结束")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    other = as_client(cast, neighbour(cast), "voices.read", "voices.keep")
    assert other.get("/api/v1/topics/").json()["results"] == []
    assert other.get(f"/api/v1/topics/{topic.pk}/").status_code == 404
    assert other.get("/api/v1/voice-groups/").json()["results"] == []
    assert other.get(f"/api/v1/voice-groups/{group.pk}/").status_code == 404
    unit = as_client(cast, cast.handler, "voices.read", "voices.keep")
    assert unit.get("/api/v1/voice-groups/").status_code == 403
    assert Topic.objects.get().state == "detected"
