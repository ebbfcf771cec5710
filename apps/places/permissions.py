"""Who may change the areas and the gazetteer. Everybody on the staff may read them."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed


def can_manage_areas(actor: Any) -> bool:
    """Will tell whether the actor may import, merge, split and close areas."""
    return actor is SYSTEM or actor.has_perm("places.manage_areas")


def can_add_alias(actor: Any) -> bool:
    """Will tell whether the actor may teach the gazetteer another name: any signed-in person."""
    return actor is SYSTEM or bool(actor.is_authenticated and actor.is_active)


def require_manage_areas(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_manage_areas(actor):
        raise NotAllowed(_("您没有管理区划与地名的权限"))
