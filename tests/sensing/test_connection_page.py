"""The page that shows how devices come in by MQTT. IO-09."""

from typing import Any

import pytest
from django.test import Client

from apps.audit.services import SYSTEM
from apps.common import clock
from apps.mqtt.models import Connection, Login, Parked
from apps.sensing.services import end_key, rotate_key, set_device_active
from tests.cast import Cast
from tests.sensing.factories import device, person

URL = "/devices/connection/"


@pytest.fixture
def reader(cast: Cast) -> Client:
    client = Client()
    client.force_login(person("reader", "device_reader", cast.east_works))
    return client


def test_it_says_how_the_connection_is(reader: Client, settings: Any) -> None:
    settings.MQTT_ENABLED = False
    assert "MQTT 接入未启用" in reader.get(URL).text
    settings.MQTT_ENABLED = True
    assert "接入进程未运行" in reader.get(URL).text
    now = clock.now()
    row = Connection.objects.create(pk=1, seen_at=now, last_error="<b>gone</b>", last_error_at=now)
    lost = reader.get(URL).text
    assert "代理连接中断" in lost
    assert "&lt;b&gt;gone" in lost
    row.connected_since, row.received = now, 12345
    row.save()
    up = reader.get(URL).text
    assert "已连接" in up
    assert "12345" in up or "12,345" in up


def test_what_was_laid_aside_is_listed(reader: Client) -> None:
    Parked.objects.create(
        topic="devices/A/acks", payload=b"x", error="ValueError: no", parked_at=clock.now()
    )
    assert "ValueError: no" in reader.get(URL).text


def test_the_authority_is_given_once_there_is_one(
    reader: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MQTT_FOLDER = tmp_path
    assert reader.get(f"{URL}ca.crt").status_code == 404
    (tmp_path / "ca.crt").write_text("-----BEGIN CERTIFICATE-----")
    assert reader.get(f"{URL}ca.crt").content.startswith(b"-----BEGIN")
    assert "下载 CA 证书" in reader.get(URL).text


def test_who_has_no_right_sees_nothing(cast: Cast) -> None:
    client = Client()
    assert client.get(URL).status_code == 302
    client.force_login(cast.handler)
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}ca.crt").status_code == 403


def test_a_key_and_its_log_in_live_and_end_together(cast: Cast, settings: Any) -> None:
    settings.MQTT_ENABLED = True
    one = device("AQ-1")
    rotate_key(SYSTEM, device_id=one.pk)
    first = Login.objects.get()
    assert (first.name, first.slot, first.ends_at) == ("AQ-1", 1, None)
    rotate_key(SYSTEM, device_id=one.pk)
    first.refresh_from_db()
    assert first.ends_at == one.keys.get(prefix=first.key).ends_at
    second = Login.objects.exclude(pk=first.pk).get()
    assert second.slot == 2
    rotate_key(SYSTEM, device_id=one.pk)
    assert sorted(Login.objects.values_list("slot", flat=True)) == [1, 2]
    end_key(SYSTEM, device_id=one.pk, key_id=one.keys.get(prefix=second.key).pk)
    second.refresh_from_db()
    assert second.ends_at is not None
    set_device_active(SYSTEM, device_id=one.pk, is_active=False)
    assert not Login.objects.filter(is_suspended=False).exists()
    rotate_key(SYSTEM, device_id=one.pk)
    assert not Login.objects.filter(is_suspended=False).exists()
    set_device_active(SYSTEM, device_id=one.pk, is_active=True)
    assert not Login.objects.filter(is_suspended=True).exists()


def test_a_new_key_says_how_to_log_in(cast: Cast, settings: Any) -> None:
    settings.MQTT_ENABLED = True
    client = Client()
    client.force_login(person("keeper", "device_keeper", cast.east_works))
    one = device("70:B3")
    shown = client.post(f"/devices/{one.pk}/key/").text
    assert "端口 8883，用户名 70~B3" in shown
    assert "端口 8884" in client.post(f"/devices/{one.pk}/key/").text
    settings.MQTT_ENABLED = False
    assert "MQTT" not in client.post(f"/devices/{one.pk}/key/").text
