"""The JSON half of the interface as an OpenAPI 3.1 document, for tools that read such."""

from typing import Any

from apps.georeport.api import schemas

_JURISDICTION = {
    "name": "jurisdiction_id",
    "in": "query",
    "schema": {"type": "string", "maxLength": 80},
}
_SPAN = [
    {"name": name, "in": "query", "schema": {"type": "string", "format": "date-time"}}
    for name in ("start_date", "end_date")
]
_PAGE = [
    {
        "name": name,
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": most},
    }
    for name, most in (("page", 10_000), ("page_size", 1000))
]
_FORM_FIELDS = {
    "api_key": {"type": "string"},
    "service_code": {"type": "string"},
    "lat": {"type": "number", "minimum": -90, "maximum": 90},
    "long": {"type": "number", "minimum": -180, "maximum": 180},
    "address_string": {"type": "string", "maxLength": 200},
    "description": {"type": "string", "minLength": 1, "maxLength": 4000},
    "phone": {"type": "string"},
    "account_id": {"type": "string", "maxLength": 80},
}
_UPDATE_FIELDS = {
    "api_key": {"type": "string"},
    "service_request_id": {"type": "string"},
    "update_id": {"type": "string", "maxLength": 100},
    "status": {"type": "string"},
    "description": {"type": "string", "maxLength": 4000},
    "updated_datetime": {"type": "string", "format": "date-time"},
}


def openapi(root: str) -> dict[str, Any]:
    """Will describe the interface. root: its address, without a slash at the end."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "GeoReport v2", "version": "2.0"},
        "servers": [{"url": root}],
        "paths": {
            "/discovery.json": {"get": _reads("discovery", schemas.DISCOVERY)},
            "/services.json": {"get": _reads("services", schemas.SERVICES, [_JURISDICTION])},
            "/services/{service_code}.json": {
                "get": _reads(
                    "definition", schemas.DEFINITION, [_within("service_code"), _JURISDICTION]
                )
            },
            "/requests.json": {
                "get": _reads("requests", schemas.REQUESTS, _narrowing()),
                "post": _takes("report", schemas.RECEIPTS, _FORM_FIELDS),
            },
            "/requests/{service_request_id}.json": {
                "get": _reads("request", schemas.REQUESTS, [_within("service_request_id")])
            },
            "/tokens/{token}.json": {
                "get": _reads("token", schemas.TOKENS, [_within("token", "uuid")])
            },
            "/servicerequestupdates.json": {
                "get": _reads("updates", schemas.UPDATES, [*_SPAN, *_PAGE]),
                "post": _takes("update", schemas.UPDATE_RECEIPTS, _UPDATE_FIELDS),
            },
        },
    }


def _narrowing() -> list[dict[str, Any]]:
    texts = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("service_request_id", "service_code")
    ]
    status = {"name": "status", "in": "query", "schema": {"enum": ["open", "closed"]}}
    extensions = {"name": "extensions", "in": "query", "schema": {"type": "boolean"}}
    return [_JURISDICTION, *texts, *_SPAN, *_PAGE, status, extensions]


def _within(name: str, form: str = "") -> dict[str, Any]:
    schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": form} if form else schema,
    }


def _reads(
    name: str, schema: dict[str, Any], parameters: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {"operationId": name, "parameters": parameters or [], "responses": _answers(schema)}


def _takes(name: str, schema: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    form = {"type": "object", "properties": fields}
    return {
        "operationId": name,
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": _answers(schema),
    }


def _answers(schema: dict[str, Any]) -> dict[str, Any]:
    refused = {"description": "Refused", "content": _json(schemas.ERRORS)}
    return {
        "200": {"description": "OK", "content": _json(schema)},
        **dict.fromkeys(("400", "403", "404", "429"), refused),
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
