"""Reports over REST."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.common import tokens
from apps.gateway.models import ApiClient
from apps.hotline.models import Demand
from apps.matters.models import Case
from tests.cast import Cast, role_named
from tests.gateway.factories import client_with_key
from tests.hotline.citizen.conftest import picture
from tests.matters import factories

URL = "/api/v1/demands/"


@pytest.fixture
def key(cast: Cast, live: str) -> str:
    """The key of a client that may report and read, acting as the acceptor."""
    secret = tokens.new_token()
    client_with_key(
        f"apptest001.{secret}",
        name="公众 App",
        tenant=cast.tenant,
        service_user=cast.acceptor,
        scopes=["cases.report", "cases.read"],
        rate="100000/min",
    )
    return f"Api-Key apptest001.{secret}"


def body(**changes: Any) -> dict[str, Any]:
    lon, lat = Cast.inside_east()
    values: dict[str, Any] = {
        "text": "解放路与和平路路口的井盖松动，车辆经过时声音很大。",
        "lon": lon,
        "lat": lat,
        "address": "解放路与和平路路口",
        "reporter_phone": "13812345678",
        "reporter_name": "张三丰",
    }
    return values | changes


def post(key: str, data: Any, url: str = URL, **headers: str) -> Any:
    client = Client(headers={"Authorization": key} | headers)
    return client.post(url, data, content_type="application/json")


def test_a_report_gets_a_receipt(key: str, cast: Cast) -> None:
    response = post(key, body())
    assert response.status_code == 201, response.content
    told = response.json()
    case = Case.objects.get(number=told["number"])
    assert told["place"]["area"] == case.area.code
    assert told["repeated"] is False
    assert Client(headers={"Authorization": key}).get(told["url"]).status_code == 200
    assert Demand.objects.get(case=case).reporter_phone == "13812345678"


def test_the_key_makes_it_once(key: str) -> None:
    header = {"Idempotency-Key": "app-2026-000001"}
    first, again = post(key, body(), **header), post(key, body(), **header)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert Case.objects.count() == 1


def test_the_key_with_another_report_is_refused(key: str) -> None:
    header = {"Idempotency-Key": "app-2026-000001"}
    post(key, body(), **header)
    answer = post(key, body(text="完全不同的另一件事情"), **header)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("bad", ["short", "x" * 300])
def test_a_bad_key_is_named(key: str, bad: str) -> None:
    answer = post(key, body(), **{"Idempotency-Key": bad})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "长" * 4001}, "text"),
        ({"lon": 121.5, "lat": 37.5}, "point"),
        ({"lon": 500}, "lon"),
        ({"lat": None}, "lat"),
        ({"class_code": "no.such"}, "class_code"),
        ({"reporter_phone": "12-ab"}, "reporter_phone"),
        ({"channel": "smoke"}, "channel"),
        ({"form_data": [1]}, "form_data"),
        ({"family": "efficiency", "reporter_phone": ""}, "reporter_phone"),
    ],
)
def test_problems_name_the_field(key: str, changes: dict[str, Any], field: str) -> None:
    answer = post(key, body(**changes))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert Case.objects.count() == 0


def test_files_come_as_multipart(key: str) -> None:
    client = Client(headers={"Authorization": key})
    response = client.post(
        URL, {"text": "井盖坏了请来修", "files": [picture(), picture(colour="blue")]}
    )
    assert response.status_code == 201, response.content
    assert Case.objects.get().attachments.count() == 2


def test_a_disguised_file_is_refused(key: str) -> None:
    fake = io.BytesIO(b"MZ\x90 program")
    fake.name = "photo.jpg"
    answer = Client(headers={"Authorization": key}).post(URL, {"text": "井盖坏了", "files": [fake]})
    assert answer.status_code == 400
    assert Case.objects.count() == 0


def test_without_scope_or_key_nothing_goes(key: str) -> None:
    ApiClient.objects.update(scopes=["cases.read"])
    answer = post(key, body())
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert post("Api-Key nobody.nothing", body()).status_code in {401, 403}


def test_a_person_needs_the_permission(cast: Cast, client: Client, live: str) -> None:
    client.force_login(cast.acceptor)
    assert client.post(URL, body(), content_type="application/json").status_code == 403
    register = Permission.objects.get(codename="register_demand")
    role_named("acceptor").permissions.add(register)
    assert client.post(URL, body(), content_type="application/json").status_code == 201


def test_duplicates_and_classes_come_when_asked(key: str, cast: Cast) -> None:
    first = post(key, body()).json()
    second = post(key, body(reporter_phone=""), url=f"{URL}?with=duplicates,classes").json()
    assert first["number"] in [hit["number"] for hit in second["duplicates"]]
    assert second["number"] not in [hit["number"] for hit in second["duplicates"]]
    alike = post(key, {"text": body()["text"]}, url="/api/v1/duplicates/")
    assert first["number"] in [hit["number"] for hit in alike.json()]
    assert post(key, {"text": "井盖坏了"}, url="/api/v1/classify/").status_code == 200


def test_progress_has_public_words_only(key: str, cast: Cast) -> None:
    case = factories.accepted(cast)
    answer = Client(headers={"Authorization": key}).get(f"/api/v1/demands/{case.number}/progress/")
    assert answer.status_code == 200
    assert answer.json()["state"] == "已受理"
    assert cast.acceptor.full_name not in answer.content.decode()


def test_progress_of_a_case_out_of_reach_is_not_there(key: str, cast: Cast) -> None:
    ApiClient.objects.update(service_user=cast.handler_west)
    case = factories.accepted(cast)
    url = f"/api/v1/demands/{case.number}/progress/"
    assert Client(headers={"Authorization": key}).get(url).status_code == 404


def test_a_report_costs_few_queries(key: str) -> None:
    post(key, body())
    with CaptureQueriesContext(connection) as counted:
        assert post(key, body()).status_code == 201
    assert len(counted) <= 45, "\n".join(q["sql"][:150] for q in counted)
