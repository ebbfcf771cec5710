"""Programs of others read the service: GDAL, OWSLib, a judge of OpenAPI documents.

GDAL and OWSLib are the two under most desktop and web map software.
"""

import json
import os
import subprocess
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from ogcapi_registry import parse_conformance_classes, validate_ogc_api

from apps.places.enums import MapFeatureKind
from tests.cast import build_cast
from tests.gateway.factories import client_with_key
from tests.matters.factories import dispatched
from tests.ogc.factories import spot


def gdal(*command: str, **settings: str) -> str:
    """Runs a program of GDAL; gives what it printed, and with CPL_DEBUG what it did."""
    plain = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    done = subprocess.run(
        command, env=plain | settings, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.django_db(transaction=True)
def test_gdal_and_owslib_read_what_they_may(live_server: Any, live: str, tmp_path: Path) -> None:
    for n in range(5):
        spot(120.01 + n / 100, 36.01, name=f"地点{n}", rank=n, kind=MapFeatureKind.LABEL)
    address = f"{live_server.url}/ogc"
    source = f"OAPIF:{address}"

    told = gdal("ogrinfo", "-so", "-al", source, "base-map")
    assert "Feature Count: 5" in told
    assert "Extent: (120.010000, 36.010000) - (120.050000, 36.010000)" in told
    for field in ("name: String", "rank: Integer", "kind: String"):
        assert field in told

    box = ("-spat", "120.015", "36", "120.045", "37")
    paged = gdal("ogrinfo", "-q", "-oo", "PAGE_SIZE=2", source, "base-map", *box)
    assert paged.count("OGRFeature(base-map)") == 3

    where = gdal(
        "ogr2ogr", "-f", "CSV", "/vsistdout/", source, "base-map", "-where", "name='地点3'",
        CPL_DEBUG="ON",
    )  # fmt: skip
    assert f"name={quote('地点3')}" in where, "the condition was not handed on to us"
    assert "地点3" in where
    assert "地点2" not in where

    file = tmp_path / "out.gpkg"
    gdal("ogr2ogr", "-f", "GPKG", str(file), source, "base-map")
    assert "Feature Count: 5" in gdal("ogrinfo", "-so", "-al", str(file))

    _read_with_owslib(address)

    cast = build_cast()
    case = dispatched(cast)
    for account, count in ((cast.handler, 1), (cast.handler_west, 0)):
        key = f"gdal{account.pk}.secret-of-the-driver"
        client_with_key(
            key, name="GDAL", tenant=cast.tenant, service_user=account, scopes=["map:read"]
        )
        headers = f"Authorization: Api-Key {key}"
        found = gdal("ogrinfo", "-al", source, "cases", GDAL_HTTP_HEADERS=headers)
        assert f"Feature Count: {count}" in found
        assert (case.number in found) is bool(count)


def _read_with_owslib(address: str) -> None:
    from owslib.ogcapi.features import Features

    service = Features(f"{address}/")
    declared = service.conformance()["conformsTo"]
    assert any("ogcapi-features-2/1.0/conf/crs" in each for each in declared)
    assert "base-map" in service.feature_collections()
    assert "rank" in service.collection_queryables("base-map")["properties"]
    page = service.collection_items("base-map", limit=2, bbox=[120.015, 36, 121, 37])
    assert (page["numberReturned"], page["numberMatched"]) == (2, 4)
    filtered = service.collection_items("base-map", filter="rank >= 3")
    assert filtered["numberMatched"] == 2
    one = service.collection_item("base-map", str(page["features"][0]["id"]))
    assert one["geometry"]["type"] == "Point"


@pytest.mark.django_db
def test_the_openapi_document_keeps_what_it_declares_and_refers_to_nothing_outside() -> None:
    spot(120.01, 36.01)
    document = Client().get("/ogc/api", {"f": "json"}).json()
    declared = Client().get("/ogc/conformance").json()["conformsTo"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judged = validate_ogc_api(document, parse_conformance_classes(declared))
    assert judged.is_valid, judged.errors
    references = [
        value for node in _nodes(document) for name, value in node.items() if name == "$ref"
    ]
    assert references
    assert all(each.startswith("#/components/") for each in references)
    for each in references:
        _hash, *path = each.split("/")
        node = document
        for name in path:
            node = node[name]
    assert "numberMatched" in json.dumps(document["components"]["schemas"]["Features"])


def _nodes(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)
