"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import tabs_of
from apps.monitoring import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person where they watch equipment. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages."""
    pages = [
        ("home", _("总览")),
        ("run-list", _("一键运维")),
        ("target-list", _("监控对象")),
        ("outage-list", _("中断记录")),
        ("topology", _("业务拓扑")),
    ]
    return tabs_of("monitoring", current, pages)
