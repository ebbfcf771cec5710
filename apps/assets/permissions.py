"""Who may enter things into the register."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed


def can_register_asset(actor: Any) -> bool:
    """Will tell whether the actor keeps the register."""
    return actor is SYSTEM or actor.has_perm("assets.register_asset")


def require_register_asset(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_register_asset(actor):
        raise NotAllowed(_("您没有登记部件的权限"))
