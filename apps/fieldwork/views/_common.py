"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.common.pages import tabs_of
from apps.fieldwork import permissions


def require_any(request: HttpRequest, *rights: str) -> User:
    """Will give the signed-in person where one of the rights is theirs. Raises: NotAllowed."""
    viewer = actor_of(request)
    if not any(viewer.has_perm(right) for right in rights or permissions.READERS):
        raise NotAllowed(_("您没有查看网格员与巡查的权限"))
    return viewer


def worker_tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages about workers."""
    pages = [
        ("worker-list", _("网格员")),
        ("cell-gaps", _("无人负责的网格")),
        ("load", _("工作负荷")),
    ]
    return tabs_of("fieldwork", current, pages)


def roster_tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages about days."""
    pages = [("roster", _("排班")), ("shift-list", _("班次")), ("leave-list", _("请假"))]
    return tabs_of("fieldwork", current, pages)


def patrol_tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages about patrols."""
    pages = [
        ("patrol-board", _("每日巡查")),
        ("plan-list", _("巡查计划")),
        ("draw-list", _("随机抽查")),
    ]
    return tabs_of("fieldwork", current, pages)
