"""Districts that may pass on: written by those who keep them, audited with before and after."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.districts.models import Peer
from apps.districts.permissions import MANAGE_PEERS, require_manager
from apps.gateway.models import ApiClient
from apps.places.models import Area

_STATED = ("name", "client_id", "area_id", "promise_minutes", "is_active")
SHORTEST_PROMISE, LONGEST_PROMISE = 10, 7 * 24 * 60


@dataclass(frozen=True)
class PeerSpec:
    """A district as it shall be; see ``models.Peer`` for the meaning."""

    name: str
    client: ApiClient
    area: Area
    promise_minutes: int = 60
    is_active: bool = True


@transaction.atomic
def save_peer(actor: User, *, tenant: Tenant, spec: PeerSpec, peer_id: int | None = None) -> Peer:
    """Will let a district pass on, or change what it may; audited, unchanged is silent.

    peer_id: of the one to change, which is locked.
    Raises: NotAllowed; NotFound; InvalidInput (name, client, area, promise_minutes).
    """
    require_manager(actor, MANAGE_PEERS, tenant.pk)
    peer = _locked(tenant, peer_id) if peer_id is not None else Peer(tenant=tenant)
    _check(tenant, spec)
    before = audit.snapshot(peer, *_STATED) if peer.pk else {}
    peer.name, peer.client, peer.area = spec.name.strip(), spec.client, spec.area
    peer.promise_minutes, peer.is_active = spec.promise_minutes, spec.is_active
    peer.created_at = peer.created_at or clock.now()
    try:
        with transaction.atomic():
            peer.save()
    except IntegrityError as error:
        raise InvalidInput(_("这个接口客户端已绑定别的区"), field="client") from error
    changed = audit.changes(before, audit.snapshot(peer, *_STATED))
    if changed.get("after"):
        audit.record(
            actor,
            "districts.peer_changed" if before else "districts.peer_created",
            object_type="districts.peer",
            object_id=peer.pk,
            object_label=peer.name,
            data=changed,
        )
    return peer


def _check(tenant: Tenant, spec: PeerSpec) -> None:
    if not 1 <= len(spec.name.strip()) <= 80:
        raise InvalidInput(_("请填写名称"), field="name")
    if spec.client.tenant_id != tenant.pk or spec.client.revoked_at is not None:
        raise InvalidInput(_("请选择本租户在用的接口客户端"), field="client")
    if tenant.area is not None and not spec.area.path.startswith(tenant.area.path):
        raise InvalidInput(_("应在本租户的范围内"), field="area")
    if not SHORTEST_PROMISE <= spec.promise_minutes <= LONGEST_PROMISE:
        raise InvalidInput(_("应为 10 分钟至 7 天"), field="promise_minutes")


def _locked(tenant: Tenant, peer_id: int) -> Peer:
    found = Peer.objects.select_for_update().filter(pk=peer_id, tenant=tenant).first()
    if found is None:
        raise NotFound(_("没有这个来源区"))
    return found
