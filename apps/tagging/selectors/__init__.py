"""Reads of readers, tags and passages, scoped by viewer."""

from apps.tagging.selectors.passages import (
    Hour,
    Leg,
    hours_of,
    last_places,
    legs_of,
    list_passages,
    newest_place,
    passages_of_batch,
    passages_of_thing,
    trail_fixes,
)
from apps.tagging.selectors.register import (
    binding_on,
    get_batch,
    get_reader,
    get_tag,
    list_batches,
    list_readers,
    list_tags,
    list_unknown,
    own_units,
    with_things,
)
from apps.tagging.selectors.rules import get_rule, list_passes, list_rules

__all__ = [
    "Hour",
    "Leg",
    "binding_on",
    "get_batch",
    "get_reader",
    "get_rule",
    "get_tag",
    "hours_of",
    "last_places",
    "legs_of",
    "list_batches",
    "list_passages",
    "list_passes",
    "list_readers",
    "list_rules",
    "list_tags",
    "list_unknown",
    "newest_place",
    "own_units",
    "passages_of_batch",
    "passages_of_thing",
    "trail_fixes",
    "with_things",
]
