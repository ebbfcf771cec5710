"""Who keeps the register, plans, draws, records and publishes. Pure predicates."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.inspection.models import CheckResult, CreditScaleDraft, Draw, DrawPlan, DrawResult

VIEW, KEEP = "inspection.view_register", "inspection.keep_register"
PLAN, RUN = "inspection.plan_draws", "inspection.run_draws"
RECORD, PUBLISH = "inspection.record_results", "inspection.publish_results"
DRAFT_SCALE, ENFORCE_SCALE = "inspection.draft_scale", "inspection.enforce_scale"
READERS = (VIEW, KEEP, PLAN, RUN, PUBLISH)


def reaches(actor: Actor, *permissions: str, tenant_id: int, area_path: str) -> bool:
    """Will tell whether a post of the actor carries one of the rights for this body and area."""
    if not isinstance(actor, User):
        return actor.pk is None
    scope = scope_for(actor, *permissions)
    return scope.everything or (scope.covers_tenant(tenant_id) and scope.covers_area(area_path))


def require(actor: Actor, permission: str, *, tenant_id: int, area_path: str) -> None:
    """Raises: NotAllowed."""
    if not reaches(actor, permission, tenant_id=tenant_id, area_path=area_path):
        raise NotAllowed(_("您没有执行该操作的权限"))


def within_reach(viewer: User, *permissions: str, prefix: str = "") -> Q:
    """Will give the condition "of the viewer's bodies and areas" for rows with an area path."""
    scope = scope_for(viewer, *permissions)
    if scope.everything:
        return Q()
    tenants = Q(**{f"{prefix}tenant_id__in": scope.tenant_ids})
    return tenants & area_scope_q(scope, f"{prefix}area_path")


def can_plan(actor: Actor, plan: DrawPlan) -> bool:
    """Will tell whether the actor may change a plan, freeze its list and give the list up."""
    return reaches(actor, PLAN, tenant_id=plan.tenant_id, area_path=plan.area_path)


def can_run(actor: Actor, draw: Draw) -> bool:
    """Will tell whether the actor may draw: with the right, and not one of those who planned."""
    planners = {draw.frozen_by_id, draw.plan.saved_by_id}
    return actor.pk not in planners and reaches(
        actor, RUN, tenant_id=draw.plan.tenant_id, area_path=draw.plan.area_path
    )


def can_record(actor: Actor, result: DrawResult) -> bool:
    """Will tell whether the actor is one of the inspectors drawn for the object."""
    if not isinstance(actor, User) or not actor.has_perm(RECORD):
        return False
    return any(seat.inspector.user_id == actor.pk for seat in result.inspectors.all())


def can_publish(actor: Actor, check: CheckResult) -> bool:
    """Will tell whether the actor may publish or send back: with the right, and no author of any
    version.
    """
    plan = check.result.draw.plan
    authors = check.result.checks.values_list("recorded_by_id", flat=True)
    return actor.pk not in set(authors) and reaches(
        actor, PUBLISH, tenant_id=plan.tenant_id, area_path=plan.area_path
    )


def can_draft_scale(actor: Actor, tenant: Tenant) -> bool:
    """Will tell whether the actor may write a version of the credit scale."""
    return reaches(actor, DRAFT_SCALE, tenant_id=tenant.pk, area_path=_whole(tenant))


def can_enforce_scale(actor: Actor, draft: CreditScaleDraft) -> bool:
    """Will tell whether the actor may put a draft in force: with the right, and not its maker."""
    return actor.pk != draft.made_by_id and reaches(
        actor, ENFORCE_SCALE, tenant_id=draft.tenant_id, area_path=_whole(draft.tenant)
    )


def _whole(tenant: Tenant) -> str:
    return tenant.area.path if tenant.area is not None else ""
