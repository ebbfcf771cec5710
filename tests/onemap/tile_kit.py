"""Asking for tiles and reading them, for the tests of tiles."""

import gzip
from typing import Any

import mapbox_vector_tile
from django.contrib.gis.geos import Point
from django.test import Client

from apps.accounts.models import User
from apps.onemap.tiles import TileAddress
from apps.places.models import BaseMapFeature

HALF = 20_037_508.342789244


def over(lon: float, lat: float, zoom: int) -> TileAddress:
    """The tile a place lies in."""
    place = Point(lon, lat, srid=4326).transform(3857, clone=True)
    size = 2 * HALF / 2**zoom
    return TileAddress(zoom, int((place.x + HALF) / size), int((HALF - place.y) / size))


def mark(shape: Any, **fields: Any) -> BaseMapFeature:
    """Something to draw, of any shape."""
    shape.srid = 4326
    values = {"kind": "label", "min_zoom": 0} | fields
    return BaseMapFeature.objects.create(geometry=shape, **values)


def signed_in(viewer: User | None) -> Client:
    client = Client(headers={"Accept-Encoding": "gzip"})
    if viewer is not None:
        client.force_login(viewer)
    return client


def ask(viewer: User | None, layer: str, at: TileAddress, query: str = "", **more: Any) -> Any:
    return signed_in(viewer).get(address(layer, at) + query, **more)


def address(layer: str, at: TileAddress) -> str:
    return f"/map/tiles/{layer}/{at.z}/{at.x}/{at.y}.mvt"


def features(answer: Any, layer: str) -> list[dict[str, Any]]:
    """What is in a tile, which must hold this layer alone, beside the names of its areas."""
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.content
    read = mapbox_vector_tile.decode(gzip.decompress(answer.content))
    assert set(read) - {f"{layer}-label"} == {layer}
    return list(read[layer]["features"])


def names(answer: Any, layer: str) -> list[dict[str, Any]]:
    """The names of areas in a tile."""
    assert answer.status_code == 200, answer.content
    read = mapbox_vector_tile.decode(gzip.decompress(answer.content))
    return list(read.get(f"{layer}-label", {"features": []})["features"])
