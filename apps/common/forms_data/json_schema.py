"""What a definition accepts, as JSON Schema for client systems."""

from collections.abc import Mapping
from typing import Any

from apps.common.forms_data.shape import (
    MAX_FILES,
    Definition,
    choices_of,
    max_length_of,
    parents_of,
)


def json_schema(definition: Definition) -> dict[str, Any]:
    """Will give the JSON Schema (draft 2020-12) of the data a definition accepts."""
    entries = definition.get("fields", [])
    properties = {entry["name"]: _property(entry) for entry in entries}
    always = [e["name"] for e in entries if e.get("required") and not e.get("show_if")]
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": always,
    }
    conditions = [
        {
            "if": {
                "properties": {entry["show_if"]["field"]: {"enum": entry["show_if"]["in"]}},
                "required": [entry["show_if"]["field"]],
            },
            "then": {"required": [entry["name"]]},
        }
        for entry in entries
        if entry.get("required") and entry.get("show_if")
    ]
    conditions += [
        {
            "if": {
                "properties": {entry["parent"]: {"const": above}},
                "required": [entry["parent"]],
            },
            "then": {"properties": {entry["name"]: _enum(entry, codes)}},
        }
        for entry in entries
        for above, codes in _by_parent(entry).items()
    ]
    if conditions:
        schema["allOf"] = conditions
    return schema


def _by_parent(entry: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, above in parents_of(entry).items():
        found.setdefault(above, []).append(code)
    return found


def _enum(entry: Mapping[str, Any], codes: list[str]) -> dict[str, Any]:
    return {"items": {"enum": codes}} if entry["type"] == "multichoice" else {"enum": codes}


def _property(entry: Mapping[str, Any]) -> dict[str, Any]:
    codes = [code for code, _label in choices_of(entry)]
    span = {
        target: entry[source]
        for source, target in (("min", "minimum"), ("max", "maximum"))
        if isinstance(entry.get(source), int | float)
    }
    kinds: dict[str, dict[str, Any]] = {
        "integer": {"type": "integer", **span},
        "decimal": {"type": ["number", "string"], **span},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "choice": {"type": "string", "enum": codes},
        "multichoice": {"type": "array", "items": {"enum": codes}, "uniqueItems": True},
        "boolean": {"type": "boolean"},
        "phone": {"type": "string", "maxLength": 30},
        "id_number": {"type": "string", "pattern": "^[0-9]{17}[0-9Xx]$"},
        "point": {
            "type": "object",
            "properties": {
                "lng": {"type": "number", "minimum": -180, "maximum": 180},
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
            },
            "required": ["lng", "lat"],
        },
        "files": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_FILES},
    }
    kind = entry["type"]
    found = kinds.get(kind) or {"type": "string", "maxLength": max_length_of(entry)}
    described = {"description": entry["help"]} if entry.get("help") else {}
    return {"title": entry["label"], **described, **found}
