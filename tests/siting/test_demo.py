"""The plan of the demo city stands in a small city as well. Source: IO-01."""

from datetime import UTC, date, datetime

import pytest

from apps.accounts.models import User
from apps.demo.geography import build_city, load_geography
from apps.demo.stages.people import load_people
from apps.demo.stages.siting import load_siting
from apps.demo.world import read_profile
from apps.places.models import Area
from apps.siting.models import Plan
from apps.siting.selectors import coverage_of, list_plans

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_small_city_has_gaps_to_look_at() -> None:
    city = build_city(7, "small")
    load_geography(city, valid_from=date(2015, 1, 1))
    codes = [zone.code for zone in city.zones if zone.level != "cell"]
    areas = {area.code: area for area in Area.objects.filter(code__in=codes)}
    load_people(city, read_profile("shandong"), areas, 7)
    count = load_siting(city, until=NOON)
    plan = Plan.objects.get()
    assert (plan.state, plan.points.count()) == ("returned", count)
    assert 20 <= plan.radius_m <= 1500
    planner = User.objects.get(username="siting-planner1")
    assert list_plans(planner).get() == plan
    found = coverage_of(planner, plan)
    assert 0 < found.after < 100
    assert found.after > found.before
    assert found.gaps
    assert found.duplicates
