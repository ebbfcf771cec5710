"""Tells the OpenAPI document how callers sign in and what refusals look like."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class HeaderScheme:
    """A caller known by a header. header: its name; value: what stands in it.

    Stands before ``OpenApiAuthenticationExtension``, whose every subclass is a scheme by itself.
    """

    header = "Authorization"
    value = ""

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": self.header,
            "description": self.value,
        }


class ApiKeyScheme(HeaderScheme, OpenApiAuthenticationExtension):
    target_class = "apps.gateway.authentication.ApiKeyAuthentication"
    name = "ApiKey"
    value = "Api-Key <prefix>.<secret>"


class SignedRequestScheme(HeaderScheme, OpenApiAuthenticationExtension):
    target_class = "apps.gateway.authentication.SignedRequestAuthentication"
    name = "HttpMessageSignature"
    header = "Signature"
    value = "RFC 9421 with Signature-Input; ed25519 or hmac-sha256"


class SignedMessageScheme(HeaderScheme, OpenApiAuthenticationExtension):
    target_class = "apps.gateway.authentication.SignedMessageAuthentication"
    name = "WebhookSignature"
    header = "webhook-signature"
    value = "Standard Webhooks 1.0: webhook-id, webhook-timestamp, v1,<base64>"


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "data": {"type": "object"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def add_problems(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Will give every operation the ``default`` answer: a problem document."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].setdefault(
                    "default", {"description": "Problem", "content": content}
                )
    return result
