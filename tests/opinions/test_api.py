"""Citizens' programs: collections, surveys and ideas by a token (PT-08, PT-11)."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.opinions.models import IdeaVote, Opinion
from apps.residents.enums import TOKEN_HEADER
from tests.cast import Cast
from tests.opinions.conftest import collection, confirmed, idea, survey
from tests.residents import factories as make

pytestmark = pytest.mark.django_db
BASE = "/api/v1/public/"


def test_one_phone_is_one_person_in_the_app_and_on_the_pages(town: Cast, client: Client) -> None:
    row, asked, proposal = collection(town), survey(town), idea(town, 7)
    app = make.program(town.tenant, town.acceptor)
    token = make.sign_in(app.client).token
    bare = Client(headers={"Authorization": app.key})
    me = Client(headers={"Authorization": app.key, TOKEN_HEADER: token})

    def send(verb: str, path: str, body: Any, **headers: str) -> Any:
        call = getattr(me, verb)
        return call(f"{BASE}{path}", body, content_type="application/json", headers=headers)

    assert bare.get(f"{BASE}collections/").json()[0]["title"] == row.title
    assert bare.get(f"{BASE}surveys/").json()[0]["id"] == asked.survey_id
    assert Client().get(f"{BASE}collections/").status_code == 401
    write = f"collections/{row.pk}/opinions/"
    said = {"text": "希望步道铺设防滑材料。"}
    assert send("post", write, said).status_code == 400
    answers = [send("post", write, said, **{"Idempotency-Key": key}) for key in ("a", "a", "b")]
    assert [answer.json()["repeated"] for answer in answers] == [False, True, True]
    assert Opinion.objects.get().phone == make.PHONE
    wrong = send("put", f"surveys/{asked.survey_id}/", {"answers": {"use": "nonsense"}})
    assert (wrong.status_code, "use" in wrong.content.decode()) == (400, True)
    given = {"answers": {"use": "often", "mark": 3}}
    assert send("put", f"surveys/{asked.survey_id}/", given).status_code == 200
    assert send("put", f"surveys/{asked.survey_id}/", given).status_code == 409
    voted = send("post", f"ideas/{proposal.pk}/vote/", {})
    assert voted.json().get("votes") == 1, voted.content.decode()
    assert send("post", f"ideas/{proposal.pk}/vote/", {}).status_code == 409
    cache.delete_pattern("*")
    confirmed(client, make.PHONE)
    again = client.post(f"/citizen/ideas/{proposal.pk}/vote/", follow=True).content.decode()
    assert "已经支持过" in again
    assert IdeaVote.objects.count() == 1
    new = {"title": "社区晒衣架", "text": "在老旧小区空地增设公共晒衣架。"}
    made = send("post", "ideas/", new, **{"Idempotency-Key": "i1"})
    assert (made.status_code, made.json()["state"]) == (201, "submitted")
    listed = me.get(f"{BASE}ideas/").json()["results"]
    assert [one["id"] for one in listed] == [proposal.pk]
    huge = send("post", write, {"text": "好" * 4001}, **{"Idempotency-Key": "c"})
    assert huge.status_code == 400
