"""Who may look at which evidence. Pure questions, asked by services, views and templates.

Three administrators watch one another: each alarm names who looks at it, and nobody looks at
an alarm about themselves. Source: GB/T 22239-2019 8.1.5, AC-06.
"""

from apps.accounts.models import User
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


def can_handle(actor: User, alarm: Alarm) -> bool:
    """Will tell whether this person may look into and close the alarm."""
    return alarm.watch in watches_of(actor) and alarm.subject_id != actor.pk


def can_see(viewer: User, alarm: Alarm) -> bool:
    """Will tell whether this person may read the alarm; the auditor reads those of all."""
    if alarm.subject_id == viewer.pk:
        return False
    watches = watches_of(viewer)
    return alarm.watch in watches or Watch.AUDIT in watches
