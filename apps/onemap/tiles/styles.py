"""The MapLibre style of chosen layers over the base map, and the legend of one layer.

No glyphs and no sprite: MapLibre then draws every letter from the fonts of the terminal, so a
map needs no address but ours. The order of drawing is ground, roads, chosen areas, lines and
points, then names. Source: GE-04; MapLibre Style Specification 8.
"""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.onemap.enums import Geometry
from apps.onemap.registry import Viewer
from apps.onemap.selectors import OpenLayer, list_layers, open_layer
from apps.onemap.tiles.describing import DEEPEST, tiles_address

Expression = list[Any]
FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "sans-serif"]
_HALO = 1.4


@dataclass(frozen=True)
class Palette:
    """The colours of the base map, quiet enough that data stand out on it."""

    land: str
    water: str
    green: str
    building: str
    building_edge: str
    casing: str
    road: str
    main_road: str
    border: str
    ink: str
    water_ink: str
    green_ink: str
    halo: str


PALETTES = {
    "light": Palette(
        land="#f5f3ee",
        water="#c9dfec",
        green="#dbead2",
        building="#e6e1d8",
        building_edge="#d5cec2",
        casing="#cdc6b8",
        road="#ffffff",
        main_road="#fff3d1",
        border="#8a90a3",
        ink="#454c5c",
        water_ink="#3f7391",
        green_ink="#4f7a46",
        halo="#ffffff",
    ),
    "dark": Palette(
        land="#1d222b",
        water="#16303f",
        green="#20332a",
        building="#2b313c",
        building_edge="#363d4a",
        casing="#12161c",
        road="#3a4250",
        main_road="#4c4a41",
        border="#76809a",
        ink="#c3cad8",
        water_ink="#7fb2cf",
        green_ink="#8fbf86",
        halo="#14181f",
    ),
}
# Width of a road in pixels at zooms 11, 14, 16 and 19, by rank: arterial, street, lane.
_ROADS = {1: (1.2, 4.5, 9, 26), 2: (0.6, 2.6, 6.5, 20), 3: (0.3, 1.2, 4, 14)}


def style_json(
    viewer: Viewer, codes: list[str], *, base: str, theme: str = "light"
) -> dict[str, Any]:
    """Will give a style with the base map below and the layers above, in the order given.

    base: absolute address the tiles lie under, with a slash in the end. theme: of ``PALETTES``.
    Style layers are called after the layer, with ``-outline``, ``-cells``, ``-count`` or
    ``-label`` behind it where there are several; ``metadata`` names the layer of each.
    Raises: NotFound (a layer the viewer may not see, named).
    """
    colours = PALETTES.get(theme, PALETTES["light"])
    opened = [open_layer(viewer, code) for code in codes]
    borders = [layer for layer in _borders(viewer) if layer.code not in codes]
    ground = open_layer(viewer, "base-map")
    everything = [ground, *borders, *opened]
    drawn = [part for layer in opened for part in _parts(layer)]
    names = [part for part in drawn if part["type"] == "symbol"]
    shapes = [part for part in drawn if part["type"] != "symbol"]
    return {
        "version": 8,
        "name": str(_("城市一张图")),
        "sources": {o.code: _source(viewer, o, base) for o in everything},
        "layers": [
            {"id": "land", "type": "background", "paint": {"background-color": colours.land}},
            *_ground(colours),
            *(_border(layer, colours) for layer in borders),
            *sorted(shapes, key=lambda part: _HEIGHT[part["type"]]),
            *_names(colours),
            *(_border_name(layer, colours) for layer in borders if _is_wide(layer)),
            *names,
        ],
    }


def legend(opened: OpenLayer) -> dict[str, Any]:
    """Will give what the colours of a layer mean.

    entries: value, its words, its colour; one without value where there are no values.
    """
    layer, look = opened.layer, opened.layer.look
    field = next((f for f in opened.fields if f.name == look.by), None)
    entries = [{"value": None, "label": str(layer.label), "color": _color(opened)}]
    if field is not None and look.colors:
        entries = [
            {"value": value, "label": str(field.choices.get(value, value)), "color": color}
            for value, color in look.colors.items()
        ]
        if set(field.choices) - set(look.colors):
            entries.append({"value": None, "label": str(_("其他")), "color": _color(opened)})
    return {
        "layer": layer.code,
        "label": str(layer.label),
        "geometry": layer.geometry.value,
        "icon": look.icon,
        "by": str(field.label) if field is not None and look.colors else "",
        "counted_below": layer.aggregate_below,
        "entries": entries,
    }


_HEIGHT = {"fill": 0, "line": 1, "heatmap": 2, "circle": 3}


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


# --- The base map -------------------------------------------------------------------------


def _of(identity: str, kind: str, shape: str, paint: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """One style layer of the base map: the features of one kind."""
    condition = ["==", ["get", "kind"], kind]
    also = rest.pop("also", None)
    return {
        "id": f"base-{identity}",
        "type": shape,
        "source": "base-map",
        "source-layer": "base-map",
        "filter": ["all", condition, also] if also else condition,
        "paint": paint,
        **rest,
    }


def _ground(colours: Palette) -> list[dict[str, Any]]:
    flat = [
        _of("green", "green", "fill", {"fill-color": colours.green}),
        _of("water", "water", "fill", {"fill-color": colours.water}),
        _of("coast", "coast", "line", {"line-color": colours.water_ink, "line-opacity": 0.35}),
        _of(
            "building",
            "building",
            "fill",
            {"fill-color": colours.building, "fill-outline-color": colours.building_edge},
            minzoom=15,
        ),
    ]
    ranks = sorted(_ROADS, reverse=True)
    casings = [_road(rank, "casing", colours.casing, 1.6) for rank in ranks]
    colour = {1: colours.main_road}
    return flat + casings + [_road(r, "road", colour.get(r, colours.road), 0) for r in ranks]


def _road(rank: int, part: str, color: str, more: float) -> dict[str, Any]:
    far, middle, near, close = (width + more for width in _ROADS[rank])
    width = [
        "interpolate",
        ["exponential", 1.4],
        ["zoom"],
        11,
        far,
        14,
        middle,
        16,
        near,
        19,
        close,
    ]
    is_rank = ["==", ["get", "rank"], rank] if rank < max(_ROADS) else [">=", ["get", "rank"], rank]
    return _of(
        f"{part}-{rank}",
        "road",
        "line",
        {"line-color": color, "line-width": width},
        layout={"line-cap": "round", "line-join": "round"},
        also=is_rank,
    )


def _is_wide(opened: OpenLayer) -> bool:
    """Whether the areas are districts or wider."""
    return opened.layer.look.label_zoom <= 12


def _border(opened: OpenLayer, colours: Palette) -> dict[str, Any]:
    wide = _is_wide(opened)
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


def _border_name(opened: OpenLayer, colours: Palette) -> dict[str, Any]:
    """From near by a name would stand in every tile of the area, so it goes before that."""
    zoom = opened.layer.look.label_zoom
    return {
        "id": f"border-{opened.code}-name",
        "type": "symbol",
        "source": opened.code,
        "source-layer": opened.code,
        "minzoom": max(0, zoom - 4),
        "maxzoom": zoom,
        "layout": _letters(["get", "name"], 13),
        "paint": _ink(colours.ink, colours.halo),
    }


def _names(colours: Palette) -> list[dict[str, Any]]:
    named = ["!=", ["get", "name"], ""]
    road = {
        "layout": {"symbol-placement": "line", **_letters(["get", "name"], 11)},
        "minzoom": 13,
        "also": named,
    }
    inks = {"water": colours.water_ink, "green": colours.green_ink, "building": colours.ink}
    zooms = {"water": 9, "green": 13, "building": 17, "label": 16}
    return [
        _of("road-name", "road", "symbol", _ink(colours.ink, colours.halo), **road),
        *(
            _of(
                f"{kind}-name",
                kind,
                "symbol",
                _ink(inks.get(kind, colours.ink), colours.halo),
                layout=_letters(["get", "name"], 11),
                minzoom=zoom,
                also=named,
            )
            for kind, zoom in zooms.items()
        ),
    ]


# --- Chosen layers ------------------------------------------------------------------------


def _parts(opened: OpenLayer) -> list[dict[str, Any]]:
    """The style layers of one layer."""
    layer, look = opened.layer, opened.layer.look
    color = _colored(opened, look.by)
    parts: list[dict[str, Any]] = []
    if layer.geometry in (Geometry.POLYGON, Geometry.MIXED):
        parts.append(
            _part(
                opened, "fill", "", {"fill-color": color, "fill-opacity": look.opacity}, "Polygon"
            )
        )
    if layer.geometry != Geometry.POINT:
        solid = 1 if layer.geometry == Geometry.LINE else 0.65
        paint = {"line-color": color, "line-width": look.width, "line-opacity": solid}
        plain = layer.geometry == Geometry.LINE
        parts.append(_part(opened, "line", "" if plain else "-outline", paint, None))
        if layer.geometry == Geometry.MIXED:
            parts[-1]["filter"] = ["!=", ["geometry-type"], "Point"]
    if layer.geometry in (Geometry.POINT, Geometry.MIXED):
        suffix = "" if layer.geometry == Geometry.POINT else "-point"
        parts.append(_part(opened, "circle", suffix, _dot(color, look.radius), "Point"))
        if layer.aggregate_below:
            parts[-1]["minzoom"] = layer.aggregate_below
            parts += _cells(opened)
    if look.label and any(f.name == look.label and f.in_tiles for f in opened.fields):
        parts.append(_label(opened))
    return parts


def _part(
    opened: OpenLayer, shape: str, suffix: str, paint: dict[str, Any], only: str | None
) -> dict[str, Any]:
    part: dict[str, Any] = {
        "id": f"{opened.code}{suffix}",
        "type": shape,
        "source": opened.code,
        "source-layer": opened.code,
        "metadata": {"layer": opened.code},
        "paint": paint,
    }
    if only and opened.layer.geometry == Geometry.MIXED:
        part["filter"] = ["==", ["geometry-type"], only]
    return part


def _dot(color: Any, radius: float) -> dict[str, Any]:
    return {
        "circle-color": color,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, radius * 0.6, 16, radius],
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 12, 0.4, 16, 1.2],
    }


def _cells(opened: OpenLayer) -> list[dict[str, Any]]:
    """Counted cells: a disc whose area grows with the count's logarithm, and the number."""
    below = {"maxzoom": opened.layer.aggregate_below}
    size = ["+", 5, ["*", 3.2, ["log10", ["max", 1, ["get", "count"]]]]]
    disc = {
        "circle-color": _colored(opened, "top" if opened.layer.look.by else ""),
        "circle-opacity": 0.82,
        "circle-radius": size,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1,
    }
    number = ["number-format", ["get", "count"], {"max-fraction-digits": 0}]
    count = _part(opened, "symbol", "-count", {"text-color": "#ffffff"}, None)
    return [
        {**_part(opened, "circle", "-cells", disc, None), **below},
        {**count, "layout": {**_letters(number, 10), "text-allow-overlap": True}, **below},
    ]


def _label(opened: OpenLayer) -> dict[str, Any]:
    look = opened.layer.look
    is_point = opened.layer.geometry == Geometry.POINT
    layout = _letters(["to-string", ["get", look.label]], 12)
    if is_point:
        layout |= {"text-anchor": "top", "text-offset": [0, 0.6]}
    part = _part(opened, "symbol", "-label", _ink(_color(opened), "#ffffff"), None)
    return {**part, "minzoom": look.label_zoom, "layout": layout}


def _letters(text: Expression, size: float) -> dict[str, Any]:
    return {"text-field": text, "text-font": FONTS, "text-size": size, "text-max-width": 9}


def _ink(color: str, halo: str) -> dict[str, Any]:
    return {"text-color": color, "text-halo-color": halo, "text-halo-width": _HALO}


def _color(opened: OpenLayer) -> str:
    return opened.card.color or opened.layer.look.color


def _colored(opened: OpenLayer, by: str) -> Any:
    """The layer's colour, or one by the values of a field."""
    colors = opened.layer.look.colors
    if not by or not colors:
        return _color(opened)
    pairs = [part for value, color in colors.items() for part in (value, color)]
    return ["match", ["to-string", ["get", by]], *pairs, _color(opened)]
