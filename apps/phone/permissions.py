"""Who works with the phone, and who reads what was kept."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.common.errors import NotAllowed


def can_use_phone(user: Any) -> bool:
    """Will tell whether this person's phone may fetch a day pack and send deeds today."""
    return bool(user.is_authenticated and user.is_active and user.has_perm("phone.use_phone"))


def can_read_kept(user: Any) -> bool:
    """Will tell whether this person looks after what could not be done as sent."""
    return bool(user.has_perm("phone.read_kept"))


def require_read_kept(user: Any) -> None:
    """Raises: NotAllowed."""
    if not can_read_kept(user):
        raise NotAllowed(_("没有查看手机端留存的权限"))
