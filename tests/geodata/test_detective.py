"""The shift detective on a town whose roads are known."""

from collections.abc import Callable

import pytest
import shapely
from pyproj import Transformer

from apps.geodata.detective import Sample, investigate
from apps.geodata.known_city import KnownCity
from apps.places.coordinates import wgs84_to_bd09, wgs84_to_gcj02
from tests.cast import Cast
from tests.geodata.factories import along_roads, lay_roads, same

pytestmark = pytest.mark.django_db


def sample_of(way: Callable[[float, float], tuple[float, float]]) -> Sample:
    shapes = [shapely.Point(f["geometry"]["coordinates"]) for f in along_roads(way)]
    return Sample(shapes, [[] for _shape in shapes])


def projected(number: int) -> Callable[[float, float], tuple[float, float]]:
    transform = Transformer.from_crs(4326, number, always_xy=True).transform
    return lambda lon, lat: transform(lon, lat)


def turned(
    way: Callable[[float, float], tuple[float, float]],
) -> Callable[[float, float], tuple[float, float]]:
    return lambda lon, lat: way(lon, lat)[::-1]


@pytest.mark.parametrize(
    ("way", "found"),
    [
        (same, "EPSG:4326"),
        (wgs84_to_gcj02, "GCJ-02"),
        (wgs84_to_bd09, "BD-09"),
        (lambda lon, lat: (lat, lon), "EPSG:4326~swapped"),
        (lambda lon, lat: wgs84_to_gcj02(lon, lat)[::-1], "GCJ-02~swapped"),
        (projected(3857), "EPSG:3857"),
        (projected(4549), "EPSG:4549"),
        (projected(4528), "EPSG:4528"),
        (turned(projected(4549)), "EPSG:4549~swapped"),
    ],
)
def test_the_system_of_a_file_is_found_by_its_fit(
    cast: Cast, way: Callable[[float, float], tuple[float, float]], found: str
) -> None:
    lay_roads()
    verdict = investigate(sample_of(way), KnownCity(), stated="EPSG:4326")
    assert verdict.best == found
    assert verdict.confidence > 0.5
    assert next(f for f in verdict.findings if f.code == found).shape_m < 10


def test_the_shift_is_told_in_metres(cast: Cast) -> None:
    lay_roads()
    verdict = investigate(sample_of(wgs84_to_gcj02), KnownCity(), stated="EPSG:4490")
    assert 300 < verdict.shift_m < 800
    assert "GCJ-02" in verdict.reason


def test_what_fits_nothing_is_not_judged(cast: Cast) -> None:
    lay_roads()
    far = Sample([shapely.Point(10, 50)], [[]])
    assert investigate(far, KnownCity(), stated="EPSG:4326").best == ""
    # A cloud that follows no road lies as near to them wherever it is pushed.
    cloud = [
        shapely.Point(120 + 0.04 * (n * 0.618 % 1), 36 + 0.02 * (n * 0.755 % 1)) for n in range(300)
    ]
    verdict = investigate(Sample(cloud, [[]] * 300), KnownCity(), stated="EPSG:4326")
    assert verdict.best == ""


def test_without_a_known_city_nothing_is_claimed(db: None) -> None:
    assert investigate(sample_of(same), KnownCity(), stated="EPSG:4326").best == ""
