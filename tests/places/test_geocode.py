"""A hand-made corner of a town, so that each reading is told apart."""

import pytest
from django.contrib.gis.geos import LineString

from apps.accounts.models import User
from apps.audit.services import SYSTEM
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.places import services
from apps.places.geometry import distance_m, moved, point
from apps.places.models import Area, GazetteerEntry
from apps.places.selectors import geocode, search_gazetteer
from apps.places.services import EntrySpec

City = dict[str, Area]


@pytest.fixture
def town(city: City) -> City:
    cell, far = city["990101001001"].pk, city["990102002001"].pk
    road = LineString((123.001, 35.005), (123.019, 35.005), srid=4326)
    cross = LineString((123.01, 35.001), (123.01, 35.019), srid=4326)
    services.register_entries(
        SYSTEM,
        entries=[
            EntrySpec("road", "海泊路", point(123.01, 35.005), geometry=road, ref="r1"),
            EntrySpec("road", "观澜路", point(123.01, 35.01), geometry=cross, ref="r2"),
            EntrySpec(
                "number", "海泊路11号", point(123.004, 35.0051), None, (), cell, "", "r1", 11
            ),
            EntrySpec(
                "number", "海泊路15号", point(123.006, 35.0051), None, (), cell, "", "r1", 15
            ),
            EntrySpec(
                "estate", "云台花园", point(123.008, 35.003), None, ("云台小区",), cell, "e1"
            ),
            EntrySpec(
                "building", "云台花园3号楼", point(123.0085, 35.003), None, (), cell, "", "e1", 3
            ),
            EntrySpec("poi", "和平小学", point(123.005, 35.008), area_id=cell),
            EntrySpec("poi", "和平小学", point(123.07, 35.008), area_id=far),
        ],
    )
    return city


@pytest.mark.parametrize(
    ("text", "label", "lon", "lat"),
    [
        ("海泊路11号", "海泊路11号", 123.004, 35.0051),
        ("海泊路十一号门口路灯不亮", "海泊路11号", 123.004, 35.0051),
        ("海泊路13号", "海泊路13号", 123.005, 35.0051),  # between two plates
        ("云台小区三幢2单元", "云台花园3号楼", 123.0085, 35.003),
        ("云台花园", "云台花园", 123.008, 35.003),
        ("海泊路与观澜路交叉口", "海泊路与观澜路路口", 123.01, 35.005),
        ("观澜路海泊路口", "观澜路与海泊路路口", 123.01, 35.005),
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
