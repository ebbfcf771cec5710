"""The only writers of the register of things.

register: classes and things. surveys: what people found on the spot, and what a keeper ruled.
samples: surveys drawn to be made again. files: things from a file.
"""

from apps.assets.services.files import COLUMNS, import_assets, read_file
from apps.assets.services.register import (
    AssetSpec,
    define_classes,
    follow_cells,
    register_asset,
    register_assets,
)
from apps.assets.services.samples import draw_sample, drawn_keys
from apps.assets.services.surveys import note_export, rule_survey, survey_asset

__all__ = [
    "COLUMNS",
    "AssetSpec",
    "define_classes",
    "draw_sample",
    "drawn_keys",
    "follow_cells",
    "import_assets",
    "note_export",
    "read_file",
    "register_asset",
    "register_assets",
    "rule_survey",
    "survey_asset",
]
