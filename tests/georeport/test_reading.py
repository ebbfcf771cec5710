"""What everybody may read, in both forms, by the rules of the standard. Source: GW-08."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apps.common import clock
from apps.georeport import documents
from apps.georeport.api import schemas
from apps.georeport.models import OpenService
from apps.georeport.services import set_service_open
from apps.hotline.enums import ComplaintFamily
from apps.matters.models import Case
from tests.cast import Cast
from tests.georeport.factories import KEY, SECRET, get, keeper, lamp, manhole, open_client, post
from tests.hotline.factories import demand

PUBLIC = {"class_code": "road.lamp", "is_public": True}


@pytest.fixture
def offered(cast: Cast, live: str) -> Cast:
    lamp(cast)
    manhole(cast)
    return cast


def told(response: Any, schema: dict[str, Any]) -> tuple[Any, list[str]]:
    """Will give the JSON of an answer, and what of it the schema refuses."""
    found = response.json()
    return found, [error.message for error in Draft202012Validator(schema).iter_errors(found)]


def test_discovery_is_bare_and_names_two_endpoints(offered: Cast) -> None:
    plain, marked = get("discovery.json"), get("discovery.xml")
    assert plain["Content-Type"] == "application/json"
    assert marked["Content-Type"] == "text/xml"
    found, wrong = told(plain, schemas.DISCOVERY)
    assert wrong == []
    assert [each["type"] for each in found["endpoints"]] == ["production", "test"]
    document = fromstring(marked.content)
    assert [each.text for each in document.iter("type")] == ["production", "test"]
    assert document.find("endpoints/endpoint/formats/format").text == "text/xml"


def test_services_and_definitions_say_the_same_in_both_forms(offered: Cast) -> None:
    found, wrong = told(get("services.json"), schemas.SERVICES)
    assert wrong == []
    assert [(each["service_code"], each["metadata"]) for each in found] == [
        ("MANHOLE", True),
        ("LAMP", False),
    ]
    assert found[1]["keywords"] == "路灯,照明"
    document = fromstring(get("services.xml").content)
    assert [each.findtext("metadata") for each in document] == ["true", "false"]

    definition, wrong = told(get("services/MANHOLE.json"), schemas.DEFINITION)
    assert wrong == []
    by_code = {each["code"]: each for each in definition["attributes"]}
    assert by_code["surface"]["datatype"] == "singlevaluelist"
    assert by_code["surface"]["values"][0] == {"key": "asphalt", "name": "沥青"}
    assert [by_code[name]["datatype"] for name in ("depth_cm", "signs", "seen_on")] == [
        "number",
        "multivaluelist",
        "datetime",
    ]
    assert by_code["surface"]["required"] is True
    assert by_code["origin"] | {"automated": "server_set", "variable": False} == by_code["origin"]
    assert [each["order"] for each in definition["attributes"]] == [1, 2, 3, 4, 5]
    keys = fromstring(get("services/MANHOLE.xml").content).iterfind("attributes/attribute/values")
    assert next(keys).find("value/key").text == "asphalt"


def test_requests_are_public_and_without_personal_data(offered: Cast) -> None:
    text = "路灯不亮，联系我 13812345678，身份证 370102199001011234。"
    shown = demand(offered, text=text, **PUBLIC)
    demand(offered, class_code="road.lamp", is_public=False)
    demand(offered, is_secret=True, **PUBLIC)
    demand(offered, family=ComplaintFamily.CONSUMER, **PUBLIC)
    demand(offered, class_code="env.noise", is_public=True)  # not offered

    found, wrong = told(get("requests.json"), schemas.REQUESTS)
    assert wrong == []
    assert [each["service_request_id"] for each in found] == [shown.number]
    only = found[0]
    assert "13812345678" not in json.dumps(found)
    assert "370102199001011234" not in json.dumps(found)
    assert "张" not in json.dumps(found, ensure_ascii=False)
    assert (only["long"], only["lat"]) == Cast.inside_east()
    assert (only["status"], only["service_code"]) == ("open", "LAMP")
    assert only["requested_datetime"].endswith("+08:00")
    document = fromstring(get(f"requests/{shown.number}.xml").content)
    assert document.tag == "service_requests"
    names = [child.tag for child in document.find("request")]
    assert names == list(only)
    assert len(names) == 17


def test_a_place_that_is_not_public_is_told_by_street_only(offered: Cast) -> None:
    case = demand(offered, class_code="road.manhole", is_public=True, address="解放路 5 号 302 室")
    only = get(f"requests/{case.number}.json").json()[0]
    assert (only["lat"], only["long"]) == (None, None)
    assert only["address"] == "东区 东区一街道"


def test_extensions_tell_the_history_and_no_note(offered: Cast) -> None:
    case = demand(offered, **PUBLIC)
    only = get(f"requests/{case.number}.json", extensions="true").json()[0]
    assert only["extended_attributes"]["detailed_status"] == "OPEN"
    assert [each["type"] for each in only["notes"]] == ["open"]
    document = fromstring(get(f"requests/{case.number}.xml", extensions="true").content)
    assert document.find("request/notes/note/type").text == "open"


def test_narrowed_by_number_service_time_and_status(offered: Cast) -> None:
    old = demand(offered, **PUBLIC)
    Case.objects.filter(pk=old.pk).update(opened_at=clock.now() - timedelta(days=120))
    lamps = [demand(offered, **PUBLIC) for _number in range(2)]
    hole = demand(offered, class_code="road.manhole", is_public=True)

    def numbers(**query: Any) -> list[str]:
        return [each["service_request_id"] for each in get("requests.json", **query).json()]

    assert numbers() == [hole.number, lamps[1].number, lamps[0].number]
    assert numbers(service_code="LAMP", status="open") == [lamps[1].number, lamps[0].number]
    assert numbers(status="closed") == []
    assert numbers(page_size=1, page=2) == [lamps[1].number]
    both = f"{old.number}, {hole.number}"
    assert numbers(service_request_id=both, status="closed") == [hole.number, old.number]
    assert numbers(start_date="", end_date="", status="") == numbers()


WRONG = [
    ("requests.json", {"start_date": "2026-01-01"}, 400, "start_date"),
    ("requests.json", {"start_date": "0001-01-01T00:00:00+14:00"}, 400, "start_date"),
    (
        "requests.json",
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"},
        400,
        "end_date",
    ),
    ("requests.json", {"status": "done"}, 400, "status"),
    ("requests.json", {"page_size": "9999"}, 400, "page_size"),
    ("requests.json", {"jurisdiction_id": "nowhere"}, 404, "jurisdiction_id"),
    ("services/NOTHING.json", {}, 404, "service_code"),
    ("requests/20261121-9999999.json", {}, 404, "service_request_id"),
    ("tokens/7b1cf1d4-1111-4111-8111-111111111111.json", {}, 404, "token"),
    ("requests.json", {"api_key": "wrong.key"}, 403, "wrong"),
]


def test_a_refusal_is_a_list_that_names_the_field(offered: Cast) -> None:
    for name, query, status, named in WRONG:
        response = get(name, **query)
        found, wrong = told(response, schemas.ERRORS)
        assert (response.status_code, wrong) == (status, []), (name, query)
        assert found[0]["code"] == str(status)
        assert named in found[0]["description"]
        document = fromstring(get(name.replace(".json", ".xml"), **query).content)
        assert (document.tag, document.findtext("error/code")) == ("errors", str(status))


def test_a_refusal_speaks_the_callers_language(offered: Cast) -> None:
    answer = Client(headers={"Accept-Language": "zh-CN"}).get("/open311/v2/requests.xml?status=x")
    assert "应为 open 或 closed" in answer.content.decode()
    assert answer["Content-Type"] == "text/xml; charset=utf-8"


def test_a_class_taken_back_is_no_longer_listed(offered: Cast) -> None:
    service = lamp_of(offered)
    demand(offered, **PUBLIC)
    set_service_open(keeper(offered), service_id=service, is_active=False)
    assert get("requests.json").json() == []
    assert [each["service_code"] for each in get("services.json").json()] == ["MANHOLE"]


def lamp_of(cast: Cast) -> int:
    return OpenService.objects.get(tenant=cast.tenant, code="LAMP").pk


def test_a_client_reads_what_it_reported_although_it_is_not_public(offered: Cast) -> None:
    open_client(offered)
    number = post(non_public="1").json()[0]["service_request_id"]
    assert get(f"requests/{number}.json").status_code == 404
    own = get(f"requests/{number}.json", api_key=f"{KEY}.{SECRET}")
    assert own.json()[0]["service_request_id"] == number


def test_the_bulk_export_streams_one_city_in_three_forms(offered: Cast) -> None:
    case = demand(offered, title="=1+1", text="=HYPERLINK(1) 路灯不亮了", **PUBLIC)
    rows = list(csv.DictReader(io.StringIO(_whole("bulk/requests.csv").decode())))
    assert [row["service_request_id"] for row in rows] == [case.number]
    assert rows[0]["description"].startswith("'=")
    assert {"closed_date", "status_description", "source", "service_subtype"} <= set(rows[0])
    assert json.loads(_whole("bulk/requests.json"))[0]["source"] == rows[0]["source"]
    document = fromstring(_whole("bulk/requests.xml"))
    assert document.findtext("request/service_request_id") == case.number
    long = get(
        "bulk/requests.csv", start_date="2024-01-01T00:00:00Z", end_date="2026-01-01T00:00:00Z"
    )
    assert (long.status_code, long.json()[0]["code"]) == (400, "400")


def _whole(name: str) -> bytes:
    response = get(name)
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_reading_a_page_costs_the_same_for_more_rows(
    offered: Cast, django_assert_max_num_queries: Any
) -> None:
    for _number in range(4):
        demand(offered, **PUBLIC)
    get("requests.json")
    with django_assert_max_num_queries(12):
        assert len(get("requests.json").json()) == 4
    assert Case.objects.count() == 4


@given(st.text(), st.text(alphabet=st.characters(categories=["Cc", "Cs", "Lo", "Sm"])))
def test_whatever_was_written_the_xml_can_be_read(text: str, name: str) -> None:
    rows = [{"description": text, "values": [{"key": name}], "lat": 1.5, "none": None}]
    found = fromstring(documents.render("xml", "all", "one", rows))
    assert found.findtext("one/lat") == "1.5"
    assert found.findtext("one/none") == ""
    read = json.loads(documents.render("json", "all", "one", [{"description": "路灯"}]))
    assert read == [{"description": "路灯"}]
