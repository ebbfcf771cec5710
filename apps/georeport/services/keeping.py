"""Servers cases are passed on to: registered, changed, passed on to by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.gateway import services as gateway
from apps.gateway.models import ApiClient
from apps.gateway.sealing import seal
from apps.gateway.services.connectors import ConnectorData
from apps.georeport.enums import DIALECT
from apps.georeport.models import Forwarding, Peer
from apps.georeport.permissions import require_manager
from apps.georeport.services.forwarding import order, why_not
from apps.hotline.services.registering import MATTER_TYPE
from apps.matters.models import Case
from apps.matters.registry import extension_of
from apps.matters.selectors import get_case
from apps.places.models import Area

_STATED = ("jurisdiction_id", "area", "classes", "is_automatic")
ASK_FROM = timedelta(hours=1)
MOST_CLASSES = 200


@dataclass(frozen=True)
class PeerSpec:
    """A server as it shall be. url: where its ``requests.xml`` lies, without that name.

    client: which client of ours it is; what it tells acts as that one. api_key: replaces the
    one kept; "" keeps it. classes: their service_code by our class code.
    """

    name: str
    url: str
    client: ApiClient | None
    jurisdiction_id: str = ""
    api_key: str = ""
    area: Area | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    is_automatic: bool = False
    timeout_s: int = 5


@transaction.atomic
def create_peer(actor: User, *, tenant: Tenant, code: str, spec: PeerSpec) -> Peer:
    """Will register a server as a connector of the GeoReport dialect; audited.

    Raises: NotAllowed (who keeps the interface and connectors); InvalidInput (code, url, client,
        classes).
    """
    require_manager(actor, tenant.pk)
    _check(spec)
    connector, _secret = gateway.create_connector(
        actor, code=code, tenant=tenant, data=_connector_data(spec), dialect=DIALECT
    )
    moment = clock.now()
    peer = Peer(connector=connector, asked_until=moment - ASK_FROM, next_ask_at=moment)
    return _saved(actor, peer, spec)


@transaction.atomic
def edit_peer(actor: User, *, peer_id: int, spec: PeerSpec) -> Peer:
    """Will change a server; what waits goes to the new address; audited, unchanged is silent.

    Locks the peer. Raises: NotAllowed; NotFound; InvalidInput.
    """
    peer = (
        Peer.objects.select_for_update(of=("self",))
        .select_related("connector", "area")
        .filter(pk=peer_id)
        .first()
    )
    if peer is None:
        raise NotFound(_("没有这个转送对象"))
    require_manager(actor, peer.connector.tenant_id)
    _check(spec)
    if _is_changed(peer, spec):
        gateway.edit_connector(actor, connector_id=peer.connector_id, data=_connector_data(spec))
    return _saved(actor, peer, spec)


@transaction.atomic
def pass_on(actor: User, *, peer_id: int, number: str) -> Forwarding:
    """Will pass one case on to a server, by a person's word; audited.

    Raises: NotAllowed; NotFound (peer, case not visible); Refused (passed on already, secret,
        class or place not theirs, it came from there).
    """
    peer = Peer.objects.select_related("connector", "area").filter(pk=peer_id).first()
    if peer is None:
        raise NotFound(_("没有这个转送对象"))
    require_manager(actor, peer.connector.tenant_id)
    seen = get_case(actor, number=number)
    case = Case.objects.select_for_update(of=("self",)).defer("search").get(pk=seen.pk)
    reason = why_not(peer, case)
    if reason:
        raise Refused(reason)
    made = order(peer, case, by_name=actor.display_name)
    if made is None:
        raise Refused(_("这件诉求已经转送过"))
    audit.record(
        actor,
        "georeport.case_passed_on",
        object_type="matters.case",
        object_id=case.pk,
        object_label=case.number,
        data={"peer": peer.connector.name},
    )
    return made


def _check(spec: PeerSpec) -> None:
    known = dict(extension_of(MATTER_TYPE).class_choices())
    if not 1 <= len(spec.classes) <= MOST_CLASSES:
        raise InvalidInput(_("请至少对照一个类别"), field="classes")
    for ours, theirs in spec.classes.items():
        if ours not in known:
            raise InvalidInput(_("没有这个诉求分类：%s") % ours, field="classes")
        if not 1 <= len(theirs) <= 80:
            raise InvalidInput(_("对方服务代码应为 1 至 80 个字符"), field="classes")
    if spec.client is None:
        raise InvalidInput(_("请选择对方在本系统的接口客户端"), field="client")


def _connector_data(spec: PeerSpec) -> ConnectorData:
    return ConnectorData(
        name=spec.name, url=spec.url.rstrip("/"), timeout_s=spec.timeout_s, client=spec.client
    )


def _is_changed(peer: Peer, spec: PeerSpec) -> bool:
    kept = peer.connector
    said = (spec.name.strip(), spec.url.rstrip("/"), spec.timeout_s)
    client = spec.client.pk if spec.client else None
    return said != (kept.name, kept.url, kept.timeout_s) or client != kept.inbound_client_id


def _saved(actor: User, peer: Peer, spec: PeerSpec) -> Peer:
    before = audit.snapshot(peer, *_STATED)
    peer.jurisdiction_id, peer.area = spec.jurisdiction_id, spec.area
    peer.classes, peer.is_automatic = dict(spec.classes), spec.is_automatic
    if spec.api_key:
        peer.api_key = seal(spec.api_key)
    peer.save()
    changed: dict[str, Any] = audit.changes(before, audit.snapshot(peer, *_STATED))
    if before and not changed.get("after") and not spec.api_key:
        return peer
    audit.record(
        actor,
        "georeport.peer_changed" if before else "georeport.peer_registered",
        object_type="georeport.peer",
        object_id=peer.pk,
        object_label=peer.connector.name,
        data={"key_replaced": bool(spec.api_key), **changed},
    )
    return peer
