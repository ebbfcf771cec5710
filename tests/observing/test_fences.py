"""Where devices may move: tracks, fences, jitter at the border. Source: IO-13."""

from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.gis.geos import Polygon
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.accounts.models import Role, User
from apps.alarms.models import Alarm
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.observing.fencing import Stand, is_within, step
from apps.observing.models import FenceState, Geofence, LastFix
from apps.observing.selectors.moving import moving_profiles, pieces_of, track_of
from apps.observing.services import FenceSpec, save_fence
from apps.sensing.models import Device, DeviceProfile, ProfileField
from apps.sensing.services import take_readings
from tests.cast import Cast
from tests.sensing.factories import device, person, told

INSIDE, OUTSIDE = (120.012, 36.012), (120.032, 36.012)
SQUARE = Polygon.from_bbox((120.01, 36.01, 120.02, 36.02))
SQUARE.srid = 4326


@pytest.fixture
def truck(cast: Cast) -> Device:
    return device("CAR-1", profile="gps", owner_unit=cast.east_works)


def fence(cast: Cast, **changes: Any) -> Geofence:
    said: dict[str, Any] = {
        "name": "渣土消纳场",
        "unit": cast.east_works,
        "boundary": SQUARE,
        "rule": "enter",
        "level": 2,
    }
    return save_fence(SYSTEM, spec=FenceSpec(**(said | changes)))


def drive(truck: Device, *places: tuple[float, float], since: datetime | None = None) -> None:
    """One fix a second, after those before."""
    last = LastFix.objects.filter(device=truck).first()
    start = since or (last.at if last else clock.now() - timedelta(minutes=1))
    start += timedelta(seconds=1)
    for number, (lon, lat) in enumerate(places):
        moment = start + timedelta(seconds=number)
        answer = take_readings([told(truck.node, moment, lon=lon, lat=lat, speed=30)], sender=truck)
        assert answer.stored == 3


def keeper(cast: Cast) -> User:
    user = person("fences", "device_reader", cast.east_works)
    role = Role.objects.get(code="device_reader")
    role.permissions.add(Permission.objects.get(codename="keep_geofences"))
    return User.objects.get(pk=user.pk)


def test_entering_raises_once_and_leaving_recovers(cast: Cast, truck: Device) -> None:
    fence(cast)
    drive(truck, OUTSIDE, INSIDE)
    assert not Alarm.objects.exists()
    drive(truck, INSIDE, INSIDE, INSIDE)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.count, alarm.asset_id) == ("geofence", 1, truck.asset_id)
    assert "进入“渣土消纳场”" in alarm.sentence
    drive(truck, OUTSIDE, OUTSIDE)
    alarm.refresh_from_db()
    assert alarm.ended_at is not None
    assert LastFix.objects.get().point.x == OUTSIDE[0]


def test_leaving_what_must_not_be_left(cast: Cast, truck: Device) -> None:
    fence(cast, rule="leave", confirm_fixes=1)
    drive(truck, INSIDE, OUTSIDE)
    assert "不得离开" in Alarm.objects.get(ended_at=None).sentence
    drive(truck, INSIDE)
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_jitter_at_the_border_does_not_flap(cast: Cast, truck: Device) -> None:
    fence(cast, confirm_fixes=1)
    border = [(120.01 + 0.0003 * (-1) ** n, 36.015) for n in range(12)]  # some 27 m to and fro
    drive(truck, OUTSIDE, *border)
    assert Alarm.objects.get().ended_at is None


def test_outside_the_hours(cast: Cast, truck: Device) -> None:
    now = timezone.localtime(clock.now())
    away = [(now + timedelta(hours=h)).time().replace(microsecond=0) for h in (2, 4)]
    fence(cast, rule="hours", from_time=away[0], to_time=away[1])
    drive(truck, INSIDE)
    assert "规定时间之外" in Alarm.objects.get().sentence
    near = [(now + timedelta(hours=h)).time().replace(microsecond=0) for h in (-1, 1)]
    fence(cast, name="另一处", rule="hours", from_time=near[0], to_time=near[1])
    drive(truck, INSIDE)
    assert Alarm.objects.count() == 1


def test_only_the_units_own_and_only_those_named(cast: Cast, truck: Device) -> None:
    other = device("CAR-2", profile="gps", owner_unit=cast.west_works)
    second = device("CAR-3", profile="gps", owner_unit=cast.east_works)
    fence(cast, devices=[second])
    for one in (truck, other, second):
        drive(one, INSIDE, INSIDE)
    assert Alarm.objects.get().asset_id == second.asset_id


def test_late_fixes_and_no_fix_change_nothing(cast: Cast, truck: Device) -> None:
    fence(cast)
    drive(truck, OUTSIDE, OUTSIDE)
    before = clock.now() - timedelta(hours=2)
    drive(truck, INSIDE, INSIDE, since=before)
    drive(truck, (0, 0), (0, 0))
    assert not Alarm.objects.exists()
    assert LastFix.objects.get().point.x == OUTSIDE[0]


def test_a_changed_fence_begins_anew(cast: Cast, truck: Device) -> None:
    drawn = fence(cast)
    drive(truck, INSIDE)
    assert Alarm.objects.filter(ended_at=None).count() == 1
    spec = FenceSpec(drawn.name, cast.east_works, SQUARE, "enter", 2, is_active=False)
    save_fence(SYSTEM, spec=spec, fence_id=drawn.pk)
    assert not Alarm.objects.filter(ended_at=None).exists()
    assert not FenceState.objects.exists()
    drive(truck, INSIDE, INSIDE)
    assert Alarm.objects.count() == 1


BOW = Polygon(((120, 36), (120.1, 36.1), (120.1, 36), (120, 36.1), (120, 36)), srid=4326)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"boundary": BOW}, "boundary"),
        ({"rule": "hours"}, "from_time"),
        ({"from_time": time(8)}, "to_time"),
        ({"from_time": time(8), "to_time": time(8)}, "to_time"),
        ({"margin_m": 5000}, "margin_m"),
        ({"confirm_fixes": 0}, "confirm_fixes"),
    ],
)
def test_a_fence_without_sense_names_the_field(
    cast: Cast, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        fence(cast, **wrong)
    assert refused.value.field == field


def test_fences_are_their_keepers(cast: Cast, truck: Device) -> None:
    reader = person("reader", "device_reader", cast.east_works)
    spec = FenceSpec("围栏", cast.west_works, SQUARE, "enter", 2)
    with pytest.raises(NotAllowed):
        save_fence(reader, spec=spec)
    with pytest.raises(NotAllowed):
        save_fence(keeper(cast), spec=spec)


def test_a_fence_is_drawn_on_its_page(cast: Cast, truck: Device) -> None:
    client = Client()
    client.force_login(keeper(cast))
    body = {
        "name": "<i>场</i>", "unit": cast.east_works.pk, "rule": "enter", "level": "2",
        "boundary": "120.01,36.01\n120.02,36.01\n120.02,36.02", "margin_m": "50",
        "confirm_fixes": "2", "is_active": "on", "devices": "CAR-1",
    }  # fmt: skip
    assert client.post("/devices/geofences/new/", body).status_code == 302
    made = Geofence.objects.get()
    assert [d.node for d in made.devices.all()] == ["CAR-1"]
    page = client.get("/devices/geofences/").content.decode()
    assert ("&lt;i&gt;场" in page, "<i>场" in page) == (True, False)
    again = client.get(f"/devices/geofences/{made.pk}/")
    assert again.context["form"].initial["boundary"].count("\n") == 2
    wrong = client.post(f"/devices/geofences/{made.pk}/", body | {"devices": "NOBODY"})
    assert (wrong.status_code, "NOBODY" in wrong.content.decode()) == (422, True)
    west = client.post(f"/devices/geofences/{made.pk}/", body | {"unit": cast.west_works.pk})
    assert list(west.context["form"].errors) == ["unit"]
    client.force_login(person("west", "device_reader", cast.west_works))
    assert client.get(f"/devices/geofences/{made.pk}/").status_code == 404
    assert AuditEntry.objects.filter(action="geofence.created").count() == 1


def test_only_kinds_that_say_where_they_are_are_followed(cast: Cast, truck: Device) -> None:
    assert moving_profiles() == {"gps"}
    kind = DeviceProfile.objects.get(code="air")
    for code in ("lon", "lat"):
        ProfileField.objects.create(profile=kind, code=code, name=code)
    assert moving_profiles() == {"gps", "air"}
    said = told("AQ-7", clock.now(), lon=INSIDE[0], lat=INSIDE[1])
    take_readings([said], sender=device("AQ-7"))
    assert LastFix.objects.get().device.node == "AQ-7"


def test_a_track_is_a_line_with_its_gaps(cast: Cast, truck: Device) -> None:
    start = clock.now() - timedelta(hours=2)
    drive(truck, INSIDE, INSIDE, since=start)
    drive(truck, OUTSIDE, OUTSIDE, OUTSIDE, since=clock.now() - timedelta(minutes=1))
    client = Client()
    client.force_login(person("reader", "device_reader", cast.east_works))
    shapes = client.get(f"/devices/{truck.pk}/track/shapes/").json()["features"]
    assert [shape["geometry"]["type"] for shape in shapes] == ["LineString", "LineString", "Point"]
    assert shapes[2]["geometry"]["coordinates"] == list(OUTSIDE)
    page = client.get(f"/devices/{truck.pk}/track/").content.decode()
    assert "共 5 次定位" in page
    sheet = client.get(f"/devices/{truck.pk}/track/export/")
    rows = list(load_workbook(BytesIO(b"".join(sheet.streaming_content))).active.values)
    assert rows[1][1:] == (*INSIDE, 30, "卫星定位")
    assert (
        "这段时间没有定位"
        in client.get(f"/devices/{truck.pk}/track/?until=2026-01-01").content.decode()
    )


def test_who_sees_no_track(cast: Cast, truck: Device) -> None:
    client = Client()
    client.force_login(person("west", "device_reader", cast.west_works))
    assert client.get(f"/devices/{truck.pk}/track/shapes/").status_code == 404
    client.force_login(person("reader", "device_reader", cast.east_works))
    still = device("AQ-1")
    assert client.get(f"/devices/{still.pk}/track/").status_code == 404
    assert track_of(still, since=clock.now() - timedelta(days=1), until=clock.now()) == []
    assert pieces_of([], cycle_s=60) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(depths=st.lists(st.floats(-49.9, 500), min_size=1, max_size=40), confirm=st.integers(1, 5))
def test_within_the_margin_nobody_who_was_inside_leaves(depths: list[float], confirm: int) -> None:
    stand = Stand(is_inside=True)
    for depth in depths:
        stand = step(stand, depth, margin_m=50, confirm=confirm)
        assert stand.is_inside


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(depths=st.lists(st.floats(-500, 500), max_size=40), confirm=st.integers(1, 5))
def test_far_away_long_enough_is_outside(depths: list[float], confirm: int) -> None:
    stand = Stand()
    for depth in [*depths, *[-100.0] * confirm]:
        stand = step(stand, depth, margin_m=50, confirm=confirm)
    assert stand.is_inside is False


@pytest.mark.parametrize(
    ("at", "is_in"), [(time(23), True), (time(3), True), (time(6), False), (time(12), False)]
)
def test_hours_go_past_midnight(at: time, is_in: bool) -> None:
    assert is_within(at, time(22), time(6)) == is_in
