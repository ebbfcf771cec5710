"""Reads of areas, place names and the local base map. Areas are public to all staff."""

from apps.places.selectors.areas import (
    ancestors,
    area_prefixes,
    find_area,
    full_name,
    get_area,
    list_areas,
    list_cells,
    list_history,
    locate,
)
from apps.places.selectors.basemap import base_map, map_version
from apps.places.selectors.gazetteer import search_gazetteer
from apps.places.selectors.geocoding import (
    UNPLACED_BELOW,
    Candidate,
    Understanding,
    geocode,
    understand,
)
from apps.places.text import normalise

__all__ = [
    "UNPLACED_BELOW",
    "Candidate",
    "Understanding",
    "ancestors",
    "area_prefixes",
    "base_map",
    "find_area",
    "full_name",
    "geocode",
    "get_area",
    "list_areas",
    "list_cells",
    "list_history",
    "locate",
    "map_version",
    "normalise",
    "search_gazetteer",
    "understand",
]
