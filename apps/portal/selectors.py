"""Reads of what a person arranged: density, columns and saved filters of a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.models import User
from apps.portal.models import ViewPreference

DENSITIES = ("compact", "normal", "roomy")
# Part of an address, but not of a filter.
PAGING_KEYS = ("page", "cursor", "after", "before")


@dataclass(frozen=True)
class Column:
    """A column a viewer may choose."""

    key: str
    label: str
    is_shown: bool = True
    is_fixed: bool = False
    is_number: bool = False
    is_sortable: bool = False
    is_wide: bool = False


@dataclass(frozen=True)
class SavedFilter:
    """A query string kept under a name."""

    name: str
    query: str


@dataclass(frozen=True)
class ListPreference:
    """What a viewer chose for one list; the defaults when nothing was chosen."""

    view: str
    density: str = "normal"
    columns: list[Column] = field(default_factory=list)
    filters: list[SavedFilter] = field(default_factory=list)

    @property
    def shown(self) -> list[Column]:
        return [column for column in self.columns if column.is_shown]

    @property
    def save_url(self) -> str:
        return reverse("portal:preference-save", args=[self.view])


def list_preference(
    viewer: User | AnonymousUser, view: str, columns: Iterable[object] = ()
) -> ListPreference:
    """Will give the viewer's arrangement of a list.

    columns (objects or mappings): key, label, optional is_fixed and is_optional. A column
    unknown to the stored choice is shown as its definition says, so a new one is found.
    """
    data: dict[str, object] = {}
    if isinstance(viewer, User):
        found = ViewPreference.objects.filter(user=viewer, view=view).first()
        data = found.data if found else {}
    shown, hidden = _keys(data, "shown"), _keys(data, "hidden")
    density = str(data.get("density", "normal"))
    filters = data.get("filters")
    return ListPreference(
        view=view,
        density=density if density in DENSITIES else "normal",
        columns=[_column(c, shown, hidden) for c in columns],
        filters=[SavedFilter(f["name"], f["query"]) for f in filters]
        if isinstance(filters, list)
        else [],
    )


def _keys(data: dict[str, object], name: str) -> frozenset[str]:
    found = data.get(name)
    return frozenset(found) if isinstance(found, list) else frozenset()


def _column(definition: object, shown: frozenset[str], hidden: frozenset[str]) -> Column:
    get = (
        definition.get
        if isinstance(definition, Mapping)
        else lambda name, default=None: getattr(definition, name, default)
    )
    key, is_fixed = str(get("key")), bool(get("is_fixed", False))
    wanted = key in shown or (key not in hidden and not get("is_optional", False))
    return Column(
        key,
        str(get("label")),
        is_shown=is_fixed or wanted,
        is_fixed=is_fixed,
        is_number=bool(get("is_number", False)),
        is_sortable=bool(get("is_sortable", False)),
        is_wide=bool(get("is_wide", False)),
    )


def filter_query(request: HttpRequest) -> str:
    """Will give the filter part of the present address, without the place in the list."""
    query = request.GET.copy()
    for key in PAGING_KEYS:
        query.pop(key, None)
    for key in [k for k, values in query.lists() if not any(values)]:
        del query[key]
    return query.urlencode()
