"""The broker as ``bin/run`` starts it: its account, its certificate, its ports."""

import os
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from apps.mqtt.broker import AUTHORITY, set_up, write_private
from apps.mqtt.flood import Allowance
from apps.mqtt.services.logins import secret_hash
from apps.mqtt.starting import plan, target
from tests.mqtt.broker import Mosquitto, comes_true, free_ports

ROOT = Path(__file__).resolve().parent.parent.parent


def test_bin_run_names_them_only_when_wanted(serve: Any) -> None:
    plain = {"CITYBRAIN_MQTT": "0"}
    names = [child.name for child in serve.children_of(plain, "127.0.0.1", 1, 2)]
    assert names == ["web", "ws", "worker", "beat"]
    wanted = {"CITYBRAIN_MQTT": "1"}
    assert serve.children_of(wanted, "127.0.0.1", 1, 2)[-1].name == "mqtt"
    assert serve.wants_broker(wanted)
    assert not serve.wants_broker(wanted | {"CITYBRAIN_MQTT_URL": "mqtts://broker.example"})


def test_a_port_asked_for_and_taken_is_said(serve: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit, match="CITYBRAIN_MQTT_PORT"):
            serve.choose_mqtt_ports("127.0.0.1", {"CITYBRAIN_MQTT_PORT": port})
    assert len(set(serve.choose_mqtt_ports("127.0.0.1", {}).values())) == 3


def test_the_broker_runs_without_the_rights_of_root(serve: Any) -> None:
    from _cluster import throw_away

    inner, first, second = map(str, free_ports(3))
    with throw_away(fast=True) as cluster:
        folder = cluster.data / "mqtt"
        environment = {
            **os.environ,
            **cluster.environment(),
            "DJANGO_SETTINGS_MODULE": "citybrain.settings.local",
            "CITYBRAIN_SECRET_KEY": "x" * 60,
            "CITYBRAIN_MQTT_FOLDER": str(folder),
            "CITYBRAIN_MQTT_INNER_PORT": inner,
            "CITYBRAIN_MQTT_PORT": first,
            "CITYBRAIN_MQTT_SECOND_PORT": second,
        }
        child = serve.broker_of(cluster, environment)
        serve.LOGS.mkdir(exist_ok=True)
        child.start()
        try:
            assert comes_true(lambda: (folder / "mosquitto.pid").exists()), child.log.read_text()
            pid = int((folder / "mosquitto.pid").read_text())
            assert Path(f"/proc/{pid}").stat().st_uid == folder.stat().st_uid
            assert folder.stat().st_uid != 0 or os.geteuid() != 0
            context = ssl.create_default_context(cafile=str(folder / AUTHORITY))
            with (
                socket.create_connection(("localhost", int(first)), 5) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as secured,
            ):
                assert secured.version() == "TLSv1.3"
        finally:
            child.signal(15)
            assert child.process.wait(10) == 0
        assert (folder / "mosquitto.db").exists()


def test_set_up_twice_keeps_what_devices_trust(settings: Any, tmp_path: Path) -> None:
    settings.MQTT_FOLDER, settings.MQTT_HOSTS = tmp_path / "m", ["localhost"]
    set_up(plan())
    trusted = (tmp_path / "m" / AUTHORITY).read_bytes()
    served = (tmp_path / "m" / "server.crt").read_bytes()
    write_private(tmp_path / "m" / "devices-1.passwd", ["a:b\n"])
    set_up(plan())
    assert (tmp_path / "m" / "server.crt").read_bytes() == served
    assert (tmp_path / "m" / "devices-1.passwd").read_text() == "a:b\n"
    settings.MQTT_HOSTS = ["localhost", "10.1.2.3"]
    set_up(plan())
    renewed = x509.load_pem_x509_certificate((tmp_path / "m" / "server.crt").read_bytes())
    renewed.verify_directly_issued_by(x509.load_pem_x509_certificate(trusted))
    assert (tmp_path / "m" / AUTHORITY).read_bytes() == trusted
    assert "10.1.2.3" in str(renewed.extensions[1].value) + str(renewed.extensions[0].value)


def test_somebody_elses_broker(settings: Any) -> None:
    settings.MQTT_URL = "mqtts://city%40hall:p%3Aq@broker.example:8883"
    settings.MQTT_AUTHORITY_FILE = "/etc/ca.pem"
    found = target()
    assert (found.user, found.secret) == ("city@hall", "p:q")
    assert (found.authority, found.folder) == ("/etc/ca.pem", None)


def test_a_secret_is_kept_as_mosquitto_reads_it() -> None:
    kind, rounds, salt, digest = secret_hash("x").split("$")[1:]
    assert (kind, rounds, len(salt), len(digest)) == ("7", "1", 16, 88)
    assert secret_hash("x") != secret_hash("x")


def test_the_allowance_refills_and_makes_good() -> None:
    allowance = Allowance(per_second=2)
    taken = sum(allowance.takes("a", now=100.0) for _time in range(100))
    assert taken == 20
    assert allowance.takes("b", now=100.0)
    assert not allowance.takes("a", now=100.4)
    assert allowance.takes("a", now=100.5)
    allowance.pardon(50.0, now=101.0)
    assert sum(allowance.takes("c", now=101.0) for _time in range(1000)) == 120
    assert sum(allowance.takes("d", now=200.0) for _time in range(1000)) == 20


def test_the_broker_starts_without_anybody(broker: Mosquitto) -> None:
    assert broker.process is not None
    assert broker.process.poll() is None
