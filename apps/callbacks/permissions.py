"""Who calls citizens back, who leads them, who objects and rules, who writes the bulletin.

A person of the handling unit neither calls back a case of that unit nor reads who answered
what: ``is_independent`` is asked by every read and every deed about one call-back (HL-17).
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import Scope, area_scope_q, scope_for, scope_of
from apps.callbacks.models import CallbackTask
from apps.common.errors import NotAllowed
from apps.matters.models import Case
from apps.matters.permissions import belongs_to

CALL = "matters.callback_case"
MANAGE = "callbacks.manage_pools"
VIEW = "callbacks.view_callbacks"
FILE = "callbacks.file_disputes"
RULE = "callbacks.rule_disputes"
DRAFT = "callbacks.draft_bulletins"
APPROVE = "callbacks.approve_bulletins"
READERS = (CALL, MANAGE, VIEW)
#: What an API client must be granted besides the rights of its account.
API_READ, API_CALL = "callbacks.read", "callbacks.call"
DISPUTERS = (FILE, RULE)
BULLETIN_READERS = (DRAFT, APPROVE, VIEW)


def require_any(viewer: User, *rights: str) -> None:
    """Raises: NotAllowed (none of the rights is held)."""
    if not any(viewer.has_perm(right) for right in rights):
        raise NotAllowed(_("您没有使用此功能的权限"))


def require_in(actor: User, right: str, tenant_id: int) -> None:
    """Raises: NotAllowed (the right is not held in this tenant)."""
    if not scope_for(actor, right).covers_tenant(tenant_id):
        raise NotAllowed(_("您没有使用此功能的权限"))


def unit_paths_above(viewer: User) -> set[str]:
    """Will give the paths of every unit the viewer belongs to: their own and all above."""
    found: set[str] = set()
    for path in scope_of(viewer).organization_paths:
        parts = path.strip("/").split("/")
        found |= {f"/{'/'.join(parts[: n + 1])}/" for n in range(len(parts))}
    return found


def is_independent(viewer: User, task: CallbackTask) -> bool:
    """Will tell whether the viewer belongs to none of the units that handled the case."""
    return not belongs_to(viewer, task.unit_path)


def reach_q(scope: Scope) -> Q:
    """Will give the condition "a call-back of my tenant in my duty area"."""
    if scope.everything:
        return Q()
    return Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, field="area_path")


def can_call_about(actor: User, case: Case) -> bool:
    """Will tell whether the actor calls citizens back, here, and is not of the handling unit."""
    if not actor.has_perm(CALL) or belongs_to(actor, case.unit_path):
        return False
    scope = scope_for(actor, CALL)
    return scope.covers_tenant(case.tenant_id) and scope.covers_area(case.area_path)


def can_lead(actor: User) -> bool:
    """Will tell whether the actor manages pools, scripts and who has which call-back."""
    return actor.has_perm(MANAGE)
