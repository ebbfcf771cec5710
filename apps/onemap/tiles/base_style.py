"""How the base map and the outlines of areas are drawn, from the bottom up."""

from typing import Any

from apps.onemap.selectors import OpenLayer
from apps.onemap.tiles.palette import Expression, Palette, StyleLayer, ink, letters
from apps.onemap.tiles.plans import has_names, label_layer

BASE_MAP = "base-map"
_NAMED = ["!=", ["coalesce", ["get", "name"], ""], ""]
_ROUND = {"line-cap": "round", "line-join": "round"}


def ground(colours: Palette) -> list[StyleLayer]:
    """Will give land, water, green, roads and houses."""
    return [
        {"id": "base-land", "type": "background", "paint": {"background-color": colours.land}},
        _of("water", "fill", "water", {"fill-color": colours.water}),
        _of("green", "fill", "green", {"fill-color": colours.green}),
        _of("coast", "line", "coast", {"line-color": colours.border, "line-opacity": 0.6}),
        _of("casing", "line", "road", _road(colours.casing, 1.6), layout=_ROUND),
        _of("road", "line", "road", _road(colours.road, 0), layout=_ROUND),
        _of(
            "building",
            "fill",
            "building",
            {"fill-color": colours.building, "fill-outline-color": colours.building_edge},
            minzoom=14,
        ),
    ]


def names(colours: Palette) -> list[StyleLayer]:
    """Will give the names of roads along them, of places and of waters and greens at a point."""
    along = letters(["get", "name"], 12)
    along |= {"symbol-placement": "line", "symbol-spacing": 380, "text-padding": 30}
    at = letters(["get", "name"], 12) | {"text-padding": 30}
    pale = ink(colours, opacity=0.85)
    areas = _of("area-name", "symbol", "water", pale, layout=at, minzoom=12)
    areas["source-layer"] = label_layer(BASE_MAP)
    areas["filter"] = ["match", ["get", "kind"], ["water", "green"], True, False]
    found = [
        _of("road-name", "symbol", "road", pale, layout=along, minzoom=13),
        _of("place-name", "symbol", "label", pale, layout=at, minzoom=12),
    ]
    for part in found:
        part["filter"] = ["all", part["filter"], _NAMED]
    return [*found, areas]


def border(opened: OpenLayer, colours: Palette) -> StyleLayer:
    """Will give the outline of areas everybody may see."""
    wide = is_wide(opened)
    return {
        "id": f"border-{opened.code}",
        "type": "line",
        "source": opened.code,
        "source-layer": opened.code,
        "minzoom": 0 if wide else opened.layer.look.label_zoom - 1,
        "paint": {
            "line-color": colours.border,
            "line-opacity": 0.8 if wide else 0.5,
            "line-width": 1.6 if wide else 1,
            "line-dasharray": [6, 2, 1, 2] if wide else [3, 3],
        },
    }


def border_name(opened: OpenLayer, colours: Palette) -> list[StyleLayer]:
    """Will give the names of wide areas, where they have any."""
    if not is_wide(opened) or not has_names(opened):
        return []
    look = opened.layer.look
    return [
        {
            "id": f"border-{opened.code}-name",
            "type": "symbol",
            "source": opened.code,
            "source-layer": label_layer(opened.code),
            "minzoom": look.label_zoom,
            "layout": letters(["get", look.label], 13),
            "paint": ink(colours),
        }
    ]


def is_wide(opened: OpenLayer) -> bool:
    """Will tell whether the areas are districts or wider."""
    return opened.layer.look.label_zoom <= 12


def _of(identity: str, shape: str, kind: str, paint: StyleLayer, **more: Any) -> StyleLayer:
    """One style layer: the features of one kind."""
    return {
        "id": f"base-{identity}",
        "type": shape,
        "source": BASE_MAP,
        "source-layer": BASE_MAP,
        "filter": ["==", ["get", "kind"], kind],
        "paint": paint,
        **more,
    }


def _road(color: str, more: float) -> StyleLayer:
    def wide(arterial: float, street: float, lane: float, extra: float) -> Expression:
        return ["+", extra, ["match", ["get", "rank"], 1, arterial, 2, street, lane]]

    width: Expression = ["interpolate", ["exponential", 1.5], ["zoom"]]
    width += [9, wide(1.2, 0.5, 0.2, more / 2), 14, wide(4, 2.2, 1.2, more)]
    return {"line-color": color, "line-width": [*width, 18, wide(20, 14, 8, more)]}
