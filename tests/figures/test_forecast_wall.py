"""The forecast on a large screen: what it shows, to whom, and where the hot spots lie."""

from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.common import clock
from apps.figures import services
from apps.figures.models import Finding, Snapshot
from tests.cast import Cast
from tests.figures.factories import MORNING, history
from tests.figures.test_forecast_page import eastern_reader, surge

URL, SPOTS = "/figures/forecast/wall/", "/figures/forecast/hot-spots/"


@pytest.fixture
def looked(cast: Cast) -> Iterator[Cast]:
    """A steady topic in the east, a rising one in the west, and a hot spot there."""
    history(cast)
    west = cast.cells["west"][0]
    history(cast, class_code="noise", class_label="噪声", per_day=surge, cell=west)
    with clock.at(MORNING):
        services.take_snapshot(cast.tenant)
        spot = {"street": "西街道", "others": [1, 2], "mean": 1.5, "variance": 1.0}
        Finding.objects.create(
            snapshot=Snapshot.objects.get(), kind="hot_spot", area=west, area_path=west.path,
            class_code="noise", class_label="噪声", first_day=date(2026, 5, 18),
            last_day=date(2026, 6, 14), observed=30, expected=1.5, q=0.01,
            inputs=spot | {"p": 0.001, "model": "poisson"},
        )  # fmt: skip
        yield cast


def wall(client: Client, **query: object) -> str:
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_it_shows_days_topics_and_spots_without_a_menu(looked: Cast, client: Client) -> None:
    client.force_login(looked.supervisor)
    with CaptureQueriesContext(connection) as counted:
        page = wall(client)
    for words in ("测试市 · 全部类别", "未来七天", "上升话题", "噪声", "高发网格", "西街道"):
        assert words in page
    assert page.count('class="wall-count') == 7
    assert "<nav" not in page
    assert 'data-bs-theme="dark"' in page
    assert f"{SPOTS}?area={looked.city.pk}" in page
    assert len(counted) <= 45
    assert URL in client.get("/figures/forecast/").content.decode()


def test_the_spots_are_shapes_that_open_their_cases(looked: Cast, client: Client) -> None:
    client.force_login(looked.supervisor)
    (spot,) = client.get(SPOTS).json()["features"]
    assert spot["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    assert "噪声：30 件，预期 1.5 件" in spot["properties"]["label"]
    assert client.get(spot["properties"]["url"]).status_code == 200
    assert client.get(SPOTS, {"area": looked.east.pk}).json()["features"] == []


def test_a_district_sees_its_own_only(looked: Cast, client: Client) -> None:
    client.force_login(eastern_reader(looked))
    page = wall(client, area=looked.west.pk)
    assert "东区 · 全部类别" in page
    assert "噪声" not in page
    assert client.get(SPOTS).json()["features"] == []


@pytest.mark.parametrize("name", ["handler", "outsider", "acceptor"])
def test_others_are_refused(cast: Cast, client: Client, name: str) -> None:
    client.force_login(getattr(cast, name))
    for address in (URL, SPOTS):
        assert client.get(address).status_code == 403


def test_before_the_first_night_it_says_so(cast: Cast, client: Client) -> None:
    client.force_login(cast.supervisor)
    assert "还没有预测结果" in wall(client)
    assert client.get(SPOTS).json()["features"] == []


def test_a_young_city_is_told_to_wait(cast: Cast, client: Client) -> None:
    history(cast, days=20)
    client.force_login(cast.supervisor)
    with clock.at(MORNING):
        services.take_snapshot(cast.tenant)
        assert "登记未满八周" in wall(client)
        assert wall(client, area="x")
