import random
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import transaction

from apps.assets.models import Asset
from apps.assets.selectors import list_assets_near
from apps.common.errors import Refused
from apps.demo.geography import SOURCE, City, build_city, load_geography
from apps.places.geometry import distance_m, point
from apps.places.models import Area, GazetteerEntry
from apps.places.selectors import geocode, locate

DAY = date(2020, 1, 1)


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: object) -> Iterator[City]:
    """The small city, loaded once for this module and rolled back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        city = build_city(7, "small")
        load_geography(city, valid_from=DAY)
        yield city
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_everything_is_written_and_marked_as_invented(loaded: City) -> None:
    assert Area.objects.count() == len(loaded.zones)
    assert not Area.objects.exclude(source=SOURCE).exists()
    assert all(area.is_synthetic for area in Area.objects.all()[:5])
    assert Asset.objects.count() == len(loaded.assets)
    assert GazetteerEntry.objects.filter(kind="number").count() == len(loaded.addresses)


@pytest.mark.django_db
def test_points_of_the_generator_are_located_in_the_cell_it_says(loaded: City) -> None:
    for thing in [*loaded.addresses[::7], *loaded.pois, *loaded.assets[::9]]:
        found = locate(point(*thing.point))
        assert found is not None
        assert found.code == thing.cell_code, thing


@pytest.mark.django_db
def test_drawn_addresses_are_found_again(loaded: City) -> None:
    rng = random.Random(5)
    for _draw in range(40):
        text, spot = loaded.random_address(rng)
        best = geocode(f"我在{text}附近，路灯不亮")[0]
        assert distance_m(best.point, point(*spot)) < 100, text


@pytest.mark.django_db
def test_the_furniture_around_a_spot(loaded: City) -> None:
    here = loaded.assets[0]
    near = list(list_assets_near(point(*here.point), 60))
    assert near[0].distance.m < 0.1
    assert [a.distance.m for a in near] == sorted(a.distance.m for a in near)
    assert near[-1].distance.m <= 60
    assert not list_assets_near(point(122.0, 34.0), 500).exists()


@pytest.mark.django_db
def test_twice_is_refused(loaded: City) -> None:
    with pytest.raises(Refused), transaction.atomic():
        load_geography(loaded, valid_from=DAY)
    assert Area.objects.count() == len(loaded.zones)
