"""Who may see, handle and arrange alarms. Pure questions."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import holds_in
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_for
from apps.alarms.models import Alarm
from apps.audit.services import Actor
from apps.common.errors import NotAllowed
from apps.places.models import Area

VIEW, HANDLE = "alarms.view_alarms", "alarms.handle_alarms"
ARRANGE = "alarms.arrange_alarms"
EDIT, PUBLISH = "alarms.edit_alarm_rules", "alarms.publish_alarm_rules"
ISSUE, APPROVE = "alarms.issue_warnings", "alarms.approve_warnings"
READERS = (VIEW, HANDLE, ARRANGE)
WARNING_READERS = (*READERS, ISSUE, APPROVE)
RULE_READERS = (*READERS, EDIT, PUBLISH)


def within_reach(viewer: User, *rights: str) -> Q:
    """Will give the condition "an alarm of the viewer's bodies, in their areas or units"."""
    scope = scope_for(viewer, *rights)
    if scope.everything:
        return Q()
    near = area_scope_q(scope) | organization_scope_q(scope)
    return Q(tenant_id__in=scope.tenant_ids) & near


def reaches(actor: Actor, alarm: Alarm, *rights: str) -> bool:
    """Will tell whether a post of the actor carries one of the rights over this alarm."""
    if not isinstance(actor, User):
        return actor.pk is None
    scope = scope_for(actor, *rights)
    near = scope.covers_area(alarm.area_path) or (
        alarm.unit_path != "" and scope.covers_organization(alarm.unit_path)
    )
    return scope.everything or (scope.covers_tenant(alarm.tenant_id) and near)


def can_see(viewer: User, alarm: Alarm) -> bool:
    """Will tell whether the viewer may look at this alarm."""
    return reaches(viewer, alarm, *READERS)


def can_handle(actor: Actor, alarm: Alarm) -> bool:
    """Will tell whether the actor may confirm, comment and handle this alarm."""
    return reaches(actor, alarm, HANDLE, ARRANGE)


def can_arrange(actor: Actor, alarm: Alarm) -> bool:
    """Will tell whether the actor may give this alarm to somebody."""
    return reaches(actor, alarm, ARRANGE)


def require_handle(actor: Actor, alarm: Alarm) -> None:
    """Raises: NotAllowed."""
    if not can_handle(actor, alarm):
        raise NotAllowed(_("您没有处置这条告警的权限"))


def require_arrange(actor: Actor, alarm: Alarm) -> None:
    """Raises: NotAllowed."""
    if not can_arrange(actor, alarm):
        raise NotAllowed(_("您没有指派这条告警的权限"))


def can_issue(viewer: User) -> bool:
    """Will tell whether the viewer proposes and lifts warnings to the public at all."""
    return bool(viewer.has_perm(ISSUE))


def can_issue_in(actor: Actor, area: Area) -> bool:
    """Will tell whether the actor warns, and lifts warnings, of this area."""
    return holds_in(actor, ISSUE, area)


def require_issue(actor: Actor, area: Area) -> None:
    """Raises: NotAllowed (no right, or not a duty area of the actor)."""
    if not can_issue_in(actor, area):
        raise NotAllowed(_("您没有在该区域发布预警的权限"))


def require_any(viewer: User, *rights: str) -> None:
    """Raises: NotAllowed (none of the rights; default: those of whoever reads alarms)."""
    if not any(viewer.has_perm(right) for right in rights or READERS):
        raise NotAllowed(_("您没有查看告警的权限"))
