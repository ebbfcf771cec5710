"""How long devices were online, and how whole their register is. Source: IO-02, IO-03."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.observing.selectors.rates import rates_of
from apps.sensing.models import Device, Presence, StateChange
from tests.cast import Cast
from tests.sensing.factories import device, person


@pytest.fixture
def day(cast: Cast) -> tuple[datetime, datetime]:
    until = clock.now().replace(minute=0, second=0, microsecond=0)
    return until - timedelta(hours=10), until


def lived(made: Device, since: datetime, *steps: tuple[float, str], now: str) -> Device:
    """The device was unknown at first; hours after ``since`` it came into these states."""
    Device.objects.filter(pk=made.pk).update(registered_at=since - timedelta(days=1))
    before = "unknown"
    for hours, state in steps:
        at = since + timedelta(hours=hours)
        StateChange.objects.create(device=made, before=before, after=state, at=at)
        before = state
    Presence.objects.filter(device=made).update(state=now)
    return made


def test_time_in_each_state_counts(cast: Cast, day: tuple[datetime, datetime]) -> None:
    since, until = day
    steps = [(-5, "online"), (2, "offline"), (3, "online"), (6, "offline"), (9, "fault")]
    lived(device("AQ-1"), since, *steps, now="fault")
    reader = person("reader", "device_reader", cast.east_works)
    (rate,) = rates_of(reader, since=since, until=until, by="profile")
    assert (rate.label, rate.devices) == ("空气质量监测站", 1)
    assert (rate.online, rate.fault, rate.unknown) == (50.0, 10.0, 0.0)
    assert (rate.spells, rate.mean_offline_minutes) == (2, 120.0)


def test_without_a_change_it_was_as_it_is(cast: Cast, day: tuple[datetime, datetime]) -> None:
    since, until = day
    lived(device("AQ-1"), since, now="online")
    later = lived(device("AQ-2"), since, (12, "offline"), now="offline")
    Device.objects.filter(pk=later.pk).update(registered_at=until - timedelta(hours=5))
    reader = person("reader", "device_reader", cast.east_works)
    (rate,) = rates_of(reader, since=since, until=until, by="profile")
    assert rate.seconds == 15 * 3600
    assert (rate.online, rate.unknown, rate.spells) == (66.67, 33.33, 0)
    assert rate.mean_offline_minutes is None


@pytest.mark.parametrize(
    ("by", "label"),
    [
        ("area", "东区"),
        ("vendor", "维保一公司"),
        ("contract", "维保一公司 HT-2026-7"),
    ],
)
def test_groups(cast: Cast, day: tuple[datetime, datetime], by: str, label: str) -> None:
    lived(device("AQ-1", vendor="维保一公司", contract="HT-2026-7"), day[0], now="online")
    reader = person("reader", "device_reader", cast.east_works)
    found = rates_of(reader, since=day[0], until=day[1], by=by)
    assert [(rate.label, rate.online) for rate in found] == [(label, 100.0)]


def test_the_neighbours_devices_do_not_count(cast: Cast, day: tuple[datetime, datetime]) -> None:
    lived(device("AQ-1"), day[0], now="online")
    west = person("west", "device_reader", cast.west_works)
    assert rates_of(west, since=day[0], until=day[1], by="profile") == []


@pytest.mark.parametrize("by", ["profile", "area", "vendor", "<script>"])
def test_the_page_and_its_sheet(cast: Cast, day: tuple[datetime, datetime], by: str) -> None:
    lived(device("AQ-1", owner_unit=cast.east_works), day[0], now="online")
    client = Client()
    client.force_login(person("reader", "device_reader", cast.east_works))
    page = client.get("/devices/rates/", {"by": by})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().split("<main")[1].split("data-chart")[0]
    sheet: Any = client.get("/devices/rates/export/", {"by": by})
    rows = list(load_workbook(BytesIO(b"".join(sheet.streaming_content))).active.values)
    assert rows[1][1] == 1
    assert AuditEntry.objects.filter(action="device_rates.exported").count() == 1


def test_a_wrong_span_names_the_field(cast: Cast) -> None:
    client = Client()
    client.force_login(person("reader", "device_reader", cast.east_works))
    answer = client.get("/devices/rates/?since=2026-02-02&until=2026-01-01")
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["until"])
    client.force_login(cast.acceptor)
    assert client.get("/devices/rates/").status_code == 403
