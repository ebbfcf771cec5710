"""Reads of areas, place names and the local base map. Areas are public to all staff."""

from apps.places.selectors.areas import (
    ancestors,
    area_prefixes,
    cell_question,
    find_area,
    full_name,
    get_area,
    list_areas,
    list_cells,
    list_history,
    locate,
)
from apps.places.selectors.basemap import base_map, map_version
from apps.places.selectors.cells import special_grid_at
from apps.places.selectors.gazetteer import (
    count_kinds,
    entries_named,
    get_entry,
    list_parts,
    search_gazetteer,
)
from apps.places.selectors.geocoding import (
    UNPLACED_BELOW,
    Candidate,
    Understanding,
    geocode,
    understand,
)
from apps.places.selectors.reverse import Described, describe
from apps.places.selectors.unplaced import (
    count_unplaced,
    get_unplaced,
    list_unplaced,
    sum_up_unplaced,
)
from apps.places.text import normalise

__all__ = [
    "UNPLACED_BELOW",
    "Candidate",
    "Described",
    "Understanding",
    "ancestors",
    "area_prefixes",
    "base_map",
    "cell_question",
    "count_kinds",
    "count_unplaced",
    "describe",
    "entries_named",
    "find_area",
    "full_name",
    "geocode",
    "get_area",
    "get_entry",
    "get_unplaced",
    "list_areas",
    "list_cells",
    "list_history",
    "list_parts",
    "list_unplaced",
    "locate",
    "map_version",
    "normalise",
    "search_gazetteer",
    "special_grid_at",
    "sum_up_unplaced",
    "understand",
]
