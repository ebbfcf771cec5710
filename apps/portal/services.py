"""Writers of what a person arranges for themselves. Private comfort: nothing is audited."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import InvalidInput, Refused
from apps.portal.models import ViewPreference
from apps.portal.selectors import DENSITIES

MAX_FILTERS = 20
MAX_COLUMNS = 60
MAX_QUERY_LENGTH = 1000


def save_density(actor: User, *, view: str, density: str) -> None:
    """Will keep the row height of a list.

    Raises: InvalidInput (no such density).
    """
    if density not in DENSITIES:
        raise InvalidInput(_("没有这种行距。"), field="density")
    _change(actor, view, lambda data: data.update(density=density))


def save_columns(actor: User, *, view: str, known: list[str], shown: list[str]) -> None:
    """Will keep which of the ``known`` columns are shown; the others are hidden.

    Raises: InvalidInput (a shown column is not among the known ones, or too many).
    """
    if len(known) > MAX_COLUMNS or not set(shown) <= set(known):
        raise InvalidInput(_("列的选择不完整，请刷新页面后再选。"), field="columns")
    hidden = [key for key in known if key not in shown]
    _change(actor, view, lambda data: data.update(shown=shown, hidden=hidden))


def save_filter(actor: User, *, view: str, name: str, query: str) -> None:
    """Will keep a query string under a name; the same name is replaced.

    Raises: InvalidInput (no name, or too long); Refused (there are already 20).
    """
    name = name.strip()
    if not 1 <= len(name) <= 30:
        raise InvalidInput(_("请给筛选起一个 30 字以内的名称。"), field="filter_name")
    if not 1 <= len(query) <= MAX_QUERY_LENGTH:
        raise InvalidInput(_("筛选条件为空或过长，无法保存。"), field="filter_query")

    def put(data: dict[str, Any]) -> None:
        others = [f for f in data.get("filters", []) if f["name"] != name]
        if len(others) >= MAX_FILTERS:
            raise Refused(_("常用筛选最多保存 %d 个，请先删除不用的。") % MAX_FILTERS)
        data["filters"] = [*others, {"name": name, "query": query}]

    _change(actor, view, put)


def delete_filter(actor: User, *, view: str, name: str) -> None:
    """Will forget a saved filter; forgetting one that is gone changes nothing."""

    def drop(data: dict[str, Any]) -> None:
        data["filters"] = [f for f in data.get("filters", []) if f["name"] != name]

    _change(actor, view, drop)


def reset_views(actor: User) -> int:
    """Will forget every arrangement of the user and say how many there were."""
    return ViewPreference.objects.filter(user=actor).delete()[0]


@transaction.atomic
def _change(actor: User, view: str, change: Callable[[dict[str, Any]], None]) -> None:
    ViewPreference.objects.get_or_create(user=actor, view=view)
    preference = ViewPreference.objects.select_for_update().get(user=actor, view=view)
    change(preference.data)
    preference.save(update_fields=["data"])
