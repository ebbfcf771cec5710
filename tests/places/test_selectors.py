from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.places import selectors, services
from apps.places.geometry import point
from apps.places.models import Area

City = dict[str, Area]


def test_a_point_lies_in_its_cell_by_one_query(
    city: City, remember_from_now: Callable[[], None]
) -> None:
    remember_from_now()
    selectors.locate(point(123.01, 35.005))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = selectors.locate(point(123.01, 35.005))
    assert found == city["990101001001"]
    assert len(queries) == 1


def test_outside_the_city_is_nowhere(city: City) -> None:
    assert selectors.locate(point(122.9, 35.0)) is None


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (123.01, 35.01, "990101001001"),  # between two cells of a street
        (123.02, 35.01, "990101001001"),  # a corner of four
        (123.04, 35.015, "990101002002"),  # between two districts
        (123.0, 35.0, "990101001001"),  # the city's own corner
    ],
)
def test_on_a_border_the_smallest_code_wins(city: City, lon: float, lat: float, code: str) -> None:
    assert selectors.locate(point(lon, lat)) == city[code]


def test_the_past_is_located_in_the_areas_of_then(city: City) -> None:
    assert selectors.locate(point(123.01, 35.005), on=date(2019, 12, 31)) is None


def test_names_and_ancestors(city: City) -> None:
    cell = city["990102001002"]
    assert [a.code for a in selectors.ancestors(cell)] == ["9901", "990102", "990102001"]
    assert selectors.full_name(cell) == "第2区 丙街道 丙街道第002网格"


def test_prefixes_of_an_area_without_history_are_its_own_path(city: City) -> None:
    assert selectors.area_prefixes(city["990101"]) == [city["990101"].path]


def test_searching_areas(city: City) -> None:
    assert [a.code for a in selectors.list_areas(text="丙街道", level="street")] == ["990102001"]
    assert selectors.list_cells(city["990101"]).count() == 4


def test_base_map_grows_with_zoom_and_names_the_version(city: City) -> None:
    far = selectors.base_map(selectors.basemap.View(122.9, 34.9, 123.2, 35.2, 10))
    near = selectors.base_map(selectors.basemap.View(122.9, 34.9, 123.2, 35.2, 17))
    assert '"kind":"cell"' not in far
    assert near.count('"kind":"cell"') == 8
    before = selectors.map_version()
    services.add_base_map(
        SYSTEM, features=[services.BaseMapSpec("label", point(123.01, 35.01), "甲", 10)]
    )
    assert selectors.map_version() == before + 1
    entry = AuditEntry.objects.get(action="base_map.extended")
    assert (entry.data["before"], entry.data["after"]) == ({}, {"label": 1})
