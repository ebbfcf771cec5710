"""The only writers of the register of things.

register: classes and things. surveys: what people found on the spot, and what a keeper ruled.
samples: surveys drawn to be made again. files: things from a file. cards: what a keeper states
of a thing, and its pictures. classes: what a class of things is asked beside that.
"""

from apps.assets.services.cards import Card, add_picture, amend_asset, remove_picture
from apps.assets.services.classes import set_class_fields
from apps.assets.services.files import COLUMNS, columns, import_assets, read_file
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
    "Card",
    "add_picture",
    "amend_asset",
    "columns",
    "define_classes",
    "draw_sample",
    "drawn_keys",
    "follow_cells",
    "import_assets",
    "note_export",
    "read_file",
    "register_asset",
    "register_assets",
    "remove_picture",
    "rule_survey",
    "set_class_fields",
    "survey_asset",
]
