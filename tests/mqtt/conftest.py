"""A broker per test, in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mqtt.broker import Caller, Mosquitto, free_ports


@pytest.fixture
def broker(settings: Any, tmp_path: Path) -> Iterator[Mosquitto]:
    """Mosquitto, running, with settings that point to it."""
    inner, first, second = free_ports(3)
    settings.MQTT_ENABLED = True
    settings.MQTT_URL = ""
    settings.MQTT_FOLDER = tmp_path / "mqtt"
    settings.MQTT_INNER_PORT = inner
    settings.MQTT_DEVICE_PORTS = (first, second)
    settings.MQTT_BIND = "127.0.0.1"
    settings.MQTT_HOSTS = ["localhost", "127.0.0.1"]
    settings.MQTT_CERTIFICATE = settings.MQTT_CERTIFICATE_KEY = ""
    made = Mosquitto(settings.MQTT_FOLDER)
    made.start()
    yield made
    made.stop(kill=True)


@pytest.fixture
def calls() -> Iterator[Any]:
    """Makes callers and sends them away in the end."""
    made: list[Caller] = []

    def call(*args: Any, **kwargs: Any) -> Caller:
        made.append(Caller(*args, **kwargs))
        return made[-1]

    yield call
    for caller in made:
        caller.close()
