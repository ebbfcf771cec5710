"""Values held against those of the neighbours. Source: IO-05."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.models import AuditEntry
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.observing import services
from apps.observing.models import NeighbourRule
from apps.observing.neighbours import departing, nearest_of
from apps.observing.services import RuleSpec
from apps.sensing.enums import Flaw, Quality
from apps.sensing.models import HourFigure, Latest, ProfileField, Reading
from apps.sensing.services import take_readings
from apps.sensing.services.rollups import roll_up
from tests.cast import Cast
from tests.sensing.factories import device, person, told

ROUND = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 5, 6)]) * 1000


def stations(cast: Cast, values: list[float], *, at: datetime | None = None) -> None:
    """Air stations some hundred metres apart that say these values of PM2.5."""
    moment = at or clock.now() - timedelta(minutes=5)
    for number, value in enumerate(values):
        node = f"AQ-{number}"
        made = device(node, at=(120.002 + 0.001 * number, 36.005))
        take_readings([told(node, moment, pm25=value)], sender=made)


def test_one_that_departs_is_suspect_and_the_others_are_not(cast: Cast) -> None:
    stations(cast, [30, 31, 32, 33, 34, 140])
    assert services.check_neighbours() == 1
    doubted = Reading.objects.get(quality=Quality.SUSPECT)
    assert (doubted.value, doubted.flaw) == (140, Flaw.NEIGHBOURS)
    latest = Latest.objects.get(flaw=Flaw.NEIGHBOURS)
    assert latest.series.device.node == "AQ-5"
    assert services.check_neighbours() == 0


def test_figures_are_made_again_without_it(cast: Cast) -> None:
    moment = clock.now().replace(minute=20, second=0, microsecond=0)
    with clock.at(moment + timedelta(minutes=5)):
        stations(cast, [30, 31, 32, 33, 34, 140], at=moment)
    with clock.at(moment + timedelta(minutes=46)):
        roll_up()
        assert HourFigure.objects.filter(high=140, suspects=0).count() == 1
        services.check_neighbours()
    with clock.at(moment + timedelta(minutes=50)):
        roll_up()
    assert HourFigure.objects.filter(suspects=1, high=None).count() == 1


@pytest.mark.parametrize(
    "values",
    [
        [30, 31, 32, 140],  # three neighbours outvote nobody
        [30, 30, 30, 30, 30, 34],  # less than the least spread allows
        [10, 40, 70, 100, 130, 140],  # they do not agree among themselves
    ],
)
def test_what_is_not_sure_is_left_alone(cast: Cast, values: list[float]) -> None:
    stations(cast, values)
    assert services.check_neighbours() == 0
    assert not Reading.objects.filter(quality=Quality.SUSPECT).exists()


def test_only_rules_in_force_and_the_last_hour(cast: Cast) -> None:
    stations(cast, [30, 31, 32, 33, 34, 140], at=clock.now() - timedelta(minutes=70))
    assert services.check_neighbours() == 0
    NeighbourRule.objects.update(is_active=False)
    take_readings(
        [told(f"AQ-{n}", clock.now() - timedelta(minutes=4), pm25=v)
         for n, v in enumerate([30, 31, 32, 33, 34, 140])],
        sender=cast.handler,
    )  # fmt: skip
    assert services.check_neighbours() == 0


def test_what_is_suspect_for_another_reason_keeps_it(cast: Cast) -> None:
    stations(cast, [30, 31, 32, 33, 34, 99_999])
    assert services.check_neighbours() == 0
    assert Reading.objects.get(quality=Quality.SUSPECT).flaw == Flaw.RANGE


@pytest.mark.django_db(transaction=True)
def test_two_at_once_mark_it_once(cast: Cast) -> None:
    stations(cast, [30, 31, 32, 33, 34, 140])

    def check(_time: int) -> int:
        try:
            return services.check_neighbours()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(check, range(2))) == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    middle=st.floats(-1e6, 1e6),
    noise=st.lists(st.floats(-1, 1), min_size=6, max_size=6),
    shift=st.floats(-1e6, 1e6),
)
def test_moving_every_value_alike_changes_nothing(
    middle: float, noise: list[float], shift: float
) -> None:
    near = nearest_of(ROUND, radius_m=5000, most=5)
    values = np.array([[middle + n for n in noise]])
    values[0, 0] += 500
    here = departing(values, near, z_limit=6, least_spread=1.0)
    there = departing(values + shift, near, z_limit=6, least_spread=1.0)
    assert here == there == [(0, 0)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(-50, 50), min_size=6, max_size=6))
def test_within_the_least_spread_nobody_is_doubted(values: list[float]) -> None:
    near = nearest_of(ROUND, radius_m=5000, most=5)
    assert departing(np.array([values]), near, z_limit=6, least_spread=100.0) == []


def test_a_gap_is_no_voice() -> None:
    near = nearest_of(ROUND, radius_m=5000, most=5)
    values = np.array([[500.0, 1, 1, 1, np.nan, np.nan]])
    assert departing(values, near, z_limit=6, least_spread=1) == []


def field() -> ProfileField:
    return ProfileField.objects.get(profile__code="noise_dust", code="tsp")


SPEC: dict[str, Any] = {"radius_m": 2000, "nearest": 6, "z_limit": 5.0, "least_spread": 3.0}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"radius_m": 0}, "radius_m"),
        ({"nearest": 3}, "nearest"),
        ({"z_limit": 0.5}, "z_limit"),
        ({"least_spread": 0.0}, "least_spread"),
    ],
)
def test_a_rule_without_sense_names_the_field(
    cast: Cast, wrong: dict[str, Any], named: str
) -> None:
    keeper = person("profiles", "profile_keeper", cast.center)
    with pytest.raises(InvalidInput) as refused:
        services.save_rule(keeper, field_id=field().pk, spec=RuleSpec(**(SPEC | wrong)))
    assert refused.value.field == named


def test_rules_are_their_keepers(cast: Cast) -> None:
    reader = person("reader", "device_reader", cast.east_works)
    with pytest.raises(NotAllowed):
        services.save_rule(reader, field_id=field().pk, spec=RuleSpec(**SPEC))
    client = Client()
    client.force_login(reader)
    assert client.get("/devices/neighbours/").status_code == 200
    assert client.get(f"/devices/neighbours/{field().pk}/").status_code == 403
    keeper = person("profiles", "profile_keeper", cast.center)
    client.force_login(keeper)
    page = f"/devices/neighbours/{field().pk}/"
    assert client.post(page, SPEC | {"is_active": "on"}).status_code == 302
    assert client.post(page, SPEC | {"nearest": "1"}).status_code == 422
    assert NeighbourRule.objects.get(field=field()).z_limit == 5
    assert AuditEntry.objects.filter(action="neighbour_rule.created").count() == 1


def test_the_reason_stands_on_the_curve(cast: Cast) -> None:
    stations(cast, [30, 31, 32, 33, 34, 140])
    services.check_neighbours()
    client = Client()
    client.force_login(person("reader", "device_reader", cast.east_works))
    wrong = Latest.objects.get(flaw=Flaw.NEIGHBOURS).series.device
    answer = client.get(f"/devices/{wrong.pk}/")
    (curve,) = answer.context["curves"]
    assert curve["option"]["legend"]["data"] == ["PM2.5", "可疑值：与邻近设备不符"]
    assert curve["rows"][0]["suspect"] == "140 与邻近设备不符"
    assert "140 与邻近设备不符" in answer.content.decode()
