"""OGC API Tiles: the tile sets lead to the tiles of the map, by the same right."""

import mapbox_vector_tile
import pytest
from django.test import Client

from tests.cast import Cast
from tests.matters.factories import dispatched
from tests.ogc.factories import spot

pytestmark = pytest.mark.django_db


def test_a_tile_set_leads_to_its_tiles(db: None) -> None:
    made = spot(120.01, 36.01, name="这里")
    web = Client()
    [tileset] = web.get("/ogc/collections/base-map/tiles").json()["tilesets"]
    found = web.get(tileset["links"][0]["href"]).json()
    assert found["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    [item] = [each for each in found["links"] if each["rel"] == "item"]
    # Zoom 14 at 120.01, 36.01: column 13653, row 6433.
    address = item["href"].format(tileMatrix=14, tileRow=6433, tileCol=13653)
    answer = web.get(address)
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    [feature] = mapbox_vector_tile.decode(answer.content)["base-map"]["features"]
    assert (feature["id"], feature["properties"]["name"]) == (made.pk, "这里")


def test_the_grid_is_that_of_the_web(db: None) -> None:
    web = Client()
    [listed] = web.get("/ogc/tileMatrixSets").json()["tileMatrixSets"]
    found = web.get(listed["links"][0]["href"]).json()
    first = found["tileMatrices"][0]
    assert first["scaleDenominator"] == pytest.approx(559082264.0287178)
    assert [each["matrixWidth"] for each in found["tileMatrices"][:3]] == [1, 2, 4]
    assert web.get("/ogc/tileMatrixSets/Other").status_code == 404


def test_no_tile_of_a_layer_without_right(cast: Cast) -> None:
    dispatched(cast)
    web = Client()
    for tail in ("tiles", "tiles/WebMercatorQuad", "tiles/WebMercatorQuad/14/6433/13653"):
        answer = web.get(f"/ogc/collections/cases/{tail}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
    square = "/ogc/collections/base-map/tiles/WebMercatorQuad"
    for tail in ("99/0/0", "3/99/0", "x/0/0"):
        refused = web.get(f"{square}/{tail}")
        assert refused.status_code in {400, 404}
        assert refused["Content-Type"] == "application/problem+json"
