"""Spatial analysis: right figures, under the maker's right, seen by nobody else."""

import math
from typing import Any

import pytest
import shapely

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.geodata import services
from apps.geodata.analysis import methods
from apps.geodata.analysis.methods import Shape
from apps.geodata.analysis.roads import RoadGraph
from apps.geodata.models import Analysis
from apps.geodata.services import AnalysisOrder
from apps.onemap.selectors import list_layers, open_layer
from tests.cast import Cast
from tests.geodata.factories import (
    along_roads,
    collection,
    grant,
    imported,
    keeper,
    lay_roads,
    polygon,
)


def points(*places: tuple[float, float], values: tuple[float, ...] = ()) -> list[Shape]:
    return [
        Shape(shapely.Point(place), f"P{n}", values[n] if values else None)
        for n, place in enumerate(places)
    ]


def test_a_buffer_measures_as_its_circle() -> None:
    area = methods.buffer(points((0, 0)), distance_m=100, is_dissolved=False)[0]
    assert area.properties["area_m2"] == pytest.approx(math.pi * 100**2, rel=0.01)
    merged = methods.buffer(points((0, 0), (50, 0)), distance_m=100, is_dissolved=True)
    assert len(merged) == 1


def test_overlays_measure_what_is_common_and_what_is_left() -> None:
    one, two = [Shape(shapely.box(0, 0, 10, 10), "a")], [Shape(shapely.box(5, 0, 15, 10), "b")]
    assert methods.overlay(one, two, way="intersect")[0].properties == {
        "label": "a",
        "other": "b",
        "area_m2": 50,
    }
    assert methods.overlay(one, two, way="difference")[0].properties["area_m2"] == 50
    assert methods.overlay(one, two, way="union")[0].properties["area_m2"] == 150
    beside = [Shape(shapely.box(10, 0, 20, 10), "c")]
    assert methods.overlay(one, beside, way="intersect") == []


def test_the_nearest_and_the_counted() -> None:
    found = methods.nearest(points((0, 0)), points((3, 4), (30, 40)))
    assert found[0].properties["distance_m"] == 5
    areas = [Shape(shapely.box(0, 0, 10, 10), "区"), Shape(shapely.box(10, 0, 20, 10), "邻")]
    counted = methods.count_by_area(points((1, 1), (2, 2), values=(3, 5)), areas)
    assert counted[0].properties == {"label": "区", "count": 2, "sum": 8, "mean": 4}
    assert counted[1].properties == {"label": "邻", "count": 0}


def test_a_grid_takes_the_values_of_its_points() -> None:
    known = points((0, 0), (100, 0), (0, 100), values=(1, 1, 4))
    cells = methods.interpolate(known, cell_m=20)
    values = [cell.properties["value"] for cell in cells]
    assert min(values) >= 1
    assert max(values) <= 4
    with pytest.raises(ValueError, match="cells"):
        methods.interpolate(known, cell_m=0.5)
    with pytest.raises(ValueError, match="values"):
        methods.interpolate(points((0, 0)), cell_m=20)


# Two roads that cross at (100, 0), and one across a river that no bridge spans.
GRID = [
    shapely.LineString([(0, 0), (200, 0)]),
    shapely.LineString([(100, -100), (100, 300)]),
    shapely.LineString([(1000, 0), (1000, 100)]),
]


def test_the_way_by_road_is_longer_than_the_line() -> None:
    found = RoadGraph(GRID).nearest(points((0, 0)), points((100, 300), (200, 0)))
    assert found[0].properties == {"label": "P0", "other": "P1", "distance_m": 200}
    assert found[0].shape.length == pytest.approx(200)
    around = RoadGraph(GRID).nearest(points((0, 0)), points((100, 300)))
    assert around[0].properties["distance_m"] == 400
    assert RoadGraph(GRID).nearest(points((1000, 50)), points((0, 0))) == []
    beside = RoadGraph(GRID).nearest(points((10, 5)), points((30, 0)))
    assert beside[0].properties["distance_m"] == 25


def test_a_service_area_covers_the_roads_within_reach() -> None:
    found = RoadGraph(GRID).service_areas(points((100, 0)), reach_m=80)
    assert found[0].properties["road_m"] == pytest.approx(320)
    assert found[0].shape.contains(shapely.Point(100, 79))
    assert not found[0].shape.contains(shapely.Point(100, 130))


def ordered(actor: User, layer: str, **changes: Any) -> Analysis:
    values: dict[str, Any] = {"kind": "buffer", "name": "试算", "layer": layer, "distance_m": 50}
    found = services.order_analysis(actor, order=AnalysisOrder(**(values | changes)))
    services.run_analyses()
    found.refresh_from_db()
    return found


@pytest.fixture
def analyst(cast: Cast) -> User:
    keeper(cast)
    return grant(cast, "handler", "geodata.analyse")


@pytest.mark.django_db
def test_a_result_is_a_layer_of_its_maker_alone(cast: Cast, analyst: User) -> None:
    lay_roads()
    data = imported(analyst, cast.east_works, collection(along_roads()))
    for changes in (
        {"is_dissolved": True},
        {"kind": "area_count", "level_code": "cell", "field": "gong_lv"},
        {"kind": "idw", "field": "gong_lv", "distance_m": 200},
        {"kind": "nearest_road", "other": "area-cell"},
    ):
        found = ordered(analyst, data.layer_code, **changes)
        assert found.state == "done", found.error
        opened = open_layer(analyst, found.layer_code)
        assert opened.rows.count() == found.feature_count > 0
        assert opened.with_fields().exists()
    with pytest.raises(NotFound):
        open_layer(cast.colleague, found.layer_code)
    assert found.layer_code not in [layer.code for layer in list_layers(cast.colleague)]
    assert AuditEntry.objects.filter(action="analysis.ordered").count() == 4
    services.delete_analysis(analyst, analysis_id=found.pk)
    with pytest.raises(NotFound):
        open_layer(analyst, found.layer_code)


@pytest.mark.django_db
def test_nobody_computes_over_what_they_do_not_read(cast: Cast, analyst: User) -> None:
    data = imported(
        analyst, cast.east_works, collection([polygon((120, 36), (120.1, 36), (120, 36.1))])
    )
    west = grant(cast, "dispatcher_west", "geodata.analyse")
    with pytest.raises(NotFound):
        ordered(west, data.layer_code)
    with pytest.raises(NotAllowed):
        ordered(cast.grid_worker, data.layer_code)
    # A right lost between order and work counts.
    found = services.order_analysis(
        analyst, order=AnalysisOrder("buffer", "试算", data.layer_code, distance_m=50)
    )
    services.retire_dataset(analyst, dataset_id=data.pk)
    services.run_analyses()
    found.refresh_from_db()
    assert found.state == "failed"
    assert found.features.count() == 0


@pytest.mark.django_db
def test_orders_that_make_no_sense(cast: Cast, analyst: User) -> None:
    data = imported(analyst, cast.east_works, collection(along_roads()))
    for changes, field in (
        ({"kind": "magic"}, "kind"),
        ({"name": " "}, "name"),
        ({"distance_m": 0}, "distance_m"),
        ({"distance_m": 10**6}, "distance_m"),
        ({"kind": "nearest"}, "other"),
        ({"kind": "idw", "field": "bian_hao"}, "field"),
        ({"kind": "area_count", "level_code": "moon"}, "level_code"),
    ):
        with pytest.raises(InvalidInput) as refused:
            ordered(analyst, data.layer_code, **changes)
        assert refused.value.field == field
    for _turn in range(5):
        services.order_analysis(
            analyst, order=AnalysisOrder("buffer", "试算", data.layer_code, distance_m=50)
        )
    with pytest.raises(Refused):
        ordered(analyst, data.layer_code)
