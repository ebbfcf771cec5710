"""A hand-made corner of a town, so that each reading is told apart."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.places import services
from apps.places.geometry import distance_m, moved, point
from apps.places.models import Area, GazetteerEntry
from apps.places.selectors import UNPLACED_BELOW, geocode, search_gazetteer, understand
from tests.places.factories import make_streets

City = dict[str, Area]


@pytest.fixture
def town(city: City) -> City:
    make_streets(city)
    return city


@pytest.mark.parametrize(
    ("text", "label", "lon", "lat"),
    [
        ("海泊路11号", "海泊路11号", 123.004, 35.0051),
        ("海泊路十一号门口路灯不亮", "海泊路11号", 123.004, 35.0051),
        ("海泊路13号", "海泊路13号", 123.005, 35.0051),  # between two plates
        ("云台小区三幢4单元", "云台花园3号楼", 123.0085, 35.003),
        ("云台花园", "云台花园", 123.008, 35.003),
        ("海泊路与观澜路交叉口", "海泊路与观澜路路口", 123.01, 35.005),
        ("观澜路海泊路口", "观澜路与海泊路路口", 123.01, 35.005),
        ("云台花园3-2-501", "云台花园3号楼2单元", 123.0086, 35.003),
        ("海泊路11-15号", "海泊路11-15号", 123.005, 35.0051),
        ("海泊路11号附2号", "海泊路11号", 123.004, 35.0051),
        ("海泊路11号对面", "海泊路11号", 123.004, 35.0049),
        ("海泊路（松台巷至观澜路段）积水", "海泊路（松台巷至观澜路段）", 123.0075, 35.005),
        ("和平小学与云台医院之间", "和平小学与云台医院之间", 123.0055, 35.008),
        ("海泊路灯杆315号不亮", "海泊路315号灯杆", 123.007, 35.00505),
        ("我住云台花园，海泊路11号门前积水", "海泊路11号", 123.004, 35.0051),
    ],
)
def test_what_people_say(town: City, text: str, label: str, lon: float, lat: float) -> None:
    best = geocode(text)[0]
    assert best.label == label
    assert distance_m(best.point, point(lon, lat)) < 1
    assert best.area is None or best.area.code == "990101001001"
    assert best.reason


def test_a_walk_moves_the_point_and_its_cell(town: City) -> None:
    best = geocode("海泊路11号往北1公里")[0]
    assert distance_m(best.point, moved(point(123.004, 35.0051), east_m=0, north_m=1000)) < 1
    assert best.area == town["990101001002"]


def test_a_walk_follows_the_road(town: City) -> None:
    best = geocode("观澜路海泊路口往西200米")[0]
    assert distance_m(best.point, moved(point(123.01, 35.005), east_m=-200, north_m=0)) < 2
    assert "沿海泊路往西200米" in best.reason


def test_a_kilometre_mark_counts_from_the_beginning(town: City) -> None:
    best = geocode("海泊路K0+300")[0]
    assert distance_m(best.point, moved(point(123.001, 35.005), east_m=300, north_m=0)) < 3


def test_a_contradicted_area_lowers_confidence_and_says_so(town: City) -> None:
    agreed, against = geocode("甲街道海泊路11号")[0], geocode("丁街道海泊路11号")[0]
    assert agreed.confidence > 0.9
    assert "与文中的“甲街道”一致" in agreed.reason
    assert against.confidence < 0.6
    assert "但不在文中所说的“丁街道”" in against.reason


@pytest.mark.parametrize(
    "slip", ["海伯路11号", "海泊11号", "泊海路11号", "海路11号", "海泊泊路11号"]
)
def test_one_slip_is_forgiven_but_never_believed(town: City, slip: str) -> None:
    best = geocode(slip)[0]
    assert best.label == "海泊路11号"
    assert best.confidence < UNPLACED_BELOW
    assert "按相近的“海泊路”理解" in best.reason


def test_what_was_used_is_told_part_by_part(town: City) -> None:
    found = understand("甲街道海泊路11号，路灯不亮")
    used = [found.reading.parts[i].text for i in found.candidates[0].used]
    assert used == ["甲街道", "海泊路", "11号"]
    assert found.is_sure


def test_a_name_nobody_knows_beside_the_place_makes_less_sure(town: City) -> None:
    plain, beside = geocode("云台医院")[0], geocode("云台医院，梧龄大厦")[0]
    assert beside.confidence < plain.confidence
    assert "未识别的名称" in beside.reason


def test_a_place_costs_few_questions(town: City, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        geocode("海泊路11号")
    with django_assert_max_num_queries(8):
        geocode("海泊路（松台巷至观澜路段）往东50米")


def test_one_name_of_two_places_is_never_sure(town: City) -> None:
    found = geocode("和平小学")
    assert len(found) == 2
    assert found[0].confidence < 0.5
    sure = geocode("和平小学", within=town["990102"])[0]
    assert sure.area == town["990102002001"]
    assert sure.confidence > 0.8
    assert geocode("丁街道和平小学")[0].area == town["990102002001"]


def test_a_slip_of_the_keyboard_finds_what_is_alike(town: City) -> None:
    best = geocode("云台花圆")[0]
    assert best.label.startswith("云台花园")
    assert best.confidence < 0.6


@pytest.mark.parametrize(
    "text", ["", "路", "！！！", "完全没有的地方", "海" * 5000, "' or 1=1 --", "\x00\x00"]
)
def test_nonsense_finds_nothing_and_breaks_nothing(town: City, text: str) -> None:
    assert all(c.confidence < 0.6 for c in geocode(text))


def test_a_number_beyond_the_plates_is_only_the_road(town: City) -> None:
    assert geocode("海泊路999号")[0].confidence_class == "road"


def test_a_confirmed_pick_becomes_an_alias(town: City, clerk: User) -> None:
    entry = GazetteerEntry.objects.get(name="云台花园")
    services.add_alias(clerk, entry_id=entry.pk, alias="老机械厂宿舍")
    services.add_alias(clerk, entry_id=entry.pk, alias="老机械厂 宿舍")
    entry.refresh_from_db()
    assert entry.aliases == ["云台小区", "老机械厂宿舍"]
    assert geocode("老机械厂宿舍漏水")[0].entry_id == entry.pk
    assert list(search_gazetteer("机械厂")) == [entry]


def test_an_alias_is_checked(town: City, clerk: User) -> None:
    entry = GazetteerEntry.objects.get(name="云台花园")
    with pytest.raises(InvalidInput):
        services.add_alias(clerk, entry_id=entry.pk, alias=" 。 ")
    with pytest.raises(NotFound):
        services.add_alias(clerk, entry_id=10**9, alias="某处")
    clerk.is_active = False
    with pytest.raises(NotAllowed):
        services.add_alias(clerk, entry_id=entry.pk, alias="某处")
