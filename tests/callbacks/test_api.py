"""Call-backs over REST: the same rules, scopes besides, nothing of the citizen (HL-14, HL-17)."""

import pytest
from django.test import Client

from apps.callbacks import services
from apps.callbacks.models import CallbackTask
from apps.common import clock
from tests.callbacks.conftest import ELEVEN, answered
from tests.gateway.factories import client_with_key

URL = "/api/v1/callbacks/"


@pytest.fixture(autouse=True)
def at_eleven():
    with clock.at(ELEVEN):
        yield


def as_client(town, person, *scopes):
    """Will give a browser that calls as a client with these scopes."""
    key = f"callers{person[:3]}.{'s' * 40}"
    client_with_key(
        key,
        name=f"外呼平台{person}",
        tenant=town.tenant,
        service_user=town.people[person],
        scopes=list(scopes),
        rate="100000/min",
    )
    return Client(headers={"Authorization": f"Api-Key {key}"})


def send(client, path, **body):
    return client.post(f"{URL}{path}", body, content_type="application/json")


def test_a_program_takes_dials_and_writes_down_and_never_learns_the_number(town, pool):
    case = answered(town)
    services.fill_pools()
    client = as_client(town, "callback", "callbacks.read", "callbacks.call")
    listed = client.get(URL, {"state": "waiting"}).json()
    assert [(row["case"], row["is_mine"]) for row in listed["results"]] == [(case.number, False)]
    taken = send(client, "claim/").json()
    assert (taken["is_mine"], taken["questions"]["fields"][0]["name"]) == (True, "waited")
    assert send(client, f"{taken['id']}/dial/").status_code == 200
    assert CallbackTask.objects.get().exchange_id
    wrong = send(client, f"{taken['id']}/attempts/", number=1, outcome="reached", solved=True)
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "result_score"
    said = {"number": 1, "outcome": "reached", "solved": True, "result_score": 5}
    done = send(client, f"{taken['id']}/attempts/", **said)
    assert (done.json()["state"], done.json()["attempts"][0]["outcome"]) == ("done", "reached")
    assert send(client, f"{taken['id']}/attempts/", **said).json()["tries"] == 1
    assert send(client, "claim/").status_code == 204
    assert "13812345678" not in f"{listed}{taken}{done.json()}"
    case.refresh_from_db()
    assert case.is_ended


def test_a_missing_scope_another_district_and_the_handling_unit_get_nothing(town, pool):
    answered(town)
    services.fill_pools()
    task = CallbackTask.objects.get()
    reader = as_client(town, "second", "callbacks.read")
    refused = send(reader, "claim/")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert refused["Content-Type"] == "application/problem+json"
    assert reader.get(f"{URL}{task.pk}/").status_code == 200
    for person in ("callback_west", "double"):
        other = as_client(town, person, "callbacks.read", "callbacks.call")
        assert other.get(URL).json()["results"] == []
        assert other.get(f"{URL}{task.pk}/").status_code == 404
        assert send(other, f"{task.pk}/give-back/").status_code == 404
        assert send(other, "claim/").status_code == 204
    assert as_client(town, "handler", "callbacks.read").get(URL).status_code == 403
    task.refresh_from_db()
    assert task.state == "waiting"
