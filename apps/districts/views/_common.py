"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common.pages import tabs_by_right
from apps.districts.permissions import MANAGE_LINKS, MANAGE_PEERS, require_manager

_PAGES = (
    ("link-list", _("向市级汇聚"), (MANAGE_LINKS,)),
    ("received", _("市级回传"), (MANAGE_LINKS,)),
    ("peer-list", _("来源区"), (MANAGE_PEERS,)),
)


def keeper_of(request: HttpRequest, right: str) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    require_manager(viewer, right)
    return viewer


def tabs(viewer: User, current: str) -> list[dict[str, Any]]:
    """Will give the tabs of the pages somebody may open."""
    return tabs_by_right(viewer, "districts", current, _PAGES)
