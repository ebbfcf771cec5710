"""Connectors: who is told, where, about what, signed with which secret."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound
from apps.common.http import CallFailed, Target, check_outgoing
from apps.gateway import signing
from apps.gateway.enums import ConnectorState
from apps.gateway.models import ApiClient, Connector
from apps.gateway.registry import dialect_of
from apps.gateway.sealing import seal, unseal
from apps.gateway.services.guarding import require_client_manager

MANAGE = "gateway.manage_connectors"
OVERLAP = timedelta(days=7)  # how long both signatures go out after a rotation
MOST_FILTERS = 50
_TOPIC = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?|\*")
_STATED = (
    "name",
    "url",
    "reconcile_url",
    "topics",
    "matters",
    "timeout_s",
    "inbound_client",
)
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True)
class ConnectorData:
    """What people say of a connector; see ``models.Connector`` for the meaning."""

    name: str
    url: str
    topics: Sequence[str] = ()
    matters: Sequence[str] = ()
    timeout_s: int = 5
    client: ApiClient | None = None
    reconcile_url: str = ""


@transaction.atomic
def create_connector(
    actor: User, *, code: str, tenant: Tenant, data: ConnectorData, dialect: str = ""
) -> tuple[Connector, str]:
    """Will register a connector and give it with its signing secret, shown this once; audited.

    dialect: never changes; see ``registry.register_dialect``.
    Raises: NotAllowed; InvalidInput (code taken or malformed, address, topic, client, dialect).
    """
    require_manager(actor, tenant_id=tenant.pk)
    if dialect and dialect_of(dialect) is None:
        raise InvalidInput(_("没有这种报文格式"), field="dialect")
    if not _CODE.fullmatch(code):
        raise InvalidInput(_("代码只能用小写字母、数字、短横线和下划线"), field="code")
    secret = signing.new_secret()
    connector = Connector(
        code=code,
        tenant=tenant,
        secret=seal(secret),
        dialect=dialect,
        created_at=clock.now(),
        created_by_name=actor.display_name,
    )
    _fill(actor, connector, data)
    try:
        with transaction.atomic():
            connector.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput(_("这个代码已被使用"), field="code") from error
    _record(actor, "connector.created", connector)
    return connector, secret


@transaction.atomic
def edit_connector(actor: User, *, connector_id: int, data: ConnectorData) -> Connector:
    """Will change what a connector is told and where; what already waits goes there too; audited.

    Locks the connector. Raises: NotAllowed; NotFound; InvalidInput.
    """
    connector = lock_connector(actor, connector_id)
    before = audit.snapshot(connector, *_STATED)
    _fill(actor, connector, data)
    connector.save()
    changed = audit.changes(before, audit.snapshot(connector, *_STATED))
    _record(actor, "connector.changed", connector, **changed)
    return connector


@transaction.atomic
def rotate_secret(actor: User, *, connector_id: int, overlap: timedelta = OVERLAP) -> str:
    """Will give a new secret, this once; both sign until ``overlap`` has passed; audited.

    Zero overlap ends the old secret now. Locks the connector. Raises: NotAllowed; NotFound.
    """
    connector = lock_connector(actor, connector_id)
    secret = signing.new_secret()
    connector.previous_secret, connector.secret = connector.secret, seal(secret)
    connector.previous_until = clock.now() + overlap
    connector.save(update_fields=["secret", "previous_secret", "previous_until"])
    _record(actor, "connector.secret_rotated", connector)
    return secret


@transaction.atomic
def pause_connector(actor: User, *, connector_id: int) -> Connector:
    """Will hold back its deliveries; they are kept. Audited. Raises: NotAllowed; NotFound."""
    return _set_state(actor, connector_id, ConnectorState.PAUSED, "connector.paused")


@transaction.atomic
def resume_connector(actor: User, *, connector_id: int) -> Connector:
    """Will send again, at once what waits, with the circuit closed; audited.

    Raises: NotAllowed; NotFound.
    """
    return _set_state(actor, connector_id, ConnectorState.ACTIVE, "connector.resumed")


def valid_secrets(connector: Connector) -> list[str]:
    """Will give the secrets whose signature is good now, the newest first."""
    found = [unseal(connector.secret)]
    still = connector.previous_until is not None and clock.now() < connector.previous_until
    if connector.previous_secret and still:
        found.append(unseal(connector.previous_secret))
    return found


def require_manager(actor: User, *, tenant_id: int) -> None:
    """Raises: NotAllowed (no post with the permission in this tenant)."""
    if not scope_for(actor, MANAGE).covers_tenant(tenant_id):
        raise NotAllowed(_("需要“管理对接系统”权限"))


def lock_connector(actor: User, connector_id: int) -> Connector:
    """Will lock a connector the actor manages. Raises: NotFound; NotAllowed."""
    connector = Connector.objects.select_for_update().filter(pk=connector_id).first()
    if connector is None:
        raise NotFound(_("没有这个对接系统"))
    require_manager(actor, tenant_id=connector.tenant_id)
    return connector


def checked_target(url: str) -> Target:
    """Will resolve a receiver's address and refuse what is not safe to call.

    Plain http is taken only where the connection stays in a listed range of the city network.
    Raises: InvalidInput (field url); CallFailed (name unknown).
    """
    target = check_outgoing(url)
    if target.scheme != "https" and not target.is_inside:
        raise InvalidInput(_("接收地址须为 https"), field="url", code="url_refused")
    return target


def _fill(actor: User, connector: Connector, data: ConnectorData) -> None:
    if not data.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    _check_addresses(data)
    if not 1 <= data.timeout_s <= 30:
        raise InvalidInput(_("超时应为 1 至 30 秒"), field="timeout_s")
    connector.name, connector.url = data.name.strip()[:80], data.url.strip()
    connector.reconcile_url = data.reconcile_url.strip()
    connector.topics = _checked(data.topics, "topics", topic=True)
    connector.matters = _checked(data.matters, "matters", topic=False)
    connector.timeout_s = data.timeout_s
    _name_client(actor, connector, data.client)


def _check_addresses(data: ConnectorData) -> None:
    try:
        checked_target(data.url)
    except CallFailed as error:
        raise InvalidInput(_("接收地址的域名无法解析"), field="url") from error
    if not data.reconcile_url:
        return
    try:
        checked_target(data.reconcile_url)
    except CallFailed as error:
        raise InvalidInput(_("对账地址的域名无法解析"), field="reconcile_url") from error
    except InvalidInput as error:
        raise InvalidInput(error.message, field="reconcile_url", code=error.code) from error


def _name_client(actor: User, connector: Connector, client: ApiClient | None) -> None:
    """Whose rights the system has decides which personal data it is sent: a right over clients."""
    if (client.pk if client else None) == connector.inbound_client_id:
        return
    require_client_manager(actor, tenant_id=connector.tenant_id)
    if client is not None and (client.tenant_id != connector.tenant_id or client.revoked_at):
        raise InvalidInput(_("请选择本租户在用的接口客户端"), field="client")
    if client is None and connector.inbound_secrets.filter(_unended()).exists():
        raise InvalidInput(_("对方还有有效的验签密钥，请先停用再取消客户端"), field="client")
    connector.inbound_client = client


def _unended() -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())


def _checked(values: Sequence[str], field: str, *, topic: bool) -> list[str]:
    found = list(dict.fromkeys(value.strip() for value in values if value.strip()))
    if len(found) > MOST_FILTERS or any(len(value) > 60 for value in found):
        raise InvalidInput(_("最多 50 项，每项不超过 60 个字符"), field=field)
    wrong = [value for value in found if topic and not _TOPIC.fullmatch(value)]
    if wrong:
        raise InvalidInput(_("主题应形如 case.state 或 case.*：%s") % wrong[0], field=field)
    return found


def _set_state(actor: User, connector_id: int, state: ConnectorState, action: str) -> Connector:
    connector = lock_connector(actor, connector_id)
    if connector.state != state or connector.open_until is not None:
        connector.state, connector.failures, connector.open_until = state, 0, None
        connector.save(update_fields=["state", "failures", "open_until"])
        _record(actor, action, connector)
    return connector


def _record(actor: User, action: str, connector: Connector, **more: object) -> None:
    audit.record(
        actor,
        action,
        object_type="gateway.connector",
        object_id=connector.pk,
        object_label=connector.name,
        data={
            "url": connector.url,
            "reconcile_url": connector.reconcile_url,
            "topics": connector.topics,
            "matters": connector.matters,
            "client": connector.inbound_client.name if connector.inbound_client else "",
        }
        | more,
    )
