"""REST: the register for those with rights, draws and proofs for everybody."""

from typing import Any

import pytest
from django.test import Client

from apps.inspection.models import Draw
from tests.cast import Cast
from tests.inspection import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counters(live: str) -> str:
    """Counters of verified proofs begin at nothing."""
    return live


@pytest.fixture
def draw(staffed: Cast) -> Draw:
    make.many(staffed, 4)
    return make.drawn(staffed)


def verify(client: Client, proof: Any) -> Any:
    return client.post("/api/v1/inspection/verify/", proof, content_type="application/json")


def test_the_register_is_read_within_the_area(staffed: Cast, client: Client) -> None:
    one = make.supervised(staffed)
    make.supervised(staffed, 2, kind="person", name="欧阳小明", credit_code="")
    assert client.get("/api/v1/supervised-objects/").status_code in (401, 403)
    client.force_login(staffed.keeper)
    found = client.get("/api/v1/supervised-objects/").json()["results"]
    assert {row["name"] for row in found} == {one.name, "欧**明"}
    firms = client.get(f"/api/v1/supervised-objects/?kind=firm&area={staffed.east.code}").json()
    assert [row["ref"] for row in firms["results"]] == [one.ref]
    assert client.get("/api/v1/supervised-objects/?area=0").status_code == 404
    assert client.get("/api/v1/supervised-objects/?kind=ghost").status_code == 400
    client.force_login(staffed.keeper_west)
    assert client.get("/api/v1/supervised-objects/").json()["results"] == []
    assert client.get(f"/api/v1/supervised-objects/{one.pk}/").status_code == 404


def test_draws_results_and_proofs_are_open(staffed: Cast, client: Client, draw: Draw) -> None:
    listed = client.get("/api/v1/inspection/draws/").json()["results"]
    assert [row["number"] for row in listed] == [draw.number]
    one = client.get(f"/api/v1/inspection/draws/{draw.number}/").json()
    assert (one["list_digest"], one["drawn"]) == (draw.list_digest, 2)
    assert "secret" not in one
    proof = client.get(f"/api/v1/inspection/draws/{draw.number}/proof/").json()
    assert verify(client, proof).json() == {
        "agrees": True, "differences": [], "published": True,
    }  # fmt: skip
    assert client.get("/api/v1/inspection/results/").json()["results"] == []
    assert client.get("/api/v1/inspection/draws/CQ-0/").status_code == 404


@pytest.mark.parametrize("body", [{}, [], {"number": 5}, {"algorithm": "x"}, {"list": {}}])
def test_rubbish_gets_a_verdict(staffed: Cast, client: Client, body: Any) -> None:
    answer = verify(client, body)
    assert answer.status_code == 200
    assert answer.json()["agrees"] is False


@pytest.mark.usefixtures("time_held")
def test_a_stranger_verifies_sixty_times_an_hour(staffed: Cast, client: Client) -> None:
    statuses = [verify(client, {}).status_code for _ in range(61)]
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {200}
