"""What every deed about a client begins and ends with: right, lock, log."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import NotAllowed, NotFound, Refused
from apps.gateway.models import ApiClient

MANAGE_CLIENTS = "gateway.manage_clients"


def require_client_manager(actor: Actor, *, tenant_id: int) -> None:
    """Raises: NotAllowed (no post with the permission in this body)."""
    if isinstance(actor, User) and not scope_for(actor, MANAGE_CLIENTS).covers_tenant(tenant_id):
        raise NotAllowed(_("需要“管理接口客户端”权限"))


def lock_client(actor: Actor, client_id: int) -> ApiClient:
    """Will lock a client of a body the actor manages clients of. Raises: NotFound; NotAllowed."""
    client = ApiClient.objects.select_for_update().filter(pk=client_id).first()
    if client is None:
        raise NotFound(_("没有这个接口客户端"))
    require_client_manager(actor, tenant_id=client.tenant_id)
    return client


def lock_usable_client(actor: Actor, client_id: int) -> ApiClient:
    """Will do the same for a client still in use. Raises: Refused (revoked) besides."""
    client = lock_client(actor, client_id)
    if client.revoked_at is not None:
        raise Refused(_("该客户端已吊销"))
    return client


def note_client(actor: Actor, action: str, client: ApiClient, **more: object) -> None:
    """Will write a deed about a client to the log."""
    audit.record(
        actor,
        action,
        object_type="gateway.client",
        object_id=client.pk,
        object_label=client.name,
        data={"scopes": client.scopes} | more,
    )
