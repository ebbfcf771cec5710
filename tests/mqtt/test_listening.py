"""From device to database: nothing lost, nothing doubled, nobody harmed by another. IO-09."""

import json
import signal
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.models import QuerySet

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.mqtt import registry
from apps.mqtt.models import Connection, Outgoing, Parked
from apps.mqtt.registry import Message, device_topic
from apps.mqtt.selectors import read_link
from apps.mqtt.services import link, publish
from apps.mqtt.services.link import Delivery, LeaseLost, Turn
from apps.sensing.models import Device, IntakeRefusal, Latest, Reading
from apps.sensing.services import rotate_key
from tests.cast import build_cast
from tests.mqtt.broker import (
    Caller,
    Mosquitto,
    comes_true,
    listener_process,
    listening,
)
from tests.mqtt.test_broker import gets_in, is_up, let_in
from tests.sensing.factories import device

pytestmark = pytest.mark.django_db(transaction=True)
Key = tuple[Device, str]


@pytest.fixture
def two(transactional_db: None) -> list[Key]:
    """Two stations with their keys."""
    build_cast()
    found = [device("AQ-1"), device("AQ-2")]
    return [(one, rotate_key(SYSTEM, device_id=one.pk)) for one in found]


@pytest.fixture
def taken() -> Iterator[list[Message]]:
    """What a handler of ``devices/+/acks`` was shown."""
    shown: list[Message] = []

    def show(messages: Sequence[Message]) -> None:
        shown.extend(messages)

    with registry.temporarily("devices/+/acks", show):
        yield shown


def reading(number: int, **more: Any) -> bytes:
    at = clock.now() - timedelta(minutes=5) + timedelta(milliseconds=number)
    return json.dumps({"at": at.isoformat(), "values": {"pm25": number}} | more).encode()


def momentless(number: int) -> bytes:
    return json.dumps({"values": {"pm25": number % 100}}).encode()


def of_readings() -> QuerySet[IntakeRefusal]:
    """What was refused, but for log-ins tried before the broker knew them."""
    return IntakeRefusal.objects.exclude(reason="bad_key")


def test_readings_of_many_devices_in_one_batch(
    broker: Mosquitto, calls: Any, two: list[Key]
) -> None:
    with listening():
        callers = [gets_in(calls, one.node, key) for one, key in two]
        for caller in callers:
            caller.say("readings", reading(1))
            caller.say("readings", b"[" + reading(2) + b"," + reading(3) + b"]")
            caller.say("readings", b'{"readings": [' + reading(4) + b"]}")
        assert comes_true(lambda: Reading.objects.count() == 8)
    assert set(Latest.objects.filter(value=4).values_list("series__device__node", flat=True)) == {
        "AQ-1",
        "AQ-2",
    }
    assert Connection.objects.get().received >= 6


def test_a_rotated_key_is_good_here_as_well(broker: Mosquitto, calls: Any, two: list[Key]) -> None:
    (one, old), _other = two
    new = rotate_key(SYSTEM, device_id=one.pk)
    with listening():
        assert gets_in(calls, "AQ-1", old, slot=1).reason == "Success"
        assert gets_in(calls, "AQ-1", new, slot=2).reason == "Success"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe{}", "shape"),
        (b"", "shape"),
        (b"[]", "shape"),
        (b"{", "shape"),
        (b"[" * 100_000, "shape"),
        (b"7", "shape"),
        (b'{"values": {"pm25": NaN}}', "not_a_value"),
        (b'{"values": {"pm25": 1e999}}', "not_a_value"),
        (b'{"node": "AQ-2", "values": {"pm25": 1}}', "other_node"),
        (b'{"node": "\\u0000\\ud800", "values": {"pm25": 1}}', "other_node"),
        (b'{"values": {"pm25": 1}, "at": "2019-01-01T00:00:00Z"}', "too_old"),
        (b'{"values": {"\\u0000": 1}}', "unknown_field"),
        (b'{"values": {"pm25": 1}, "units": {"pm25": "ppm"}}', "wrong_unit"),
        (b"[" + b"1," * 3000 + b"1]", "too_large"),
    ],
)
def test_what_is_not_taken_is_counted(two: list[Key], payload: bytes, reason: str) -> None:
    from apps.sensing.arriving import take_messages

    sent = [
        Message("AQ-1", "devices/AQ-1/readings", payload, clock.now()),
        Message("AQ-2", "devices/AQ-2/readings", reading(1), clock.now()),
    ]
    take_messages(sent)
    assert IntakeRefusal.objects.get().reason == reason
    assert Reading.objects.count() == 1


def test_killed_midway_nothing_is_lost_or_doubled(
    broker: Mosquitto, calls: Any, two: list[Key]
) -> None:
    """Readings without a moment of their own: only the memory of packets tells them apart."""
    (one, key), _other = two
    total = 1500
    process = listener_process()
    try:
        assert comes_true(is_up)
        caller: Caller = gets_in(calls, one.node, key)
        packets = [caller.say("readings", momentless(n)) for n in range(total // 2)]
        assert comes_true(lambda: Reading.objects.exists())
        process.send_signal(signal.SIGKILL)
        packets += [caller.say("readings", momentless(n)) for n in range(total // 2, total)]
        assert process.wait(10) == -signal.SIGKILL
        assert {caller.answer(packet) for packet in packets} == {"Success"}
        process = listener_process()
        assert comes_true(lambda: Reading.objects.count() == total)
        assert Connection.objects.get().connects == 2
        assert not of_readings().exists()
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
    assert not Connection.objects.get().owner


def test_the_same_packet_again_has_no_second_effect(taken: list[Message]) -> None:
    owner = uuid4()
    assert link.hold(owner)
    first = Delivery(
        7, "devices/+/acks", Message("AQ-1", "devices/AQ-1/acks", b"done", clock.now())
    )
    other = Delivery(
        7, "devices/+/acks", Message("AQ-1", "devices/AQ-1/acks", b"failed", clock.now())
    )
    assert link.take(owner, [first], handled=[]) == [first.mark]
    again = link.note_connected(owner, is_resumed=True)
    assert again == [first.mark]
    assert link.take(owner, [first, other], handled=again) == [other.mark]
    assert [one.payload for one in taken] == [b"done", b"failed"]
    row = Connection.objects.get()
    assert (row.received, row.repeated) == (3, 1)
    assert link.note_connected(owner, is_resumed=False) == []


def test_a_broker_that_starts_again_brings_all(
    broker: Mosquitto, calls: Any, two: list[Key]
) -> None:
    (one, key), _other = two
    with listening():
        first = gets_in(calls, one.node, key)
        assert first.answer(first.say("readings", reading(1))) == "Success"
        assert comes_true(lambda: Reading.objects.count() == 1)
        broker.stop()
        assert comes_true(lambda: read_link().state == "lost")
        assert Connection.objects.get().last_error
        broker.start()
        assert comes_true(is_up)
        second = gets_in(calls, one.node, key)
        second.say("readings", reading(2))
        assert comes_true(lambda: Reading.objects.count() == 2)


def test_what_came_while_nobody_listened_waits(
    broker: Mosquitto, calls: Any, two: list[Key]
) -> None:
    """And is no flood: a device may send what it could have sent meanwhile."""
    (one, key), _other = two
    with listening(per_second=1):
        caller = gets_in(calls, one.node, key)
        assert comes_true(is_up)
    Connection.objects.update(seen_at=clock.now() - timedelta(minutes=10))
    for number in range(300):
        caller.say("readings", reading(number))
    with listening(per_second=1):
        assert comes_true(lambda: Reading.objects.count() == 300)
    assert not of_readings().exists()


def test_a_flood_is_bounded_and_others_go_on(broker: Mosquitto, calls: Any, two: list[Key]) -> None:
    with listening(per_second=5):
        loud, calm = (gets_in(calls, one.node, key) for one, key in two)
        for number in range(600):
            loud.say("readings", reading(number))
        calm.say("readings", reading(9))
        assert comes_true(lambda: Latest.objects.filter(series__device__node="AQ-2").exists())
        assert comes_true(lambda: of_readings().exists())
        assert comes_true(lambda: of_readings().get().count >= 500)
        loud_ones = Reading.objects.count() - 1
    assert 50 <= loud_ones <= 100
    assert of_readings().get().node == "AQ-1"


def test_a_command_waits_for_the_device_and_its_answer_comes_back(
    broker: Mosquitto, calls: Any, two: list[Key], taken: list[Message]
) -> None:
    (one, key), _other = two
    with listening():
        early = gets_in(calls, one.node, key)
        early.client.subscribe("devices/AQ-1/commands", 1)
        publish(device_topic(one.node, "commands"), b'{"id": 1}')
        assert comes_true(lambda: early.heard)
        assert early.heard == [("devices/AQ-1/commands", b'{"id": 1}')]
        early.say("acks", b'{"id": 1, "ok": true}')
        assert comes_true(lambda: taken)
        assert (taken[0].node, taken[0].payload) == ("AQ-1", b'{"id": 1, "ok": true}')
        assert comes_true(lambda: not Outgoing.objects.exists())


def test_a_message_out_of_date_is_not_sent(broker: Mosquitto) -> None:
    publish("devices/AQ-1/commands", b"late", expires_at=clock.now() - timedelta(seconds=1))
    with listening():
        assert comes_true(lambda: not Outgoing.objects.exists())
        assert Connection.objects.get().sent == 0


@pytest.mark.parametrize("topic", ["", "devices/+/commands", "devices/#", "a\x00b", "x" * 201])
def test_a_message_goes_to_one_topic(topic: str) -> None:
    with pytest.raises(ValueError, match="one topic"):
        publish(topic, b"")
    with pytest.raises(ValueError, match="more than"):
        publish("devices/a/commands", b"x" * (256 * 1024 + 1))


def test_one_the_handler_stumbles_over_is_laid_aside() -> None:
    shown: list[bytes] = []

    def stumble(messages: Sequence[Message]) -> None:
        for message in messages:
            if message.payload == b"bad":
                raise RuntimeError("no")
        shown.extend(message.payload for message in messages)

    owner = uuid4()
    link.hold(owner)
    with registry.temporarily("devices/+/acks", stumble):
        batch = [
            Delivery(n, "devices/+/acks", Message("A", "devices/A/acks", payload, clock.now()))
            for n, payload in enumerate([b"a", b"bad", b"b"], 1)
        ]
        link.take(owner, batch, handled=[])
    assert shown == [b"a", b"b"]
    assert Parked.objects.get().error == "RuntimeError: no"
    assert read_link().parked == 1


def test_trouble_of_the_database_is_nobodys_fault() -> None:
    def fail(_messages: Sequence[Message]) -> None:
        raise OperationalError("deadlock detected")

    owner = uuid4()
    link.hold(owner)
    one = Delivery(1, "devices/+/acks", Message("A", "devices/A/acks", b"", clock.now()))
    with registry.temporarily("devices/+/acks", fail):
        with pytest.raises(OperationalError):
            link.take(owner, [one], handled=[])
        assert not Parked.objects.exists()
        link.take(owner, [one], handled=[], is_patient=False)
    assert Parked.objects.count() == 1


def test_only_one_process_holds_the_connection() -> None:
    first, second = uuid4(), uuid4()
    assert link.hold(first)
    assert not link.hold(second)
    Connection.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert link.hold(second)
    with pytest.raises(LeaseLost):
        link.take(first, [], handled=[])
    with pytest.raises(LeaseLost):
        link.report(first, Turn())
    link.release(second)
    assert link.hold(first)


def test_a_second_listener_takes_over(broker: Mosquitto, calls: Any, two: list[Key]) -> None:
    (one, key), _other = two
    with listening():
        assert comes_true(is_up)
        second = listener_process()
        try:
            caller = gets_in(calls, one.node, key)
            caller.say("readings", reading(1))
            assert comes_true(lambda: Reading.objects.count() == 1)
            assert Connection.objects.get().connects == 1
        except BaseException:
            second.kill()
            raise
    caller.say("readings", reading(2))
    assert comes_true(lambda: Reading.objects.count() == 2)
    second.terminate()
    assert second.wait(60) == 0


@pytest.mark.parametrize("pattern", ["devices/readings", "devices/#", "$SYS/+/x"])
def test_a_pattern_names_its_sender(pattern: str) -> None:
    with pytest.raises(ValueError, match="names the sender"):
        registry.register_topic(pattern, lambda _messages: None)


def test_a_pattern_has_one_handler() -> None:
    with pytest.raises(ValueError, match="has a handler"):
        registry.register_topic("devices/+/readings", lambda _messages: None)


def test_without_a_listener_that_is_seen(settings: Any) -> None:
    settings.MQTT_ENABLED = False
    assert read_link().state == "off"
    settings.MQTT_ENABLED = True
    assert read_link().state == "down"
    let_in("AQ-1")
    assert read_link().logins == 1
