"""Who sees tags and passages, and who keeps readers, tags, batches, passes and rules."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.permissions import holds_in
from apps.accounts.selectors import scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.places.models import Area

VIEW = "tagging.view_tags"
KEEP = "tagging.keep_tags"
READERS = (VIEW, KEEP)
SEND = "tagging.send"  # the scope of API clients


def is_reader(viewer: User) -> bool:
    """Will tell whether the viewer sees tags at all."""
    return any(viewer.has_perm(right) for right in READERS)


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not is_reader(viewer):
        raise NotAllowed(_("您没有查看标签与通行的权限"))


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps tags at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def can_keep_for(actor: Any, unit: Organization) -> bool:
    """Will tell whether the actor keeps what is this unit's."""
    if actor is SYSTEM:
        return True
    return can_keep(actor) and scope_for(actor, KEEP).covers_organization(unit.path)


def require_keep(actor: Any, unit: Organization | None = None) -> None:
    """unit: whose tag, batch or rule it is. Raises: NotAllowed (no right, or not over it)."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护标签与读写器的权限"))
    if unit is not None and not can_keep_for(actor, unit):
        raise NotAllowed(_("该单位不在您的管辖范围内"))


def can_keep_in(actor: Any, area: Area | None) -> bool:
    """Will tell whether the actor keeps what stands in this area."""
    return holds_in(actor, KEEP, area)


def require_keep_in(actor: Any, area: Area | None) -> None:
    """Raises: NotAllowed (no right, or not a duty area of the actor)."""
    require_keep(actor)
    if not can_keep_in(actor, area):
        raise NotAllowed(_("该位置不在您负责的区域内"))
