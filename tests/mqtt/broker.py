"""A real Mosquitto for one test, devices that talk to it, and the listener beside it."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from django.conf import settings
from django.db import connection
from paho.mqtt.enums import CallbackAPIVersion

from apps.mqtt.broker import AUTHORITY, set_up
from apps.mqtt.consumer import listen
from apps.mqtt.starting import plan, target

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 90.0  # a process of Django may take half a minute on a busy machine


def free_ports(count: int) -> list[int]:
    """Will give ports nobody listens on."""
    probes = [socket.socket() for _port in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def comes_true(condition: Callable[[], Any], seconds: float = PATIENCE_S) -> bool:
    """Will wait for something that other processes do."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Mosquitto:
    """The broker as ``bin/run`` starts it; it may be stopped, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Will start it and wait until it listens."""
        config = set_up(plan())
        if os.geteuid() == 0:  # the folder of the test is root's
            config.write_text(config.read_text() + "\nuser root\n")
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            ["mosquitto", "-c", str(config)], stdout=log, stderr=log, env=_PATHS
        )
        log.close()
        ports = [settings.MQTT_INNER_PORT, *settings.MQTT_DEVICE_PORTS]
        if not comes_true(lambda: all(map(_listens, ports))):
            raise RuntimeError((self.folder / "log").read_text())

    def stop(self, *, kill: bool = False) -> None:
        """Will end it, gently or not."""
        assert self.process is not None
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(10)


_PATHS = {"PATH": os.environ.get("PATH", "") + ":/usr/sbin"}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Caller:
    """A device, or somebody who says so. answers: of the broker to each message, in order."""

    def __init__(self, name: str, secret: str, *, slot: int = 1, client_id: str = "") -> None:
        self.reason = ""
        self.ended = ""
        self.answers: dict[int, str] = {}
        self.heard: list[tuple[str, bytes]] = []
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or name,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        self.client.username_pw_set(name, secret)
        self.client.tls_set(
            ca_certs=str(settings.MQTT_FOLDER / AUTHORITY), tls_version=ssl.PROTOCOL_TLS_CLIENT
        )
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_publish = self._on_publish
        self.client.on_message = self._on_message
        self.client.connect("localhost", settings.MQTT_DEVICE_PORTS[slot - 1])
        self.client.loop_start()
        comes_true(lambda: self.reason)

    def say(self, leaf: str, payload: bytes, *, of: str = "", qos: int = 1) -> int:
        """Will publish below the own name, or another's, and give the packet number."""
        name = of or self.client._username.decode()
        return self.client.publish(f"devices/{name}/{leaf}", payload, qos).mid

    def answer(self, packet: int) -> str:
        """Will give what the broker says of a message."""
        comes_true(lambda: packet in self.answers)
        return self.answers.get(packet, "")

    def close(self) -> None:
        """Will go."""
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, _c: Any, _d: Any, _f: Any, reason: Any, _p: Any) -> None:
        self.reason = str(reason)

    def _on_disconnect(self, _c: Any, _d: Any, _f: Any, reason: Any, _p: Any) -> None:
        self.ended = str(reason)

    def _on_publish(self, _c: Any, _d: Any, packet: int, reason: Any, _p: Any) -> None:
        self.answers[packet] = str(reason)

    def _on_message(self, _c: Any, _d: Any, sent: Any) -> None:
        self.heard.append((sent.topic, sent.payload))


@contextmanager
def listening(per_second: float = 1000.0) -> Iterator[None]:
    """The listener, in a thread of this process."""
    stopping = threading.Event()
    thread = threading.Thread(
        target=listen, args=(target(),), kwargs={"per_second": per_second, "stopping": stopping}
    )
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()


def listener_process() -> subprocess.Popen[bytes]:
    """The listener as ``bin/run`` starts it, on the database of the tests."""
    name = connection.settings_dict["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    first, second = settings.MQTT_DEVICE_PORTS
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "citybrain.settings.local",
        "CITYBRAIN_SECRET_KEY": settings.SECRET_KEY,
        "CITYBRAIN_MQTT": "1",
        "CITYBRAIN_MQTT_FOLDER": str(settings.MQTT_FOLDER),
        "CITYBRAIN_MQTT_INNER_PORT": str(settings.MQTT_INNER_PORT),
        "CITYBRAIN_MQTT_PORT": str(first),
        "CITYBRAIN_MQTT_SECOND_PORT": str(second),
        "CITYBRAIN_MQTT_DEVICE_RATE": "1000",
    }
    log = (settings.MQTT_FOLDER / "listener.log").open("ab")
    with log:
        return subprocess.Popen(
            [sys.executable, "manage.py", "mqtt"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
