"""Whom these deeds concern, and telling them."""

from collections.abc import Iterable
from typing import Any

from apps.accounts.models import Organization, User
from apps.accounts.reach import administrators
from apps.audit.services import Actor, record
from apps.notices import services as notices
from apps.personnel.permissions import LEAD, MANAGE

GUARDS = ("accounts.manage_roles", "accounts.unlock_users")


def heads(unit: Organization | None) -> list[User]:
    """Will give who leads the unit or one above it."""
    return administrators(LEAD, unit) if unit is not None else []


def clerks(unit: Organization | None) -> list[User]:
    """Will give who arranges personnel matters for the unit."""
    return administrators(MANAGE, unit) if unit is not None else []


def security_administrators(unit: Organization | None) -> list[User]:
    """Will give the 安全管理员 of the unit."""
    if unit is None:
        return []
    found = {user.pk: user for right in GUARDS for user in administrators(right, unit)}
    return list(found.values())


def tell(people: Iterable[User], *, title: str, body: str, url: str, key: str) -> None:
    """Will write one notice per person and key."""
    once = {user.pk: user for user in people}
    notices.notify(
        recipients=list(once.values()), kind="personnel", title=title, body=body, url=url, key=key
    )


def tell_person(person: User, *, title: str, body: str, key: str) -> None:
    """Will tell the person it is about, who has no right to the personnel pages."""
    tell([person], title=title, body=body, url="/people/me/", key=key)


def note(actor: Actor, action: str, person: User, **data: Any) -> None:
    """Will write a deed about a person to the log."""
    record(
        actor,
        action,
        object_type="accounts.user",
        object_id=person.pk,
        object_label=person.display_name,
        data=data,
    )
