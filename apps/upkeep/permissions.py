"""Who sees how the platform is kept, who keeps it, who writes and approves its runbooks.

The platform is one for all bodies of a city: whoever keeps it keeps all of it. Pure questions.
"""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.permissions import READERS as ALARM_READERS
from apps.common.errors import NotAllowed

VIEW, KEEP = "upkeep.view_upkeep", "upkeep.keep_upkeep"
WRITE, APPROVE = "upkeep.write_runbooks", "upkeep.approve_runbooks"
READERS = (VIEW, KEEP)
WRITERS = (WRITE, APPROVE)
#: Whoever handles alarms reads the manual as well.
RUNBOOK_READERS = (*READERS, *WRITERS, *ALARM_READERS)


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


def require_runbook_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in RUNBOOK_READERS):
        raise NotAllowed(_("您没有查阅运维手册的权限"))


def require_write(actor: Any) -> None:
    """Raises: NotAllowed."""
    if isinstance(actor, User) and not actor.has_perm(WRITE):
        raise NotAllowed(_("需要“编写运维手册”权限"))


def require_approve(actor: Any) -> None:
    """Raises: NotAllowed."""
    if isinstance(actor, User) and not actor.has_perm(APPROVE):
        raise NotAllowed(_("需要“审核运维手册”权限"))
