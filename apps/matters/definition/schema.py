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
    "returns_total": 4,  # so often a case may be sent back in all
    "final_ruling_after": 3,  # from this return on only the arbiter rules, for good
    "suspensions": 1,  # per round
    "suspension_max_days": 30,
    "hurry_percent": 50,  # the share of what is left that an urgent case keeps
    "wait_for_co": 1,  # the main unit may not answer while co-units have not
    "wait_for_countersign": 1,
    "task_days": 2,  # working days a co-unit, countersigner or checker has
    "check_required": 0,  # closing needs a passed check on the spot
    "review_required": 0,  # the unit's head approves the answer before it goes out
    "order_reply_hours": 24,  # hours to reply to a supervise order
    "order_repeats": 2,  # so often an unanswered order is repeated by itself
    "park_review_days": 180,  # the longest a parked case goes without review
    "reveal_level": 0,  # the trust level for reading personal data; 0: the city's own rule
    "reveal_minutes": 30,  # and how long ago it was proved, at most
    "archive_days": 90,  # days after its end a case is archived
}

LONGEST_TRUST_MIN = 720  # a session is no older
#: How far an actor's right must reach.
REACHES = ("tenant", "unit", "task", "reporter", "system")

_CODE = parts.CODE
#: An action, or one outcome of it: "feed_back", "review.approved".
_MOMENT = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?$",
    "maxLength": 80,
}
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
                    "task": {"type": "string", "enum": ["co", "countersign", "review", "check"]},
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
                    "trust": {
                        "type": "object",
                        "required": ["level", "minutes"],
                        "additionalProperties": False,
                        "properties": {
                            "level": {"type": "integer", "minimum": 1, "maximum": 4},
                            "minutes": {
                                "type": "integer",
                                "minimum": 1,
                                "maximum": LONGEST_TRUST_MIN,
                            },
                        },
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
                    "starts": {"type": "array", "items": _MOMENT, "minItems": 1, "maxItems": 60},
                    "stops": {"type": "array", "items": _MOMENT, "maxItems": 60},
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
