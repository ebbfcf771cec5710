"""Which staff keep public accounts, and of which body. Pure predicates."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.audit.services import Actor, SystemActor
from apps.common.errors import NotAllowed
from apps.residents.enums import MANAGE, VIEW


def can_view(actor: User) -> bool:
    """Will tell whether the actor may open the pages of public accounts."""
    return actor.is_active and (actor.has_perm(VIEW) or actor.has_perm(MANAGE))


def can_manage(actor: Actor, tenant_id: int) -> bool:
    """Will tell whether the actor keeps the public accounts of this body."""
    if not isinstance(actor, User):
        return isinstance(actor, SystemActor)
    return actor.is_active and scope_for(actor, MANAGE).covers_tenant(tenant_id)


def require_manage(actor: Actor, tenant_id: int) -> None:
    """Raises: NotAllowed."""
    if not can_manage(actor, tenant_id):
        raise NotAllowed(_("需要“管理公众账户”权限"))
