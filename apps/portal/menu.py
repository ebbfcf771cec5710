"""The side menu as one viewer sees it: an item is shown to whoever holds one of its permissions."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import User
from apps.portal.menu_items import MENU, MenuItem


@dataclass(frozen=True)
class ShownItem:
    """An item as one viewer sees it."""

    label: str
    icon: str
    url: str
    is_current: bool
    count: int = 0


@dataclass(frozen=True)
class ShownGroup:
    label: str
    items: list[ShownItem]


def resolve(name: str, *args: str) -> str:
    """Will give the address of a named page, "" while no app offers it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def build_menu(request: HttpRequest, user: User) -> list[ShownGroup]:
    """Will give the menu as this user sees it; the longest address that fits is current."""
    seen = [
        (group, item, address)
        for group in MENU
        for item in group.items
        if _is_open(item, user) and (address := resolve(item.url_name, *item.args))
    ]
    fitting = [a for _group, _item, a in seen if _fits(a, request.path)]
    current = max(fitting, key=len, default="")
    shown: list[ShownGroup] = []
    for group in MENU:
        items = [
            ShownItem(
                str(item.label),
                item.icon,
                address,
                address == current,
                item.count(user) if item.count else 0,
            )
            for owner, item, address in seen
            if owner is group
        ]
        if items:
            shown.append(ShownGroup(str(group.label), items))
    return shown


def find_pages(user: User, text: str) -> list[tuple[str, str]]:
    """Will give label and address of the pages this user has whose label has the text."""
    words = text.casefold()
    named = [
        (str(item.label), resolve(item.url_name, *item.args))
        for group in MENU
        for item in group.items
        if words in str(item.label).casefold() and _is_open(item, user)
    ]
    return [(label, address) for label, address in named if address]


def _is_open(item: MenuItem, user: Any) -> bool:
    if item.demo_only and not settings.DEMO:
        return False
    if item.for_staff and not user.is_staff:
        return False
    return item.is_open or any(user.has_perm(p) for p in item.permissions)


def _fits(address: str, path: str) -> bool:
    return path == address or (address != "/" and path.startswith(address))
