"""The register of protected resources as its readers see it. Source: AC-07."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.protected.registry import (
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    sources_of,
)
from apps.accounts.selectors import Scope, scope_for
from apps.common.errors import NotAllowed

#: Who gives rights and who looks over what was given.
READERS = ("accounts.manage_roles", "audit.read_audit")
_CHUNK = 2000  # rows read at a time while a whole list is written


def can_read(viewer: Any) -> bool:
    """Will tell whether a person reads the register."""
    return any(viewer.has_perm(right) for right in READERS)


def require_reader(viewer: Any) -> None:
    """Raises: NotAllowed."""
    if not can_read(viewer):
        raise NotAllowed(_("需要“管理角色与授权”或“查阅审计记录”权限"))


def reach_of(viewer: User) -> Scope:
    """Will give the bodies whose resources the viewer reads the register for."""
    return scope_for(viewer, *READERS)


def in_reach(viewer: User, rows: QuerySet[Any], text: str, *, tenant: str) -> QuerySet[Any]:
    """Will keep of rows with a name and a code those of the viewer's bodies that have the text.

    tenant: the way to the key of the body, ``"unit__tenant_id"``.
    """
    scope = reach_of(viewer)
    if not scope.everything:
        rows = rows.filter(**{f"{tenant}__in": scope.tenant_ids})
    return rows.filter(Q(name__icontains=text) | Q(code__icontains=text)) if text else rows


class Listing:
    """Entries of some sources one after the other; a slice reads no more than it gives."""

    def __init__(self, viewer: User, sources: Iterable[ResourceSource], text: str) -> None:
        self._parts = [(source, source.rows(viewer, text)) for source in sources]

    def __len__(self) -> int:
        return sum(self._sizes)

    @cached_property
    def _sizes(self) -> list[int]:
        return [_size(rows) for _source, rows in self._parts]

    def __getitem__(self, wanted: slice) -> list[ProtectedEntry]:
        start, stop = wanted.start or 0, wanted.stop
        found: list[ProtectedEntry] = []
        for (source, rows), size in zip(self._parts, self._sizes, strict=True):
            if start < size and stop > 0:
                found += [source.entry(row) for row in rows[max(start, 0) : min(stop, size)]]
            start, stop = start - size, stop - size
        return found

    def __iter__(self) -> Iterator[ProtectedEntry]:
        for source, rows in self._parts:
            read = rows.iterator(chunk_size=_CHUNK) if isinstance(rows, QuerySet) else rows
            yield from (source.entry(row) for row in read)


def list_resources(viewer: User, *, kind: str, text: str = "") -> Listing:
    """Will give the resources of one kind in the viewer's reach. Raises: NotAllowed."""
    require_reader(viewer)
    return Listing(viewer, sources_of(kind), text)


def count_resources(viewer: User, *, text: str = "") -> dict[str, int]:
    """Will count the resources in the viewer's reach by kind. Raises: NotAllowed."""
    kinds = ResourceKind.values
    return {kind: len(list_resources(viewer, kind=kind, text=text)) for kind in kinds}


@dataclass(frozen=True)
class NamedRight:
    """A right and the names of the roles that carry it."""

    label: str
    name: str
    roles: tuple[str, ...]


def named_rights(entries: Iterable[ProtectedEntry]) -> dict[str, NamedRight]:
    """Will tell of the rights the entries name what they are and which roles carry them."""
    labels = {right for entry in entries for right in entry.rights}
    wanted = Q(pk__in=[])
    for label in labels:
        app_label, _dot, codename = label.partition(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    found = Permission.objects.filter(wanted).select_related("content_type")
    return {
        label: NamedRight(label, _(right.name), tuple(role.name for role in right.roles.all()))
        for right in found.prefetch_related("roles")
        if (label := f"{right.content_type.app_label}.{right.codename}")
    }


def matching(entries: Iterable[ProtectedEntry], text: str) -> list[ProtectedEntry]:
    """Will give the entries whose name or code has the text in it."""
    sought = text.casefold()
    return [e for e in entries if sought in str(e.name).casefold() or sought in e.code.casefold()]


def _size(rows: QuerySet[Any] | Sequence[Any]) -> int:
    return rows.order_by().count() if isinstance(rows, QuerySet) else len(rows)
