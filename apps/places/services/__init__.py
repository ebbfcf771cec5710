"""The only writers of areas, the gazetteer and the base map.

areas: levels and new areas. succession: merge, split, close. redrawings: cells drawn anew by
one and checked by another (drawing: the shapes). checks: gaps, overlaps and other faults
(topology: how they are found). imports: files of areas, previewed and applied. gazetteer: names
in bulk and aliases. library: one name by hand. name_imports: files of names. unplaced: texts
nobody could place. basemap: what the local map draws. special: special grids over the
cells.
"""

from apps.places.services.areas import AreaSpec, LevelSpec, define_levels, register_areas
from apps.places.services.basemap import BaseMapSpec, add_base_map
from apps.places.services.checks import check_cells, note_cells_export
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
from apps.places.services.redrawings import (
    agree_redrawing,
    apply_due,
    draft_boundary,
    draft_merge,
    draft_new,
    draft_split,
    drop_redrawing,
    is_above_cells,
    recheck_redrawing,
)
from apps.places.services.special import (
    SpecialData,
    add_special_grid,
    change_special_grid,
    close_special_grid,
)
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
    "SpecialData",
    "add_alias",
    "add_base_map",
    "add_entry",
    "add_special_grid",
    "agree_redrawing",
    "apply_due",
    "apply_import",
    "apply_names",
    "change_special_grid",
    "check_cells",
    "close_area",
    "close_entry",
    "close_special_grid",
    "correct_entry",
    "define_levels",
    "draft_boundary",
    "draft_merge",
    "draft_new",
    "draft_split",
    "drop_redrawing",
    "ignore_unplaced",
    "is_above_cells",
    "lock_mark",
    "merge_areas",
    "move_mark",
    "note_cells_export",
    "note_export",
    "preview_import",
    "preview_names",
    "recheck_redrawing",
    "register_areas",
    "register_entries",
    "solve_with_entry",
    "solve_with_new",
    "split_area",
    "take_reports",
]
