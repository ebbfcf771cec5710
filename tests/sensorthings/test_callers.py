"""Who may read and write: scopes, rights, districts, and what a stranger is told."""

from datetime import timedelta
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.gateway.models import ApiCall
from apps.sensing.models import Device, IntakeRefusal, Reading
from tests.cast import Cast
from tests.sensing.factories import device, person
from tests.sensorthings.conftest import NOON
from tests.sensorthings.factories import (
    ROOT,
    Caller,
    datastream,
    feature,
    keeper,
    place,
    program,
    sensor,
    thing,
)

SETS = (
    "Things", "Locations", "HistoricalLocations", "Datastreams", "Observations",
    "FeaturesOfInterest",
)  # fmt: skip


def test_strangers_are_not_let_in(cast: Cast) -> None:
    for path in ("", "/Things", "/$batch", "/CreateObservations"):
        assert Client().get(f"{ROOT}{path}").status_code == 401
    assert Client().post(f"{ROOT}/Things", "{}", content_type="application/json").status_code == 401
    wrong = Client(headers={"Authorization": "Api-Key a.b"})
    assert wrong.get(f"{ROOT}/Things").status_code == 401


def test_people_without_the_right(cast: Cast, noon: Any) -> None:
    nobody = Caller(cast.handler)
    assert nobody.get("Things").status_code == 403
    reader = Caller(person("reader", "device_reader", cast.east_works))
    assert reader.get("Things").status_code == 200
    made = device("AQ-1")
    series = made.series.get(field__code="pm25").pk
    for method, path, body in (
        ("post", "Things", thing()),
        ("post", f"Datastreams({series})/Observations", {"result": 1}),
        ("post", "CreateObservations", []),
        ("post", "$batch", {"requests": []}),
        ("patch", f"Things({made.pk})", {"name": "x"}),
        ("delete", f"Things({made.pk})", {}),
    ):
        assert reader.send(method, path, body).status_code == 403, path
    assert Device.objects.get().is_active
    assert not Reading.objects.exists()


def test_the_neighbour_is_not_there(cast: Cast, me: Caller, world: dict[str, Any]) -> None:
    """Rows a viewer may not see do not exist: in sets, paths, expansions, filters and writes."""
    west = keeper(cast, "west")
    mine = west.make("Things", thing("西区杆", Locations=[place(120.032, 36.012)]))
    for name in SETS:
        for each in me.values(name):
            path = each["@iot.selfLink"].partition("/v1.1/")[2]
            assert west.get(path).status_code == 404, path
    assert [each["name"] for each in west.values("Things")] == ["西区杆"]
    own = me.values("Sensors", filter="name eq 'DHT22'")[0]["@iot.id"]
    assert west.get(f"Sensors({own})").status_code == 404
    oracle = f"Datastreams/Sensor/id eq {own}"
    assert west.values("Things", filter=oracle) == []
    series, about = world["first"], me.values("FeaturesOfInterest")[0]["@iot.id"]
    before = Reading.objects.count()
    for method, path, body, code in (
        ("post", f"Datastreams({series})/Observations", {"result": 1}, 404),
        ("post", "Observations", {"result": 1, "Datastream": {"@iot.id": series}}, 400),
        ("post", f"Things({mine})/Datastreams", datastream(Sensor={"@iot.id": own}), 400),
        ("post", f"Things({world['thing']})/Datastreams", datastream(), 404),
        ("post", "Things", thing(Locations=[place()]), 403),
        ("post", f"Things({mine})/Locations", place(), 403),
        ("patch", f"Things({world['thing']})", {"name": "x"}, 404),
        ("delete", f"FeaturesOfInterest({about})", {}, 404),
    ):
        assert west.send(method, path, body).status_code == code, (path, body)
    array = [{"Datastream": {"@iot.id": series}, "components": ["result"], "dataArray": [[1]]}]
    assert west.send("post", "CreateObservations", array).json() == ["error"]
    assert Reading.objects.count() == before


def test_programs_need_a_scope_for_each(cast: Cast, me: Caller, world: dict[str, Any]) -> None:
    """AC-07: reading and writing are granted apart, and calls are kept."""
    bare = program(cast, cast.handler, "cases.read")
    refused = bare.get("Things")
    assert (refused.status_code, refused.json()["data"]["scope"]) == (403, "sensorthings.read")
    reading = program(cast, cast.handler, "sensorthings.read")
    assert len(reading.values("Things")) == 2
    denied = reading.send("post", f"Datastreams({world['first']})/Observations", {"result": 1})
    assert (denied.status_code, denied.json()["data"]["scope"]) == (403, "sensorthings.write")
    writing = program(cast, cast.handler, "sensorthings.write")
    writing.make(f"Datastreams({world['second']})/Observations", {"result": 1})
    assert writing.get("Things").status_code == 403
    batch = {"requests": [{"id": "1", "method": "get", "url": "Things"}]}
    assert writing.send("post", "$batch", batch).json()["responses"][0]["status"] == 403
    assert writing.send("post", "Sensors", sensor()).status_code == 403, "the account keeps none"
    assert ApiCall.objects.filter(path__startswith=ROOT, status=403).exists()


def test_programs_see_numbers_of_people_covered(
    cast: Cast, me: Caller, world: dict[str, Any]
) -> None:
    """AC-09: what people wrote freely is masked for programs, as everywhere."""
    card = {"contact_phone": "13812345678", "note": "致电 13812345678"}
    key = me.make("FeaturesOfInterest", feature() | {"properties": card})
    reading = program(cast, me_of(me), "sensorthings.read")
    shown = reading.read(f"FeaturesOfInterest({key})")["properties"]
    assert "13812345678" not in str(shown)
    assert me.read(f"FeaturesOfInterest({key})")["properties"] == card


def me_of(me: Caller) -> User:
    return User.objects.get(pk=me.web.session["_auth_user_id"])


def test_a_field_of_a_shipped_kind_is_not_added_by_a_keeper_of_devices(
    me: Caller, noon: Any
) -> None:
    """IO-17: kinds are written by those who keep them."""
    made = device("AQ-1")
    refused = me.send("post", f"Things({made.pk})/Datastreams", datastream())
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert made.series.count() == 8


def test_what_is_refused_is_counted_as_of_every_door(me: Caller, world: dict[str, Any]) -> None:
    late = {"result": 1, "phenomenonTime": (NOON + timedelta(hours=3)).isoformat()}
    array = [{"Datastream": {"@iot.id": world["first"]}, "components": [*late],
              "dataArray": [[*late.values()]]}]  # fmt: skip
    assert me.send("post", "CreateObservations", array).json() == ["error"]
    assert IntakeRefusal.objects.get().reason == "ahead"
