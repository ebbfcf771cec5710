"""The pages of readings: newest values, curves with gaps, exports, refusals."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common import clock
from apps.sensing import selectors
from apps.sensing.enums import DeviceState
from apps.sensing.models import Device
from apps.sensing.partitions import begin_of
from apps.sensing.services import take_readings
from apps.sensing.services.rollups import roll_up
from tests.cast import Cast
from tests.sensing.factories import device, person, told


@pytest.fixture
def reader(cast: Cast) -> User:
    return person("reader", "device_reader", cast.east_works)


def filled(cast: Cast, *minutes_ago: int) -> Device:
    made, now = device("AQ-1"), clock.now()
    items = [
        told("AQ-1", now - timedelta(minutes=m), pm25=30 + m % 7, pm10=None) for m in minutes_ago
    ]
    take_readings(items, sender=made)
    return made


def page_of(viewer: User, address: str) -> str:
    client = Client()
    client.force_login(viewer)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_gap_is_a_point_without_a_value(cast: Cast, reader: User) -> None:
    made = filled(cast, 100, 95, 90, 20, 15, 10)
    now = clock.now()
    (curve,) = selectors.curves_of(made, since=now - timedelta(hours=3), until=now)
    values = [point.value for point in curve.points]
    assert len(values) == 7
    assert values.index(None) == 3


def test_the_page_tells_newest_values_and_curves(cast: Cast, reader: User) -> None:
    made = filled(cast, 15, 10, 5)
    page = page_of(reader, f"/devices/{made.pk}/")
    assert "35 μg/m³" in page
    assert "缺测" in page
    assert page.count("data-chart=") == 1
    assert "该设备型号已停用" not in page
    assert "凭据只显示" not in page


def test_a_month_is_drawn_of_hours_and_a_year_of_days(cast: Cast, reader: User) -> None:
    made = filled(cast, *range(120, 400, 5))
    roll_up()
    now = clock.now()
    with clock.at(now + timedelta(minutes=5)):
        roll_up()
    for days, grain in ((30, "hour"), (366, "day")):
        found = selectors.curves_of(made, since=now - timedelta(days=days), until=now)
        assert [curve.grain for curve in found] == [grain]
    assert "小时平均值" in page_of(reader, f"/devices/{made.pk}/?span=month")
    assert "日平均值" in page_of(reader, f"/devices/{made.pk}/?span=year")


def test_a_year_ends_with_the_citys_day_also_before_eight(cast: Cast, reader: User) -> None:
    moment = begin_of(clock.today()) - timedelta(days=1) + timedelta(hours=6)
    with clock.at(moment):
        made = filled(cast, 200, 190)
        with clock.at(moment + timedelta(minutes=5)):
            roll_up()
        (curve,) = selectors.curves_of(made, since=moment - timedelta(days=366), until=moment)
    assert [point.at for point in curve.points] == [begin_of(timezone.localdate(moment))]


def test_the_list_counts_states_up_to_a_cap(
    cast: Cast, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        device(f"C-{number}")
    monkeypatch.setattr("apps.common.paging.COUNT_CAP", 2)
    counted = selectors.count_by_state(selectors.list_devices(reader))
    assert {state.value: str(count) for state, count in counted.items()} == {
        "unknown": "2+", "online": "0", "offline": "0", "fault": "0",
    }  # fmt: skip
    assert counted[DeviceState.UNKNOWN].value == 3
    assert "2+" in page_of(reader, "/devices/")


def test_a_silent_device_shows_its_values_as_stale(cast: Cast, reader: User) -> None:
    made = filled(cast, 60)
    assert "已过期" in page_of(reader, f"/devices/{made.pk}/?span=nonsense")


def test_readings_go_into_a_sheet(cast: Cast, reader: User) -> None:
    made = filled(cast, 8, 4)
    client = Client()
    client.force_login(reader)
    answer = client.get(f"/devices/{made.pk}/readings/export/?span=day")
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)
    assert len(rows) == 5
    assert [row[1:5] for row in rows[1:3]] == [
        ("PM2.5", 31, "μg/m³", "有效"),
        ("PM10", "—", "μg/m³", "缺测"),
    ]
    assert AuditEntry.objects.filter(action="readings.exported").exists()


def test_refusals_are_seen_by_those_concerned(cast: Cast, reader: User) -> None:
    made = device("AQ-1")
    take_readings([told("AQ-1", nothing=1)], sender=made)
    take_readings([told("STRANGE", pm25=1)], sender=cast.handler)
    assert "型号没有该字段" in page_of(reader, "/devices/refusals/")
    assert "STRANGE" not in page_of(reader, "/devices/refusals/")
    keeper = person("profiles", "profile_keeper", cast.center)
    assert "STRANGE" in page_of(keeper, "/devices/refusals/")
    west = person("west", "device_reader", cast.west_works)
    assert "没有拒收" in page_of(west, "/devices/refusals/?reason=unknown_field&node=AQ")
    assert "近七天拒收" in page_of(reader, f"/devices/{made.pk}/")
