"""OGC API Features parts 1 and 2, and the traps others fell into."""

import json
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from django.db.models import Value
from django.test import Client

from apps.matters.models import Case
from apps.ogc import crs
from apps.onemap.enums import Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, temporarily
from apps.places.enums import MapFeatureKind
from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.ogc.factories import FeatureFactory, spot

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/base-map/items"
REVEAL = "matters.reveal_reporter"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@pytest.fixture
def web() -> Client:
    return Client()


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [each["properties"]["name"] for each in response.json()["features"]]


def refused(response: Any, field: str) -> str:
    """Will check that a refusal is a problem document naming the field; gives its text."""
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    found = response.json()
    assert {"type", "title", "status", "detail"} <= found.keys()
    assert [each["field"] for each in found["errors"]] == [field], found
    return str(found["detail"])


def test_the_first_document_leads_to_all_others(web: Client) -> None:
    links = {each["rel"]: each for each in web.get("/ogc/").json()["links"]}
    for rel in ("self", "service-desc", "service-doc", "conformance", "data"):
        answer = web.get(links[rel]["href"])
        assert answer.status_code == 200
        assert answer["Content-Type"].partition(";")[0] == links[rel]["type"].partition(";")[0]


def test_a_collection_lists_crs84_first_and_its_storage_among_them(web: Client) -> None:
    spot(120.01, 36.01)
    found = web.get("/ogc/collections/base-map").json()
    assert found["crs"][0] == crs.CRS84.uri
    assert found["storageCrs"] in found["crs"]
    assert f"{EPSG}4490" in found["crs"]
    assert found["extent"]["spatial"]["bbox"] == [[120.01, 36.01, 120.01, 36.01]]
    listed = web.get("/ogc/collections").json()["collections"]
    assert [each["id"] for each in listed] == ["base-map"]


def test_pages_follow_the_key_and_lose_nothing_when_rows_come_and_go(web: Client) -> None:
    made = [spot(120.01, 36.01) for _n in range(5)]
    first = web.get(ITEMS, {"limit": 2, "f": "json"})
    assert first.json()["numberReturned"] == 2
    assert first.json()["numberMatched"] == 5
    made[0].delete()
    seen, page = names(first), first.json()
    while following := [each for each in page["links"] if each["rel"] == "next"]:
        answer = web.get(following[0]["href"])
        seen += names(answer)
        page = answer.json()
    assert seen == [each.name for each in made]
    assert 'rel="next"' in first["Link"]


def test_more_than_can_be_counted_is_left_out(web: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("apps.ogc.selectors.features.COUNT_MOST", 3)
    for _n in range(5):
        spot(120.01, 36.01)
    assert "numberMatched" not in web.get(ITEMS, {"limit": 2}).json()


@pytest.mark.parametrize(
    ("parameter", "value", "field"),
    [
        ("limit", "0", "limit"),
        ("limit", "-1", "limit"),
        ("limit", "ten", "limit"),
        ("bbox", "1,2,3", "bbox"),
        ("bbox", "1,2,3,nan", "bbox"),
        ("bbox", "1,2,3,x", "bbox"),
        ("bbox", "120,37,121,36", "bbox"),
        ("bbox", "500,36,501,37", "bbox"),
        ("crs", f"{EPSG}2000", "crs"),
        ("bbox-crs", f"{EPSG}2000", "bbox-crs"),
        ("filter-crs", "urn:x", "filter-crs"),
        ("datetime", "yesterday", "datetime"),
        ("datetime", "2026-02-01/2026-01-01", "datetime"),
        ("datetime", "2026-02-30", "datetime"),
        ("datetime", "..", "datetime"),
        ("bboxx", "1,2,3,4", "bboxx"),
        ("rank", "many", "rank"),
        ("f", "xml", "f"),
        ("cursor", "x" * 20, "cursor"),
        ("before", "x", "before"),
        ("cursor", "1&before=2", "cursor"),
        ("filter-lang", "cql1", "filter-lang"),
        ("name", "a\x00b", "name"),
    ],
)
def test_bad_input_is_told_at_its_parameter(
    web: Client, parameter: str, value: str, field: str
) -> None:
    assert refused(web.get(ITEMS, {parameter: value}), field) != ""


def test_a_parameter_said_twice_is_refused(web: Client) -> None:
    assert "limit" in refused(web.get(f"{ITEMS}?limit=1&limit=2"), "limit")


def test_what_a_box_gives_lies_in_it_to_the_last_digit(web: Client) -> None:
    lon, lat = 120.012345678901234, 36.012345678901234
    spot(lon, lat, name="边上")
    box = f"{lon!r},{lat!r},120.02,36.02"
    [found] = web.get(ITEMS, {"bbox": box}).json()["features"]
    assert found["geometry"]["coordinates"] == [lon, lat]
    assert names(web.get(ITEMS, {"bbox": f"{lon + 2e-14!r},{lat!r},120.02,36.02"})) == []


@pytest.mark.parametrize("code", ["4326", "4490"])
def test_epsg_systems_have_latitude_first(web: Client, code: str) -> None:
    spot(120.01, 36.02, name="这里")
    answer = web.get(ITEMS, {"crs": EPSG + code, "bbox-crs": EPSG + code, "bbox": "36,120,37,121"})
    assert answer["Content-Crs"] == f"<{EPSG}{code}>"
    assert answer.json()["features"][0]["geometry"]["coordinates"] == [36.02, 120.01]
    refused(web.get(ITEMS, {"bbox-crs": f"[EPSG:{code}]", "bbox": "120,36,121,37"}), "bbox")


def test_web_mercator_answers_and_is_asked_in_metres(web: Client) -> None:
    spot(120.01, 36.02, name="这里")
    spot(-179.99, 36.02, name="线西")
    mercator = {"crs": f"{EPSG}3857", "bbox-crs": f"{EPSG}3857"}
    [found] = web.get(ITEMS, mercator | {"bbox": "13350000,4300000,13370000,4320000"}).json()[
        "features"
    ]
    x, y = found["geometry"]["coordinates"]
    assert (round(x), round(y)) == (13359452, 4303374)
    exact = f"{x!r},{y!r},{x + 1},{y + 1}"
    assert names(web.get(ITEMS, mercator | {"bbox": exact})) == ["这里"]
    assert names(web.get(ITEMS, mercator | {"bbox": f"{x + 1e-6!r},{y!r},{x + 1},{y + 1}"})) == []
    over = "20000000,4300000,-20000000,4320000"
    assert names(web.get(ITEMS, mercator | {"bbox": over})) == ["线西"]


def test_a_box_over_the_date_line_is_not_the_rest_of_the_world(web: Client) -> None:
    spot(179.5, 10, name="线东")
    spot(-179.5, 10, name="线西")
    spot(0, 10, name="中间")
    assert names(web.get(ITEMS, {"bbox": "179,0,-179,20"})) == ["线东", "线西"]
    assert names(web.get(ITEMS, {"bbox": "-1,0,-100,1,20,100"})) == ["中间"]
    refused(web.get(ITEMS, {"bbox": "-1,0,100,1,20,-100"}), "bbox")


def test_a_box_without_width_is_a_place(web: Client) -> None:
    spot(120.01, 36.02, name="这里")
    assert names(web.get(ITEMS, {"bbox": "120.01,36.02,120.01,36.02"})) == ["这里"]
    assert names(web.get(ITEMS, {"bbox": "120.01,36.00,120.01,36.03"})) == ["这里"]


def test_values_are_asked_by_declared_fields(web: Client) -> None:
    spot(120.01, 36.01, name="甲", rank=1)
    spot(120.01, 36.01, name="乙", rank=2)
    assert names(web.get(ITEMS, {"rank": "2"})) == ["乙"]
    assert names(web.get(ITEMS, {"name": "甲"})) == ["甲"]
    refused(web.get(ITEMS, {"min_zoom": "10"}), "min_zoom")
    declared = web.get("/ogc/collections/base-map/queryables").json()
    assert set(declared["properties"]) == {"geometry", "kind", "name", "rank"}
    assert declared["additionalProperties"] is False


def test_one_feature_and_none(web: Client) -> None:
    made = FeatureFactory(
        geometry=Polygon.from_bbox((120, 36, 120.1, 36.1)), kind=MapFeatureKind.BUILDING
    )
    found = web.get(f"{ITEMS}/{made.pk}", {"crs": f"{EPSG}4490"})
    assert found["Content-Crs"] == f"<{EPSG}4490>"
    assert found.json()["id"] == made.pk
    assert found.json()["geometry"]["coordinates"][0][0] == [36, 120]
    for wrong in (made.pk + 1, "x", 10**30):
        answer = web.get(f"{ITEMS}/{wrong}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"


def test_an_unchanged_page_is_not_sent_again(web: Client) -> None:
    made = spot(120.01, 36.01)
    first = web.get(ITEMS)
    assert not first["ETag"].startswith("W/")
    assert web.get(ITEMS, headers={"If-None-Match": first["ETag"]}).status_code == 304
    made.delete()
    assert web.get(ITEMS, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_neighbour_is_given_no_foreign_feature(cast: Cast, web: Client) -> None:
    case = dispatched(cast)
    address = "/ogc/collections/cases/items"
    for code in ("cases", "tasks", "no-such-layer"):
        assert web.get(f"/ogc/collections/{code}/items").status_code == 404
    listed = [each["id"] for each in web.get("/ogc/collections").json()["collections"]]
    assert "cases" not in listed
    assert "cases" not in web.get("/ogc/api").content.decode()

    web.force_login(cast.handler_west)
    assert web.get(address).json()["features"] == []
    assert web.get(f"{address}/{case.pk}").status_code == 404
    assert web.get(address, {"filter": f"number = '{case.number}'"}).json()["features"] == []
    assert "extent" not in web.get("/ogc/collections/cases").json()

    web.force_login(cast.handler)
    [found] = web.get(address).json()["features"]
    assert (found["id"], found["properties"]["number"]) == (case.pk, case.number)


def test_personal_fields_are_masked_even_for_who_may_read_them(cast: Cast, web: Client) -> None:
    dispatched(cast)
    layer = Layer(
        code="tried",
        label="试用图层",
        group=LayerGroup.DATA,
        geometry=Geometry.POINT,
        rows=lambda viewer: Case.objects.all(),
        fields=(
            LayerField("number", "受理编号", "number"),
            LayerField("address", "地址", "address", permission=REVEAL, mask=Value("****")),
            LayerField("title", "标题", "title", permission=REVEAL),
        ),
    )
    assert cast.callback.has_perm(REVEAL)
    web.force_login(cast.callback)
    with temporarily(layer):
        address = "/ogc/collections/tried"
        [found] = web.get(f"{address}/items").json()["features"]
        assert found["properties"].keys() == {"number", "address"}
        assert found["properties"]["address"] == "****"
        assert set(web.get(f"{address}/queryables").json()["properties"]) == {"geometry", "number"}
        refused(web.get(f"{address}/items", {"address": "x"}), "address")


def test_time_is_asked_of_what_holds_at_it(cast: Cast, web: Client) -> None:
    case = dispatched(cast)
    web.force_login(cast.handler)
    address = "/ogc/collections/cases/items"
    opened = case.opened_at.isoformat()

    def found(when: str) -> int:
        return len(web.get(address, {"datetime": when}).json()["features"])

    # Open cases hold from the day they were opened, for ever.
    assert [found(when) for when in (opened, f"{opened}/..", "2001-01-01", "../2001-01-01")] == [
        1, 1, 0, 0,
    ]  # fmt: skip
    assert found("2100-01-01") == 1


def test_the_document_is_json_unless_a_page_is_liked_better(web: Client) -> None:
    spot(120.01, 36.01)
    for accept, kind in (
        ("*/*", "application/geo+json"),
        ("application/geo+json", "application/geo+json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ):
        answer = web.get(ITEMS, headers={"Accept": accept})
        assert answer["Content-Type"].startswith(kind)
        assert "Accept" in answer["Vary"]
    assert json.loads(web.get(ITEMS).content)["type"] == "FeatureCollection"
