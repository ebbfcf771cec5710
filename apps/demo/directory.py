"""The other end of the directory: a system that takes people by SCIM 2.0.

What a real system would keep in its own database. Source: RFC 7644 sections 3.3 to 3.5.
"""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.demo.models import RemoteAccount

_BY_NAME = re.compile(r'userName eq "(?P<name>[^"]{1,150})"\Z')


def token() -> str:
    """Will give the bearer token of the simulated system, another one in every city."""
    return salted_hmac("citybrain.demo.directory", "bearer").hexdigest()


def is_known(authorization: str) -> bool:
    """Will tell whether a caller proved itself."""
    return constant_time_compare(authorization, f"Bearer {token()}")


def find(query: str) -> list[dict[str, Any]]:
    """Will give the accounts a filter asks for; only ``userName eq`` is understood."""
    asked = _BY_NAME.match(query)
    found = RemoteAccount.objects.filter(user_name=asked["name"]) if asked else []
    return [_told(account) for account in found]


@transaction.atomic
def take(body: dict[str, Any], *, account_id: int | None, now: datetime) -> dict[str, Any] | None:
    """Will make or change an account; None: there is none of this id, or the name is taken."""
    values = {"body": body, "is_active": bool(body.get("active")), "told_at": now}
    name = str(body.get("userName", ""))[:150]
    if account_id is None:
        account, made = RemoteAccount.objects.get_or_create(user_name=name, defaults=values)
        return _told(account) if made else None
    found = RemoteAccount.objects.select_for_update().filter(pk=account_id).first()
    if found is None:
        return None
    for field, value in {**values, "user_name": name}.items():
        setattr(found, field, value)
    found.save()
    return _told(found)


def _told(account: RemoteAccount) -> dict[str, Any]:
    return {**account.body, "id": str(account.pk)}
