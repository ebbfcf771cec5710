"""Who keeps assistants, who agrees to switching them on. Using them is by unit."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed

KEEP = "assist.keep_assistants"
APPROVE = "assist.approve_assistants"
READERS = (KEEP, APPROVE)


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps assistants at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def can_keep_in(actor: Any, unit: Organization) -> bool:
    """Will tell whether the actor keeps the assistants of this unit."""
    if actor is SYSTEM:
        return True
    return can_keep(actor) and scope_for(actor, KEEP).covers_organization(unit.path)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看智能辅助服务的权限"))


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护智能辅助服务的权限"))


def require_keep_in(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed (no right, or not over this unit)."""
    require_keep(actor)
    if not can_keep_in(actor, unit):
        raise NotAllowed(_("该单位不在您的管理范围内"))
