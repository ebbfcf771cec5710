"""Who the real broker lets in, and what it lets them do. IO-09, IO-20."""

from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.mqtt.models import Connection, Login
from apps.mqtt.selectors import read_link
from apps.mqtt.services import end_login, grant_login, publish, suspend_logins
from tests.mqtt.broker import Caller, Mosquitto, comes_true, listening

pytestmark = pytest.mark.django_db(transaction=True)


def let_in(node: str, secret: str = "s" * 43, key: str = "") -> Login:
    return grant_login(key=key or node.lower()[:12], node=node, secret=secret)


def is_up() -> bool:
    return bool(Connection.objects.filter(connected_since__isnull=False).exists())


def gets_in(calls: Any, name: str, secret: str, **how: Any) -> Caller:
    """Tries until the broker has read its files again."""
    caller: Caller = calls(name, secret, **how)
    for _turn in range(40):
        if caller.reason == "Success":
            break
        comes_true(lambda: False, 0.1)
        caller = calls(name, secret, **how)
    return caller


def test_a_device_gets_in_with_its_own_secret_only(broker: Mosquitto, calls: Any) -> None:
    let_in("AQ-1")
    with listening():
        assert gets_in(calls, "AQ-1", "s" * 43).reason == "Success"
        assert calls("AQ-1", "t" * 43).reason == "Not authorized"
        assert calls("AQ-9", "s" * 43).reason == "Not authorized"
        assert calls("citybrain", "x").reason == "Not authorized"
        assert comes_true(lambda: Connection.objects.get().refused >= 3)


def test_a_node_with_colons_has_a_name_without(broker: Mosquitto, calls: Any) -> None:
    let_in("70:B3:D5", key="lorakey")
    with listening():
        assert gets_in(calls, "70~B3~D5", "s" * 43).reason == "Success"


def test_it_writes_below_its_own_name_only(broker: Mosquitto, calls: Any) -> None:
    let_in("AQ-1")
    let_in("AQ-2")
    with listening():
        one, two = (gets_in(calls, name, "s" * 43) for name in ("AQ-1", "AQ-2"))
        two.client.subscribe([("devices/#", 1), ("devices/AQ-1/commands", 1), ("$SYS/#", 0)])
        assert one.answer(one.say("readings", b"{}")) == "Success"
        assert one.answer(one.say("acks", b"{}")) == "Success"
        assert one.answer(one.say("tags", b"[]")) == "Success"
        assert one.answer(one.say("tags", b"[]", of="AQ-2")) == "Not authorized"
        assert one.answer(one.say("readings", b"{}", of="AQ-2")) == "Not authorized"
        assert one.answer(one.say("commands", b"{}")) == "Not authorized"
        assert one.answer(one.say("commands", b"{}", of="AQ-2")) == "Not authorized"
        publish("devices/AQ-1/commands", b"secret")
        assert not comes_true(lambda: two.heard, 1.5)


def test_nobody_takes_the_place_of_another(broker: Mosquitto, calls: Any) -> None:
    """A client's id is its user name, whatever it says."""
    let_in("AQ-1")
    let_in("AQ-2")
    with listening():
        first = gets_in(calls, "AQ-1", "s" * 43)
        second = gets_in(calls, "AQ-2", "s" * 43, client_id="AQ-1")
        third = gets_in(calls, "AQ-2", "s" * 43, client_id="citybrain")
        assert (second.reason, third.reason) == ("Success", "Success")
        assert first.answer(first.say("readings", b"{}")) == "Success"
        assert first.ended == ""
        assert is_up()


def test_two_secrets_live_side_by_side_while_they_change(broker: Mosquitto, calls: Any) -> None:
    old = let_in("AQ-1", "o" * 43, "old")
    new = let_in("AQ-1", "n" * 43, "new")
    assert (old.slot, new.slot) == (1, 2)
    with listening():
        first = gets_in(calls, "AQ-1", "o" * 43, slot=1)
        assert gets_in(calls, "AQ-1", "n" * 43, slot=2).reason == "Success"
        assert calls("AQ-1", "n" * 43, slot=1).reason == "Not authorized"
        end_login(key="old", ends_at=clock.now())
        assert comes_true(lambda: calls("AQ-1", "o" * 43, slot=1).reason == "Not authorized", 5)
        assert first.ended
        third = let_in("AQ-1", "p" * 43, "third")
        assert third.slot == 1
        assert gets_in(calls, "AQ-1", "p" * 43, slot=1).reason == "Success"


def test_a_log_in_ends_by_itself(broker: Mosquitto, calls: Any) -> None:
    let_in("AQ-1", key="one")
    end_login(key="one", ends_at=clock.now() + timedelta(seconds=3))
    with listening():
        caller = gets_in(calls, "AQ-1", "s" * 43)
        assert caller.reason == "Success"
        assert comes_true(lambda: caller.ended, 8)
        assert calls("AQ-1", "s" * 43).reason == "Not authorized"


def test_one_put_out_of_use_is_put_out(broker: Mosquitto, calls: Any) -> None:
    let_in("AQ-1")
    with listening():
        caller = gets_in(calls, "AQ-1", "s" * 43)
        suspend_logins(node="AQ-1", is_suspended=True)
        assert comes_true(lambda: caller.ended, 5)
        suspend_logins(node="AQ-1", is_suspended=False)
        assert gets_in(calls, "AQ-1", "s" * 43).reason == "Success"


def test_ten_megabytes_end_the_connection_and_are_counted(broker: Mosquitto, calls: Any) -> None:
    let_in("AQ-1")
    with listening():
        caller = gets_in(calls, "AQ-1", "s" * 43)
        caller.say("readings", b"x" * 10_000_000)
        assert comes_true(lambda: caller.ended, 10)
        assert comes_true(lambda: Connection.objects.get().refused, 10)
        assert read_link().state == "up"


def test_a_device_speaks_tls_only(broker: Mosquitto, settings: Any) -> None:
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    plain = paho.Client(CallbackAPIVersion.VERSION2, client_id="AQ-1")
    plain.username_pw_set("AQ-1", "s")
    plain.connect("127.0.0.1", settings.MQTT_DEVICE_PORTS[0])
    plain.loop_start()
    assert not comes_true(plain.is_connected, 1)
    plain.loop_stop()
    mode = (settings.MQTT_FOLDER / "devices-1.passwd").stat().st_mode
    assert mode & 0o077 == 0
