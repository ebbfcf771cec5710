"""Devices of the demo that report by MQTT: through the broker, with their own keys, as real ones.

Their keys lie beside the broker's files, readable by the same account, because the database keeps
digests only.
"""

import json
import random
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from django.conf import settings
from paho.mqtt.enums import CallbackAPIVersion

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.stages.sensing import PREFIX, say_now
from apps.mqtt.registry import device_topic
from apps.mqtt.selectors import access_of
from apps.sensing.models import Device
from apps.sensing.services import device_of_key, rotate_key

#: Profile of those that do.
PROFILE = "air"
PATIENCE_S = 5.0


def report_over_mqtt() -> int:
    """Will send one message of each of these devices, and give how many the broker took.

    A device without a key gets one; the broker knows it a moment later, so it sends the next time.
    """
    folder = Path(settings.MQTT_FOLDER)
    if not settings.MQTT_ENABLED or settings.MQTT_URL or not (folder / "ca.crt").exists():
        return 0
    devices = list(
        Device.objects.filter(node__startswith=PREFIX, profile__code=PROFILE, is_active=True)
    )
    keys = _keys(folder / "demo-keys.json", devices)
    rng = random.Random(clock.now().timestamp())
    taken = 0
    for item in say_now(devices, rng):
        if key := keys.get(item["node"]):
            taken += _send(item["node"], key, json.dumps(item).encode())
    return taken


def _keys(file: Path, devices: list[Device]) -> dict[str, str]:
    """Keys that are good already; the file holds those just made as well."""
    kept: dict[str, str] = {}
    with suppress(OSError, ValueError):
        kept = json.loads(file.read_text("utf-8"))
    good = {node: key for node, key in kept.items() if device_of_key(key) is not None}
    new = {d.node: rotate_key(SYSTEM, device_id=d.pk) for d in devices if d.node not in good}
    if new:
        file.touch(mode=0o600)
        file.write_text(json.dumps(good | new), "utf-8")
    return good


def _send(node: str, key: str, payload: bytes) -> int:
    access = access_of(node, key=key.partition(".")[0])
    if access["mqtt_port"] is None:
        return 0
    client = paho.Client(
        CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False
    )
    client.username_pw_set(access["mqtt_user"], key)
    client.tls_set(
        ca_certs=str(Path(settings.MQTT_FOLDER) / "ca.crt"), tls_version=ssl.PROTOCOL_TLS_CLIENT
    )
    client.connect_timeout = PATIENCE_S
    is_in = threading.Event()

    def note_answer(_client: Any, _data: Any, _flags: Any, reason: Any, _told: Any) -> None:
        if not reason.is_failure:
            is_in.set()

    client.on_connect = note_answer
    try:
        client.connect("localhost", access["mqtt_port"])
    except OSError:
        return 0
    client.loop_start()
    try:
        if not is_in.wait(PATIENCE_S):
            return 0
        sent = client.publish(device_topic(node, "readings"), payload, qos=1)
        with suppress(RuntimeError, ValueError):  # the connection broke
            sent.wait_for_publish(PATIENCE_S)
            return int(sent.is_published())
        return 0
    finally:
        client.disconnect()
        client.loop_stop()
