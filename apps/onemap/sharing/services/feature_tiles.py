"""Features of outside services drawn as vector tiles: GeoJSON in, a Mapbox vector tile out."""

import json
from typing import Any

from django.db import DatabaseError, connection, transaction

MOST_FEATURES = 2_000
MOST_PROPERTIES = 20
LONGEST_VALUE = 200
_DRAW = """
    with told as (
        select feature, row_number() over () as id
        from jsonb_array_elements(%s::jsonb) as feature
    ), placed as (
        select id, feature->'properties' as properties, st_asmvtgeom(
            st_transform(
                st_setsrid(st_force2d(st_geomfromgeojson(feature->>'geometry')), 4326), 3857
            ),
            st_tileenvelope(%s, %s, %s)
        ) as geom
        from told
    )
    select st_asmvt(placed, 'features', 4096, 'geom', 'id') from placed where geom is not null
"""


def draw_features(body: bytes, *, z: int, x: int, y: int) -> bytes:
    """Will draw a GeoJSON FeatureCollection (CRS84) as one tile with the layer ``features``.

    At most ``MOST_FEATURES`` are drawn, each with its first plain properties; what is nested is
    left out. Raises: ValueError (no FeatureCollection, or a geometry nobody can draw).
    """
    features = [_plain(feature) for feature in _features(body)]
    placed = [feature for feature in features if feature["geometry"]]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_DRAW, [json.dumps(placed), z, x, y])
            return bytes(cursor.fetchone()[0] or b"")
    except DatabaseError as error:
        raise ValueError("a geometry cannot be drawn") from error


def _features(body: bytes) -> list[dict[str, Any]]:
    found = json.loads(body)
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list):
        raise ValueError("no FeatureCollection")
    return [feature for feature in features[:MOST_FEATURES] if isinstance(feature, dict)]


def _plain(feature: dict[str, Any]) -> dict[str, Any]:
    geometry, told = feature.get("geometry"), feature.get("properties")
    properties = {
        str(name)[:60]: value[:LONGEST_VALUE] if isinstance(value, str) else value
        for name, value in (told.items() if isinstance(told, dict) else ())
        if isinstance(value, str | int | float)
    }
    return {
        "geometry": geometry if isinstance(geometry, dict) else None,
        "properties": dict(list(properties.items())[:MOST_PROPERTIES]),
    }
