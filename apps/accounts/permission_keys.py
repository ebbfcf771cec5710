"""Permissions by name and by key, and the roles that carry them.

Nearly every request asks who may do something. With the names of permissions joined in, such a
question has ten tables and more, and PostgreSQL plans it for longer than it works on it: with
the keys put in it has half, and is planned in a tenth of the time.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Post, Role

#: As found; a permission comes with a migration and keeps its key while processes run.
_known: dict[str, int] = {}


def keys_of(labels: Iterable[str]) -> list[int]:
    """Will give the keys of these permissions, "app.codename" each; of those there are."""
    wanted = set(labels)
    if missing := wanted - _known.keys():
        _known.update(_read(missing))
    return sorted(_known[label] for label in wanted & _known.keys())


def roles_with(labels: Iterable[str]) -> QuerySet[Any, Any]:
    """Will give the keys of the roles that carry one of these permissions."""
    return Role.permissions.through.objects.filter(permission_id__in=keys_of(labels)).values(
        "role_id"
    )


def carries(labels: Iterable[str]) -> Exists:
    """Will give the condition "the post of this appointment carries one of these"."""
    held = Post.roles.through.objects.filter(post_id=OuterRef("post_id"))
    return Exists(held.filter(role_id__in=roles_with(labels)))


def _read(labels: set[str]) -> dict[str, int]:
    wanted = Q(pk__in=[])
    for label in labels:
        app_label, _dot, codename = label.partition(".")
        wanted |= Q(codename=codename, content_type__app_label=app_label)
    found = Permission.objects.filter(wanted)
    return {
        f"{app_label}.{codename}": key
        for app_label, codename, key in found.values_list(
            "content_type__app_label", "codename", "pk"
        )
    }
