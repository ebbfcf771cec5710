"""The only writers of areas, the gazetteer and the base map.

areas: levels and new areas. succession: merge, split, close. imports: files of areas,
previewed and applied. gazetteer: names and aliases. basemap: what the local map draws.
"""

from apps.places.services.areas import AreaSpec, LevelSpec, define_levels, register_areas
from apps.places.services.basemap import BaseMapSpec, add_base_map
from apps.places.services.gazetteer import EntrySpec, add_alias, register_entries
from apps.places.services.imports import apply_import, preview_import
from apps.places.services.succession import PartSpec, close_area, merge_areas, split_area

__all__ = [
    "AreaSpec",
    "BaseMapSpec",
    "EntrySpec",
    "LevelSpec",
    "PartSpec",
    "add_alias",
    "add_base_map",
    "apply_import",
    "close_area",
    "define_levels",
    "merge_areas",
    "preview_import",
    "register_areas",
    "register_entries",
    "split_area",
]
