"""The time slider: every step counts the same rows of other days, which are read once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.test.utils import CaptureQueriesContext

from apps.onemap.enums import Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, temporarily
from apps.onemap.tiles import days
from apps.places.models import BaseMapFeature
from tests.cast import Cast
from tests.onemap.tile_kit import ask, features, mark, over

pytestmark = pytest.mark.django_db
START = datetime(2026, 5, 1, 15, 30, tzinfo=UTC)  # half an hour before midnight in the city


def seen_marks(viewer: Any) -> Any:
    later = F("rank") * Value(timedelta(hours=12))
    seen = ExpressionWrapper(Value(START) + later, output_field=DateTimeField())
    return BaseMapFeature.objects.annotate(seen=seen)


SEEN = Layer(
    code="seen",
    label="所见",
    group=LayerGroup.DATA,
    geometry=Geometry.POINT,
    rows=seen_marks,
    geometry_field="geometry",
    fields=(LayerField("kind", "类别", "kind"),),
    aggregate_below=14,
    time_field="seen",
    look=Look(by="kind"),
)


@pytest.fixture(autouse=True)
def spots(cast: Cast) -> Iterator[None]:
    """Twelve points at two places, one every twelve hours."""
    for n in range(12):
        kind = "water" if n % 3 == 0 else "road"
        mark(Point(120.01 + (n % 2) * 0.05, 36.01), kind=kind, rank=n)
    with temporarily(SEEN):
        yield


def told(cast: Cast, query: str, zoom: int = 10) -> list[tuple[str, int, str]]:
    found = features(ask(cast.handler, "seen", over(120.01, 36.01, zoom), query), "seen")
    values = (one["properties"] for one in found)
    return sorted((one["cell"], one["count"], one["top"]) for one in values)


@pytest.mark.parametrize(
    "asked",
    [
        "from=2026-05-01&to=2026-05-01",
        "from=2026-05-02&to=2026-05-04",
        "from=2026-05-05",
        "to=2026-05-03",
        "from=2027-01-01",
        "from=2026-05-02&to=2026-05-04&where=kind:road",
    ],
)
@pytest.mark.parametrize("zoom", [8, 12, 13])
def test_days_count_as_the_database_does(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, asked: str, zoom: int
) -> None:
    quick = told(cast, f"?{asked}", zoom)
    monkeypatch.setattr(days, "MOST_POINTS", 3)
    assert told(cast, f"?{asked}", zoom) == quick
    total = sum(count for _cell, count, _top in quick)
    if asked == "from=2026-05-01&to=2026-05-01":
        assert total == 1  # the next one is of the second of May in the city
    if asked == "from=2027-01-01":
        assert quick == []


def test_a_step_of_the_slider_reads_no_rows(cast: Cast, settings: Any) -> None:
    settings.MAP_TILES_KEPT = True
    first = told(cast, "?from=2026-05-02&to=2026-05-03")
    with CaptureQueriesContext(connection) as asked:
        second = told(cast, "?from=2026-05-03&to=2026-05-05")
    assert first != second
    assert not [one for one in asked.captured_queries if "places_basemapfeature" in one["sql"]]


def test_a_moment_that_is_no_day_is_counted_exactly(cast: Cast) -> None:
    asked = "?from=2026-05-01T15:00:00Z&to=2026-05-02T04:00:00Z"
    assert sum(count for _cell, count, _top in told(cast, asked)) == 2
