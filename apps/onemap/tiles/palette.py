"""Colours of the base map, and how MapLibre is told letters and conditions."""

from dataclasses import dataclass
from typing import Any

Expression = list[Any]
StyleLayer = dict[str, Any]
#: Without glyphs MapLibre draws every letter from the fonts of the terminal.
FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "sans-serif"]


@dataclass(frozen=True)
class Palette:
    """Quiet enough that data stand out on it."""

    land: str
    water: str
    green: str
    building: str
    building_edge: str
    casing: str
    road: str
    border: str
    ink: str
    halo: str


PALETTES = {
    "light": Palette(
        land="#f3f2ee",
        water="#cfe0ea",
        green="#dfebd9",
        building="#e6e2dc",
        building_edge="#d8d3cb",
        casing="#dcd9d2",
        road="#ffffff",
        border="#8d93a3",
        ink="#4a5160",
        halo="#ffffff",
    ),
    "dark": Palette(
        land="#1a2028",
        water="#14303f",
        green="#1e3029",
        building="#272e38",
        building_edge="#323a46",
        casing="#12161c",
        road="#384150",
        border="#76809a",
        ink="#c3cad8",
        halo="#12161c",
    ),
}


def letters(text: Expression, size: float, **more: Any) -> StyleLayer:
    """Will give the layout of a text."""
    return {"text-field": text, "text-font": FONTS, "text-size": size, "text-max-width": 9} | more


def ink(colours: Palette, *, opacity: float = 1) -> StyleLayer:
    """Will give the paint of a text on the map."""
    return {
        "text-color": colours.ink,
        "text-halo-color": colours.halo,
        "text-halo-width": 1.5,
        "text-opacity": opacity,
    }
