"""Devices: entered, found, stopped, from files; their keys."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.sensing import selectors, services
from apps.sensing.enums import DeviceState
from apps.sensing.models import Datastream, Device, DeviceKey, DeviceProfile
from apps.sensing.services.keys import device_of_key
from tests.cast import Cast
from tests.sensing.factories import device, person

HEAD = "节点编号,型号代码,部件编码,名称,经度,纬度,生产厂家\n"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keeper(cast: Cast) -> User:
    return person("keeper", "device_keeper", cast.east_works)


def upload(client: Client, text: str, **given: str) -> Any:
    file = SimpleUploadedFile("设备.csv", (HEAD + text).encode())
    return client.post("/devices/import/", {"file": file, **given})


def test_a_device_gets_an_asset_and_a_series_per_field(cast: Cast) -> None:
    made = device("AQ-1", maker="测试仪器厂")
    assert made.asset.area == cast.cells["east"][3] or made.asset.area.path.startswith(
        cast.east.path
    )
    assert made.asset.maker == "测试仪器厂"
    assert made.series.count() == made.profile.fields.count() == 8
    assert made.presence.state == DeviceState.UNKNOWN
    assert AuditEntry.objects.filter(action="devices.registered").exists()


@pytest.mark.parametrize("node", ["", "有空格 的", "x" * 65, "-A"])
def test_what_is_no_node(cast: Cast, node: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        device(node)
    assert refusal.value.field == "node"
    assert not Device.objects.exists()


def test_a_node_and_an_asset_bear_one_device(cast: Cast, keeper: User) -> None:
    first = device("AQ-1")
    with pytest.raises(InvalidInput):
        device("AQ-1")
    new = services.NewDevice(first.profile, "AQ-2", first.asset)
    with pytest.raises(Refused) as refusal:
        services.register_device(keeper, new=new)
    assert refusal.value.field == "asset"


def test_only_in_the_keepers_district(cast: Cast, keeper: User) -> None:
    there = device("W-1", at=Cast.inside_west())
    with pytest.raises(NotAllowed):
        services.set_device_active(keeper, device_id=there.pk, is_active=False)
    reader = person("reader", "device_reader", cast.east_works)
    here = device("E-1")
    with pytest.raises(NotAllowed):
        services.set_device_active(reader, device_id=here.pk, is_active=False)


def test_the_list_is_scoped_and_narrowed(cast: Cast, keeper: User) -> None:
    device("E-1")
    device("E-2", profile="noise_dust")
    device("W-1", at=Cast.inside_west())
    assert [d.node for d in selectors.list_devices(keeper)] == ["E-1", "E-2"]
    assert [d.node for d in selectors.list_devices(keeper, profile="noise_dust")] == ["E-2"]
    assert [d.node for d in selectors.list_devices(keeper, text="E-1")] == ["E-1"]
    assert not selectors.list_devices(keeper, state="online").exists()
    other = person("west", "device_reader", cast.west_works)
    client = signed_in(other)
    page = client.get("/devices/")
    assert "W-1" in page.content.decode()
    assert "E-1" not in page.content.decode()
    hidden = Device.objects.get(node="E-1")
    assert client.get(f"/devices/{hidden.pk}/").status_code == 404
    assert signed_in(cast.outsider).get("/devices/").status_code == 403


def test_a_stopped_device_is_audited_with_both_sides(cast: Cast, keeper: User) -> None:
    made = device()
    answer = signed_in(keeper).post(f"/devices/{made.pk}/active/", {"active": "0"})
    assert answer.status_code == 302
    made.refresh_from_db()
    assert not made.is_active
    entry = AuditEntry.objects.get(action="device.stopped")
    assert (entry.data["before"], entry.data["after"]) == (
        {"is_active": True},
        {"is_active": False},
    )
    services.set_device_active(keeper, device_id=made.pk, is_active=False)
    assert AuditEntry.objects.filter(action="device.stopped").count() == 1


def test_a_key_is_shown_once_and_its_forerunner_runs_out(cast: Cast, keeper: User) -> None:
    made = device()
    page = signed_in(keeper).post(f"/devices/{made.pk}/key/")
    first = page.context["key"]
    assert page.status_code == 200
    assert first in page.content.decode()
    assert device_of_key(first) == made
    second = services.rotate_key(keeper, device_id=made.pk)
    third = services.rotate_key(keeper, device_id=made.pk, overlap=timedelta(hours=1))
    assert device_of_key(first) is None
    assert device_of_key(second) == device_of_key(third) == made
    with clock.at(clock.now() + timedelta(hours=2)):
        assert (device_of_key(second), device_of_key(third)) == (None, made)
    assert not DeviceKey.objects.filter(digest__contains=third.partition(".")[2]).exists()
    assert device_of_key("nobody.nothing") is None
    assert device_of_key(third + "x") is None


def test_a_key_ended_by_hand(cast: Cast, keeper: User) -> None:
    made = device()
    key = services.rotate_key(keeper, device_id=made.pk)
    row = made.keys.get()
    client = signed_in(keeper)
    assert client.post(f"/devices/{made.pk}/keys/{row.pk}/end/").status_code == 302
    assert device_of_key(key) is None
    assert row.prefix in client.get(f"/devices/{made.pk}/").content.decode()


def test_a_file_enters_devices_beside_old_and_new_assets(cast: Cast, keeper: User) -> None:
    lamp = device("OLD-1").asset
    good = "N-1,weather,,新气象站,120.012,36.012,某厂\n"
    assert upload(signed_in(keeper), good).status_code == 302
    made = Device.objects.get(node="N-1")
    assert (made.asset.name, made.asset.maker) == ("新气象站", "某厂")
    taken = upload(signed_in(keeper), f"N-2,weather,{lamp.code},,,,\n")
    assert taken.status_code == 422
    assert "该部件已登记感知设备" in taken.content.decode()


def test_wrong_rows_are_told_and_nothing_is_written(cast: Cast, keeper: User) -> None:
    device("TAKEN")
    bad = (
        "N-1,weather,,好站,120.012,36.012,\n"
        "TAKEN,weather,,重名,120.012,36.012,\n"
        "N-3,nothing,,无型号,120.012,36.012,\n"
        "N-4,weather,,邻区,120.032,36.012,\n"
        "N-5,weather,,城外,121.5,37.5,\n"
        "N-1,weather,,文件内重复,120.012,36.012,\n"
        "N-7,weather,,缺坐标,,,\n"
    )
    client = signed_in(keeper)
    answer = upload(client, bad)
    page = answer.content.decode()
    assert answer.status_code == 422
    for number, header in ((3, "节点编号"), (4, "型号代码"), (6, "经度"), (7, "节点编号")):
        assert f"第{number}行 {header}" in page
    assert "第5行" in page
    assert "第8行" in page
    assert not Device.objects.filter(node="N-1").exists()
    sheet = load_workbook(BytesIO(b"".join(upload(client, bad, sheet="1").streaming_content)))
    assert sheet.active.max_row == 7
    assert upload(client, bad, partial="on").status_code == 422
    assert Device.objects.filter(node="N-1").count() == 1


def test_the_sheet_holds_what_the_list_shows(cast: Cast, keeper: User) -> None:
    device("E-1")
    answer = signed_in(keeper).get("/devices/export/?q=E-1")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert [cell.value for cell in book.active[2]][:2] == ["E-1", "air"]
    assert AuditEntry.objects.filter(action="devices.exported").exists()


def test_registering_on_the_page(cast: Cast, keeper: User) -> None:
    first = device("E-1")
    client = signed_in(keeper)
    given = {"node": "E-2", "profile": "air", "asset": "0000000000000000"}
    wrong = client.post("/devices/register/", given)
    assert wrong.status_code == 422
    assert "台账中没有编码为" in wrong.content.decode()
    Datastream.objects.filter(device=first).delete()
    first.delete()
    answer = client.post("/devices/register/", given | {"asset": first.asset.code})
    made = Device.objects.get(node="E-2")
    assert answer.url == f"/devices/{made.pk}/"


def test_shipped_profiles_cover_the_kinds_of_the_seeds(cast: Cast) -> None:
    codes = set(DeviceProfile.objects.values_list("code", flat=True))
    assert {"air", "noise_dust", "weather", "water_level", "water_quality", "hydrant"} <= codes
    assert {"tank_level", "electric_fire", "gas", "lift", "manhole", "street_lamp"} <= codes
    assert {"tunnel", "door", "gps"} <= codes
    for profile in DeviceProfile.objects.all():
        assert profile.offline_after_s > profile.report_every_s
        assert profile.fields.exists() == (profile.code != "open")


def test_the_system_may(cast: Cast) -> None:
    made = device()
    assert services.rotate_key(SYSTEM, device_id=made.pk).count(".") == 1
