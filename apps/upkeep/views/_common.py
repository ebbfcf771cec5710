"""What the pages of upkeep share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import tabs_by_right
from apps.upkeep import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_reader(viewer)
    return viewer


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages the viewer may open."""
    pages = [
        ("status", _("平台状态"), permissions.READERS),
        ("backup-list", _("备份"), permissions.READERS),
        ("restore-list", _("恢复测试"), permissions.READERS),
        ("server-list", _("服务器切换"), permissions.READERS),
        ("cycle-list", _("年度计划"), permissions.READERS),
        ("exercise-list", _("演练"), permissions.READERS),
        ("plan-list", _("应急预案"), permissions.READERS),
        ("improvement-list", _("改进事项"), permissions.READERS),
        ("capacity", _("容量评估"), permissions.READERS),
        ("runbook-list", _("运维手册"), permissions.RUNBOOK_READERS),
    ]
    return tabs_by_right(viewer, "upkeep", current, pages)
