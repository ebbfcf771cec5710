"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import tabs_of
from apps.journals import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person where they read logs. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages."""
    pages = [
        ("line-list", _("日志检索")),
        ("deviation-list", _("偏离提示")),
        ("rule-list", _("日志规则")),
        ("host-list", _("日志主机")),
        ("report", _("日志报表")),
    ]
    return tabs_of("journals", current, pages)
