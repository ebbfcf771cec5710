"""Who may publish guides, edit plans, file for citizens, switch and sample. Pure predicates."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.audit.services import Actor
from apps.common.errors import NotAllowed

PUBLISH, EDIT = "guides.publish_guide", "guides.edit_plan"
FILE, HAND_OUT = "guides.file_application", "guides.hand_out_results"
SWITCH, REVIEW = "guides.switch_instant", "guides.review_instant"


def holds(actor: Actor, permission: str, *, tenant_id: int) -> bool:
    """Will tell whether the actor has a permission in a tenant; the system has every one."""
    if not isinstance(actor, User):
        return actor.pk is None
    scope = scope_of(actor)
    return scope.everything or (permission in scope.permissions and tenant_id in scope.tenant_ids)


def require(actor: Actor, permission: str, *, tenant_id: int) -> None:
    """Raises: NotAllowed."""
    if not holds(actor, permission, tenant_id=tenant_id):
        raise NotAllowed(_("您没有执行该操作的权限"))
