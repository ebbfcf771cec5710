"""Who may look at which evidence. Pure questions, asked by services, views and templates.

Three administrators watch one another: each alarm names who looks at it, and nobody looks at
an alarm about themselves. Source: GB/T 22239-2019 8.1.5, AC-06.
"""

from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.evidence.enums import Watch
from apps.evidence.models import Alarm

#: Who watches holds this beside the right to handle alarms.
WATCHERS = {Watch.SECURITY: "accounts.manage_roles", Watch.AUDIT: "audit.read_audit"}
HANDLE = "evidence.handle_alarms"


def watches_of(viewer: User) -> list[Watch]:
    """Will give whose alarms this person handles; the auditor sees the others' as well."""
    if not viewer.has_perm(HANDLE):
        return []
    return [watch for watch, right in WATCHERS.items() if viewer.has_perm(right)]


def visible_q(viewer: User) -> Q:
    """Will give the condition "this alarm is one the viewer may read".

    The auditor reads all, as the log; security reads those about the people of the bodies whose
    roles it administers, and those about an address alone. Nobody reads one about themselves.
    """
    watches = watches_of(viewer)
    others = Q(subject_id=None) | ~Q(subject_id=viewer.pk)
    if Watch.AUDIT in watches:
        return others
    return others & _handled_q(viewer, watches)


def can_handle(actor: User, alarm: Alarm) -> bool:
    """Will tell whether this person may look into and close the alarm."""
    watches = watches_of(actor)
    mine = _handled_q(actor, watches) & (Q(subject_id=None) | ~Q(subject_id=actor.pk))
    return Alarm.objects.filter(mine, pk=alarm.pk).exists()


def _handled_q(viewer: User, watches: list[Watch]) -> Q:
    condition = Q(pk__in=[])
    if Watch.AUDIT in watches:
        condition |= Q(watch=Watch.AUDIT)
    if Watch.SECURITY in watches:
        scope = scope_for(viewer, WATCHERS[Watch.SECURITY])
        own = Q() if scope.everything else Q(tenant_id=None) | Q(tenant_id__in=scope.tenant_ids)
        condition |= Q(watch=Watch.SECURITY) & own
    return condition
