"""What the pages of the call centre share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.callcentre import permissions
from apps.callcentre.permissions import APPROVE_SCRIPTS, INSPECT, LEAD, TAKE, WATCH, WRITE_SCRIPTS
from apps.callcentre.selectors.board import lines_of
from apps.common.pages import tabs_by_right
from apps.common.periods import Period, parse


def viewer_with(request: HttpRequest, *rights: str) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_any(viewer, *rights)
    return viewer


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages the viewer may open."""
    pages = [
        ("board", _("话务看板"), (WATCH,)),
        ("agents", _("话务员"), (LEAD, WATCH)),
        ("ledger", _("座席状态台账"), (LEAD, WATCH, TAKE)),
        ("roster", _("排班"), (LEAD, WATCH, TAKE)),
        ("swaps", _("换班"), (LEAD, TAKE)),
        ("report", _("话务报表"), (WATCH,)),
        ("inspections", _("质检"), (INSPECT, LEAD, TAKE)),
        ("samples", _("抽样"), (INSPECT, LEAD)),
        ("sheets", _("评分表"), (INSPECT, LEAD)),
        ("scripts", _("话术"), (WRITE_SCRIPTS, APPROVE_SCRIPTS)),
    ]
    return tabs_by_right(viewer, "callcentre", current, pages)


def period_of(request: HttpRequest, *, days: str = "7") -> Period:
    """Will read the period of an address, else the last days. Raises: InvalidInput ("first")."""
    given = request.GET
    return parse(
        days=given.get("days", days), first=given.get("first", ""), last=given.get("last", "")
    )


def line_of(request: HttpRequest, viewer: User, *rights: str) -> int | None:
    """Will give the line asked for, if it is one of the viewer's."""
    asked = request.GET.get("line", "")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        return None
    return int(asked) if lines_of(viewer, *rights).filter(pk=asked).exists() else None
