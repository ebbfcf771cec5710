"""Requirements datamodel and resource-path of SensorThings 1.1 (OGC 18-088 clauses 8 and 9.2)."""

from typing import Any

import pytest

from tests.sensing.factories import device
from tests.sensorthings.factories import ROOT, Caller

SETS = {
    "Things": ("name", "description", "Datastreams@iot.navigationLink"),
    "Locations": ("name", "encodingType", "location", "Things@iot.navigationLink"),
    "HistoricalLocations": ("time", "Thing@iot.navigationLink"),
    "Datastreams": ("name", "observationType", "unitOfMeasurement", "observedArea"),
    "Sensors": ("name", "encodingType", "metadata"),
    "ObservedProperties": ("name", "definition", "description"),
    "Observations": ("phenomenonTime", "resultTime", "result"),
    "FeaturesOfInterest": ("name", "encodingType", "feature"),
}


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_root_names_eight_sets_and_what_is_conformed_to(me: Caller, slash: str) -> None:
    """Requirement resource-path/resource-path-to-entities."""
    told = me.read(slash) if slash == "" else me.web.get(f"{ROOT}/").json()
    assert {each["name"] for each in told["value"]} == set(SETS)
    assert me.web.get(ROOT).json() == told
    conformance = told["serverSettings"]["conformance"]
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel" in conformance
    assert "http://www.opengis.net/spec/iot_sensing/1.1/req/data-array/data-array" in conformance


def test_entities_have_their_members(me: Caller, world: dict[str, Any]) -> None:
    """Requirement datamodel/*/properties and */relations, entity-control-information."""
    for name in SETS:
        found = me.values(name)
        assert found
        for each in found:
            assert set(SETS[name]) <= set(each)
            assert me.web.get(each["@iot.selfLink"]).json() == each
        link = next(value for key, value in found[0].items() if key.endswith("navigationLink"))
        assert me.web.get(link).status_code == 200


def test_paths_lead_four_levels_and_more(me: Caller, world: dict[str, Any]) -> None:
    """Requirement resource-path/resource-path-to-entities."""
    path = f"Things({world['thing']})/Datastreams({world['first']})/Observations"
    newest = me.values(path, orderby="phenomenonTime desc")[0]
    key = newest["@iot.id"]
    assert newest["result"] == 29
    up = f"{path}('{key}')/Datastream/Thing"
    assert me.read(up)["@iot.id"] == world["thing"]
    assert me.values(f"{up}/Locations")[0]["name"] == "河边"
    feature = me.read(f"{path}('{key}')/FeatureOfInterest")
    assert feature["feature"]["coordinates"] == [120.012, 36.012]
    assert len(me.values(f"FeaturesOfInterest({feature['@iot.id']})/Observations")) == 10
    sensor = me.read(f"Datastreams({world['first']})/Sensor")
    assert [d["@iot.id"] for d in me.values(f"Sensors({sensor['@iot.id']})/Datastreams")] == [
        world["first"]
    ]
    history = me.values(f"Things({world['thing']})/HistoricalLocations")
    assert me.read(f"HistoricalLocations({history[0]['@iot.id']})/Thing")["name"] == "气象杆"


def test_a_property_and_its_value_alone(me: Caller, world: dict[str, Any]) -> None:
    """Requirement resource-path: ``/property`` and ``/property/$value``."""
    path = f"Things({world['thing']})"
    assert me.read(f"{path}/name") == {"name": "气象杆"}
    plain = me.get(f"{path}/name/$value")
    assert (plain.content.decode(), plain["Content-Type"]) == (
        "气象杆",
        "text/plain; charset=utf-8",
    )
    assert me.read(f"{path}/properties/$value")["height"] == 4.5
    assert me.read(f"Datastreams({world['first']})/unitOfMeasurement")["unitOfMeasurement"][
        "symbol"
    ] == "°C"  # fmt: skip
    assert me.get(f"{path}/id/$value").content.decode() == str(world["thing"])


def test_references_are_links_alone(me: Caller, world: dict[str, Any]) -> None:
    """Requirement resource-path: ``$ref``."""
    found = me.values(f"Things({world['thing']})/Datastreams/$ref")
    assert [set(each) for each in found] == [{"@iot.selfLink"}] * 2


NOWHERE = [
    "Things(999999)", "Things(0)/Datastreams", "Things(999999)/Datastreams", "Nothing",
    "Things('x')", "Things(1)(2)", "Things/name", "Things/Datastreams", "Observations('1-x')",
    "Observations('99-1')", "Things(99999999999999999999)", "Things(1)/nothing",
    "Things(1)/name/nothing", "/".join(["Things(1)"] * 30),
]  # fmt: skip


def test_what_is_not_there(me: Caller, world: dict[str, Any]) -> None:
    """Requirement resource-path: 404."""
    for path in NOWHERE:
        answer = me.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_devices_of_every_door_are_things(me: Caller, noon: Any) -> None:
    """Requirement datamodel; IO-09: one model behind all doors."""
    made = device("AQ-7")
    found = me.read(f"Things({made.pk})", expand="Locations,Datastreams($expand=Sensor)")
    assert (found["name"], found["properties"]["node"]) == ("设备 AQ-7", "AQ-7")
    assert found["Locations"][0]["location"]["coordinates"] == [120.012, 36.012]
    series = {each["name"]: each for each in found["Datastreams"]}
    dust = series["设备 AQ-7 PM2.5"]
    assert dust["unitOfMeasurement"]["symbol"] == "μg/m³"
    assert dust["Sensor"]["name"] == "空气质量监测站"
    assert me.send("post", f"Datastreams({dust['@iot.id']})/Observations", {"result": 35}
                   ).status_code == 201  # fmt: skip
    told = me.values(f"Datastreams({dust['@iot.id']})/Observations", expand="FeatureOfInterest")
    assert told[0]["FeatureOfInterest"]["name"] == "设备 AQ-7"
    made.asset.point.x = 120.014
    made.asset.save()
    moved = me.values(f"Things({made.pk})/Locations")[0]
    assert moved["location"]["coordinates"] == [120.014, 36.012]
