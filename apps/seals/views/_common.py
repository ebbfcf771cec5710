"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.assurance.levels import level_of
from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import tabs_by_right
from apps.seals import permissions


def reader_of(request: HttpRequest, *rights: str) -> User:
    """Will give the signed-in person where they may look. Raises: NotAllowed."""
    viewer = actor_of(request)
    if rights:
        permissions.require_right(viewer, *rights)
    else:
        permissions.require_reader(viewer)
    return viewer


def proved(request: HttpRequest) -> int:
    """Will give the level the sign-on has proved, for the log."""
    return level_of(request).level


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages the viewer may open."""
    keepers = (permissions.KEEP, permissions.VIEW)
    pages = [
        ("seal-list", _("印章"), tuple(permissions.ALL)),
        ("use-list", _("用印"), tuple(permissions.ALL)),
        ("medium-list", _("密钥介质"), keepers),
        ("log-list", _("用印日志"), (*keepers, permissions.APPROVE, "audit.read_audit")),
    ]
    return tabs_by_right(viewer, "seals", current, pages)
