"""Who sees the warehouse, who fills it, who publishes, who uses other departments' services.

Algorithms are the same for the whole city; work, costs and requests belong to units and are
seen by those whose posts reach the unit.
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import Scope, organization_scope_q, scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed

VIEW, KEEP = "algorithms.view_algorithms", "algorithms.keep_algorithms"
PUBLISH, USE = "algorithms.publish_algorithms", "algorithms.use_capabilities"
READERS = (VIEW, KEEP, PUBLISH, USE)


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor registers, checks and evaluates algorithms."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def can_publish(actor: Any) -> bool:
    """Will tell whether the actor publishes, moves aliases and decides on requests."""
    return actor is SYSTEM or bool(actor.has_perm(PUBLISH))


def can_use(actor: Any, unit: Organization) -> bool:
    """Will tell whether the actor asks for and calls capabilities for this unit."""
    return actor is SYSTEM or (bool(actor.has_perm(USE)) and covers(scope_for(actor, USE), unit))


def can_keep_for(actor: Any, unit: Organization) -> bool:
    """Will tell whether the actor keeps what belongs to this unit."""
    return actor is SYSTEM or (can_keep(actor) and covers(scope_for(actor, KEEP), unit))


def can_publish_for(actor: Any, unit: Organization) -> bool:
    """Will tell whether the actor decides on what belongs to this unit."""
    return actor is SYSTEM or (can_publish(actor) and covers(scope_for(actor, PUBLISH), unit))


def require_keep_for(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_keep_for(actor, unit):
        raise NotAllowed(_("您没有为该单位登记数据集的权限"))


def require_publish_for(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_publish_for(actor, unit):
        raise NotAllowed(_("您没有审核该单位数据集的权限"))


def covers(scope: Scope, unit: Organization) -> bool:
    """Will tell whether a scope holds a unit."""
    return scope.everything or scope.covers_organization(unit.path)


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护算法仓库的权限"))


def require_publish(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_publish(actor):
        raise NotAllowed(_("您没有发布算法的权限"))


def require_use(actor: Any, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_use(actor, unit):
        raise NotAllowed(_("您没有为该单位申请和调用外部能力的权限"))


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed (none of the rights of the warehouse)."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看算法仓库的权限"))


def units_q(viewer: User, field: str = "unit__path") -> Q:
    """Will give the condition "of a unit within the viewer's posts here"."""
    return organization_scope_q(scope_for(viewer, *READERS), field)
