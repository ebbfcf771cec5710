"""The JSON schema of a definition's body, and the policies a city may leave unsaid."""

from typing import Any

from apps.matters.definition import parts, splits
from apps.matters.definition.instant import INSTANT
from apps.matters.enums import StateCategory

POLICY_DEFAULTS: dict[str, int] = {
    "returns_per_unit": 2,  # a unit may send one case back this often before a final ruling
    "return_within_working_days": 2,
    "extensions": 1,
    "extension_max_days": 10,
    "callback_attempts": 3,
    "redo_days": 30,  # a closed case may be reopened for this long
    "redo_rounds": 3,
    "low_score": 2,  # a score at or below asks for a redo
    "callback_required": 1,
}

#: How far an actor's right must reach.
REACHES = ("tenant", "unit", "reporter", "system")

_CODE = parts.CODE
_LIMIT = {
    "type": "object",
    "required": ["amount", "unit"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 10000},
        "unit": {"enum": ["working_days", "working_hours", "calendar_hours", "calendar_days"]},
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["title", "states", "actors", "actions"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 80},
        "legal_basis": {"type": "string", "maxLength": 2000},
        **parts.SCHEMA,
        "states": {
            "type": "array",
            "minItems": 2,
            "maxItems": 60,
            "items": {
                "type": "object",
                "required": ["code", "label", "category"],
                "additionalProperties": False,
                "properties": {
                    "code": _CODE,
                    "label": {"type": "string", "minLength": 1, "maxLength": 40},
                    "category": {"type": "string", "enum": [str(c) for c in StateCategory]},
                    "public_label": {"type": "string", "maxLength": 40},
                    "is_key": {"type": "boolean"},
                },
            },
        },
        "actors": {
            "type": "object",
            "maxProperties": 40,
            "additionalProperties": {
                "type": "object",
                "required": ["reach"],
                "additionalProperties": False,
                "properties": {
                    "permission": {
                        "type": "string",
                        "maxLength": 100,
                        "pattern": r"^[a-z]+\.[a-z_]+$",
                    },
                    "reach": {"type": "string", "enum": list(REACHES)},
                    "label": {"type": "string", "maxLength": 40},
                },
            },
        },
        "actions": {
            "type": "array",
            "minItems": 1,
            "maxItems": 200,
            "items": {
                "type": "object",
                "required": ["code", "from", "who"],
                "additionalProperties": False,
                "properties": {
                    "code": _CODE,
                    "label": {"type": "string", "maxLength": 40},
                    "from": {"type": "array", "items": _CODE, "minItems": 1, "maxItems": 60},
                    "to": _CODE,
                    "outcomes": {
                        "type": "object",
                        "maxProperties": 20,
                        "additionalProperties": _CODE,
                    },
                    "who": {
                        "type": "array",
                        "items": {"type": "string", "maxLength": 40},
                        "minItems": 1,
                        "maxItems": 40,
                    },
                },
            },
        },
        "tables": {
            "type": "object",
            "maxProperties": 20,
            "additionalProperties": {"type": "string", "maxLength": 60},
        },
        "clocks": {
            "type": "array",
            "maxItems": 12,
            "items": {
                "type": "object",
                "required": ["name", "label", "limit", "starts", "stops"],
                "additionalProperties": False,
                "properties": {
                    "name": _CODE,
                    "label": {"type": "string", "maxLength": 40},
                    "main": {"type": "boolean"},
                    "limit": {
                        "type": ["object", "string"],
                        "oneOf": [_LIMIT, {"const": "dispatch"}],
                    },
                    "default_limit": _LIMIT,
                    "starts": {"type": "array", "items": _CODE, "minItems": 1, "maxItems": 60},
                    "stops": {"type": "array", "items": _CODE, "maxItems": 60},
                    "pauses": {
                        "type": "array",
                        "maxItems": 10,
                        "items": {"type": "string", "enum": [str(c) for c in StateCategory]},
                    },
                    "thresholds": {
                        "type": "array",
                        "maxItems": 10,
                        "items": {
                            "type": "object",
                            "required": ["code", "level"],
                            "additionalProperties": False,
                            "properties": {
                                "code": _CODE,
                                "level": {"type": "string", "enum": ["yellow", "red"]},
                                "fraction": {"type": "number", "minimum": 0, "maximum": 1},
                                "before": _LIMIT,
                                "after": _LIMIT,
                            },
                        },
                    },
                },
            },
        },
        "form": {"type": "object"},
        "instant": INSTANT,
        **splits.SCHEMA,
        "policies": {
            "type": "object",
            "maxProperties": 60,
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 100_000},
        },
    },
}
