import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.errors import InvalidInput
from apps.places import coordinates as crs
from apps.places.geometry import distance_m, from_plane, moved, point, to_plane

china = st.tuples(st.floats(74, 135), st.floats(4, 53))


@given(china)
def test_gcj02_and_back_is_the_same_point_to_a_millimetre(spot: tuple[float, float]) -> None:
    back = crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(*spot))
    assert distance_m(point(*spot), point(*back)) < 0.001


@given(china)
def test_bd09_and_back_is_the_same_point_to_a_centimetre(spot: tuple[float, float]) -> None:
    back = crs.bd09_to_wgs84(*crs.wgs84_to_bd09(*spot))
    assert distance_m(point(*spot), point(*back)) < 0.01


def test_the_shift_is_some_hundred_metres_in_the_bay_of_the_yellow_sea() -> None:
    here = (120.38, 36.07)
    assert 400 < distance_m(point(*here), point(*crs.wgs84_to_gcj02(*here))) < 520


def test_outside_the_chinese_box_nothing_is_shifted() -> None:
    assert crs.wgs84_to_gcj02(2.35, 48.85) == (2.35, 48.85)


@pytest.mark.parametrize(
    ("written", "name"), [("gcj02", "GCJ-02"), ("4326", "EPSG:4326"), ("epsg:4490", "EPSG:4490")]
)
def test_one_system_has_one_name(written: str, name: str) -> None:
    assert crs.normal_name(written) == name


@pytest.mark.parametrize("written", ["", "EPSG:999999", "北京54", "4326;drop"])
def test_an_unknown_system_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        crs.normal_name(written)
    assert refusal.value.field == "crs"


def test_a_projected_file_comes_back_to_degrees() -> None:
    east, north = to_plane(123.01, 35.02)
    lon, lat = crs.converter("4550")(east, north)
    assert (lon, lat) == pytest.approx((123.01, 35.02), abs=1e-8)


def test_metres_agree_between_plane_and_sphere() -> None:
    start = point(123.0, 35.0)
    there = moved(start, east_m=300, north_m=400)
    east, north = to_plane(123.0, 35.0)
    assert distance_m(start, there) == pytest.approx(500, rel=1e-3)
    assert distance_m(there, from_plane(east + 300, north + 400)) < 3
