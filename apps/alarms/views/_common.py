"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.alarms import permissions
from apps.common.pages import tabs_by_right


def reader_of(request: HttpRequest, *rights: str) -> User:
    """Will give the signed-in person where they read alarms. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_any(viewer, *rights)
    return viewer


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages the viewer may open."""
    pages = [
        ("alarm-list", _("告警"), permissions.READERS),
        ("group-list", _("归并视图"), permissions.READERS),
        ("discovery-list", _("智能发现"), permissions.READERS),
        ("source-list", _("自动检查"), permissions.READERS),
        ("silence-list", _("静默与维护期"), permissions.READERS),
        ("step-list", _("升级通知"), permissions.READERS),
        ("dependency-list", _("对象依赖"), permissions.READERS),
        ("level-list", _("预警级别"), permissions.READERS),
        ("warning-list", _("公众预警"), permissions.WARNING_READERS),
        ("rule-list", _("阈值规则"), permissions.RULE_READERS),
        ("rule-shipped", _("随附规则"), permissions.RULE_READERS),
        ("rehearsal-list", _("规则试算"), permissions.RULE_READERS),
    ]
    return tabs_by_right(viewer, "alarms", current, pages)
