"""The standard over a real broker: made by publishing, told by rights. OGC 18-088 clause 14."""

import json
from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.models import ApiClient
from apps.mqtt.models import Login, Outgoing
from apps.mqtt.registry import Message, pattern_of
from apps.sensing.models import Datastream, IntakeRefusal, Reading
from apps.sensing.services import rotate_key, take_readings
from apps.sensorthings.over_mqtt import MADE, take_messages
from apps.sensorthings.services.following import MOST_FOLLOWED
from tests.cast import Cast, build_cast
from tests.mqtt.broker import Mosquitto, comes_true, listening
from tests.mqtt.conftest import broker, calls
from tests.mqtt.test_broker import gets_in
from tests.sensing.factories import device, person
from tests.sensorthings.factories import Caller, program

__all__ = ["broker", "calls"]  # fixtures
PM25 = "pm25"


def series(node: str) -> Datastream:
    return Datastream.objects.get(device__node=node, field__code=PM25)


def said(node: str, payload: Any, *, of: Datastream) -> Message:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    topic = f"sta/{node}/v1.1/Datastreams({of.pk})/Observations"
    return Message(node, topic, body, clock.now())


def reader(cast: Cast, side: str) -> Caller:
    """A program of a district, behind an account that sees its devices."""
    unit = cast.east_works if side == "east" else cast.west_works
    return program(cast, person(f"program-{side}", "device_reader", unit), "sensorthings.read")


def follow(caller: Caller, *keys: int) -> Any:
    body = json.dumps({"datastreams": keys})
    return caller.web.put("/sta/mqtt/followed", body, content_type="application/json")


@pytest.mark.django_db(transaction=True)
def test_made_by_publishing_told_to_who_follows(broker: Mosquitto, calls: Any) -> None:
    """A device writes its own datastream; a program of the district hears, another does not."""
    cast = build_cast()
    one, two = device("AQ-1"), device("AQ-2")
    keys = [rotate_key(SYSTEM, device_id=each.pk) for each in (one, two)]
    east, west = reader(cast, "east"), reader(cast, "west")
    assert follow(east, series("AQ-1").pk).status_code == 200
    assert follow(west).json()["datastreams"] == []
    logins = [each.web.post("/sta/mqtt/login").json() for each in (east, west)]
    with listening():
        station = gets_in(calls, "AQ-1", keys[0])
        near, far = (gets_in(calls, each["user"], each["secret"]) for each in logins)
        for caller in (near, far):
            caller.client.subscribe([("sta/#", 1), (f"sta/{logins[0]['user']}/told/#", 1)])
        where = f"sta/AQ-1/v1.1/Datastreams({series('AQ-1').pk})/Observations"
        for topic, answer in (
            (where, "Success"),
            (where.replace("AQ-1", "AQ-2"), "Not authorized"),
            (f"sta/AQ-1/told/Datastreams({series('AQ-1').pk})/Observations", "Not authorized"),
        ):
            packet = station.client.publish(topic, b'{"result": 35.5}', 1).mid
            assert station.answer(packet) == answer
        assert comes_true(lambda: near.heard)
    told = json.loads(near.heard[0][1])
    row = Reading.objects.get()
    assert (row.series_id, row.value, told["result"]) == (series("AQ-1").pk, 35.5, 35.5)
    assert near.heard[0][0].startswith(f"sta/{logins[0]['user']}/told/Datastreams(")
    assert told["@iot.id"].startswith(f"{row.series_id}-")
    assert far.heard == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff{", "shape"),
        (b"[1]", "shape"),
        ({"result": 1, "nonsense": 2}, "shape"),
        ({"result": 1, "FeatureOfInterest": {"@iot.id": 1}}, "shape"),
        ({"result": "much"}, "not_a_value"),
        ({"result": 1, "phenomenonTime": "2001-01-01T00:00:00Z"}, "too_old"),
    ],
)
def test_what_is_not_taken_is_counted_once(cast: Cast, payload: Any, reason: str) -> None:
    device("AQ-1")
    fine = {"result": 12.5}
    messages = [said("AQ-1", body, of=series("AQ-1")) for body in (payload, fine, fine)]
    take_messages(messages)
    assert [row.value for row in Reading.objects.all()][:1] == [12.5]
    [refused] = IntakeRefusal.objects.values_list("reason", "node", "count")
    assert refused == (reason, "AQ-1", 1)


def test_nobody_writes_the_datastream_of_another(cast: Cast) -> None:
    device("AQ-1")
    device("AQ-2")
    take_messages([said("AQ-1", {"result": 1}, of=series("AQ-2"))])
    assert not Reading.objects.exists()
    assert IntakeRefusal.objects.get().reason == "unknown_field"
    assert pattern_of("sta/AQ-1/v1.1/Datastreams(5)/Observations") == (MADE, "AQ-1")


def test_followed_by_rights_and_told_with_the_readings(cast: Cast) -> None:
    device("AQ-1")
    device("AQ-W", at=Cast.inside_west())
    east = reader(cast, "east")
    key = series("AQ-1").pk
    assert follow(east, key, key).json()["topic"].startswith("sta/@")
    assert follow(east, key).status_code == 200
    assert AuditEntry.objects.filter(action="observations.followed").count() == 1
    for hidden in (10**9, series("AQ-W").pk):
        assert follow(east, hidden).status_code == 404
    assert follow(east, *range(1, MOST_FOLLOWED + 2)).status_code == 400
    assert east.web.get("/sta/mqtt/followed").json()["datastreams"] == [key]
    take_readings(
        [{"node": "AQ-1", "values": {PM25: 20, "pm10": 30}}, {"node": "AQ-W", "values": {PM25: 1}}],
        sender=SYSTEM,
    )
    [order] = Outgoing.objects.all()
    assert json.loads(bytes(order.payload))["result"] == 20
    client = ApiClient.objects.get()
    client.suspended_at = clock.now()
    client.save()
    take_readings([{"node": "AQ-1", "values": {PM25: 21}}], sender=SYSTEM)
    assert Outgoing.objects.count() == 1


def test_a_new_secret_ends_the_one_before_and_people_have_none(cast: Cast) -> None:
    east = reader(cast, "east")
    first, second = (east.web.post("/sta/mqtt/login").json() for _turn in range(2))
    assert first["secret"] != second["secret"]
    now = clock.now()
    [live] = [row for row in Login.objects.all() if row.ends_at is None or row.ends_at > now]
    assert live.name == second["user"]
    assert second["secret"] not in live.secret_hash
    somebody = Caller(person("somebody", "device_reader", cast.east_works))
    assert somebody.web.post("/sta/mqtt/login").status_code == 403
    assert somebody.web.get("/sta/mqtt/followed").status_code == 403
