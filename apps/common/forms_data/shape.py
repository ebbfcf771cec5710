"""What a definition may say: types, keys and limits, and where its choices come from."""

import re
from collections.abc import Mapping
from typing import Any

from apps.common import dictionaries

Definition = Mapping[str, Any]

TYPES = (
    "text",
    "longtext",
    "integer",
    "decimal",
    "date",
    "datetime",
    "choice",
    "multichoice",
    "boolean",
    "phone",
    "id_number",
    "point",
    "files",
)
CHOICES = ("choice", "multichoice")
SEARCHABLE = ("text", "integer", "date", "choice", "boolean", "phone")
MAX_FIELDS = 200
MAX_FILES = 20
TEXT_LIMITS = {"text": 200, "longtext": 5000}
TODAY = "today"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
# Mobile numbers, land lines with area code, and short service numbers such as 12345.
PHONE = re.compile(r"(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|\d{5,8})\Z")
KEYS = {
    "name",
    "label",
    "type",
    "required",
    "min",
    "max",
    "max_length",
    "choices",
    "dictionary",
    "parent",
    "show_if",
    "masked",
    "searchable",
    "help",
}


def choices_of(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Will give (code, label) of what may be chosen in a field today."""
    if code := entry.get("dictionary"):
        return dictionaries.choices(code)
    return [(choice[0], choice[1]) for choice in entry.get("choices", [])]


def parents_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """Will give which choice of the parent field each choice belongs to; {} without cascade."""
    if not entry.get("parent"):
        return {}
    if code := entry.get("dictionary"):
        return dictionaries.parent_codes(code)
    return {choice[0]: choice[2] for choice in entry.get("choices", []) if len(choice) == 3}


def max_length_of(entry: Mapping[str, Any]) -> int:
    """Will give how many characters a text may have."""
    return int(entry.get("max_length") or TEXT_LIMITS[entry["type"]])
