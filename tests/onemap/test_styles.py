"""What describes tiles: TileJSON, the map's style, legends."""

from typing import Any

import pytest

from apps.onemap.models import LayerCard
from tests.cast import Cast
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


def test_the_style_holds_the_base_map_and_the_layers_asked_for(cast: Cast) -> None:
    LayerCard.objects.create(code="cases", color="#123456")
    style = signed_in(cast.handler).get("/map/style.json?layers=cases,area-cell").json()
    assert {"base-map", "cases", "area-cell", "area-district"} <= set(style["sources"])
    assert "tasks" not in style["sources"]
    assert "glyphs" not in style
    assert "sprite" not in style
    parts = {part["id"]: part for part in style["layers"]}
    assert len(parts) == len(style["layers"])
    assert parts["cases"]["minzoom"] == parts["cases-cells"]["maxzoom"] == 13
    assert parts["cases"]["paint"]["circle-color"][-1] == "#123456"
    assert {p["metadata"]["layer"] for p in style["layers"] if "metadata" in p} == {
        "cases",
        "area-cell",
    }
    order = [part["id"] for part in style["layers"]]
    assert order.index("base-road-1") < order.index("area-cell") < order.index("cases")
    assert order.index("cases") < order.index("base-road-name") < order.index("area-cell-label")
    assert all(
        address.startswith("http://testserver/map/tiles/")
        for source in style["sources"].values()
        for address in source["tiles"]
    )


def test_a_layer_without_right_is_in_no_style_description_or_legend(cast: Cast) -> None:
    client = signed_in(None)
    for path in (
        "/map/style.json?layers=cases",
        "/map/tiles/cases.json",
        "/map/tiles/cases/legend.json",
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
