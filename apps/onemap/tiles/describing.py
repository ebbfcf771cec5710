"""What the tiles of a layer hold, in the words of TileJSON 3.0."""

from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode

from apps.onemap.enums import FieldKind
from apps.onemap.registry import Viewer
from apps.onemap.selectors import OpenLayer, open_layer, reach_of, start_zoom
from apps.onemap.tiles.grid import BUFFER, Box
from apps.onemap.tiles.plans import has_names, label_layer, plan_for
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
    Bounds are those of the rows this viewer reads, of any time.
    Raises: NotFound; InvalidInput.
    """
    opened = open_layer(viewer, code)
    layer = opened.layer
    deepest = min(layer.max_zoom, max(DEEPEST, layer.min_zoom))
    box = reach_of(opened).mapped
    reach = {"bounds": list(box), "center": _center(box, layer.min_zoom, deepest)} if box else {}
    return reach | {
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


def _center(box: Box, least: int, most: int) -> list[float]:
    """Where a map of this layer alone begins: longitude, latitude, zoom."""
    west, south, east, north = box
    zoom = min(max(start_zoom(box), least), most)
    return [round((west + east) / 2, 6), round((south + north) / 2, 6), zoom]


def vector_layers(opened: OpenLayer, deepest: int) -> list[dict[str, Any]]:
    """Will describe the parts of a tile: fields, those of counted cells, names of areas."""
    layer, look = opened.layer, opened.layer.look
    fields = {f.name: _KINDS.get(f.kind, "String") for f in opened.fields if f.in_tiles}
    if layer.aggregate_below:
        fields |= {"count": "Number", "cell": "String"}
        if layer.look.by:
            fields["top"] = "String"
    found = [
        {
            "id": layer.code,
            "description": str(layer.label),
            "minzoom": layer.min_zoom,
            "maxzoom": deepest,
            "fields": fields,
            "buffer": BUFFER,
        }
    ]
    if has_names(opened):
        kept = {name: kind for name, kind in fields.items() if name in (look.label, look.by)}
        named = {"id": label_layer(layer.code), "description": str(layer.label), "fields": kept}
        least = max(layer.min_zoom, look.label_zoom)
        found.append(named | {"minzoom": least, "maxzoom": deepest, "buffer": 0})
    return found
