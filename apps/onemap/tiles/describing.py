"""What the tiles of a layer hold, in the words of TileJSON 3.0."""

from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode

from apps.onemap.enums import FieldKind
from apps.onemap.registry import Viewer
from apps.onemap.selectors import OpenLayer, open_layer
from apps.onemap.tiles.grid import BUFFER
from apps.onemap.tiles.plans import plan_for
from apps.onemap.tiles.query import parse_query
from apps.onemap.tiles.serving import tile_version

DEEPEST = 16  # a unit of such a tile is 15 centimetres; beyond it clients enlarge
_KINDS = {
    FieldKind.INTEGER: "Number",
    FieldKind.NUMBER: "Number",
    FieldKind.BOOLEAN: "Boolean",
}


def tile_json(viewer: Viewer, code: str, *, base: str, asked: QueryDict) -> dict[str, Any]:
    """Will describe the tiles of a layer. Source: TileJSON 3.0.0.

    base: absolute address the tiles lie under, with a slash in the end. asked: the filter, which
    the tiles' address carries on together with the version.
    Raises: NotFound; InvalidInput.
    """
    opened = open_layer(viewer, code)
    layer = opened.layer
    deepest = min(layer.max_zoom, max(DEEPEST, layer.min_zoom))
    return {
        "tilejson": "3.0.0",
        "name": str(layer.label),
        "description": str(opened.card.description or layer.description),
        "attribution": opened.card.approval_number,
        "scheme": "xyz",
        "tiles": [tiles_address(viewer, code, base=base, asked=asked)],
        "minzoom": layer.min_zoom,
        "maxzoom": deepest,
        "vector_layers": vector_layers(opened, deepest),
    }


def tiles_address(viewer: Viewer, code: str, *, base: str, asked: QueryDict) -> str:
    """Will give the address of a layer's tiles with ``{z}/{x}/{y}``, its version and filter.

    Raises: NotFound; InvalidInput.
    """
    query = parse_query(asked)
    plan = plan_for(viewer, code, query)
    pairs = [("v", tile_version(plan))] if plan.version else [("v", str(plan.card_version))]
    pairs += [(name, text) for name, text in (("from", query.since), ("to", query.until)) if text]
    pairs += [("where", f"{name}:{value}") for name, value in query.where]
    return f"{base}{code}/{{z}}/{{x}}/{{y}}.mvt?{urlencode(pairs)}"


def vector_layers(opened: OpenLayer, deepest: int) -> list[dict[str, Any]]:
    """Will describe the one layer of a tile: its fields, and those of counted cells."""
    layer = opened.layer
    fields = {f.name: _KINDS.get(f.kind, "String") for f in opened.fields if f.in_tiles}
    if layer.aggregate_below:
        fields |= {"count": "Number", "cell": "String"}
        if layer.look.by:
            fields["top"] = "String"
    return [
        {
            "id": layer.code,
            "description": str(layer.label),
            "minzoom": layer.min_zoom,
            "maxzoom": deepest,
            "fields": fields,
            "buffer": BUFFER,
        }
    ]
