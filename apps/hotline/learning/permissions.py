"""Who looks at warnings and who switches automatic dispatch. Pure predicates."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotAllowed
from apps.nlp.permissions import ALERTS

ASK = "hotline.ask_auto_dispatch"
AGREE = "hotline.agree_auto_dispatch"
SWITCHERS = (ASK, AGREE)


def tenant_ids(viewer: User, *rights: str) -> frozenset[int] | None:
    """Will give the bodies a right of these reaches; None: every one."""
    scope = scope_for(viewer, *rights)
    return None if scope.everything else frozenset(scope.tenant_ids)


def require(viewer: User, *rights: str) -> None:
    """Raises: NotAllowed (none of these rights)."""
    if not any(viewer.has_perm(right) for right in rights):
        raise NotAllowed(_("您没有执行该操作的权限"))


def require_alerts(viewer: User) -> None:
    """Raises: NotAllowed."""
    require(viewer, ALERTS)


def require_in(viewer: User, tenant_id: int, *rights: str) -> None:
    """Raises: NotAllowed (no such right over this body)."""
    require(viewer, *rights)
    reached = tenant_ids(viewer, *rights)
    if reached is not None and tenant_id not in reached:
        raise NotAllowed(_("您没有执行该操作的权限"))
