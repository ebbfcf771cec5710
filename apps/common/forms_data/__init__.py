"""Forms as data: one definition gives a page's form, an API's schema and the check of both.

A definition is JSON kept in a version of something (a matter type, an archive); it never runs
code. ``check_definition`` is asked before publishing, the others trust a checked definition.

    {"fields": [{"name": "depth_cm", "label": "积水深度", "type": "integer", "required": true,
                 "min": 0, "max": 500, "show_if": {"field": "kind", "in": ["flood"]},
                 "masked": false, "help": "厘米"}]}

type: text longtext integer decimal date datetime choice multichoice boolean phone id_number
    point files.
min, max: of integer and decimal a number; of date a day as ISO text, or "today".
choices: [[code, label], ...], or dictionary: the code of a dictionary (choice, multichoice).
parent: an earlier choice; the choices are then [code, label, code of the parent's choice]
    (of a dictionary: its entries' parents), and only those of the chosen parent may be taken.
show_if: the field is asked, and required, only while another one has one of the values.
masked: shown as *** until somebody with the right lifts the mask. searchable: queues may be
    narrowed by it; never together with masked.
point: {"lng", "lat"} in degrees (SRID 4326).
files: [{"file": id of a stored file, "name": as its owner calls it}]. From outside a file is
    named by the key that ``file_key`` gave for it, never by its id, which anybody can guess.
Source: CO-03.
"""

from apps.common.forms_data.building import DataForm, build_form, clean, initial_of
from apps.common.forms_data.checking import check_definition
from apps.common.forms_data.fields import (
    FilesWidget,
    PointField,
    PointWidget,
    StoredFilesField,
    file_key,
    read_file_key,
    take_uploads,
    with_file_keys,
)
from apps.common.forms_data.json_schema import json_schema
from apps.common.forms_data.shape import MAX_FIELDS, TYPES, Definition
from apps.common.forms_data.showing import (
    ShownValue,
    file_ids,
    masked_names,
    searchable_fields,
    show,
)

__all__ = [
    "MAX_FIELDS",
    "TYPES",
    "DataForm",
    "Definition",
    "FilesWidget",
    "PointField",
    "PointWidget",
    "ShownValue",
    "StoredFilesField",
    "build_form",
    "check_definition",
    "clean",
    "file_ids",
    "file_key",
    "initial_of",
    "json_schema",
    "masked_names",
    "read_file_key",
    "searchable_fields",
    "show",
    "take_uploads",
    "with_file_keys",
]
