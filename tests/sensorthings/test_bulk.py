"""Requirements data-array and batch of SensorThings 1.1 (OGC 18-088 clauses 11 and 12)."""

from datetime import timedelta
from typing import Any

import pytest

from apps.sensing.models import Device, Reading
from apps.sensorthings import desk
from tests.sensorthings.conftest import NOON
from tests.sensorthings.factories import Caller, feature, observed, sensor, thing


def array(series: int, count: int, **more: Any) -> dict[str, Any]:
    rows = [[(NOON - timedelta(seconds=n)).isoformat(), n] for n in range(count)]
    return {
        "Datastream": {"@iot.id": series},
        "components": ["phenomenonTime", "result"],
        "dataArray@iot.count": count,
        "dataArray": rows,
    } | more


def test_arrays_are_read(me: Caller, world: dict[str, Any]) -> None:
    """Requirement data-array/data-array."""
    found = me.read("Observations", resultFormat="dataArray", top="3", count="true",
                    select="phenomenonTime,result", orderby="result")  # fmt: skip
    assert found["@iot.count"] == 10
    (told,) = found["value"]
    assert told["components"] == ["phenomenonTime", "result"]
    assert [row[1] for row in told["dataArray"]] == [20, 21, 22]
    assert told["Datastream@iot.navigationLink"].endswith(f"Datastreams({world['first']})")
    assert "resultFormat=dataArray" in found["@iot.nextLink"]


def test_arrays_are_taken_in_one_call(
    me: Caller, world: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    """Requirement data-array: CreateObservations; what is wrong is told row by row."""
    wrong = array(world["second"], 0, dataArray=[[NOON.isoformat(), "damp"], [1], "x"])
    about = me.make("FeaturesOfInterest", feature())
    own = {
        "Datastream": {"@iot.id": world["second"]},
        "components": ["phenomenonTime", "result", "FeatureOfInterest/id", "parameters"],
        "dataArray": [["2026-11-19T00:00:00Z", 7, about, {"run": 1}]],
    }
    with django_assert_max_num_queries(45):
        answer = me.send("post", "CreateObservations",
                         [array(world["second"], 500), wrong, own, array(999999, 1)])  # fmt: skip
    links = answer.json()
    assert (answer.status_code, len(links)) == (201, 505)
    assert links[500:503] == ["error"] * 3
    assert links[504] == "error"
    assert me.web.get(f"{links[503]}/FeatureOfInterest").json()["name"] == "桥下"
    assert me.web.get(links[499]).json()["result"] == 499
    assert Reading.objects.count() == 511
    again = me.send("post", "CreateObservations", [array(world["second"], 500)])
    assert again.json() == links[:500]


@pytest.mark.parametrize("body", [{}, [1], [{"Datastream": {"@iot.id": 1}}], [{"dataArray": []}]])
def test_what_is_no_array(me: Caller, body: Any) -> None:
    answer = me.send("post", "CreateObservations", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in {"body", "dataArray", "Datastream"}


def test_a_call_is_bounded(me: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten megabytes, or too many rows, are refused before anything is stored."""
    large = me.send("post", "CreateObservations", '["' + "x" * (10 * 2**20) + '"]')
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    monkeypatch.setattr(desk, "MOST_VALUES", 3)
    assert me.send("post", "CreateObservations", [array(1, 2), array(1, 2)]).status_code == 413
    deep = me.send("post", "Things", "[" * 100_000 + "]" * 100_000)
    assert (deep.status_code, deep.json()["code"]) == (400, "parse_error")


def call(key: str, method: str, url: str, body: Any = None, group: str = "") -> dict[str, Any]:
    told = {"id": key, "method": method, "url": url, "body": body}
    return told | ({"atomicityGroup": group} if group else {})


def test_requests_together(me: Caller, world: dict[str, Any]) -> None:
    """Requirement batch-request/batch-request: in order, referring to one another."""
    series = {
        "name": "水位", "description": "一分钟", "properties": {},
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {"name": "metre", "symbol": "m", "definition": None},
        "Sensor": {"@iot.id": "$s"}, "ObservedProperty": {"@iot.id": "$p"},
    }  # fmt: skip
    requests = [
        call("t", "post", "Things", thing("水位计", Datastreams=[])),
        call("s", "post", "Sensors", sensor()),
        call("p", "post", "ObservedProperties", observed("Level")),
        call("d", "post", "$t/Datastreams", series),
        call("o", "POST", "/sta/v1.1/Observations", {"result": 2, "Datastream": {"@iot.id": "$d"}}),
        call("r", "get", "Things?$filter=name eq '水位计'&$expand=Datastreams"),
        call("x", "patch", "$t", {"name": "水位计2"}),
        call("w", "get", "Things(999999)"),
        call("v", "post", "$nothing/Datastreams", {}),
        call("u", "trace", "Things"),
        call("y", "delete", "$d"),
    ]
    answer = me.send("post", "$batch", {"requests": requests})
    found = {each["id"]: each for each in answer.json()["responses"]}
    assert [found[key]["status"] for key in "tspdorxwvuy"] == [
        201, 201, 201, 201, 201, 200, 200, 404, 404, 400, 200,
    ]  # fmt: skip
    assert found["r"]["body"]["value"][0]["Datastreams"][0]["name"] == "水位"
    assert found["t"]["location"].startswith("http://testserver/sta/v1.1/Things(")


def test_a_group_is_all_or_none(me: Caller, world: dict[str, Any]) -> None:
    """Requirement batch-request: atomicityGroup."""
    before = Device.objects.count()
    requests = [
        call("1", "post", "Things", thing("一"), "g"),
        call("2", "post", "Things", {"name": "x"}, "g"),
        call("3", "post", "Things", thing("三"), "g"),
        call("4", "post", "Things", thing("四"), "h"),
    ]
    answer = me.send("post", "$batch", {"requests": requests}).json()["responses"]
    assert [(each["id"], each["status"]) for each in answer] == [
        ("1", 424), ("2", 400), ("3", 424), ("4", 201),
    ]  # fmt: skip
    assert answer[1]["body"]["field"] == "description"
    assert Device.objects.count() == before + 1


@pytest.mark.parametrize("body", [[], {}, {"requests": [1]}, {"requests": [{}] * 201}])
def test_what_is_no_batch(me: Caller, body: Any) -> None:
    answer = me.send("post", "$batch", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "requests")
