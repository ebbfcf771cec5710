"""Vector tiles of every layer, as one viewer may see it.

``serve_tile`` is the door for every channel (the map page, the API, OGC API - Tiles): it opens
the layer by the viewer's right, takes the tile from the cache or draws it, and counts points
per cell where the layer is drawn from afar. ``views`` answer it over HTTP. Source: GE-04.
"""

from apps.onemap.tiles.grid import MAX_ZOOM, TileAddress, parse_address
from apps.onemap.tiles.query import TileQuery, parse_query
from apps.onemap.tiles.serving import Tile, serve_tile, tile_version

__all__ = [
    "MAX_ZOOM",
    "Tile",
    "TileAddress",
    "TileQuery",
    "parse_address",
    "parse_query",
    "serve_tile",
    "tile_version",
]
