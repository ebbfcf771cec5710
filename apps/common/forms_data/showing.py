"""Kept values as a page shows them: labels for codes, masks for what is nobody's business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from apps.common import dictionaries, masking
from apps.common.forms_data.shape import Definition
from apps.common.phrases import series

HIDDEN = "***"


@dataclass(frozen=True)
class ShownValue:
    """One filled field. text: as read, masked where ``is_masked``; empty: nothing was given.

    point: "lng,lat" for the map. files: [{"file": id, "name": …}].
    """

    name: str
    label: str
    text: str
    is_masked: bool = False
    point: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)


def show(
    definition: Definition, values: Mapping[str, Any], *, unmasked: bool = False
) -> list[ShownValue]:
    """Will give the fields that were asked, in their order, with what was answered."""
    return [
        _shown(entry, values[entry["name"]], unmasked=unmasked)
        for entry in definition.get("fields", [])
        if entry["name"] in values
    ]


def masked_names(definition: Definition) -> frozenset[str]:
    """Will give the names of the fields that are hidden from viewers without the right."""
    return frozenset(e["name"] for e in definition.get("fields", []) if e.get("masked"))


def searchable_fields(definition: Definition) -> list[Mapping[str, Any]]:
    """Will give the entries by which lists may be narrowed."""
    return [e for e in definition.get("fields", []) if e.get("searchable")]


def file_ids(definition: Definition, values: Mapping[str, Any]) -> dict[int, str]:
    """Will give the stored files the values cite, by id, with their names."""
    found: dict[int, str] = {}
    for entry in definition.get("fields", []):
        if entry["type"] == "files":
            found |= {part["file"]: part["name"] for part in values.get(entry["name"]) or []}
    return found


def _shown(entry: Mapping[str, Any], value: Any, *, unmasked: bool) -> ShownValue:
    name, label = entry["name"], entry["label"]
    is_given = value not in (None, "", [], {})
    if entry.get("masked") and is_given and not unmasked:
        return ShownValue(name, label, _mask(entry, value), is_masked=True)
    if entry["type"] == "files":
        return ShownValue(name, label, "", files=list(value or []))
    point = f"{value['lng']},{value['lat']}" if entry["type"] == "point" and is_given else ""
    return ShownValue(name, label, _text(entry, value) if is_given else "", point=point)


def _mask(entry: Mapping[str, Any], value: Any) -> str:
    if entry["type"] == "phone":
        return masking.mask_phone(str(value))
    if entry["type"] == "id_number":
        return masking.mask_id_number(str(value))
    return HIDDEN


def _text(entry: Mapping[str, Any], value: Any) -> str:
    match entry["type"]:
        case "choice":
            return _label(entry, value)
        case "multichoice":
            return series(_label(entry, code) for code in value)
        case "boolean":
            return _("是") if value else _("否")
        case "date":
            return str(formats.date_format(date.fromisoformat(value)))
        case "datetime":
            at = timezone.localtime(datetime.fromisoformat(value))
            return formats.date_format(at, "SHORT_DATETIME_FORMAT")
        case "point":
            return f"{value['lng']:.5f}, {value['lat']:.5f}"
        case _:
            return str(value)


def _label(entry: Mapping[str, Any], code: str) -> str:
    if dictionary := entry.get("dictionary"):
        return dictionaries.label(dictionary, code)
    return next((choice[1] for choice in entry.get("choices", []) if choice[0] == code), code)
