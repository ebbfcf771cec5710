"""The demo's devices come in through the broker as real ones do."""

from typing import Any

import pytest

from apps.demo.over_mqtt import report_over_mqtt
from apps.mqtt.models import Login
from apps.sensing.models import Latest
from tests.cast import build_cast
from tests.mqtt.broker import Mosquitto, comes_true, listening
from tests.sensing.factories import device


@pytest.mark.django_db(transaction=True)
def test_they_report_with_keys_of_their_own(broker: Mosquitto, settings: Any) -> None:
    build_cast()
    device("DEMO-air-1")
    with listening():
        assert report_over_mqtt() == 0
        assert Login.objects.get().name == "DEMO-air-1"
        assert comes_true(lambda: report_over_mqtt() == 1)
        assert comes_true(lambda: Latest.objects.exists())
    assert Login.objects.count() == 1
    assert (settings.MQTT_FOLDER / "demo-keys.json").stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_without_a_broker_nothing_happens(settings: Any) -> None:
    settings.MQTT_ENABLED = False
    assert report_over_mqtt() == 0
