"""What a person looks like to another system: a SCIM 2.0 user with no more than its scopes name.

Source: RFC 7643 sections 4.1 and 4.3; AC-13.
"""

import hashlib
import json
from typing import Any

from apps.accounts.models import User
from apps.accounts.selectors import appointments_in_force
from apps.signon.models import Application

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def body_of(user: User, application: Application, *, is_active: bool) -> dict[str, Any]:
    """Will give the body for one person.

    externalId is the ``sub`` of the identity tokens, so that the other side knows the person
    again who signs on. Telephone, e-mail and post only with the scope the application has.
    """
    body: dict[str, Any] = {
        "schemas": [CORE],
        "externalId": str(user.pk),
        "userName": user.username,
        "active": is_active,
        "displayName": user.full_name,
        "name": {"formatted": user.full_name},
    }
    asked = set(application.scopes)
    if "email" in asked and user.email:
        body["emails"] = [{"value": user.email, "primary": True}]
    if "phone" in asked and user.phone:
        body["phoneNumbers"] = [{"value": user.phone, "type": "work", "primary": True}]
    held = appointments_in_force(user).first() if "organization" in asked else None
    if held is not None:
        unit = held.post.organization
        body["schemas"].append(ENTERPRISE)
        body["title"] = held.post.name
        body[ENTERPRISE] = {"department": unit.name, "organization": unit.tenant.name}
    return body


def digest_of(body: dict[str, Any]) -> str:
    """Will give a digest by which the same body is known again."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
