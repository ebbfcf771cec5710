"""The only writers of areas, the gazetteer and the base map.

areas: levels and new areas. succession: merge, split, close. imports: files of areas,
previewed and applied. gazetteer: names in bulk and aliases. library: one name by hand.
name_imports: files of names. unplaced: texts nobody could place. basemap: what the local map
draws.
"""

from apps.places.services.areas import AreaSpec, LevelSpec, define_levels, register_areas
from apps.places.services.basemap import BaseMapSpec, add_base_map
from apps.places.services.gazetteer import EntrySpec, add_alias, register_entries
from apps.places.services.imports import apply_import, preview_import
from apps.places.services.library import (
    NewEntry,
    add_entry,
    close_entry,
    correct_entry,
    note_export,
)
from apps.places.services.name_imports import apply_names, preview_names
from apps.places.services.succession import PartSpec, close_area, merge_areas, split_area
from apps.places.services.unplaced import (
    PlaceReport,
    ignore_unplaced,
    lock_mark,
    move_mark,
    solve_with_entry,
    solve_with_new,
    take_reports,
)

__all__ = [
    "AreaSpec",
    "BaseMapSpec",
    "EntrySpec",
    "LevelSpec",
    "NewEntry",
    "PartSpec",
    "PlaceReport",
    "add_alias",
    "add_base_map",
    "add_entry",
    "apply_import",
    "apply_names",
    "close_area",
    "close_entry",
    "correct_entry",
    "define_levels",
    "ignore_unplaced",
    "lock_mark",
    "merge_areas",
    "move_mark",
    "note_export",
    "preview_import",
    "preview_names",
    "register_areas",
    "register_entries",
    "solve_with_entry",
    "solve_with_new",
    "split_area",
    "take_reports",
]
