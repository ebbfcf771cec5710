"""Requirement request-data of SensorThings 1.1 (OGC 18-088 clause 9.3): options of readings."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.sensorthings.grammar import parse_filter
from tests.sensorthings.factories import Caller

BOX = "geography'POLYGON((120.01 36.01,120.015 36.01,120.015 36.015,120.01 36.015,120.01 36.01))'"
POLE = "geography'POINT(120.012 36.012)'"


def names(me: Caller, path: str, condition: str) -> list[str]:
    return sorted(each["name"] for each in me.values(path, filter=condition))


BOTH = ["井盖", "气象杆"]


OF_THINGS: list[tuple[str, list[str]]] = [
    ("name eq '气象杆'", ["气象杆"]),
    ("name ne '气象杆'", ["井盖"]),
    ("not name eq '气象杆'", ["井盖"]),
    ("name gt '气' and description ne 'x'", ["气象杆"]),
    ("name eq '井盖' or (name eq '气象杆' and 1 eq 2)", ["井盖"]),
    ("id gt 0", BOTH),
    ("properties/owner eq 'city'", ["气象杆"]),
    ("properties/height gt 4", ["气象杆"]),
    ("properties/height lt 4", ["井盖"]),
    ("properties/height add 1 eq 1", ["井盖"]),
    ("properties/deep/er/1 eq 2", ["气象杆"]),
    ("properties/nothing eq null", BOTH),
    ("properties/deep ne null", ["气象杆"]),
    ("substringof('象', name)", ["气象杆"]),
    ("contains(name, '象')", ["气象杆"]),
    ("startswith(name, '井')", ["井盖"]),
    ("endswith(name, '杆') eq true", ["气象杆"]),
    ("length(name) eq 3", ["气象杆"]),
    ("indexof(name, '杆') eq 2", ["气象杆"]),
    ("substring(name, 1) eq '盖'", ["井盖"]),
    ("substring(name, 1, 1) eq '象'", ["气象杆"]),
    ("tolower(properties/owner) eq 'city'", ["气象杆"]),
    ("toupper(properties/owner) eq 'WORKS'", ["井盖"]),
    ("trim(concat(' ', name)) eq '井盖'", ["井盖"]),
    ("concat(concat(name, ', '), description) eq '井盖, 路灯杆上的气象设备'", ["井盖"]),
    ("Datastreams/unitOfMeasurement/symbol eq '°C'", ["气象杆"]),
    ("Datastreams/ObservedProperty/name eq 'Humidity'", ["气象杆"]),
    ("Datastreams/Observations/result gt 28", ["气象杆"]),
    ("Datastreams/Observations/result gt 40", []),
    ("Datastreams/properties/depth eq 5", ["气象杆"]),
    ("Datastreams/name eq '湿度' and Datastreams/properties/depth eq 5", ["气象杆"]),
    (f"st_within(Locations/location, {BOX})", ["气象杆"]),
    (f"st_intersects(Locations/location, {BOX})", ["气象杆"]),
    (f"geo.intersects(Locations/location, {BOX})", ["气象杆"]),
    (f"st_disjoint(Locations/location, {BOX})", ["井盖"]),
    (f"st_equals(Locations/location, {POLE})", ["气象杆"]),
    (f"st_contains({BOX}, Locations/location)", ["气象杆"]),
    (f"st_touches(Locations/location, {BOX})", []),
    (f"st_crosses(Locations/location, {BOX})", []),
    (f"st_overlaps(Locations/location, {BOX})", []),
    (f"st_relate(Locations/location, {BOX}, 'T*F**F***')", ["气象杆"]),
    (f"geo.distance(Locations/location, {POLE}) lt 0.001", ["气象杆"]),
    (f"st_distance(Locations/location, {POLE}) gt 0.001", ["井盖"]),
    ("geo.length(Locations/location) eq 0", BOTH),
    ("id in (0, -1)", []),
    ("HistoricalLocations/time le now()", BOTH),
    ("year(HistoricalLocations/time) eq 2026", BOTH),
]


def test_filters_of_things(me: Caller, world: dict[str, Any]) -> None:
    """Requirement request-data/filter, built-in-filter-operations, built-in-query-functions."""
    for condition, found in OF_THINGS:
        assert names(me, "Things", condition) == found, condition


OF_OBSERVATIONS: list[tuple[str, list[int]]] = [
    ("result eq 23", [23]),
    ("result eq '23'", [23]),
    ("'23' eq result", [23]),
    ("result gt '27'", [28, 29]),
    ("result ge 28", [28, 29]),
    ("28 le result", [28, 29]),
    ("result sub 20 eq 3", [23]),
    ("result mul 2 eq 46", [23]),
    ("result div 2 eq 11.5", [23]),
    ("result mod 10 eq 3", [23]),
    ("result div 0 eq 1", []),
    ("(result add 1) mul 2 eq 48", [23]),
    ("round(result div 10) eq 2", [20, 21, 22, 23, 24]),
    ("floor(result div 10) eq 2 and ceiling(result div 24) eq 1", [20, 21, 22, 23, 24]),
    ("phenomenonTime ge 2026-11-20T03:58:00Z", [28, 29]),
    ("phenomenonTime eq 2026-11-20T11:58:00+08:00", [28]),
    ("phenomenonTime eq '2026-11-20T03:58:00Z'", [28]),
    ("minute(phenomenonTime) eq 58 and hour(phenomenonTime) eq 3", [28]),
    ("second(phenomenonTime) eq 1", []),
    ("fractionalseconds(phenomenonTime) gt 0.5", []),
    ("day(phenomenonTime) eq 20 and month(phenomenonTime) ne 11", []),
    ("date(phenomenonTime) ne 2026-11-20", []),
    ("time(phenomenonTime) ge 03:58:00", [28, 29]),
    ("totaloffsetminutes(phenomenonTime) ne 0", []),
    ("phenomenonTime lt mindatetime() or phenomenonTime gt maxdatetime()", []),
    ("phenomenonTime ge now() sub duration'PT2M'", [28, 29]),
    ("phenomenonTime add duration'PT2M' ge now()", [28, 29]),
    ("parameters/n in (1, 2)", [21, 22]),
    ("resultTime ne null", []),
    ("resultQuality eq 'suspect'", []),
    ("Datastream/Thing/name ne '气象杆'", []),
    ("Datastream/name eq '室外温度' and result lt 21", [20]),
    ("FeatureOfInterest/name eq '河边' and result lt 21", [20]),
]


def test_filters_of_observations(me: Caller, world: dict[str, Any]) -> None:
    """Requirement request-data/filter; a number with quotes is taken for one."""
    path = f"Datastreams({world['first']})/Observations"
    for condition, found in OF_OBSERVATIONS:
        results = [each["result"] for each in me.values(path, filter=condition, orderby="result")]
        assert results == found, condition


def test_an_observation_by_its_name(me: Caller, world: dict[str, Any]) -> None:
    path = "Observations"
    key = me.values(path, orderby="result desc", top="1")[0]["@iot.id"]
    assert [each["result"] for each in me.values(path, filter=f"id eq '{key}'")] == [29]
    assert len(me.values(path, filter=f"id ne '{key}'")) == 9
    assert me.values(path, filter="id eq 'x'") == []


NONE = [
    "", "name", "name eq", "eq 'x'", "name eq 'x", "nothing eq 1", "name eq 'x') or (1 eq 1",
    "name like 'x'", "name eq 'x'; drop table auth_user", "sleep(10) eq 1", "name/x eq 1",
    "length(name, 1) eq 1", "length() eq 1", "substring(name, -1) eq 'x'", "name gt null",
    "substring(name, 99999999999) eq 'x'", "geo.distance(name, name) lt 1", "id eq 'x'",
    "st_within(Locations/location, geography'POINT(1') eq true", "1e999 gt 1", "$top eq 1",
    "st_relate(Locations/location, geography'POINT(1 1)', 'x')", "name eq 2026-99-99",
    "HistoricalLocations/time gt 'yesterday'", "Datastreams/name eq name", "properties",
    "name eq 5 sub", "not", "'' in ()", "name in ()", "name eq duration'x'", "true add 1 eq 2",
    "name eq '\x00'", "(" * 200 + "1 eq 1" + ")" * 200, "not " * 400 + "1 eq 1",
    " or ".join(["name eq 'x'"] * 400), "x" * 9000, "properties/" + "a/" * 3000 + "b eq 1",
    "geography'POLYGON((0 0,1 1,0 1,1 0,0 0))' eq 1",
]  # fmt: skip


def test_filters_that_are_none(me: Caller) -> None:
    """A hostile or broken filter is refused with its name, and costs nothing."""
    for condition in NONE:
        answer = me.get("Things", filter=condition)
        assert answer.status_code == 400, condition
        assert answer.json()["errors"][0]["field"] == "$filter"


HOSTILE = ["^(a+)+$", "%' or '1'='1", "\\", "';select pg_sleep(9);--", "_%", "''"]


def test_texts_are_only_texts(me: Caller, world: dict[str, Any]) -> None:
    """What looks like a pattern or a statement is compared as it stands."""
    for text in HOSTILE:
        escaped = text.replace("'", "''")
        for condition in (f"name eq '{escaped}'", f"startswith(name, '{escaped}x')"):
            assert me.values("Things", filter=condition) == []


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_read_or_refused(text: str) -> None:
    """Property: the grammar ends, and raises nothing but its refusal."""
    assert read_or_refused(text) in {"", "$filter"}


def read_or_refused(text: str) -> str | None:
    """Gives "" for a text that was read, else what its refusal names."""
    try:
        parse_filter(text)
    except InvalidInput as refusal:
        return refusal.field
    return ""


WORDS = st.sampled_from(["name", "1", "'x'", "eq", "and", "not", "(", ")", "length(", ",", "add"])


@given(st.lists(WORDS, max_size=25))
@settings(max_examples=150, deadline=None)
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    """Property: the same of words that nearly make sense."""
    assert read_or_refused(" ".join(words)) in {"", "$filter"}


def test_select_leaves_out_everything_else(me: Caller, world: dict[str, Any]) -> None:
    """Requirement request-data/select."""
    found = me.values("Observations", select="result,id", top="1", orderby="result")
    assert [set(each) for each in found] == [{"@iot.id", "result"}]
    told = me.values("Things", select="name,Datastreams", expand="Locations($select=name)")
    assert set(told[0]) == {"name", "Datastreams@iot.navigationLink", "Locations"}
    assert told[0]["Locations"] == [{"name": "河边"}]


def test_expand_nested_with_options(me: Caller, world: dict[str, Any]) -> None:
    """Requirement request-data/expand, with options of its own within brackets."""
    found = me.read(
        f"Things({world['thing']})",
        expand="Datastreams($filter=name eq '室外温度';$select=name;$count=true;"
        "$expand=Observations($top=2;$skip=1;$orderby=phenomenonTime desc;$count=true;"
        "$select=result),ObservedProperty($select=name)),Locations/HistoricalLocations",
    )
    assert found["Datastreams@iot.count"] == 1
    (series,) = found["Datastreams"]
    assert series["ObservedProperty"] == {"name": "Temperature"}
    assert series["Observations"] == [{"result": 28}, {"result": 27}]
    assert series["Observations@iot.count"] == 10
    behind = urlsplit(series["Observations@iot.nextLink"])
    following = me.web.get(f"{behind.path}?{behind.query}").json()
    assert [each["result"] for each in following["value"]] == [26, 25]
    assert len(found["Locations"][0]["HistoricalLocations"]) == 1


def test_expand_asks_no_more_for_more_rows(
    me: Caller, world: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    """Requirement request-data/expand: a query per way and level, however many rows."""
    from tests.sensing.factories import device

    for n in range(12):
        device(f"AQ-{n}")
    with django_assert_max_num_queries(22):
        found = me.values(
            "Things",
            expand="Locations,Datastreams($expand=Sensor,ObservedProperty,Observations($top=1))",
        )
    assert len(found) == 14
    assert sum(len(each["Datastreams"]) for each in found) == 12 * 8 + 2


def test_orders_by_several_and_by_path(me: Caller, world: dict[str, Any]) -> None:
    """Requirement request-data/orderby."""
    found = me.values("Things", orderby="properties/height desc,name")
    assert [each["name"] for each in found] == ["气象杆", "井盖"]
    found = me.values("Datastreams", orderby="ObservedProperty/name,Thing/name desc")
    assert [each["name"] for each in found] == ["湿度", "室外温度"]
    found = me.values("Observations", orderby="result mod 2 desc, result desc")
    assert [each["result"] for each in found][:3] == [29, 27, 25]
    refused = me.get("Things", orderby="Datastreams/name")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "$orderby")


def pages(me: Caller, path: str, **query: str) -> Iterator[dict[str, Any]]:
    page = me.read(path, **query)
    yield page
    while link := page.get("@iot.nextLink"):
        parts = urlsplit(link)
        page = me.web.get(f"{parts.path}?{parts.query}").json()
        yield page


def test_pages_follow_one_another(me: Caller, world: dict[str, Any]) -> None:
    """Requirements request-data/top, skip, count, pagination."""
    found = list(pages(me, "Observations", top="4", orderby="result", count="true",
                       filter="result gt 20"))  # fmt: skip
    assert [page["@iot.count"] for page in found] == [9, 9, 9]
    assert [e["result"] for page in found for e in page["value"]] == list(range(21, 30))
    assert me.read("Things", top="0", count="true") == {"@iot.count": 2, "value": []}
    assert "@iot.nextLink" not in me.read("Things", top="2")
    assert me.values("Things", skip="1", orderby="name")[0]["name"] == "气象杆"


NO_OPTIONS = [
    ("top", "-1"), ("top", "x"), ("top", "9" * 30), ("skip", "99999999999"), ("count", "maybe"),
    ("select", "nothing"), ("expand", "Nothing"), ("expand", "Datastreams($top=x)"),
    ("expand", "Datastreams($top)"), ("expand", "Datastreams(("), ("orderby", "nothing"),
    ("expand", "Datastreams/Thing/Datastreams/Thing/Datastreams/Thing/Datastreams"),
    ("expand", ",".join(["Datastreams"] * 50)), ("resultFormat", "csv"), ("format", "xml"),
    ("filter", "Datastreams/nothing eq 1"),
]  # fmt: skip


def test_options_that_are_none(me: Caller) -> None:
    """A wrong option is refused, and the message names it."""
    for name, value in NO_OPTIONS:
        answer = me.get("Things", **{name: value})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"].startswith("$")


def test_a_page_is_bounded_by_us(me: Caller, world: dict[str, Any]) -> None:
    """Requirement request-data/top: a huge one is answered with our own."""
    assert len(me.values("Things", top="999999999")) == 2


def test_what_takes_too_long_is_ended(
    me: Caller, world: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading has an end in time."""
    monkeypatch.setattr("apps.sensorthings.desk.PATIENCE_SECONDS", 0.001)
    path = "Things"
    inner = "Datastreams($expand=Observations($expand=Datastream($expand=Thing)))"
    for _n in range(20):
        answer = me.get(path, expand=inner, filter="Datastreams/Observations/result gt 1")
        if answer.status_code != 200:
            break
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "$filter"
