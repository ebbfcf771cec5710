"""Who plans points, who approves them, who looks at them."""

from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.audit.services import SYSTEM
from apps.common.errors import NotAllowed
from apps.places.models import Area
from apps.siting.models import Plan

VIEW = "siting.view_plans"
PLAN = "siting.plan_points"
APPROVE = "siting.approve_plans"
READERS = (VIEW, PLAN, APPROVE)
READ = "siting.read"  # the scope of API clients


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看点位规划的权限"))


def can_plan(actor: Any) -> bool:
    """Will tell whether the actor plans points at all."""
    return actor is SYSTEM or bool(actor.has_perm(PLAN))


def can_plan_for(actor: Any, plan: Plan) -> bool:
    """Will tell whether the actor may change this plan, whatever its state."""
    return _plans_in(actor, plan.unit, plan.area)


def require_plan(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_plan(actor):
        raise NotAllowed(_("您没有编制点位规划的权限"))


def require_plan_in(actor: Any, unit: Organization, area: Area) -> None:
    """Raises: NotAllowed (no right, not over this unit, or not over this area)."""
    require_plan(actor)
    if not _plans_in(actor, unit, area):
        raise NotAllowed(_("该单位或区域不在您的管辖范围内"))


def can_decide(actor: Any, plan: Plan) -> bool:
    """Will tell whether the actor approves this plan: not who wrote it or who submitted it."""
    if not actor.has_perm(APPROVE) or actor.pk in (plan.author_id, plan.sender_id):
        return False
    scope = scope_for(actor, APPROVE)
    return scope.covers_organization(plan.unit.path) or scope.covers_area(plan.area.path)


def require_decide(actor: Any, plan: Plan) -> None:
    """Raises: NotAllowed (no right over this plan, or the person's own)."""
    if not can_decide(actor, plan):
        raise NotAllowed(_("需要“审批点位规划”权限，且不能审批本人编制或送审的规划"))


def _plans_in(actor: Any, unit: Organization, area: Area) -> bool:
    if actor is SYSTEM:
        return True
    if not can_plan(actor):
        return False
    scope = scope_for(actor, PLAN)
    ours = scope.covers_organization(unit.path) or (
        unit.area is not None and scope.covers_area(unit.area.path)
    )
    return ours and scope.covers_area(area.path)
