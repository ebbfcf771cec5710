"""Features of other people's services: asked for by ground, drawn here, refused whole."""

from collections.abc import Iterator
from typing import Any

import mapbox_vector_tile
import pytest
from django.test import Client

from apps.onemap.sharing import services
from apps.onemap.sharing.services import ServiceData
from tests.cast import Cast, allowed
from tests.onemap.outside_kit import Others, collection, others

pytestmark = pytest.mark.django_db

TILE = "/map/services/pipes/14/13653/6433"  # where the pipe of the kit lies


@pytest.fixture
def outside(settings: Any) -> Iterator[Others]:
    settings.OUTGOING_HOSTS = ["127.0.0.1/32"]
    with others() as server:
        yield server


def registered(cast: Cast, url: str, **changes: Any) -> None:
    keeper = allowed(cast, "supervisor", "onemap.manage_layers")
    values: dict[str, Any] = {"name": "管网要素", "kind": "feature", "url": url} | changes
    services.register_service(keeper, code="pipes", tenant=cast.tenant, data=ServiceData(**values))


def test_features_become_a_tile_with_their_plain_properties(
    cast: Cast, outside: Others, client: Client
) -> None:
    registered(cast, f"{outside.url}/f/items?bbox={{bbox}}&limit=1000")
    client.force_login(cast.handler)
    answer = client.get(TILE)
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    [feature] = mapbox_vector_tile.decode(answer.content)["features"]["features"]
    assert feature["geometry"]["type"] == "LineString"
    assert feature["properties"] == {"name": "排水主管", "depth": 2.5}
    [asked] = outside.asked
    assert asked.startswith("/f/items?bbox=119.99")  # the tile and a sixteenth around it
    client.get(TILE)
    assert len(outside.asked) == 1


def test_what_is_nested_long_or_without_a_place_is_left_out(
    cast: Cast, outside: Others, client: Client
) -> None:
    registered(cast, f"{outside.url}/f/items?bbox={{bbox}}")
    point = {"type": "Point", "coordinates": [120.012, 36.012, 55.0]}
    outside.answer = collection(point, name="长" * 900, nested={"a": 1}, none=None)
    outside.answer["features"] += [{"geometry": None, "properties": {}}, "no feature"]
    client.force_login(cast.handler)
    [feature] = mapbox_vector_tile.decode(client.get(TILE).content)["features"]["features"]
    assert feature["properties"] == {"name": "长" * 200}


@pytest.mark.parametrize(
    "answer",
    [
        [1, 2],
        {"type": "FeatureCollection"},
        collection({"type": "Point"}),
        collection({"type": "Volcano", "coordinates": [1, 2]}),
    ],
)
def test_an_answer_nobody_can_draw_is_refused_whole(
    cast: Cast, outside: Others, client: Client, answer: Any
) -> None:
    registered(cast, f"{outside.url}/f/items?bbox={{bbox}}")
    outside.answer = answer
    client.force_login(cast.handler)
    refused = client.get(TILE)
    assert (refused.status_code, refused.json()["type"]) == (
        502,
        "/api/problems/outside_service_ill/",
    )
    client.get(TILE)
    assert len(outside.asked) == 1  # an ill service is left alone for a while


def test_a_service_that_cannot_be_asked_for_a_ground_is_not_on_the_map(
    cast: Cast, outside: Others, client: Client
) -> None:
    registered(cast, f"{outside.url}/f/")
    client.force_login(cast.handler)
    assert client.get("/map/services.json").json() == {"services": []}
    assert client.get(TILE).status_code == 400
    assert "管网要素" not in client.get("/map/").content.decode()


def test_the_map_names_the_services_one_may_use(
    cast: Cast, outside: Others, client: Client
) -> None:
    registered(cast, f"{outside.url}/f/items?bbox={{bbox}}", approval_number="鲁S(2026)009号")
    client.force_login(cast.handler)
    page = client.get("/map/")
    [group] = [g for g in page.context["groups"] if g["code"] == "outside"]
    [layer] = group["layers"]
    assert layer["code"] == "outside-pipes"
    assert layer["outside"]["source"] == "管网要素 审图号：鲁S(2026)009号"
    client.force_login(cast.outsider)
    assert "outside-pipes" not in client.get("/map/").content.decode()
