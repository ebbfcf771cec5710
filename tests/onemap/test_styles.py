"""What describes tiles: TileJSON, the map's style, legends."""

from typing import Any

import pytest

from apps.onemap.models import LayerCard
from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.onemap.tile_kit import signed_in

pytestmark = pytest.mark.django_db


def test_tilejson_tells_fields_zooms_and_an_address_with_version_and_filter(cast: Cast) -> None:
    LayerCard.objects.create(code="cases", version=7, approval_number="鲁S(2026)001号")
    told = signed_in(cast.handler).get("/map/tiles/cases.json?where=priority:urgent").json()
    assert (told["tilejson"], told["minzoom"], told["maxzoom"]) == ("3.0.0", 0, 16)
    assert told["attribution"] == "鲁S(2026)001号"
    [address] = told["tiles"]
    assert address.startswith("http://testserver/map/tiles/cases/{z}/{x}/{y}.mvt?v=7")
    assert address.endswith("&where=priority%3Aurgent")
    [layer] = told["vector_layers"]
    assert layer["id"] == "cases"
    assert layer["fields"]["number"] == "String"
    assert {"count", "cell", "top"} <= set(layer["fields"])
    assert "title" not in layer["fields"]


def test_tilejson_reaches_as_far_as_the_rows_of_the_viewer(cast: Cast) -> None:
    assert "bounds" not in signed_in(cast.handler).get("/map/tiles/cases.json").json()
    case = dispatched(cast)
    told = signed_in(cast.handler).get("/map/tiles/cases.json").json()
    assert told["bounds"] == [case.point.x, case.point.y, case.point.x, case.point.y]
    assert told["center"] == [case.point.x, case.point.y, 16]
    # The neighbour's description knows nothing of a case that is not theirs.
    assert "bounds" not in signed_in(cast.handler_west).get("/map/tiles/cases.json").json()
    district = signed_in(cast.handler).get("/map/tiles/area-district.json").json()
    west, south, east, north = district["bounds"]
    assert west < case.point.x < east
    assert south < case.point.y < north


def test_the_style_holds_the_base_map_and_the_layers_asked_for(cast: Cast) -> None:
    LayerCard.objects.create(code="cases", color="#123456")
    style = signed_in(cast.handler).get("/map/style.json?layers=cases,area-cell").json()
    assert {"base-map", "cases", "area-cell", "area-district"} <= set(style["sources"])
    assert "tasks" not in style["sources"]
    assert "glyphs" not in style
    assert "sprite" not in style
    parts = {part["id"]: part for part in style["layers"]}
    assert len(parts) == len(style["layers"])
    assert parts["cases/point"]["paint"]["circle-color"][-1] == "#123456"
    assert {p["metadata"]["layer"] for p in style["layers"] if "metadata" in p} == {
        "cases",
        "area-cell",
    }
    order = [part["id"] for part in style["layers"]]
    assert order.index("base-road") < order.index("area-cell/fill") < order.index("cases/point")
    assert order.index("cases/point") < order.index("base-road-name")
    assert order.index("base-road-name") < order.index("area-cell/text-area")
    assert parts["area-cell/text-area"]["source-layer"] == "area-cell-label"
    assert all(
        address.startswith("http://testserver/map/tiles/")
        for source in style["sources"].values()
        for address in source["tiles"]
    )


def test_the_page_draws_a_layer_as_every_client_does(cast: Cast) -> None:
    client = signed_in(cast.handler)
    style = client.get("/map/style.json?layers=cases&theme=dark").json()
    live = client.get("/map/tiles/cases/style.json?theme=dark").json()
    known = {part["id"]: part for part in style["layers"]}
    assert [part["id"] for part in live["heat"]] == ["cases/heat"]
    for part in live["layers"]:
        same = known[part["id"]]
        assert {**part, "paint": {}} == {**same, "paint": {}}
        # The page alone draws what the pointer is over stronger.
        stronger = {name for name, value in part["paint"].items() if same["paint"][name] != value}
        assert stronger <= {"circle-stroke-width"}
        assert "feature-state" not in str(same)
    base = client.get("/map/tiles/base-map/style.json?theme=dark").json()
    assert all(part == known[part["id"]] for part in base["layers"])
    assert client.get("/map/tiles/area-cell/style.json").json()["heat"] == []


def test_a_layer_without_right_is_in_no_style_description_or_legend(cast: Cast) -> None:
    client = signed_in(None)
    for path in (
        "/map/style.json?layers=cases",
        "/map/tiles/cases.json",
        "/map/tiles/cases/legend.json",
        "/map/tiles/cases/style.json",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "layer")
    assert "cases" not in client.get("/map/style.json").json()["sources"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("theme=pink", "theme"), ("layers=" + ",".join(map(str, range(50))), "layers")],
)
def test_a_style_that_cannot_be_is_refused_by_name(cast: Cast, query: str, field: str) -> None:
    answer = signed_in(cast.handler).get(f"/map/style.json?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_legend_names_what_the_colours_mean(cast: Cast) -> None:
    told: dict[str, Any] = signed_in(cast.handler).get("/map/tiles/cases/legend.json").json()
    assert (told["by"], told["counted_below"]) == ("状态类别", 13)
    entries = {entry["value"]: entry for entry in told["entries"]}
    assert entries["running"]["color"] == "#1f5eb8"
    assert entries["running"]["label"]
    assert told["label"] == "案件"
