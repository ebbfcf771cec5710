"""Who sees devices, who keeps them, and who says what kinds there are."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import holds_in
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.places.models import Area

VIEW = "sensing.view_devices"
KEEP = "sensing.keep_devices"
PROFILES = "sensing.keep_profiles"
READERS = (VIEW, KEEP, PROFILES)
SEND = "sensing.send"  # the scope of API clients


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看感知设备的权限"))


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps devices at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护感知设备的权限"))


def can_keep_in(actor: Any, area: Area | None) -> bool:
    """Will tell whether the actor keeps devices that stand in this area."""
    return holds_in(actor, KEEP, area)


def require_keep_in(actor: Any, area: Area | None) -> None:
    """Raises: NotAllowed (not a duty area of the actor)."""
    require_keep(actor)
    if not can_keep_in(actor, area):
        raise NotAllowed(_("该位置不在您负责的区域内"))


def can_keep_profiles(actor: Any) -> bool:
    """Will tell whether the actor says what kinds of devices there are."""
    return actor is SYSTEM or bool(actor.has_perm(PROFILES))


def require_keep_profiles(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep_profiles(actor):
        raise NotAllowed(_("您没有维护设备型号的权限"))
