"""Who drafts a schedule, who agrees to it, who keeps single cases, and who looks on."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotAllowed

VIEW = "retention.view_retention"
DRAFT = "retention.draft_schedule"
AGREE = "retention.agree_schedule"
HOLD = "retention.hold_cases"
READERS = (VIEW, DRAFT, AGREE, HOLD)


def can(actor: User, right: str, tenant_id: int) -> bool:
    """Will tell whether the actor holds the right in this city."""
    return scope_for(actor, right).covers_tenant(tenant_id)


def require(actor: User, right: str, tenant_id: int) -> None:
    """Raises: NotAllowed (the right is not held in this city)."""
    if not can(actor, right, tenant_id):
        raise NotAllowed(_("您没有使用此功能的权限"))
