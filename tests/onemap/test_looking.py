"""The map's questions: what is here, what is near, how much lies in an area; own and neighbour."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import TooMany
from apps.onemap.models import MapChoice, SharedMap
from apps.onemap.selectors import limits
from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.onemap.tile_kit import signed_in

pytestmark = pytest.mark.django_db

LON, LAT = Cast.inside_east()
BOX = f"{LON - 0.01},{LAT - 0.01},{LON + 0.01},{LAT + 0.01}"
SPOT = {"type": "Point", "coordinates": [LON, LAT]}
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [
            [LON - 0.005, LAT - 0.005],
            [LON + 0.005, LAT - 0.005],
            [LON + 0.005, LAT + 0.005],
            [LON - 0.005, LAT + 0.005],
            [LON - 0.005, LAT - 0.005],
        ]
    ],
}
BOW = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def identify(user: User, **changes: Any) -> Any:
    query = {"lon": LON, "lat": LAT, "zoom": 17, "layers": "cases"} | changes
    return client_of(user).get("/map/identify/", query)


def post(user: User, path: str, body: Any) -> Any:
    return client_of(user).post(path, json.dumps(body), content_type="application/json")


def test_a_click_tells_fields_in_words_and_leads_to_the_case(cast: Cast) -> None:
    case = dispatched(cast)
    (found,) = identify(cast.handler).json()["features"]
    assert (found["id"], found["url"]) == (case.pk, f"/cases/{case.pk}/")
    assert ["承办单位", "东区城市管理局"] in found["values"]
    assert found["title"] == "路口井盖松动"
    assert found["distance_m"] < 1


def test_a_neighbour_sees_no_foreign_feature_in_any_answer(cast: Cast) -> None:
    dispatched(cast)
    body = {"shape": SPOT, "distance": 500, "wanted": 5, "layers": "cases"}
    for user, count in ((cast.handler, 1), (cast.handler_west, 0)):
        assert len(identify(user).json()["features"]) == count
        assert post(user, "/map/around/", body).json()["layers"][0]["count"] == count
        assert post(user, "/map/nearest/", body).json()["layers"][0]["count"] == count
        client = client_of(user)
        drawn = client.get("/map/features/cases.json", {"bbox": BOX}).json()
        assert len(drawn["features"]) == count
        counted = client.get("/map/statistics/", {"area": cast.east.pk, "layers": "cases"}).json()
        assert counted["layers"][0]["count"] == count
        page = client.get("/map/table/", {"layer": "cases", "bbox": BOX}).content.decode()
        assert ("路口井盖松动" in page) is bool(count)


def test_a_layer_is_told_only_where_it_is_drawn(cast: Cast) -> None:
    dispatched(cast)
    assert identify(cast.handler, zoom=11).json()["features"] == []
    assert identify(cast.handler, lon=LON + 0.003).json()["features"] == []


def test_points_come_before_the_areas_they_lie_in(cast: Cast) -> None:
    dispatched(cast)
    found = identify(cast.handler, layers="area-district,cases").json()["features"]
    assert [one["layer"] for one in found] == ["cases", "area-district"]


def test_distances_are_geodesic_and_sorted(cast: Cast) -> None:
    dispatched(cast)
    dispatched(cast, lon=LON + 0.002, title="路灯不亮")
    body = {"shape": SPOT, "distance": 300, "layers": "cases"}
    (layer,) = post(cast.handler, "/map/around/", body).json()["layers"]
    near, far = layer["nearest"]
    assert near["distance_m"] < 1
    assert far["distance_m"] == pytest.approx(180.3, abs=0.5)
    body["distance"] = 100
    assert post(cast.handler, "/map/around/", body).json()["layers"][0]["count"] == 1
    found = post(cast.handler, "/map/nearest/", body | {"wanted": 1}).json()["layers"][0]
    assert [one["id"] for one in found["nearest"]] == [near["id"]]


def test_a_shape_is_measured_on_the_ellipsoid(cast: Cast) -> None:
    found = post(cast.handler, "/map/measure/", {"shape": SQUARE}).json()
    assert found["area_m2"] == pytest.approx(901 * 1110, rel=0.01)
    assert found["length_m"] == pytest.approx(2 * (901 + 1110), rel=0.01)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "shape"),
        ({"shape": BOW}, "shape"),
        ({"shape": {"type": "Point", "coordinates": [999, 1]}}, "shape"),
        ({"shape": {"type": "Point", "coordinates": ["a"]}}, "shape"),
        ({"shape": SPOT, "distance": "far"}, "distance"),
        ({"shape": SPOT, "distance": 1e9}, "distance"),
        ({"shape": SPOT, "distance": 1, "layers": "cases;drop"}, "layers"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(
    cast: Cast, body: dict[str, Any], field: str
) -> None:
    refused = post(cast.handler, "/map/around/", {"layers": "cases"} | body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


def test_filters_are_declared_fields_only(cast: Cast) -> None:
    case = dispatched(cast)
    client = client_of(cast.handler)

    def count(where: str) -> Any:
        return client.get("/map/features/cases.json", {"bbox": BOX, "where": where})

    assert len(count(f"number:{case.number}").json()["features"]) == 1
    assert count("number:x' or 1=1 --").json()["features"] == []
    for wrong in ("reporter:1", "pk:1", "opened_at:yesterday", "nothing", "number:\x00"):
        assert count(wrong).json()["field"] == "where"


def test_values_of_one_field_are_alternatives_as_in_the_tiles(cast: Cast) -> None:
    case = dispatched(cast)
    one, other = f"number:{case.number}", "number:none"
    for where, seen in (([one, other], 1), ([other], 0), ([one, "category:ended"], 0)):
        answer = client_of(cast.handler).get(
            "/map/features/cases.json", {"bbox": BOX, "where": where}
        )
        assert len(answer.json()["features"]) == seen


def test_days_limit_layers_that_have_a_time(cast: Cast) -> None:
    dispatched(cast)
    assert identify(cast.handler, to="2020-01-01").json()["features"] == []
    assert len(identify(cast.handler, **{"from": "2020-01-01"}).json()["features"]) == 1
    assert identify(cast.handler, to="soon").json()["field"] == "to"


def test_a_filter_is_meant_for_one_layer_of_several(cast: Cast) -> None:
    dispatched(cast)
    other = identify(cast.handler, layers="tasks,cases", where="cases/priority:urgent").json()
    assert [one["layer"] for one in other["features"]] == ["tasks"]
    body = {"shape": SPOT, "distance": 9, "layers": "cases", "where": ["cases/priority:urgent"]}
    assert post(cast.handler, "/map/around/", body).json()["layers"][0]["count"] == 0


def test_a_question_that_takes_too_long_is_given_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(TooMany) as refused, limits.patient(), connection.cursor() as cursor:
        cursor.execute("select pg_sleep(2)")
    assert refused.value.code == "too_slow"
    with limits.patient(), connection.cursor() as cursor:
        cursor.execute("select 1")


def test_an_area_is_counted_by_value(cast: Cast) -> None:
    dispatched(cast)
    query = {"area": cast.city.pk, "layers": "cases,area-district"}
    answer = client_of(cast.dispatcher).get("/map/statistics/", query).json()
    cases, districts = answer["layers"]
    assert (cases["count"], districts["count"]) == (1, 2)
    assert cases["shares"][0]["count"] == 1
    assert answer["area"]["shape"]["type"].endswith("Polygon")


def test_a_layer_without_right_and_a_stranger_are_refused(cast: Cast) -> None:
    assert identify(cast.handler, layers="no-such").status_code == 404
    assert Client().get("/map/identify/").status_code == 403
    assert Client().get("/map/").status_code == 302


def test_the_table_is_sorted_and_exported_as_seen(cast: Cast) -> None:
    for title in ("乙", "甲"):
        dispatched(cast, title=title)
    client = client_of(cast.supervisor)
    query = {"layer": "cases", "bbox": BOX, "sort": "-title"}
    page = client.get("/map/table/", query).content.decode()
    assert page.index("甲<") < page.index("乙<")
    answer = client.get("/map/table/export/", query)
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    titles = [row[1] for row in sheet.iter_rows(min_row=2, values_only=True) if row[1]]
    assert titles == sorted(titles, reverse=True)
    assert AuditEntry.objects.filter(action="layer.exported").get().data["rows"] == 2


def test_cases_are_not_taken_along_without_the_right_of_their_lists(cast: Cast) -> None:
    refused = client_of(cast.handler).get("/map/table/export/", {"layer": "cases"})
    assert refused.status_code == 403
    given = client_of(cast.handler).get("/map/table/export/", {"layer": "area-district"})
    assert given.status_code == 200


VIEW = {
    "center": [LON, LAT],
    "zoom": 15,
    "layers": [{"code": "cases", "opacity": 0.8, "heat": False}, {"code": "tasks"}],
    "where": {"cases": ["priority:urgent"]},
}


def test_a_shared_view_opens_with_the_readers_own_rights(cast: Cast) -> None:
    case = dispatched(cast)
    first = post(cast.handler, "/map/share/", {"title": "东区", "state": VIEW}).json()
    again = post(cast.handler, "/map/share/", {"title": "东区", "state": VIEW}).json()
    assert first["url"] == again["url"]
    assert AuditEntry.objects.filter(action="map.shared").count() == 1
    kept = SharedMap.objects.get()
    assert str(case.number) not in json.dumps(kept.state)
    page = client_of(cast.handler_west).get(f"/map/v/{kept.key}/")
    assert page.status_code == 200
    assert identify(cast.handler_west).json()["features"] == []
    assert client_of(cast.handler).get("/map/v/unknown/").status_code == 404


def test_shared_views_are_listed_and_deleted_by_who_shared_them(cast: Cast) -> None:
    post(cast.handler, "/map/share/", {"title": "东区积水", "state": VIEW})
    kept = SharedMap.objects.get()
    own, other = signed_in(cast.handler), signed_in(cast.handler_west)
    listed = own.get("/map/shared/").content.decode()
    assert "东区积水" in listed
    assert "案件" in listed
    assert "东区积水" not in other.get("/map/shared/").content.decode()
    delete = f"/map/shared/{kept.key}/delete/"
    assert other.post(delete).status_code == 404
    assert own.get(delete).status_code == 405
    assert own.post(delete).url == "/map/shared/"
    assert own.post(delete).status_code == 404
    assert own.get(f"/map/v/{kept.key}/").status_code == 404
    entry = AuditEntry.objects.get(action="map.share_deleted")
    assert (entry.data["before"]["title"], entry.data["after"]) == ("东区积水", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"center": None},
        {"center": [1, "x"]},
        {"zoom": "near"},
        {"layers": "cases"},
        {"layers": [{"code": "<script>"}]},
        {"where": {"cases": "x"}},
        {"from": "yesterday"},
    ],
)
def test_only_a_whole_view_is_shared(cast: Cast, changes: dict[str, Any]) -> None:
    refused = post(cast.handler, "/map/share/", {"state": VIEW | changes})
    assert refused.status_code == 400
    assert not SharedMap.objects.exists()


def test_the_page_remembers_layers_per_person(cast: Cast) -> None:
    state = {"layers": [{"code": "tasks", "opacity": 0.5, "heat": True}]}
    assert post(cast.handler, "/map/choice/", state).status_code == 204
    assert MapChoice.objects.get(user=cast.handler).state == state
    page = client_of(cast.handler).get("/map/").content.decode()
    assert '"opacity": 0.5' in page
    assert '"opacity": 0.5' not in client_of(cast.colleague).get("/map/").content.decode()


def test_the_tree_shows_layers_by_right(cast: Cast) -> None:
    page = client_of(cast.handler).get("/map/")
    codes = {x["code"] for group in page.context["groups"] for x in group["layers"]}
    assert {"cases", "tasks", "area-district"} <= codes
    assert "base-map" not in codes
