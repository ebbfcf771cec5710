"""Programs of others write and read: the client library of the reference implementation, stapy."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import frost_sta_client as fsc
import pytest
from geojson import Point

from apps.audit.services import SYSTEM
from apps.gateway.services import issue_client
from tests.cast import build_cast
from tests.sensing.factories import person
from tests.sensorthings.factories import MEASUREMENT, ROOT, keeper

ROOT_FOLDER = Path(__file__).resolve().parent.parent.parent
#: Of its own, made by ``bin/test`` from requirements/stapy.txt: its pins are years behind ours.
STAPY = ROOT_FOLDER / "var" / "partners" / "stapy" / "bin" / "python"
WALK = Path(__file__).with_name("stapy_walk.py")


class Key:
    """Signs requests with the key of a client."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Api-Key {self._key}"
        return request


@pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated")  # the client's own
@pytest.mark.django_db(transaction=True)
def test_frost_client_writes_and_reads_what_it_may(live_server: Any, live: str) -> None:
    """Requirements resource-path, request-data, create-update-delete, data-array."""
    key = _key_of_a_keeper()
    service = fsc.SensorThingsService(f"{live_server.url}{ROOT}/")
    service.auth_handler = fsc.AuthHandler()
    service.auth_handler.add_auth_header = lambda: Key(key)

    place = fsc.Location(
        name="河边",
        description="立杆",
        location=Point((120.012, 36.012)),
        encoding_type="application/vnd.geo+json",
    )
    thing = fsc.Thing(
        name="气象杆", description="路灯杆", properties={"height": 4}, locations=[place]
    )
    service.create(thing)
    series = fsc.Datastream(
        name="气温",
        description="五分钟",
        observation_type=MEASUREMENT,
        unit_of_measurement=fsc.UnitOfMeasurement(name="Celsius", symbol="°C", definition="u"),
        thing=thing,
        sensor=fsc.Sensor(
            name="DHT22", description="传感器", encoding_type="text/html", metadata="m"
        ),
        observed_property=fsc.ObservedProperty(name="T", definition="urn:t", description="气温"),
    )
    service.create(series)
    for n in range(3):
        service.create(
            fsc.Observation(
                result=20 + n,
                datastream=series,
                phenomenon_time=datetime.now(UTC).isoformat(),
            )
        )

    found = service.things().query().filter("properties/height eq 4").expand("Locations").list()
    (told,) = found.entities
    assert (told.id, told.name, told.properties) == (thing.id, "气象杆", {"height": 4})
    assert told.locations.entities[0].name == "河边"
    results = service.observations().query().orderby("result", "desc").top(2).list()
    assert [each.result for each in results] == [22, 21, 20]
    one = service.observations().find(results.entities[0].id)
    assert one.result == 22
    told.name = "气象杆二"
    told.locations = None
    service.update(told)
    assert service.things().find(thing.id).name == "气象杆二"
    service.delete(told)
    assert service.things().query().list().entities == []


@pytest.mark.django_db(transaction=True)
def test_stapy_writes_and_reads_what_it_may(live_server: Any, live: str, tmp_path: Path) -> None:
    """The same requirements by a second, independent client."""
    key = _key_of_a_keeper()
    ended = subprocess.run(
        [STAPY, "-I", WALK, f"{live_server.url}{ROOT}/", key],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    made, read, change = told["made"], told["read"], told["change"]
    assert all(number > 0 for number in made.values())
    assert read == {
        "tall": made["thing"], "results": [22, 21], "nested": [20, 21, 22], "place": "河边",
    }  # fmt: skip
    assert change == {"patched": made["thing"], "name": "气象杆二", "refused": -1, "left": []}


def _key_of_a_keeper() -> str:
    cast = build_cast()
    keeper(cast)
    account = person("service", "device_keeper", cast.east_works)
    _client, key = issue_client(
        SYSTEM,
        name="FROST",
        tenant=cast.tenant,
        service_user=account,
        scopes=["sensorthings.read", "sensorthings.write"],
    )
    return str(key)
