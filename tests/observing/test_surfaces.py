"""One quantity over the city as a surface, and the devices around a case. Source: IO-06."""

import math
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.gateway.services import issue_client
from apps.geodata.analysis.methods import weighed
from apps.observing.linking import devices_near
from apps.observing.selectors.surfacing import (
    LEAST,
    Station,
    groups_of,
    list_devices_near,
    stations_with,
    surface_of,
)
from apps.places.geometry import point
from apps.sensing.enums import Quality
from apps.sensing.models import Latest
from apps.sensing.services import take_readings
from apps.sensing.services.rollups import roll_up
from tests.cast import Cast
from tests.matters.factories import registered
from tests.sensing.factories import device, person, told

PM = "pm25|μg/m³"
AROUND = [(0.0, 0.0, 10.0), (0.004, 0.0, 20.0), (0.0, 0.004, 30.0), (0.004, 0.004, 40.0)]


@pytest.fixture
def moment() -> datetime:
    return clock.now() - timedelta(minutes=5)


def stations(moment: datetime, said: list[tuple[float, float, float]] = AROUND) -> None:
    lon, lat = Cast.inside_east()
    for number, (east, north, value) in enumerate(said):
        made = device(f"AQ-{number}", at=(lon + east, lat + north))
        take_readings([told(f"AQ-{number}", moment, pm25=value)], sender=made)


def test_the_surface_lies_between_its_stations(cast: Cast, moment: datetime) -> None:
    stations(moment)
    reader = person("reader", "device_reader", cast.east_works)
    found = stations_with(reader, quantity=PM)
    assert [station.value for station in found] == [10.0, 20.0, 30.0, 40.0]
    laid = surface_of(found)
    assert laid is not None
    values = [cell.properties["value"] for cell in laid.cells]
    assert min(values) >= 10.0
    assert max(values) <= 40.0
    assert len(set(values)) > 10
    nearest = min(laid.cells, key=lambda c: np.hypot(*(np.array(c.shape.centroid.coords[0])
                                                       - np.array(found[3].place))))  # fmt: skip
    assert nearest.properties["value"] == pytest.approx(40.0, abs=4)
    assert laid.error > 5  # four corners that differ tell one another little
    (group,) = groups_of(found)
    assert (group.label, group.count, group.mean, group.low, group.high) == (
        "东区", 4, 25.0, 10.0, 40.0,
    )  # fmt: skip


def _reckoned(stations: list[Station], x: float, y: float) -> float:
    """The weighed mean as the textbook writes it, all numbers by hand (Shepard 1968)."""
    apart = sorted(
        (math.dist(station.place, (x, y)), station.value) for station in stations
    )  # fmt: skip
    nearest = [(d, value) for d, value in apart][:12]
    if nearest[0][0] < 0.5:
        return nearest[0][1]
    weights = [1 / d**2 for d, _value in nearest]
    shares = [w * v for w, (_d, v) in zip(weights, nearest, strict=True)]
    return sum(shares) / sum(weights)


def test_every_square_is_what_a_slow_reckoning_gives(cast: Cast, moment: datetime) -> None:
    rows = [(0.0011 * (n % 5), 0.0009 * (n // 5), float((n * 37) % 50)) for n in range(20)]
    stations(moment, rows)
    found = stations_with(person("reader", "device_reader", cast.east_works), quantity=PM)
    laid = surface_of(found)
    assert laid is not None
    assert (laid.places, len(laid.cells) > 50) == (20, True)
    for cell in laid.cells:
        centre = cell.shape.centroid
        expected = _reckoned(found, centre.x, centre.y)
        assert cell.properties["value"] == pytest.approx(expected, abs=1e-3)
        nearest = min(math.dist(one.place, (centre.x, centre.y)) for one in found)
        assert nearest <= laid.reach_m + laid.cell_m  # a square may touch the rim


def test_programs_read_the_surface_with_its_method(
    cast: Cast, moment: datetime, client: Client
) -> None:
    stations(moment, [*AROUND, (0.002, 0.002, 25.0)])
    Latest.objects.filter(series__device__node="AQ-4").update(quality=Quality.SUSPECT)
    _client, key = issue_client(
        SYSTEM,
        name="气象中心",
        tenant=cast.tenant,
        service_user=person("service", "device_reader", cast.east_works),
        scopes=["observing.surfaces"],
    )
    address, headers = "/api/v1/sensing/surface/", {"Authorization": f"Api-Key {key}"}
    asked = {"quantity": PM, "area": cast.east.code}
    told = client.get(address, asked, headers=headers).json()
    method = told["method"]
    assert (method["stations"], method["silent"], method["method"]) == (4, 1, "idw")
    assert (method["power"], method["neighbours"]) == (2.0, 12)
    assert method["gaps"] == 0  # four corners: every square lies within three times their distance
    squares = [one for one in told["features"] if one["geometry"]["type"] == "Polygon"]
    assert len(told["features"]) == len(squares) + 4
    elsewhere = client.get(address, {"quantity": PM, "area": cast.west.code}, headers=headers)
    wrong = client.get(address, {"quantity": "nothing"}, headers=headers)
    assert (elsewhere.status_code, wrong.status_code) == (400, 400)
    assert elsewhere.json()["errors"][0]["field"] == "area"
    assert wrong.json()["errors"][0]["field"] == "quantity"
    assert client.get(address, asked).status_code == 401


def test_too_few_places_make_no_surface(cast: Cast, moment: datetime) -> None:
    stations(moment, [*AROUND[: LEAST - 1], AROUND[0]])
    reader = person("reader", "device_reader", cast.east_works)
    found = stations_with(reader, quantity=PM)
    assert (len(found), surface_of(found)) == (4, None)


def test_only_what_can_be_trusted_and_is_fresh_counts(cast: Cast, moment: datetime) -> None:
    stations(moment)
    reader = person("reader", "device_reader", cast.east_works)
    series = Latest.objects.filter(series__field__code="pm25").order_by("series__device__node")
    first, second, third, _fourth = series
    Latest.objects.filter(pk=first.pk).update(quality=Quality.SUSPECT)
    Latest.objects.filter(pk=second.pk).update(at=clock.now() - timedelta(hours=4))
    Latest.objects.filter(pk=third.pk).update(value=None, quality=Quality.MISSING)
    assert [one.device.node for one in stations_with(reader, quantity=PM)] == ["AQ-3"]


def test_a_past_hour_is_the_mean_of_its_readings(cast: Cast) -> None:
    hour = (clock.now() - timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    made = device("AQ-1")
    for minute, value in ((5, 10.0), (35, 30.0)):
        take_readings([told("AQ-1", hour + timedelta(minutes=minute), pm25=value)], sender=made)
    with clock.at(clock.now() + timedelta(minutes=5)):
        roll_up()
    reader = person("reader", "device_reader", cast.east_works)
    (station,) = stations_with(reader, quantity=PM, hour=hour)
    assert (station.value, station.at) == (20.0, hour)


def test_the_page_its_shapes_and_its_sheet(cast: Cast, moment: datetime, client: Client) -> None:
    stations(moment)
    reader = person("reader", "device_reader", cast.east_works)
    client.force_login(reader)
    page = client.get("/devices/surface/", {"quantity": PM}).content.decode()
    assert "4 个站点有可用读数，另有 0 个站点没有" in page
    assert "每格取 4 处站点中最近的至多 12 处，权重为距离的 2 次方的倒数" in page
    assert page.count("surface-shade") == 5
    assert "设备 AQ-3" in page
    assert "留一检验" in page
    shapes = client.get("/devices/surface/shapes/", {"quantity": PM}).json()["features"]
    squares = [one for one in shapes if one["geometry"]["type"] == "Polygon"]
    shades = [one["properties"]["shade"] for one in squares]
    assert len(shapes) - len(squares) == 4
    assert 0.08 <= min(shades) < max(shades) <= 0.8
    sheet = load_workbook(BytesIO(b"".join(
        client.get("/devices/surface/export/", {"quantity": PM}).streaming_content  # type: ignore[attr-defined]
    ))).active  # fmt: skip
    assert sheet is not None
    assert sheet.max_row == 5
    entry = AuditEntry.objects.get(action="readings.surface_export")
    assert entry.data["stations"] == 4


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"quantity": "pm25'; drop"}, "pm25"),
        ({"hour": "2999-01-01T00:00"}, "该小时还没有到"),
        ({"hour": "yesterday"}, "hour"),
        ({"area": "nowhere"}, "area"),
    ],
)
def test_nonsense_names_its_field(
    cast: Cast, client: Client, asked: dict[str, str], said: str
) -> None:
    client.force_login(person("reader", "device_reader", cast.east_works))
    answer = client.get("/devices/surface/", asked)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_neighbour_sees_none_of_it(cast: Cast, moment: datetime, client: Client) -> None:
    stations(moment)
    neighbour = person("neighbour", "device_reader", cast.west_works)
    assert stations_with(neighbour, quantity=PM) == []
    client.force_login(neighbour)
    assert client.get("/devices/surface/shapes/", {"quantity": PM}).json()["features"] == []
    client.force_login(cast.outsider)
    assert client.get("/devices/surface/", {"quantity": PM}).status_code == 403


def test_the_devices_around_a_case(cast: Cast, moment: datetime, client: Client) -> None:
    stations(moment)
    lon, lat = Cast.inside_east()
    case = registered(cast)
    type(case).objects.filter(pk=case.pk).update(point=point(lon + 0.0005, lat))
    case.refresh_from_db()
    reader = person("reader", "device_reader", cast.east_works)
    assert case.point is not None
    near: list[Any] = list_devices_near(reader, case.point, radius_m=400)
    assert [made.node for made, _metres, _newest in near] == ["AQ-0", "AQ-1"]
    assert near[0][1] == pytest.approx(45, abs=3)
    assert near[0][2][0].latest.value is not None
    assert devices_near(reader, case) == [("附近感知设备", f"/devices/near/{case.pk}/")]
    client.force_login(cast.outsider)
    assert client.get(f"/devices/near/{case.pk}/").status_code == 403


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(-1e3, 1e3)),
        min_size=2, max_size=20, unique_by=lambda told: told[:2],
    ),
    st.floats(-100, 100),
    st.floats(-100, 100),
)  # fmt: skip
def test_a_weighed_value_never_leaves_its_neighbours(
    said: list[tuple[int, int, float]], x: float, y: float
) -> None:
    places = np.array([(east * 100.0, north * 100.0) for east, north, _value in said])
    values = np.array([value for _east, _north, value in said])
    found = weighed(places, values, (x, y))
    assert values.min() - 1e-6 <= found <= values.max() + 1e-6
