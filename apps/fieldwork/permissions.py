"""Who may see and arrange workers and patrols. Pure questions."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.fieldwork.models import Leave, Patrol, Worker

WORK, VIEW = "fieldwork.do_fieldwork", "fieldwork.view_workers"
LEAD, PLAN = "fieldwork.lead_workers", "fieldwork.plan_patrols"
TRACKS = "fieldwork.view_tracks"
READERS = (VIEW, LEAD, PLAN)


def reaches(actor: Actor, *permissions: str, tenant_id: int, area_path: str) -> bool:
    """Will tell whether a post of the actor carries one of the rights for this body and area."""
    if not isinstance(actor, User):
        return actor.pk is None
    scope = scope_for(actor, *permissions)
    return scope.everything or (scope.covers_tenant(tenant_id) and scope.covers_area(area_path))


def require(actor: Actor, *permissions: str, tenant_id: int, area_path: str) -> None:
    """Raises: NotAllowed."""
    if not reaches(actor, *permissions, tenant_id=tenant_id, area_path=area_path):
        raise NotAllowed(_("该区域或人员不在您的管理范围内"))


def within_reach(viewer: User, *permissions: str, prefix: str = "") -> Q:
    """Will give the condition "of the viewer's bodies and areas" for rows with an area path."""
    scope = scope_for(viewer, *permissions)
    if scope.everything:
        return Q()
    tenants = Q(**{f"{prefix}tenant_id__in": scope.tenant_ids})
    return tenants & area_scope_q(scope, f"{prefix}area_path")


def can_lead(actor: Actor, worker: Worker) -> bool:
    """Will tell whether the actor arranges this worker's cells and days."""
    return reaches(actor, LEAD, tenant_id=worker.tenant_id, area_path=worker.area_path)


def can_rule(actor: Actor, leave: Leave) -> bool:
    """Will tell whether the actor may say yes or no to a leave: never one's own or one filed."""
    own = actor.pk is not None and actor.pk in (leave.worker.user_id, leave.filed_by_id)
    return not own and can_lead(actor, leave.worker)


def can_see_track(actor: Actor, worker: Worker) -> bool:
    """Will tell whether the actor may look at where a worker went: one's own, or by right."""
    return actor.pk == worker.user_id or reaches(
        actor, TRACKS, tenant_id=worker.tenant_id, area_path=worker.area_path
    )


def can_check(actor: Actor, patrol: Patrol) -> bool:
    """Will tell whether the actor may judge a patrol: with the right, and not the one who went."""
    if patrol.worker is not None and actor.pk == patrol.worker.user_id:
        return False
    return reaches(actor, PLAN, tenant_id=patrol.tenant_id, area_path=patrol.area_path)
