"""The answers of GeoReport v2 as JSON Schemas, written from the text of the standard.

Stricter than the text where the text leaves it open and its known readers do not: ids are
strings, coordinates are numbers, ``metadata`` is a real boolean.
"""

from typing import Any

_TEXT: dict[str, Any] = {"type": ["string", "null"]}
_MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}


def _object(needed: list[str], /, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": needed, "properties": properties}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


SERVICE = _object(
    ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"],
    service_code={"type": "string", "minLength": 1},
    service_name={"type": "string", "minLength": 1},
    description={"type": "string"},
    metadata={"type": "boolean"},
    type={"enum": ["realtime", "batch", "blackbox"]},
    keywords={"type": "string"},
    group={"type": "string"},
)
ATTRIBUTE = _object(
    ["variable", "code", "datatype", "required", "datatype_description", "order", "description"],
    variable={"type": "boolean"},
    code={"type": "string", "minLength": 1},
    datatype={
        "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    },
    required={"type": "boolean"},
    datatype_description=_TEXT,
    order={"type": "integer", "minimum": 1},
    description={"type": "string"},
    automated={"enum": ["server_set", "hidden_field"]},
    values=_list(_object(["key", "name"], key={"type": "string"}, name={"type": "string"})),
)
DEFINITION = _object(
    ["service_code", "attributes"],
    service_code={"type": "string", "minLength": 1},
    attributes=_list(ATTRIBUTE),
)
REQUEST = _object(
    [
        "service_request_id",
        "status",
        "service_name",
        "service_code",
        "description",
        "requested_datetime",
        "updated_datetime",
        "address",
        "lat",
        "long",
    ],
    service_request_id={"type": "string", "minLength": 1},
    status={"enum": ["open", "closed"]},
    status_notes=_TEXT,
    service_name={"type": "string"},
    service_code={"type": "string"},
    description=_TEXT,
    agency_responsible=_TEXT,
    service_notice=_TEXT,
    requested_datetime=_MOMENT,
    updated_datetime=_MOMENT,
    expected_datetime=_MOMENT,
    address=_TEXT,
    address_id=_TEXT,
    zipcode=_TEXT,
    lat={"type": ["number", "null"], "minimum": -90, "maximum": 90},
    long={"type": ["number", "null"], "minimum": -180, "maximum": 180},
    media_url=_TEXT,
)
#: Either a number or a token, never both.
RECEIPT: dict[str, Any] = {
    **_object(
        [],
        service_request_id={"type": "string", "minLength": 1},
        token={"type": "string", "minLength": 1},
        service_notice=_TEXT,
        account_id=_TEXT,
    ),
    "oneOf": [{"required": ["service_request_id"]}, {"required": ["token"]}],
}
TOKEN = _object(
    ["service_request_id", "token"],
    service_request_id={"type": "string", "minLength": 1},
    token={"type": "string", "minLength": 1},
)
UPDATE = _object(
    ["update_id", "service_request_id", "status", "updated_datetime", "description"],
    update_id={"type": "string", "minLength": 1},
    service_request_id={"type": "string", "minLength": 1},
    status={"type": "string", "minLength": 1},
    updated_datetime={"type": "string", "format": "date-time"},
    description={"type": "string"},
    media_url=_TEXT,
)
UPDATE_RECEIPT = _object(["update_id"], update_id={"type": "string", "minLength": 1})
ERRORS = _list(
    _object(
        ["code", "description"],
        code={"type": "string", "minLength": 3},
        description={"type": "string", "minLength": 1},
    )
)
DISCOVERY = _object(
    ["changeset", "contact", "key_service", "endpoints"],
    changeset={"type": "string", "format": "date-time"},
    contact={"type": "string"},
    key_service={"type": "string"},
    endpoints={
        **_list(
            _object(
                ["specification", "url", "changeset", "type", "formats"],
                specification={"type": "string"},
                url={"type": "string"},
                changeset={"type": "string", "format": "date-time"},
                type={"enum": ["production", "test"]},
                formats=_list({"type": "string"}),
            )
        ),
        "minItems": 2,
    },
)
SERVICES, REQUESTS, RECEIPTS = _list(SERVICE), _list(REQUEST), _list(RECEIPT)
TOKENS, UPDATES, UPDATE_RECEIPTS = _list(TOKEN), _list(UPDATE), _list(UPDATE_RECEIPT)
