"""What the pages of the assurance read. Writes nothing."""

from django.db.models import Q, QuerySet

from apps.accounts.assurance.models import FactorRecovery, RecoveryState
from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.audit.models import AuditEntry
from apps.common.errors import NotFound

_WAITING = (RecoveryState.ASKED, RecoveryState.CONFIRMED, RecoveryState.ENTERED)
_SECURITY = ("sign_in.", "second_factor.", "step_up.", "user.password", "user.identity")


def list_recoveries(viewer: User, *, waiting: bool) -> QuerySet[FactorRecovery]:
    """Will give the lost factors of the people the viewer may unlock, the newest first."""
    scope = scope_for(viewer, "accounts.unlock_users")
    found = FactorRecovery.objects.select_related("user__tenant", "decided_by")
    if not scope.everything:
        found = found.filter(user__tenant_id__in=scope.tenant_ids)
    found = found.filter(state__in=_WAITING) if waiting else found.exclude(state__in=_WAITING)
    return found.order_by("-asked_at", "-pk")


def get_recovery(viewer: User, recovery_id: int) -> FactorRecovery:
    """Will give one of them. Raises: NotFound."""
    for waiting in (True, False):
        found = list_recoveries(viewer, waiting=waiting).filter(pk=recovery_id).first()
        if found is not None:
            return found
    raise NotFound("没有找到该申请。")


def list_security_events(user: User) -> QuerySet[AuditEntry]:
    """Will give what the log says of the security of this account, the newest first."""
    kinds = Q()
    for prefix in _SECURITY:
        kinds |= Q(action__startswith=prefix)
    return AuditEntry.objects.filter(
        kinds, object_type="accounts.user", object_id=str(user.pk)
    ).order_by("-id")
