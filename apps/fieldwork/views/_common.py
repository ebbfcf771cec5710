"""What the pages of this app share."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.fieldwork import permissions


def require_any(request: HttpRequest, *rights: str) -> User:
    """Will give the signed-in person where one of the rights is theirs. Raises: NotAllowed."""
    viewer = actor_of(request)
    if not any(viewer.has_perm(right) for right in rights or permissions.READERS):
        raise NotAllowed(_("您没有查看网格员与巡查的权限"))
    return viewer


def status_of(*forms_shown: forms.BaseForm) -> int:
    """Will give 422 where one of the forms was refused."""
    return 422 if any(form.is_bound and form.errors for form in forms_shown) else 200


def tabs_of(current: str, *names: tuple[str, str]) -> list[dict[str, Any]]:
    """Will give the tabs of a group of pages. names: name of the address, label."""
    return [
        {"label": label, "url": reverse(f"fieldwork:{name}"), "current": name == current}
        for name, label in names
    ]


def worker_tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages about workers."""
    return tabs_of(
        current,
        ("worker-list", _("网格员")),
        ("cell-gaps", _("无人负责的网格")),
        ("load", _("工作负荷")),
    )


def roster_tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages about days."""
    return tabs_of(
        current, ("roster", _("排班")), ("shift-list", _("班次")), ("leave-list", _("请假"))
    )


def patrol_tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages about patrols."""
    return tabs_of(
        current,
        ("patrol-board", _("每日巡查")),
        ("plan-list", _("巡查计划")),
        ("draw-list", _("随机抽查")),
    )
