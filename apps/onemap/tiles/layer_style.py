"""How one chosen layer is drawn, lowest first. The map page and other clients draw the same.

The page asks for it ``live``: then what the pointer is over is drawn stronger.
"""

from dataclasses import dataclass
from typing import Any

from apps.onemap.enums import Geometry
from apps.onemap.selectors import OpenLayer
from apps.onemap.tiles.palette import Expression, Palette, StyleLayer, ink, letters
from apps.onemap.tiles.plans import has_names, label_layer

_COUNTED = ["has", "count"]  # a cell of counted points, not one of them
_GEOMETRY = ["geometry-type"]
_HEAT = [0, "{clear}", 0.2, "#7fb3d5", 0.45, "#f6d55c", 0.7, "#ed8a3a", 1, "#b3202c"]


@dataclass(frozen=True)
class Drawing:
    """What the parts of one layer have in common."""

    opened: OpenLayer
    colours: Palette
    is_live: bool = False

    def parts(self) -> list[StyleLayer]:
        """Will give areas, lines, points or counted cells, and names."""
        shape = self.opened.layer.geometry
        found: list[StyleLayer] = []
        if shape in (Geometry.POLYGON, Geometry.MIXED):
            found.append(self._areas())
        if shape != Geometry.POINT:
            found.append(self._lines())
        if shape in (Geometry.POINT, Geometry.MIXED):
            found += self._points()
        return found + self._names()

    def heat(self) -> list[StyleLayer]:
        """Will give points as a heat map; nothing for layers without points."""
        if self.opened.layer.geometry not in (Geometry.POINT, Geometry.MIXED):
            return []
        count = ["log10", ["max", 1, ["coalesce", ["get", "count"], 1]]]
        clear = f"{color_of(self.opened)}00"
        ramp = [clear if step == "{clear}" else step for step in _HEAT]
        paint = {
            "heatmap-weight": ["interpolate", ["linear"], count, 0, 0.25, 4, 1],
            "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 16, 2.2],
            "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 10, 16, 34],
            "heatmap-opacity": 0.85,
            "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], *ramp],
        }
        return [self._part("heat", "heatmap", paint)]

    def _areas(self) -> StyleLayer:
        opacity = self.opened.layer.look.opacity
        paint = {
            "fill-color": self._color("by"),
            "fill-opacity": self._hot(min(1, opacity + 0.06), opacity),
        }
        return self._part("fill", "fill", paint) | {"filter": ["==", _GEOMETRY, "Polygon"]}

    def _lines(self) -> StyleLayer:
        width = self.opened.layer.look.width
        paint = {
            "line-color": self._color("by"),
            "line-opacity": 0.85,
            "line-width": self._hot(width + 1.5, width),
        }
        more = {"filter": ["!=", _GEOMETRY, "Point"], "layout": {"line-join": "round"}}
        return self._part("line", "line", paint) | more

    def _points(self) -> list[StyleLayer]:
        radius = self.opened.layer.look.radius
        size: Expression = ["interpolate", ["linear"], ["zoom"], 10, max(1.5, radius * 0.45)]
        size += [14, radius * 0.85, 18, radius * 1.5]
        only = ["==", _GEOMETRY, "Point"]
        if not self.opened.layer.aggregate_below:
            return [self._dots("point", self._color("by"), size, 1, 3) | {"filter": only}]
        dots = self._dots("point", self._color("by"), size, 1, 3)
        return [*self._cells(), dots | {"filter": ["all", ["!", _COUNTED], only]}]

    def _cells(self) -> list[StyleLayer]:
        """Counted cells: a disc that grows with the count's logarithm, and the number."""
        count = ["log10", ["max", 1, ["get", "count"]]]
        size: Expression = ["interpolate", ["linear"], count]
        size += [0, 5, 0.3, 8, 1, 11, 2, 15, 4, 22, 6, 30]
        several = ["all", _COUNTED, [">=", ["get", "count"], 2]]
        number = letters(["to-string", ["get", "count"]], 11.5)
        return [
            self._dots("cell", self._color("top"), size, 1, 2.5) | {"filter": _COUNTED},
            self._part("cell-count", "symbol", {"text-color": "#ffffff", "text-opacity": 1})
            | {"filter": several, "layout": number},
        ]

    def _dots(
        self, name: str, color: Any, size: Expression, edge: float, hot_edge: float
    ) -> StyleLayer:
        paint = {
            "circle-color": color,
            "circle-opacity": 0.9,
            "circle-radius": size,
            "circle-stroke-color": self.colours.halo,
            "circle-stroke-opacity": 1,
            "circle-stroke-width": self._hot(hot_edge, edge),
        }
        return self._part(name, "circle", paint)

    def _names(self) -> list[StyleLayer]:
        """Points below themselves, lines along, areas at their one point."""
        layer, look = self.opened.layer, self.opened.layer.look
        if not any(f.name == look.label and f.in_tiles for f in self.opened.fields):
            return []
        text: Expression = ["to-string", ["get", look.label]]
        found = []
        if layer.geometry in (Geometry.POINT, Geometry.MIXED):
            below = letters(text, 12) | {"text-offset": [0, 1.1], "text-padding": 2}
            only = ["all", ["!", _COUNTED], ["==", _GEOMETRY, "Point"]]
            found.append(self._part("text", "symbol", {}) | {"filter": only, "layout": below})
        if layer.geometry in (Geometry.LINE, Geometry.MIXED):
            along = letters(text, 12) | {"symbol-placement": "line", "text-padding": 30}
            only = ["==", _GEOMETRY, "LineString"]
            found.append(self._part("text-line", "symbol", {}) | {"filter": only, "layout": along})
        if has_names(self.opened):
            area = self._part("text-area", "symbol", {}) | {"layout": letters(text, 12)}
            found.append(area | {"source-layer": label_layer(layer.code)})
        least = max(look.label_zoom, layer.min_zoom)
        return [part | {"minzoom": least, "paint": ink(self.colours)} for part in found]

    def _part(self, name: str, shape: str, paint: StyleLayer) -> StyleLayer:
        code = self.opened.code
        return {
            "id": f"{code}/{name}",
            "type": shape,
            "source": code,
            "source-layer": code,
            "minzoom": self.opened.layer.min_zoom,
            "metadata": {"layer": code},
            "paint": paint,
        }

    def _hot(self, yes: float, no: float) -> Any:
        if not self.is_live:
            return no
        return ["case", ["boolean", ["feature-state", "hover"], False], yes, no]

    def _color(self, by: str) -> Any:
        """The layer's colour, or one by the values of its leading field.

        by: "by" for single features, "top" for counted cells.
        """
        look = self.opened.layer.look
        known = any(f.name == look.by and f.in_tiles for f in self.opened.fields)
        if not known or not look.colors:
            return color_of(self.opened)
        pairs = [part for value, color in look.colors.items() for part in (value, color)]
        field = "top" if by == "top" else look.by
        return ["match", ["to-string", ["get", field]], *pairs, color_of(self.opened)]


def color_of(opened: OpenLayer) -> str:
    """Will give the one colour of a layer."""
    return opened.card.color or opened.layer.look.color
