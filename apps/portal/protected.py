"""The lines of the menu in the register of protected resources. Source: AC-07."""

from django.apps import apps
from django.conf import settings
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.protected.registry import (
    DefaultPolicy,
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    platform_owner,
    register_source,
)
from apps.accounts.protected.selectors import matching
from apps.portal.menu_items import MENU, MenuItem


def _rows(viewer: User, text: str) -> list[ProtectedEntry]:
    items = [item for group in MENU for item in group.items]
    return matching((_entry_of(item) for item in items), text)


def _entry_of(item: MenuItem) -> ProtectedEntry:
    address = reverse(item.url_name, args=item.args)
    closed = item.demo_only and not settings.DEMO
    policy = DefaultPolicy.STAFF if item.is_open else DefaultPolicy.RIGHT
    page = resolve(address).func
    # The pages of the console are Django's; its owner is the app that keeps the site.
    kept_by = type(page.admin_site) if hasattr(page, "admin_site") else page
    module = kept_by.__module__.split(".")
    owner = apps.get_app_config(module[1]).verbose_name if module[0] == "apps" else module[0]
    return ProtectedEntry(
        ResourceKind.MENU,
        ":".join((item.url_name, *item.args)),
        item.label,
        platform_owner(owner),
        DefaultPolicy.DENIED if closed else policy,
        rights=item.permissions,
        state=_("仅演示环境") if item.demo_only else _("使用中"),
        url=address,
    )


def register() -> None:
    """Will make the lines of the menu known."""
    register_source(ResourceSource("portal", ResourceKind.MENU, _rows, lambda entry: entry))
