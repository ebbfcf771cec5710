"""Vector tiles: what is in them, for whom, where they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.gis.gdal import DataSource
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db.models import Value

from apps.matters.models import Case
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, temporarily
from apps.onemap.tiles import TileAddress, plans, serve_tile
from apps.places.models import Area, BaseMapFeature
from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.onemap.tile_kit import ask, features, mark, names, over, signed_in

pytestmark = pytest.mark.django_db

MARKS = Layer(
    code="marks",
    label="标记",
    group=LayerGroup.DATA,
    geometry=Geometry.MIXED,
    rows=lambda viewer: BaseMapFeature.objects.all(),
    geometry_field="geometry",
    fields=(
        LayerField("name", "名称", "name"),
        LayerField("rank", "次序", "rank", FieldKind.INTEGER),
        LayerField("source", "来源", "source", permission="no.right", mask=Value("****")),
        LayerField("kind", "类别", "kind", permission="no.right"),
        LayerField("note", "备注", "name", in_tiles=False),
    ),
)
COUNTED = Layer(
    code="counted",
    label="计数",
    group=LayerGroup.DATA,
    geometry=Geometry.POINT,
    rows=lambda viewer: BaseMapFeature.objects.all(),
    geometry_field="geometry",
    fields=(LayerField("kind", "类别", "kind"),),
    aggregate_below=14,
    look=Look(by="kind"),
)


@pytest.fixture(autouse=True)
def layers() -> Iterator[None]:
    with temporarily(MARKS, COUNTED):
        yield


def test_a_case_is_a_point_with_its_number_in_the_tile_of_its_unit_only(cast: Cast) -> None:
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    [found] = features(ask(cast.handler, "cases", at), "cases")
    assert found["id"] == case.pk
    assert found["properties"]["number"] == case.number
    assert found["properties"]["opened_at"].endswith("Z")
    assert "title" not in found["properties"]
    assert features(ask(cast.handler_west, "cases", at), "cases") == []
    far = TileAddress(15, at.x + 2, at.y)
    assert ask(cast.handler, "cases", far).status_code == 204


def test_a_stranger_and_a_closed_layer_get_the_same_problem(cast: Cast) -> None:
    at = TileAddress(9, 1, 1)
    for viewer, layer in ((None, "cases"), (cast.handler, "no-such"), (None, "no-such")):
        answer = ask(viewer, layer, at)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["field"] == "layer"
    assert ask(None, "base-map", at).status_code == 204


def test_masked_fields_travel_masked_and_hidden_ones_not_at_all(cast: Cast) -> None:
    mark(Point(120.01, 36.01), name="路牌", source="机密", rank=2)
    [found] = features(ask(cast.handler, "marks", over(120.01, 36.01, 14)), "marks")
    assert found["properties"] == {"name": "路牌", "rank": 2, "source": "****"}


def test_a_point_near_the_edge_is_in_the_margin_of_the_next_tile(cast: Cast) -> None:
    at = over(120.01, 36.01, 14)
    west, south, east, north = at.degrees
    width = east - west
    near = mark(Point(east - width / 4096 * 40, (south + north) / 2))
    mark(Point(east - width / 4096 * 90, (south + north) / 2))
    beside = TileAddress(14, at.x + 1, at.y)
    assert [f["id"] for f in features(ask(cast.handler, "marks", beside), "marks")] == [near.pk]
    assert len(features(ask(cast.handler, "marks", at), "marks")) == 2


def test_an_area_across_tiles_is_named_once(cast: Cast) -> None:
    """The name of an area stands at one point, in the tile that point lies in."""
    at = over(120.02, 36.01, 13)
    west, south, east, north = at.degrees
    wide = (west - 0.01, south + 0.001, east + 0.02, north - 0.001)
    area = mark(MultiPolygon(Polygon.from_bbox(wide), srid=4326), kind="water", name="东湖")
    mark(Polygon.from_bbox((west, south, east, north)), kind="water")  # without a name
    for zoom in (13, 14):
        around = {over(wide[0] + n * 0.004, 36.01, zoom) for n in range(30)}
        answers = [ask(None, "base-map", tile) for tile in around]
        drawn = [answer for answer in answers if answer.status_code == 200]
        assert len(drawn) > 1
        [[found]] = [some for answer in drawn if (some := names(answer, "base-map"))]
        assert (found["id"], found["properties"]["name"]) == (area.pk, "东湖")
    far = ask(None, "base-map", over(120.02, 36.01, 11))
    assert names(far, "base-map") == []


def test_points_lie_where_the_projection_puts_them(cast: Cast) -> None:
    lon, lat = 120.0123, 36.0177
    mark(Point(lon, lat))
    place = Point(lon, lat, srid=4326).transform(3857, clone=True)
    for zoom in (9, 11, 12, 13, 16):
        at = over(lon, lat, zoom)
        [found] = features(ask(cast.handler, "marks", at), "marks")
        west, south, east, _north = at.mercator
        unit = (east - west) / 4096
        x, y = found["geometry"]["coordinates"]
        assert abs(x - (place.x - west) / unit) <= 1, zoom
        assert abs(y - (place.y - south) / unit) <= 1, zoom
    assert not over(lon, lat, 11).is_straight
    assert over(lon, lat, 12).is_straight
    assert not over(120, 50, 12).is_straight


def test_a_polygon_across_tiles_is_in_each_cut_at_the_margin(cast: Cast) -> None:
    at = over(120.02, 36.01, 14)
    west, south, east, north = at.degrees
    wide = MultiPolygon(
        Polygon.from_bbox((west - 0.01, south + 0.001, east + 0.03, north - 0.001)), srid=4326
    )
    area = mark(wide)
    for beside in (at, TileAddress(14, at.x + 1, at.y)):
        [found] = features(ask(cast.handler, "marks", beside), "marks")
        assert found["id"] == area.pk
        [ring] = found["geometry"]["coordinates"]
        columns = [x for x, _y in ring]
        assert (min(columns), max(columns)) == (-64, 4160)


def test_points_are_counted_per_cell_from_afar(cast: Cast) -> None:
    for number in range(5):
        mark(Point(120.0100 + number / 100_000, 36.01), kind="road" if number else "water")
    mark(Point(120.03, 36.01), kind="green")
    for zoom in (8, 13):
        at = over(120.01, 36.01, zoom)
        found = features(ask(cast.handler, "counted", at), "counted")
        cells = {f["properties"]["top"]: f["properties"]["count"] for f in found}
        if zoom == 8:
            assert cells == {"road": 6}
        else:
            assert cells["road"] == 5
            [road] = [f for f in found if f["properties"]["top"] == "road"]
            assert road["properties"]["cell"].startswith("17/")
            x, _y = road["geometry"]["coordinates"]
            west, _s, east, _n = at.degrees
            assert abs(x - (120.01002 - west) / (east - west) * 4096) <= 1
    assert len(features(ask(cast.handler, "counted", over(120.01, 36.01, 14)), "counted")) >= 5


def test_base_map_features_wait_for_their_zoom(cast: Cast) -> None:
    road = mark(Point(120.01, 36.01), kind="road", min_zoom=13)
    assert features(ask(None, "base-map", over(120.01, 36.01, 12)), "base-map") == []
    [found] = features(ask(None, "base-map", over(120.01, 36.01, 13)), "base-map")
    assert found["id"] == road.pk


def test_too_many_features_are_thinned_in_a_stable_order_and_said_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.onemap.tiles import drawing

    for module in (plans, drawing):
        monkeypatch.setattr(module, "MAX_FEATURES", 3)
    made = [mark(Point(120.01 + n / 10_000, 36.01)) for n in range(5)]
    answer = ask(cast.handler, "marks", over(120.01, 36.01, 12))
    assert answer["X-Features-Omitted"] == "1"
    kept = {f["id"] for f in features(answer, "marks")}
    assert kept == {m.pk for m in made[-3:]}


def test_cases_are_limited_by_time_and_by_values(cast: Cast) -> None:
    case = dispatched(cast)
    at = over(case.point.x, case.point.y, 15)
    day = f"{case.opened_at.astimezone():%Y-%m-%d}"
    for query, count in (
        ("?where=priority:normal&where=category:waiting", 1),
        ("?where=priority:urgent", 0),
        ("?where=priority:urgent&where=priority:normal", 1),
        ("?from=2000-01-01&to=2001-01-01", 0),
        (f"?from={day}", 1),
    ):
        assert len(features(ask(cast.handler, "cases", at, query), "cases")) == count, query


REFUSED = [
    ("cases/9/512/0.mvt", "x"),
    ("cases/9/0/-1.mvt", "y"),
    ("cases/23/0/0.mvt", "z"),
    ("cases/1e3/0/0.mvt", "z"),
    ("cases/٣/0/0.mvt", "z"),
    ("cases/9/0/0.mvt?where=priority", "where"),
    ("cases/9/0/0.mvt?where=title;drop:1", "where"),
    ("cases/9/0/0.mvt?where=number:a%00b", "where"),
    ("tasks/9/0/0.mvt?where=case:1", "where"),
    ("cases/9/0/0.mvt?where=opened_at:soon", "where"),
    ("cases/9/0/0.mvt?from=yesterday", "from"),
    ("cases/9/0/0.mvt?to=9999-12-31T23:59:59-23:00", "to"),
    ("cases/9/0/0.mvt?from=2026-02-30", "from"),
    ("cases/9/0/0.mvt?from=2026-02-03&to=2026-02-01", "to"),
    ("marks/9/0/0.mvt?from=2026-02-03", "from"),
    ("marks/9/0/0.mvt?where=rank:many", "where"),
    ("marks/9/0/0.mvt?where=rank:99999999999999999999", "where"),
    ("marks/9/0/0.mvt?where=source:x", "where"),
    ("marks/9/0/0.mvt?where=kind:road", "where"),
]


def test_what_cannot_be_asked_is_refused_by_name(cast: Cast) -> None:
    client = signed_in(cast.handler)
    for path, field in REFUSED:
        answer = client.get(f"/map/tiles/{path}")
        assert answer.status_code == 400, path
        assert [error["field"] for error in answer.json()["errors"]] == [field], path


def test_areas_of_a_level_are_polygons_for_everybody(cast: Cast) -> None:
    found = features(ask(None, "area-district", over(120.01, 36.01, 12)), "area-district")
    assert {f["id"] for f in found} == {cast.east.pk, cast.west.pk}
    assert Area.objects.get(pk=found[0]["id"]).name == found[0]["properties"]["name"]
    assert Case.objects.count() == 0


def test_gdal_reads_a_tile_at_its_place(cast: Cast, tmp_path: Path) -> None:
    made = mark(Point(120.0123, 36.0177), name="亭子")
    at = over(120.0123, 36.0177, 15)
    file = tmp_path / str(at.z) / str(at.x) / f"{at.y}.mvt"
    file.parent.mkdir(parents=True)
    file.write_bytes(serve_tile(cast.handler, "marks", at).body)
    [layer] = DataSource(f"MVT:{file}")
    [feature] = layer
    told = (layer.name, feature.get("mvt_id"), feature.get("name"))
    assert told == ("marks", made.pk, "亭子")
    place = feature.geom.geos.transform(4326, clone=True)
    assert place.distance(made.geometry) < 0.00001
