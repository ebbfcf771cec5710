"""The products of the demo city stand in a small city as well. Source: IO-05."""

from datetime import UTC, date, datetime

import pytest

from apps.accounts.models import User
from apps.demo.geography import build_city, load_geography
from apps.demo.stages.people import load_people
from apps.demo.stages.products import load_products
from apps.demo.world import read_profile
from apps.places.models import Area
from apps.products.models import DataProduct, ProductGrant
from apps.products.selectors import list_products

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_small_city_offers_asks_and_grants() -> None:
    city = build_city(7, "small")
    load_geography(city, valid_from=date(2015, 1, 1))
    codes = [zone.code for zone in city.zones if zone.level != "cell"]
    areas = {area.code: area for area in Area.objects.filter(code__in=codes)}
    load_people(city, read_profile("shandong"), areas, 7)
    assert load_products(city, until=NOON) == 3
    states = DataProduct.objects.order_by("pk").values_list("state", "is_open")
    assert list(states) == [("published", True), ("published", False), ("draft", False)]
    granted = ProductGrant.objects.order_by("pk").values_list("state", flat=True)
    assert list(granted) == ["granted", "waiting"]
    staff = User.objects.get(username="handler1")
    assert list_products(staff).count() == 2
