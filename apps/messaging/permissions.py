"""Who answers citizens' messages, who oversees it, who keeps the accounts.

An account belongs to a unit; its conversations are seen in that unit and those above it, never
in the neighbouring district.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.messaging.models import ChannelAccount

ANSWER = "messaging.answer_messages"
OVERSEE = "messaging.oversee_messages"
KEEP = "messaging.keep_channels"
READERS = (ANSWER, OVERSEE, KEEP)


def reach_q(viewer: User, *rights: str, field: str = "unit") -> Q:
    """Will give the condition "the account is answered in a unit where the viewer may that"."""
    scope = scope_for(viewer, *(rights or READERS))
    if scope.everything:
        return Q()
    within = Q(pk__in=[])
    for path in scope.organization_paths:
        within |= Q(**{f"{field}__path__startswith": path})
    return within


def can_answer(actor: Any, account: ChannelAccount) -> bool:
    """Will tell whether the actor answers at the desk of this account."""
    return _can(actor, ANSWER, account.unit)


def can_oversee(actor: User) -> bool:
    """Will tell whether the actor sees figures and may give a conversation to somebody else."""
    return actor.has_perm(OVERSEE)


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps accounts at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看市民消息的权限"))


def require_answer(actor: User, account: ChannelAccount) -> None:
    """Raises: NotAllowed."""
    if not can_answer(actor, account):
        raise NotAllowed(_("您没有答复此渠道消息的权限"))


def require_oversee(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_oversee(actor):
        raise NotAllowed(_("您没有查看渠道报表的权限"))


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护渠道账号的权限"))


def require_keep_in(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed (not a unit of the actor)."""
    require_keep(actor)
    if not _can(actor, KEEP, unit):
        raise NotAllowed(_("该单位不在您的管理范围内"))


def _can(actor: Any, right: str, unit: Organization) -> bool:
    if actor is SYSTEM:
        return True
    return bool(actor.has_perm(right)) and scope_for(actor, right).covers_organization(unit.path)
