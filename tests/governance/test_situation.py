"""The grid page and the trends: what an area has, in a constant number of statements."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.common import clock
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.governance.correlation import pearson, ties
from apps.governance.selectors import situation as reads
from apps.governance.selectors import trends
from apps.matters.models import Case
from tests.cast import Cast
from tests.fieldwork.factories import leader as make_leader
from tests.fieldwork.factories import worker as make_worker
from tests.governance.factories import opened
from tests.matters.factories import closed, dispatched, registered


def today() -> Period:
    return Period(clock.today(), clock.today())


def test_an_area_shows_its_own_cases(governed: Cast) -> None:
    dispatched(governed)
    closed(governed)
    lon, lat = Cast.inside_west()
    registered(governed, lon=lon, lat=lat)
    opened(governed)

    city = reads.read(governed.clerk, governed.city, today())
    west = reads.read(governed.clerk, governed.west, today())

    assert (city.received, city.closed, city.disputes) == (4, 1, 1)
    assert {part.area.name: (part.cases, part.shade) for part in city.parts} == {
        "东区": (3, 4),
        "西区": (1, 2),
    }
    assert sum(map(sum, city.heat)) == 4
    assert (west.received, [a.name for a in west.above]) == (1, ["测试市"])
    assert [code for code, _label, _n in city.states] == ["intake", "waiting", "ended"]


def test_the_rows_behind_a_figure_are_as_many_as_it_says(governed: Cast) -> None:
    dispatched(governed)
    closed(governed)
    found = reads.read(governed.clerk, governed.city, today())
    day, hour = next((d, h) for d, row in enumerate(found.heat) for h, n in enumerate(row) if n)

    def behind(kind: str, value: str = "") -> int:
        rows = reads.rows_behind(governed.clerk, governed.city, today(), kind=kind, value=value)
        return rows.count()

    assert behind("received") == found.received
    assert behind("closed") == found.closed
    assert behind("class", "road.manhole") == 2
    assert behind("state", "waiting") == 1
    assert behind("hour", f"{day + 1}-{hour}") == found.heat[day][hour]


def test_an_area_out_of_reach_is_not_there(governed: Cast) -> None:
    with pytest.raises(NotFound):
        reads.find_area(governed.mediator, governed.west.pk)
    assert reads.find_area(governed.clerk, None) == governed.city


def test_more_cases_ask_no_more_questions(
    governed: Cast, client: Client, remember_from_now: Callable[[], None]
) -> None:
    address, asked = reverse("governance:situation"), []
    client.force_login(governed.clerk)
    for _turn in range(2):
        for _case in range(2):
            dispatched(governed)
        remember_from_now()
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address)
        asked.append(len(queries))
    assert asked[1] <= asked[0] <= 60, asked
    assert "网格态势" in page.content.decode()


def test_the_pages_of_the_grid_open(governed: Cast, client: Client) -> None:
    dispatched(governed)
    client.force_login(governed.clerk)
    shapes = client.get(reverse("governance:situation-map")).json()
    assert [f["properties"]["label"] for f in shapes["features"]] == ["东区：1 件", "西区：0 件"]
    assert shapes["features"][0]["properties"]["shade"] > 0.5
    cases = client.get(reverse("governance:situation-cases"))
    assert "路口井盖松动" in cases.content.decode()
    cell = client.get(f"{reverse('governance:situation-map')}?area={governed.cells['east'][0].pk}")
    assert len(cell.json()["features"]) == 1
    assert client.get(reverse("governance:trends")).status_code == 200
    assert client.get(f"{reverse('governance:situation')}?area=999999").status_code == 404
    client.force_login(governed.mediator)
    assert client.get(reverse("governance:situation")).status_code == 403


def test_a_layer_of_the_map_is_cut_to_area_and_period(governed: Cast, client: Client) -> None:
    dispatched(governed)
    lon, lat = Cast.inside_west()
    registered(governed, lon=lon, lat=lat)
    client.force_login(governed.clerk)
    page = client.get(reverse("governance:situation"))
    assert "cases" in [layer.code for layer in page.context["layers"]]
    here = reverse("governance:situation-layer", args=["cases"])

    def shown(**query: Any) -> list[Any]:
        return client.get(here, query).json()["points"]

    assert len(shown(area=governed.city.pk)) == 2
    [found] = shown(area=governed.west.pk)
    assert found[:2] == pytest.approx([lon, lat])
    long_ago = {"first": "2020-01-01", "last": "2020-01-31"}
    assert shown(area=governed.city.pk, **long_ago) == []
    nothing = reverse("governance:situation-layer", args=["nothing"])
    assert client.get(nothing).status_code == 404
    client.force_login(governed.mediator)
    assert client.get(here).status_code == 403


def test_a_count_opens_the_list_it_counts(governed: Cast, client: Client) -> None:
    make_worker(governed)
    cell = governed.cells["east"][0]
    leader = make_leader(governed)
    client.force_login(leader)
    for area, names in ((cell, 1), (governed.cells["west"][0], 0)):
        page = client.get(reverse("fieldwork:worker-list"), {"cells": area.pk})
        assert len(page.context["rows"]) == names
    client.force_login(governed.clerk)
    found = client.get(reverse("governance:situation"), {"area": cell.pk})
    assert found.context["found"].assigned == 1
    urls = [url for _label, _n, _hint, url in found.context["resources"]]
    assert all(not url or f"area={cell.pk}" in url for url in urls)


def test_months_are_whole_and_before_this_one() -> None:
    assert trends.last_months(date(2026, 2, 15), 3) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]


def test_only_what_moves_together_is_told() -> None:
    up = [1.0, 2, 3, 4, 5, 6]
    series = {
        "a": {1: up, 2: [n * 10 for n in up]},
        "b": {1: up[::-1], 2: [n * 10 for n in up[::-1]]},
        "flat": {1: [3.0] * 6, 2: [900.0] * 6},
    }

    found = ties(series)

    assert [(tie.one, tie.other, tie.r, tie.points) for tie in found] == [("a", "b", -1.0, 12)]
    assert ties({"a": {1: up}, "b": {1: up}}) == []
    assert pearson([1, 1], [1, 2]) is None


def test_trends_count_by_month_and_area(governed: Cast) -> None:
    last = clock.now().replace(day=1) - timedelta(days=3)
    case = registered(governed)
    Case.objects.filter(pk=case.pk).update(opened_at=last)

    found = trends.read(governed.clerk, governed.city)

    cases = next(trend for trend in found.trends if trend.code == "cases")
    assert (sum(cases.values), cases.values[-1]) == (1, 1)
