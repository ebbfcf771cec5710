"""Interfaces in the register of protected resources. Source: AC-07."""

from urllib.parse import urlencode

from django.urls import reverse
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
from apps.gateway.registry import Resource, all_resources


def _rows(viewer: User, text: str) -> list[ProtectedEntry]:
    return matching((_entry_of(resource) for resource in all_resources()), text)


def _entry_of(resource: Resource) -> ProtectedEntry:
    return ProtectedEntry(
        ResourceKind.INTERFACE,
        resource.code,
        resource.label,
        platform_owner(_("接口")),
        DefaultPolicy.STAFF if resource.is_open else DefaultPolicy.GRANT,
        opened_by=_("每个接口客户端，另按服务账号的权限和范围")
        if resource.is_open
        else _("接口客户端的授权范围：%(scopes)s") % {"scopes": "、".join(resource.needed)},
        state=_("第 %(version)s 版") % {"version": resource.version},
        url=f"{reverse('services:service-list')}?{urlencode({'q': resource.code})}",
    )


def register() -> None:
    """Will make the interfaces known."""
    register_source(ResourceSource("gateway", ResourceKind.INTERFACE, _rows, lambda entry: entry))
