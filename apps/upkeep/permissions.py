"""Who sees how the platform is kept, who keeps it, who writes and approves its runbooks.

The platform is one for all bodies of a city: whoever keeps it keeps all of it. Pure questions.
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotAllowed

VIEW, KEEP = "upkeep.view_upkeep", "upkeep.keep_upkeep"
WRITE, APPROVE = "upkeep.write_runbooks", "upkeep.approve_runbooks"
READERS = (VIEW, KEEP)
RUNBOOK_READERS = (*READERS, WRITE, APPROVE)


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps backups, drills and reviews; the product itself does."""
    return not isinstance(actor, User) or actor.has_perm(KEEP)


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("需要“管理备份与平台运维”权限"))


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("需要“查看平台运维”权限"))
