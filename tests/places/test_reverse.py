import pytest

from apps.places.geometry import moved, point
from apps.places.models import Area
from apps.places.selectors import describe
from tests.places.factories import make_streets

City = dict[str, Area]
PLATE = point(123.004, 35.0051)


@pytest.fixture
def town(city: City) -> City:
    make_streets(city)
    return city


@pytest.mark.parametrize(
    ("east", "north", "said"),
    [
        (3, 4, "海泊路11号"),
        (-30, 0, "海泊路11号附近（往西约 30 米）"),
        (-25, 25, "海泊路11号附近（往西北约 35 米）"),
    ],
)
def test_near_a_door(town: City, east: float, north: float, said: str) -> None:
    found = describe(moved(PLATE, east_m=east, north_m=north))
    assert found.address == said
    assert found.area == town["990101001001"]
    assert found.full_name == "第1区 甲街道 甲街道第001网格"
    assert 0.8 < found.confidence <= 0.95


def test_far_from_everything_the_road_then_the_area(town: City) -> None:
    along = describe(point(123.0165, 35.0055))
    assert along.label == "海泊路"
    assert along.address.startswith("海泊路附近（往北约")
    alone = describe(point(123.05, 35.002))
    assert (alone.address, alone.area) == ("", town["990102001001"])


def test_outside_there_is_nothing(town: City) -> None:
    found = describe(point(10, 10))
    assert (found.area, found.full_name, found.address) == (None, "", "")
