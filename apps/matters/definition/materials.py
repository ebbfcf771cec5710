"""What a matter says of itself, what must be brought to it and what it gives (MT-01, MT-14)."""

from typing import Any

_TEXTS = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}

BASIC: dict[str, Any] = {
    "type": "object",
    "properties": {
        "summary": {"type": "string", "maxLength": 500},
        "audience": _TEXTS,
        "conditions": _TEXTS,
        "legal_basis": _TEXTS,
        "fee": {"type": "string", "maxLength": 500},
        "promise": {"type": "string", "maxLength": 500},
    },
}
MATERIALS_IN: dict[str, Any] = {
    "type": "array",
    "maxItems": 60,
    "items": {
        "type": "object",
        "required": ["code", "label"],
        "additionalProperties": False,
        "properties": {
            "code": _CODE,
            "label": {"type": "string", "minLength": 1, "maxLength": 80},
            "required": {"type": "boolean"},
            "source": {"enum": ["citizen", "shared", "unit"]},
            "shared_code": {"type": "string", "maxLength": 60},
            "form_field": {"type": "string", "maxLength": 40},
            "show_if": {"type": "object"},
            "note": {"type": "string", "maxLength": 500},
        },
    },
}
MATERIALS_OUT: dict[str, Any] = {
    "type": "array",
    "maxItems": 20,
    "items": {
        "type": "object",
        "required": ["code", "label"],
        "additionalProperties": False,
        "properties": {
            "code": _CODE,
            "label": {"type": "string", "minLength": 1, "maxLength": 80},
            "kind": {"type": "string", "maxLength": 40},
        },
    },
}
