"""Requirement create-update-delete of SensorThings 1.1 (OGC 18-088 clause 10)."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from apps.alarms.rules import Reading as Told
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.sensing.models import Datastream, Device, Reading
from apps.sensing.registry import temporarily
from apps.sensorthings import registry
from apps.sensorthings.models import FeatureOfInterest, Location, ObservedProperty, Sensor
from apps.sensorthings.registry import Observed
from tests.cast import Cast, build_cast
from tests.sensorthings.conftest import NOON
from tests.sensorthings.factories import (
    Caller,
    datastream,
    feature,
    keeper,
    observed,
    place,
    sensor,
    thing,
)


def test_a_thing_told_whole_is_a_device_like_others(me: Caller, noon: Any) -> None:
    """Requirements create-entity, deep-insert, deep-insert-status-code; IO-09, IO-17."""
    answer = me.send("post", "Things", thing(properties={"node": "POLE-1"}))
    key = answer.json()["@iot.id"]
    assert (answer.status_code, answer["Location"]) == (
        201,
        f"http://testserver/sta/v1.1/Things({key})",
    )
    device = Device.objects.select_related("asset__area", "profile").get(pk=key)
    assert (device.node, device.profile.code, device.asset.name) == ("POLE-1", "open", "气象杆")
    assert device.asset.area is not None
    assert "POLE-1" in me.web.get("/devices/").content.decode()
    series = device.series.get()
    seen: list[Told] = []
    with temporarily("test", lambda readings: seen.extend(readings)):
        me.make(f"Datastreams({series.pk})/Observations", {"result": 21.5})
    assert [(r.asset_id, r.profile, r.values) for r in seen] == [
        (device.asset_id, "open", {series.field.code: 21.5})
    ]
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"devices.registered", "device.series_added", "sensorthings.sensor_created"} <= actions


def test_what_fails_within_leaves_nothing(me: Caller, noon: Any) -> None:
    """Requirement deep-insert: all or none."""
    me.make("ObservedProperties", observed())
    before = [m.objects.count() for m in (Device, Location, Sensor, ObservedProperty, Datastream)]
    wrong = datastream(Observations=[{"result": 1}, {"result": "warm"}])
    answer = me.send("post", "Things", thing(Datastreams=[datastream(), wrong]))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "result"
    after = [m.objects.count() for m in (Device, Location, Sensor, ObservedProperty, Datastream)]
    assert after == before
    assert not Reading.objects.exists()


@pytest.mark.parametrize("kind", ["application/geo+json", "application/vnd.geo+json"])
def test_both_names_of_geojson(me: Caller, noon: Any, kind: str) -> None:
    """Requirement datamodel/location: what 1.0 and 1.1 call it."""
    key = me.make("Locations", place(encodingType=kind))
    assert me.read(f"Locations({key})")["encodingType"] == kind


BROKEN: list[tuple[str, Any, str]] = [
    ("Things", [], "body"),
    ("Things", {"description": "x"}, "name"),
    ("Things", {"name": "x"}, "description"),
    ("Things", {"name": 5, "description": "x"}, "name"),
    ("Things", {"name": "x" * 301, "description": "x"}, "name"),
    ("Things", {"name": "x\x00", "description": "x"}, "name"),
    ("Things", {"name": "x", "description": "x", "colour": 1}, "colour"),
    ("Things", {"name": "x", "description": "x", "properties": []}, "properties"),
    ("Things", {"name": "x", "description": "x", "properties": {"a": "y" * 70_000}}, "properties"),
    ("Things", {"name": "x", "description": "x", "Locations": [{"@iot.id": 999999}]}, "Location"),
    ("Things", thing(Locations=[place(10.0, 10.0)]), "location"),
    ("Locations", place(location={"type": "Point", "coordinates": [999, 1]}), "location"),
    ("Locations", place(location={"type": "Nonsense"}), "location"),
    ("Locations", place(location="POINT(1 1)"), "location"),
    ("Locations", place(encodingType="text/plain"), "encodingType"),
    ("Sensors", sensor() | {"metadata": None}, "metadata"),
    ("ObservedProperties", {"name": "x", "description": "x"}, "definition"),
    ("Datastreams", datastream(), "Thing"),
    ("Datastreams", datastream(observationType="x", Thing={"@iot.id": 1}), "observationType"),
    ("HistoricalLocations", {"time": "yesterday"}, "time"),
    ("FeaturesOfInterest", feature() | {"feature": None}, "feature"),
    ("Observations", {"result": 1}, "Datastream"),
    ("Observations", {"result": 1, "Datastream": {"@iot.id": 999999}}, "Datastream"),
    ("Observations", {"result": 1, "Datastream": {"@iot.id": True}}, "Datastream"),
    ("Observations", {"result": 1, "Datastream": 5}, "Datastream"),
]


def test_bodies_that_are_wrong(me: Caller, noon: Any) -> None:
    """Requirement create-entity: an invalid body is 400 and its message names the member."""
    for path, body, field in BROKEN:
        answer = me.send("post", path, body)
        assert answer.status_code == 400, (path, body)
        assert answer.json()["errors"][0]["field"] == field, (path, body)
    assert me.send("post", "Things", "{").status_code == 400
    assert me.send("post", "Things(1)", {}).status_code == 404


def test_wrong_readings(me: Caller, world: dict[str, Any]) -> None:
    """Requirement create-entity, of observations."""
    path = f"Datastreams({world['first']})/Observations"
    ahead, old = NOON + timedelta(hours=1), NOON - timedelta(days=900)
    for body, field in (
        ({}, "result"),
        ({"result": "warm"}, "result"),
        ({"result": {"a": 1}}, "result"),
        ({"result": 1, "phenomenonTime": "2026-11-20T04:00:00"}, "phenomenonTime"),
        ({"result": 1, "phenomenonTime": ahead.isoformat()}, "phenomenonTime"),
        ({"result": 1, "phenomenonTime": old.isoformat()}, "phenomenonTime"),
        ({"result": 1, "resultTime": 5}, "resultTime"),
        ({"result": 1, "FeatureOfInterest": {"@iot.id": 999999}}, "FeatureOfInterest"),
        ({"result": 1, "Datastream": {"@iot.id": 1}}, "Datastream"),
    ):
        answer = me.send("post", path, body)
        assert answer.status_code == 400, body
        assert answer.json()["errors"][0]["field"] == field, body
    raw = me.send("post", path, '{"result": NaN}')
    assert raw.status_code == 400


def test_a_reading_is_kept_once(me: Caller, world: dict[str, Any]) -> None:
    """The same again is no error and no second reading; another result is refused."""
    path = f"Datastreams({world['second']})/Observations"
    body = {"result": 55, "phenomenonTime": NOON.isoformat()}
    assert me.make(path, body) == me.make(path, body)
    other = me.send("post", path, body | {"result": 56})
    assert (other.status_code, other.json()["code"]) == (409, "replayed")
    assert len(me.values(path)) == 1


def test_all_that_can_be_told_of_an_observation(me: Caller, world: dict[str, Any]) -> None:
    """Requirement datamodel/observation/properties; resultTime is null where absent."""
    path = f"Datastreams({world['second']})/Observations"
    since, until = NOON - timedelta(hours=1), NOON
    told = {
        "phenomenonTime": f"{since.isoformat()}/{until.isoformat()}",
        "resultTime": NOON.isoformat(),
        "result": "55.5",
        "resultQuality": {"code": "good"},
        "validTime": f"{since.isoformat()}/{until.isoformat()}",
        "parameters": {"run": 3},
        "FeatureOfInterest": feature(),
    }
    key = me.make(path, told)
    found = me.read(f"Observations('{key}')", expand="FeatureOfInterest")
    assert found["phenomenonTime"] == "2026-11-20T03:00:00.000Z/2026-11-20T04:00:00.000Z"
    assert (found["resultTime"], found["result"]) == ("2026-11-20T04:00:00.000Z", 55.5)
    assert (found["resultQuality"], found["parameters"]) == ({"code": "good"}, {"run": 3})
    assert found["FeatureOfInterest"]["name"] == "桥下"
    about = found["FeatureOfInterest"]["@iot.id"]
    plain = me.make(f"FeaturesOfInterest({about})/Observations",
                    {"result": 1, "Datastream": {"@iot.id": world["second"]}})  # fmt: skip
    assert me.read(f"Observations('{plain}')")["resultTime"] is None
    assert len(me.values(f"FeaturesOfInterest({about})/Observations")) == 2


def test_a_feature_is_made_of_the_place_and_used_again(me: Caller, world: dict[str, Any]) -> None:
    """Requirement create-entity: automatic FeatureOfInterest."""
    about = me.values("Observations", expand="FeatureOfInterest", top="3")
    assert len({each["FeatureOfInterest"]["@iot.id"] for each in about}) == 1
    before = FeatureOfInterest.objects.count()
    me.make(f"Things({world['thing']})/Locations", place(120.014, 36.014, name="桥头"))
    path = f"Datastreams({world['first']})/Observations"
    keys = []
    for n in (1, 2):
        at = NOON - timedelta(seconds=n)
        keys.append(me.make(path, {"result": n, "phenomenonTime": at.isoformat()}))
    later = [me.read(f"Observations('{key}')/FeatureOfInterest")["name"] for key in keys]
    assert later == ["桥头", "桥头"]
    assert FeatureOfInterest.objects.count() == before + 1
    old = me.values(path, filter="result eq 20", expand="FeatureOfInterest")
    assert old[0]["FeatureOfInterest"]["name"] == "河边"


def test_a_thing_without_a_place_waits_for_one(me: Caller, noon: Any) -> None:
    """Multiplicity: a Thing has no Location or many; an observation then names its feature."""
    key = me.make("Things", {"name": "便携仪", "description": "手持"})
    assert me.values(f"Things({key})/Locations") == []
    assert "位置待定" in Device.objects.get(pk=key).asset.source
    series = me.make(f"Things({key})/Datastreams", datastream())
    refused = me.send("post", f"Datastreams({series})/Observations", {"result": 1})
    assert refused.json()["errors"][0]["field"] == "FeatureOfInterest"
    me.make(f"Things({key})/Locations", place())
    assert Device.objects.get(pk=key).asset.point.coords == (120.012, 36.012)
    me.make(f"Datastreams({series})/Observations", {"result": 1})
    assert len(me.values("Observations")) == 1


def test_moving_writes_history(me: Caller, world: dict[str, Any]) -> None:
    """Requirement historical-location-auto-creation; manual creation as well."""
    path = f"Things({world['thing']})"
    shared = me.make("Locations", place(120.016, 36.016, name="仓库"))
    assert me.send("patch", path, {"Locations": [{"@iot.id": shared}]}).status_code == 200
    history = me.values(f"{path}/HistoricalLocations", expand="Locations")
    assert sorted(each["Locations"][0]["name"] for each in history) == ["仓库", "河边"]
    assert [each["name"] for each in me.values(f"{path}/Locations")] == ["仓库"]
    assert Device.objects.get(pk=world["thing"]).asset.point.coords == (120.016, 36.016)
    told = {"time": "2026-11-01T00:00:00Z", "Locations": [{"@iot.id": shared}]}
    key = me.make(f"{path}/HistoricalLocations", told)
    assert me.read(f"HistoricalLocations({key})")["time"] == "2026-11-01T00:00:00.000Z"


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("Things", {"name": "新名称", "properties": {"a": 1}}),
    (
        "Locations",
        {"name": "新位置", "location": {"type": "Point", "coordinates": [120.013, 36.013]}},
    ),
    ("Datastreams", {"description": "新说明", "properties": {"b": [2]}}),
    ("Sensors", {"metadata": "v2"}),
    ("ObservedProperties", {"definition": "urn:x"}),
    ("HistoricalLocations", {"time": "2026-11-19T00:00:00.000Z"}),
    ("FeaturesOfInterest", {"name": "新对象"}),
    ("Observations", {"resultQuality": "checked", "parameters": {"c": 3}}),
]


def link_of(me: Caller, name: str) -> str:
    """The path of one of ours: shipped kinds are not to be changed here."""
    found = me.values(name, orderby="id desc" if name != "Observations" else "result")
    return str(found[0]["@iot.selfLink"].partition("/v1.1/")[2])


def test_changes(me: Caller, world: dict[str, Any]) -> None:
    """Requirements update-entity and update-entity-put: 200, and only what was told."""
    for name, change in CHANGES:
        path = link_of(me, name)
        before = me.read(path)
        answer = me.send("patch", path, change)
        assert answer.status_code == 200, (name, answer.content.decode())
        after = me.read(path)
        changed = {key for key in after if after.get(key) != before.get(key)}
        assert changed <= {*change, "observedArea"}, name
        assert {key: after[key] for key in change} == change, name
        made = {"observedArea", "phenomenonTime"}
        whole = {key: before[key] for key in before if "@iot" not in key and key not in made}
        assert me.send("put", path, whole).status_code == 200, name


def test_changes_that_are_refused(me: Caller, world: dict[str, Any]) -> None:
    """Requirement update-entity: an entity told within is 400; what happened stays as it was."""
    path = f"Things({world['thing']})"
    assert me.send("patch", path, {"Datastreams": [datastream()]}).status_code == 400
    assert me.send("patch", path, {"Locations": [place()]}).status_code == 400
    assert me.send("put", path, {"name": "x"}).json()["errors"][0]["field"] == "description"
    assert me.send("patch", "Things(999999)", {"name": "x"}).status_code == 404
    assert me.send("patch", "Things", {"name": "x"}).status_code == 404
    series = f"Datastreams({world['first']})"
    assert me.send("patch", series, {"Sensor": sensor()}).status_code == 400
    other = {"unitOfMeasurement": {"name": "F", "symbol": "°F", "definition": None}}
    assert me.send("patch", series, other).status_code == 409
    key = me.values("Observations", orderby="result")[0]["@iot.id"]
    refused = me.send("patch", f"Observations('{key}')", {"result": 99})
    assert (refused.status_code, refused.json()["code"]) == (409, "reading_kept")
    shipped = me.values("Sensors", filter="metadata eq 'air'")[0]["@iot.id"]
    assert me.send("patch", f"Sensors({shipped})", {"name": "x"}).status_code == 409
    assert me.send("delete", f"Sensors({shipped})", {}).status_code == 409


def test_removals(me: Caller, world: dict[str, Any]) -> None:
    """Requirement delete-entity: 200, then 404, with what cannot be without it."""

    def gone(path: str) -> bool:
        first = me.send("delete", path, {}).status_code
        again = me.send("delete", path, {}).status_code
        return (first, again, me.get(path).status_code) == (200, 404, 404)

    key = me.values("Observations", orderby="result")[0]["@iot.id"]
    assert gone(f"Observations('{key}')")
    assert len(me.values("Observations")) == 9
    assert Reading.objects.count() == 10, "evidence stays"
    history = me.values(f"Things({world['thing']})/HistoricalLocations")[0]["@iot.id"]
    assert gone(f"HistoricalLocations({history})")
    lone = me.make("FeaturesOfInterest", feature())
    assert gone(f"FeaturesOfInterest({lone})")
    spare = me.make("Locations", place())
    assert gone(f"Locations({spare})")
    humid = me.read(f"Datastreams({world['second']})/Sensor")["@iot.id"]
    assert gone(f"Sensors({humid})")
    assert me.get(f"Datastreams({world['second']})").status_code == 404
    assert gone(f"Datastreams({world['first']})")
    assert me.values("Observations") == []
    assert gone(f"Things({world['thing']})")
    assert not Device.objects.get(pk=world["thing"]).is_active


def test_listeners_hear_of_observations_after_the_commit(
    me: Caller, world: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    """Requirement receive-updates-via-mqtt, as far as this side goes."""
    heard: list[Observed] = []

    def stumble(_observed: Any) -> None:
        raise RuntimeError("no broker")

    with (
        registry.temporarily("broken", stumble),
        registry.temporarily("test", heard.extend),
        django_capture_on_commit_callbacks(execute=True),
    ):
        me.make(f"Datastreams({world['second']})/Observations", {"result": 55})
        assert heard == []
    assert [(each.series_id, each.at, each.value) for each in heard] == [
        (world["second"], NOON, 55.0)
    ]


@pytest.mark.django_db(transaction=True)
def test_the_same_observation_from_three_at_once(transactional_db: None) -> None:
    """One reading, whoever is first; all are told that it is there."""
    cast: Cast = build_cast()
    callers = [keeper(cast)]
    moment = clock.now().isoformat()
    series = callers[0].values(
        f"Things({callers[0].make('Things', thing())})/Datastreams"
    )[0]["@iot.id"]  # fmt: skip
    codes: list[int] = []

    def send() -> None:
        try:
            answer = callers[0].send("post", f"Datastreams({series})/Observations",
                                     {"result": 5, "phenomenonTime": moment})  # fmt: skip
            codes.append(answer.status_code)
        finally:
            connection.close()

    threads = [Thread(target=send) for _n in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert codes == [201, 201, 201]
    assert Reading.objects.count() == 1
