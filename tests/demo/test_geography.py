import random

import pytest
import shapely
from shapely import STRtree
from shapely.geometry import MultiPolygon, Point, Polygon

from apps.demo.geography import City, build_city
from apps.demo.geography.city import Zone


def shape(zone: Zone) -> MultiPolygon:
    return MultiPolygon([Polygon(p[0], p[1:]) for p in zone.polygons])


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(7, "small")


def test_the_same_seed_gives_the_same_city() -> None:
    assert build_city(7, "small") == build_city(7, "small")
    assert build_city(7, "small") != build_city(8, "small")


@pytest.mark.parametrize(
    ("seed", "size"), [(1, "small"), (7, "small"), (99, "small"), (7, "default")]
)
def test_cells_cover_the_city_without_gap_or_overlap(seed: int, size: str) -> None:
    built = build_city(seed, size)
    cells = [shape(zone) for zone in built.cells]
    whole = shape(built.city)
    assert all(cell.is_valid for cell in cells)
    assert shapely.union_all(cells).symmetric_difference(whole).area < whole.area * 1e-6
    tree = STRtree(cells)
    pairs = [
        (a, b) for a, b in zip(*tree.query(cells, predicate="intersects"), strict=True) if a < b
    ]
    overlap = sum(cells[a].intersection(cells[b]).area for a, b in pairs)
    assert overlap < whole.area * 1e-9


def test_every_parent_is_the_union_of_its_children(city: City) -> None:
    shapes = {zone.code: shape(zone) for zone in city.zones}
    children: dict[str, list[MultiPolygon]] = {}
    for zone in city.zones:
        children.setdefault(zone.parent_code, []).append(shapes[zone.code])
    for code, parts in children.items():
        if code:
            assert shapes[code].is_valid
            difference = shapely.union_all(parts).symmetric_difference(shapes[code]).area
            assert difference < shapes[code].area * 1e-9


def test_sizes(city: City) -> None:
    assert (len(city.districts), len(city.streets), len(city.communities)) == (2, 4, 8)
    assert 150 < len(city.cells) < 260
    big = build_city(7, "default")
    assert (len(big.districts), len(big.streets), len(big.communities)) == (5, 25, 100)
    assert 3000 < len(big.cells) < 6000
    mean_m2 = shape(big.city).area * 110_941 * 91_290 / len(big.cells)
    assert 9_000 < mean_m2 < 11_000


def test_names_are_used_once(city: City) -> None:
    for named in (city.roads, city.estates, city.streets, city.communities):
        names = [thing.name for thing in named]
        assert len(names) == len(set(names))


def test_things_lie_in_the_cell_they_name(city: City) -> None:
    shapes = {zone.code: shape(zone) for zone in city.cells}
    for things in (city.addresses, city.assets, city.buildings, city.pois):
        assert things
        for thing in things:
            assert shapes[thing.cell_code].intersects(Point(thing.point)), thing


def test_an_address_is_drawn_inside_the_area_asked_for(city: City) -> None:
    rng = random.Random(3)
    district = city.districts[1]
    for _draw in range(50):
        text, spot = city.random_address(rng, district.code)
        assert text
        assert shape(district).intersects(Point(spot))
    with pytest.raises(KeyError):
        city.random_address(rng, "000000")


def test_the_city_lies_on_open_sea(city: City) -> None:
    west, south, east, north = shape(city.city).bounds
    assert 122.8 < west < east < 123.2
    assert 34.8 < south < north < 35.2
