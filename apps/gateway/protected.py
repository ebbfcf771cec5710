"""Interfaces in the register of protected resources. Source: AC-07."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import get_resolver, reverse
from django.utils.translation import gettext as _
from rest_framework.permissions import AllowAny

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
from apps.gateway.registry import Resource, all_resources, resource_of


def _rows(viewer: User, text: str) -> list[ProtectedEntry]:
    return matching((_entry_of(resource) for resource in all_resources()), text)


def _entry_of(resource: Resource) -> ProtectedEntry:
    policy = DefaultPolicy.STAFF if resource.is_open else DefaultPolicy.GRANT
    opened_by = (
        _("每个接口客户端，另按服务账号的权限和范围")
        if resource.is_open
        else _("接口客户端的授权范围：%(scopes)s") % {"scopes": "、".join(resource.needed)}
    )
    answers = _answers().get(resource.code, [])
    if any(answers):
        everything = all(answers)
        policy = DefaultPolicy.PUBLIC if everything else policy
        public = _("部分地址向社会公开，或由其自行核验来者")
        opened_by = "" if everything and resource.is_open else f"{opened_by}；{public}"
    return ProtectedEntry(
        ResourceKind.INTERFACE,
        resource.code,
        resource.label,
        platform_owner(_("接口")),
        policy,
        opened_by=opened_by,
        state=_("第 %(version)s 版") % {"version": resource.version},
        url=f"{reverse('services:service-list')}?{urlencode({'q': resource.code})}",
    )


@lru_cache(maxsize=1)
def _answers() -> dict[str, list[bool]]:
    """By resource, of each of its addresses, whether it answers without any signing in."""
    found: dict[str, list[bool]] = {}
    for address, view in _routes(get_resolver().url_patterns, "/"):
        resource = resource_of(address.partition("<")[0])
        if resource is not None and view is not None:
            found.setdefault(resource.code, []).append(AllowAny in view.permission_classes)
    return found


def _routes(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for each in patterns:
        address = prefix + str(each.pattern).lstrip("^")
        if hasattr(each, "url_patterns"):
            yield from _routes(each.url_patterns, address)
        elif address.startswith("/api/"):
            view = getattr(each.callback, "cls", None)
            yield address, view if hasattr(view, "permission_classes") else None


def register() -> None:
    """Will make the interfaces known."""
    register_source(ResourceSource("gateway", ResourceKind.INTERFACE, _rows, lambda entry: entry))
