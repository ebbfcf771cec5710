"""The MapLibre style of chosen layers over the base map, and the legend of one layer.

No glyphs and no sprite: MapLibre then draws every letter from the fonts of the terminal, so a
map needs no address but ours. The order of drawing is ground, roads, chosen areas, lines and
points, then names. The map page takes the parts of each layer from here too, so there is one
drawing of a layer. Source: GE-04; MapLibre Style Specification 8.
"""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.onemap.registry import Viewer
from apps.onemap.selectors import OpenLayer, list_layers, open_layer
from apps.onemap.tiles import base_style
from apps.onemap.tiles.describing import DEEPEST, tiles_address
from apps.onemap.tiles.layer_style import Drawing, color_of
from apps.onemap.tiles.palette import PALETTES, StyleLayer

_HEIGHT = {"fill": 0, "line": 1, "heatmap": 2, "circle": 3}


def style_json(
    viewer: Viewer, codes: list[str], *, base: str, theme: str = "light"
) -> dict[str, Any]:
    """Will give a style with the base map below and the layers above, in the order given.

    base: absolute address the tiles lie under, with a slash in the end. theme: of ``PALETTES``.
    Style layers are called after the layer and their part; ``metadata`` names the layer of each.
    Raises: NotFound (a layer the viewer may not see, named).
    """
    colours = PALETTES[theme]
    opened = [open_layer(viewer, code) for code in codes]
    borders = [layer for layer in _borders(viewer) if layer.code not in codes]
    ground = open_layer(viewer, base_style.BASE_MAP)
    everything = {o.code: o for o in (ground, *borders, *opened)}
    drawn = [part for layer in opened for part in Drawing(layer, colours).parts()]
    names = [part for part in drawn if part["type"] == "symbol"]
    shapes = [part for part in drawn if part["type"] != "symbol"]
    return {
        "version": 8,
        "name": str(_("城市一张图")),
        "sources": {code: _source(viewer, o, base) for code, o in everything.items()},
        "layers": [
            *base_style.ground(colours),
            *(base_style.border(layer, colours) for layer in borders),
            *sorted(shapes, key=lambda part: _HEIGHT[part["type"]]),
            *base_style.names(colours),
            *(part for layer in borders for part in base_style.border_name(layer, colours)),
            *names,
        ],
    }


def layer_style(viewer: Viewer, code: str, *, theme: str) -> dict[str, list[StyleLayer]]:
    """Will give the parts of one layer for the map page; of the base map, all of it.

    layers: as it is drawn; heat: as a heat map, empty where it cannot be one.
    Raises: NotFound.
    """
    colours = PALETTES[theme]
    opened = open_layer(viewer, code)
    if code == base_style.BASE_MAP:
        return {"layers": base_style.ground(colours) + base_style.names(colours), "heat": []}
    drawing = Drawing(opened, colours, is_live=True)
    return {"layers": drawing.parts(), "heat": drawing.heat()}


def legend(opened: OpenLayer) -> dict[str, Any]:
    """Will give what the colours of a layer mean.

    entries: value, its words, its colour; one without value where there are no values.
    """
    layer, look = opened.layer, opened.layer.look
    field = next((f for f in opened.fields if f.name == look.by), None)
    entries = [{"value": None, "label": str(layer.label), "color": color_of(opened)}]
    if field is not None and look.colors:
        entries = [
            {"value": value, "label": str(field.choices.get(value, value)), "color": color}
            for value, color in look.colors.items()
        ]
        if set(field.choices) - set(look.colors):
            entries.append({"value": None, "label": str(_("其他")), "color": color_of(opened)})
    return {
        "layer": layer.code,
        "label": str(layer.label),
        "geometry": layer.geometry.value,
        "icon": look.icon,
        "by": str(field.label) if field is not None and look.colors else "",
        "counted_below": layer.aggregate_below,
        "entries": entries,
    }


def _source(viewer: Viewer, opened: OpenLayer, base: str) -> dict[str, Any]:
    layer = opened.layer
    return {
        "type": "vector",
        "tiles": [tiles_address(viewer, opened.code, base=base, asked=QueryDict())],
        "minzoom": layer.min_zoom,
        "maxzoom": min(layer.max_zoom, max(DEEPEST, layer.min_zoom)),
        "attribution": opened.card.approval_number,
    }


def _borders(viewer: Viewer) -> list[OpenLayer]:
    """The outlines of areas everybody may see, which belong to the base map."""
    return [o for o in list_layers(viewer) if o.code.startswith("area-") and o.layer.is_public]
