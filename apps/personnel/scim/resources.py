"""People and posts as SCIM resources, and what the server says of itself.

Source: RFC 7643, RFC 7644 section 4.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from apps.accounts.models import Post, User
from apps.personnel.scim.patches import CORE, ENTERPRISE
from apps.personnel.services.directory import members_of

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ROOT = "/scim/v2"


def user_resource(user: User) -> dict[str, Any]:
    """Will give a person. externalId is the staff number."""
    resource: dict[str, Any] = {
        "schemas": [CORE, ENTERPRISE],
        "id": str(user.pk),
        "externalId": user.employee_number,
        "userName": user.username,
        "name": {"formatted": user.full_name},
        "displayName": user.full_name,
        "active": user.is_active,
        "emails": [{"value": user.email, "type": "work", "primary": True}] if user.email else [],
        "phoneNumbers": [{"value": user.phone, "type": "work"}] if user.phone else [],
        ENTERPRISE: {"employeeNumber": user.employee_number},
    }
    return _with_meta(resource, "User", f"{_ROOT}/Users/{user.pk}", user.created_at.isoformat())


def group_resource(post: Post) -> dict[str, Any]:
    """Will give a post; its members are the people on it today."""
    resource: dict[str, Any] = {
        "schemas": [GROUP],
        "id": str(post.pk),
        "displayName": f"{post.organization.name} · {post.name}",
        "members": [
            {
                "value": str(held.user_id),
                "display": held.user.full_name,
                "$ref": f"{_ROOT}/Users/{held.user_id}",
            }
            for held in members_of(post)
        ],
    }
    return _with_meta(resource, "Group", f"{_ROOT}/Groups/{post.pk}", "")


def list_response(rows: Iterable[dict[str, Any]], *, total: int, start: int) -> dict[str, Any]:
    """Will give one page. start: from 1."""
    resources = list(rows)
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def _with_meta(resource: dict[str, Any], kind: str, location: str, created: str) -> dict[str, Any]:
    text = json.dumps(resource, sort_keys=True, ensure_ascii=False)
    version = hashlib.sha256(text.encode()).hexdigest()[:20]
    meta = {"resourceType": kind, "location": location, "version": f'W/"{version}"'}
    if created:
        meta["created"] = created
    return resource | {"meta": meta}


def service_provider_config(most: int) -> dict[str, Any]:
    """Will say what this server can do."""
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": most},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "API key",
                "description": "Authorization: Bearer <key>, scope people.provision",
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{_ROOT}/ServiceProviderConfig",
        },
    }


def resource_types() -> list[dict[str, Any]]:
    """Will give the kinds of resources."""
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": f"/{name}s",
            "schema": schema,
            "schemaExtensions": (
                [{"schema": ENTERPRISE, "required": False}] if name == "User" else []
            ),
            "meta": {"resourceType": "ResourceType", "location": f"{_ROOT}/ResourceTypes/{name}"},
        }
        for name, schema in (("User", CORE), ("Group", GROUP))
    ]


def schemas() -> list[dict[str, Any]]:
    """Will give the attributes that are kept."""
    return [
        _schema(
            CORE,
            "User",
            [
                _attribute("userName", required=True, mutability="immutable", unique=True),
                _attribute("displayName"),
                _attribute("name", kind="complex", subs=[_attribute("formatted")]),
                _attribute("active", kind="boolean"),
                _attribute("emails", kind="complex", many=True, subs=[_attribute("value")]),
                _attribute("phoneNumbers", kind="complex", many=True, subs=[_attribute("value")]),
            ],
        ),
        _schema(ENTERPRISE, "EnterpriseUser", [_attribute("employeeNumber", unique=True)]),
        _schema(
            GROUP,
            "Group",
            [
                _attribute("displayName", mutability="readOnly"),
                _attribute("members", kind="complex", many=True, subs=[_attribute("value")]),
            ],
        ),
    ]


def _schema(key: str, name: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": key,
        "name": name,
        "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": f"{_ROOT}/Schemas/{key}"},
    }


def _attribute(
    name: str,
    *,
    kind: str = "string",
    many: bool = False,
    required: bool = False,
    mutability: str = "readWrite",
    unique: bool = False,
    subs: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "type": kind,
        "multiValued": many,
        "required": required,
        "caseExact": False,
        "mutability": mutability,
        "returned": "default",
        "uniqueness": "server" if unique else "none",
    }
    return found | ({"subAttributes": subs} if subs else {})
