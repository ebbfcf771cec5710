"""Gateways and the devices asked through them: entered, changed, put out of use. Audited.

Source: IO-09, IO-10.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.cycles import next_due
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places.models import Area
from apps.polling import permissions
from apps.polling.enums import Protocol, SnmpVersion
from apps.polling.models import Gateway, Poll, PollPlan
from apps.polling.networks import check_address
from apps.polling.services.sessions import document_of, sealed
from apps.polling.services.settling import lose_sight, lose_sight_of_gateway
from apps.sensing.models import Device

SHORTEST_CYCLE_S = 5
_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.ASCII)


@dataclass(frozen=True)
class GatewaySpec:
    """A gateway as it shall be; see ``Gateway``. secret: None keeps the one there is."""

    name: str
    protocol: str
    host: str
    port: int
    unit: Organization
    area: Area
    timeout_s: int = 3
    concurrency: int = 1
    snmp_version: str = SnmpVersion.V2C
    is_tls: bool = False
    server_name: str = ""
    secret: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class PollSpec:
    """How a device shall be asked; see ``Poll``."""

    device: Device
    plan: PollPlan
    every_s: int
    address: str = ""


@transaction.atomic
def save_gateway(actor: Actor, *, spec: GatewaySpec, gateway_id: int | None = None) -> Gateway:
    """Will write a gateway, new or over the one given. Locks it; its secret is kept encrypted.

    Raises: NotFound; NotAllowed; InvalidInput (fields "host", "port", "is_tls",
        "server_name", "secret"); Refused (field "protocol": devices are asked through it already).
    """
    permissions.require_keep_in(actor, spec.area)
    gateway = (
        lock_gateway(actor, gateway_id)
        if gateway_id is not None
        else Gateway(created_at=clock.now())
    )
    host = check_address(spec.protocol, spec.host, spec.port)
    same = Gateway.objects.filter(protocol=spec.protocol, host=host, port=spec.port)
    if same.exclude(pk=gateway.pk).exists():
        raise InvalidInput(_("该地址和端口已登记为采集网关"), field="host")
    if gateway.pk and gateway.protocol != spec.protocol and gateway.polls.exists():
        raise Refused(_("已有设备经此网关轮询，不能更换协议"), field="protocol")
    before = document_of(gateway) if gateway.pk else {}
    for name in ("name", "protocol", "port", "unit", "area", "timeout_s", "concurrency"):
        setattr(gateway, name, getattr(spec, name))
    gateway.host, gateway.snmp_version = host, spec.snmp_version
    gateway.is_tls, gateway.server_name = spec.is_tls, _checked_name(spec)
    if spec.secret is not None:
        check_secret(spec)
        gateway.secret = sealed(dict(spec.secret))
    gateway.save()
    data = audit.document_changes(before, document_of(gateway))
    _note(
        actor,
        "gateway.changed" if before else "gateway.created",
        gateway,
        **data,
        secret_given=spec.secret is not None,
    )
    return gateway


@transaction.atomic
def set_gateway_active(actor: Actor, *, gateway_id: int, is_active: bool) -> Gateway:
    """Will have a gateway asked no more, or again; twice is harmless. Locks it.

    Its alarms are unknown from then on, never recovered. Raises: NotFound; NotAllowed.
    """
    gateway = lock_gateway(actor, gateway_id)
    if gateway.is_active == is_active:
        return gateway
    gateway.is_active = is_active
    if is_active:
        gateway.retry_at = None
    else:
        lose_sight_of_gateway(gateway)
    gateway.save(update_fields=["is_active", "retry_at"])
    _note(actor, "gateway.started" if is_active else "gateway.stopped", gateway)
    return gateway


@transaction.atomic
def save_poll(actor: Actor, *, gateway_id: int, spec: PollSpec, poll_id: int | None = None) -> Poll:
    """Will have a device asked through a gateway, or otherwise than before. Locks the gateway.

    Raises: NotFound; NotAllowed; InvalidInput (fields "device", "plan", "address",
        "every_s").
    """
    gateway = lock_gateway(actor, gateway_id)
    permissions.require_keep_in(actor, spec.device.asset.area)
    _check_poll(gateway, spec)
    known = None
    if poll_id is not None:
        known = gateway.polls.select_for_update().filter(pk=poll_id).first()
        if known is None:
            raise NotFound(_("没有这个轮询任务"))
    poll = known or Poll(gateway=gateway)
    if Poll.objects.filter(device=spec.device).exclude(pk=poll.pk).exists():
        raise InvalidInput(_("该设备已有轮询任务"), field="device")
    before = audit.snapshot(poll, "device_id", "plan_id", "every_s", "address") if known else {}
    poll.device, poll.plan, poll.every_s = spec.device, spec.plan, spec.every_s
    poll.address, poll.due_at = spec.address, clock.now()
    poll.save()
    poll.due_at = next_due(poll.pk, poll.every_s, after=clock.now())
    poll.save(update_fields=["due_at"])
    after = audit.snapshot(poll, "device_id", "plan_id", "every_s", "address")
    action = "poll.changed" if known else "poll.created"
    _note(actor, action, gateway, node=spec.device.node, **audit.document_changes(before, after))
    return poll


@transaction.atomic
def drop_poll(actor: Actor, *, gateway_id: int, poll_id: int) -> None:
    """Will have a device asked no more; a second time changes nothing. Locks the gateway.

    Its alarm is unknown from then on. Raises: NotFound (the gateway); NotAllowed.
    """
    gateway = lock_gateway(actor, gateway_id)
    poll = gateway.polls.select_related("device__asset").filter(pk=poll_id).first()
    if poll is None:
        return
    lose_sight([poll], _("轮询已停用，无法判断是否恢复"))
    node = poll.device.node
    poll.delete()
    _note(actor, "poll.dropped", gateway, node=node)


def lock_gateway(actor: Actor, gateway_id: int) -> Gateway:
    """Will lock a gateway for a deed of its keeper. Raises: NotFound; NotAllowed."""
    found = Gateway.objects.select_for_update(of=("self",)).select_related("area", "unit")
    gateway = found.filter(pk=gateway_id).first()
    if gateway is None:
        raise NotFound(_("没有这个采集网关"))
    permissions.require_keep_in(actor, gateway.area)
    return gateway


def check_secret(spec: GatewaySpec) -> None:
    """Raises: InvalidInput (SNMP v3 refuses keys of less than 8 characters; half a log-in)."""
    secret = spec.secret or {}
    if spec.protocol == Protocol.HTTP and secret.get("scheme") and not secret.get("login"):
        raise InvalidInput(_("请填写 HTTP 登录的用户名"), field="secret_login")
    if spec.protocol != Protocol.SNMP or spec.snmp_version != SnmpVersion.V3:
        return
    if not secret.get("user"):
        raise InvalidInput(_("SNMP v3 须填写用户名"), field="secret_user")
    for name in ("auth_key", "priv_key"):
        if 0 < len(secret.get(name, "")) < 8:
            raise InvalidInput(_("SNMP v3 的密钥至少 8 位"), field=f"secret_{name}")
    if secret.get("priv_key") and not secret.get("auth"):
        raise InvalidInput(_("加密须同时选择认证算法"), field="secret_auth")
    if bool(secret.get("auth")) != bool(secret.get("auth_key")):
        raise InvalidInput(_("认证算法和认证密钥须同时填写"), field="secret_auth_key")


def _checked_name(spec: GatewaySpec) -> str:
    """The name the certificate must be made out to, as DNS has it."""
    if spec.is_tls and spec.protocol != Protocol.HTTP:
        raise InvalidInput(_("只有 HTTP 网关可以用 TLS"), field="is_tls")
    name = spec.server_name.strip().lower() if spec.is_tls else ""
    if name and not _NAME.fullmatch(name):
        raise InvalidInput(_("证书名称只能由字母、数字、横线和点组成"), field="server_name")
    return name


def _check_poll(gateway: Gateway, spec: PollSpec) -> None:
    if spec.plan.protocol != gateway.protocol:
        raise InvalidInput(_("采集方案的协议与网关不同"), field="plan")
    if spec.plan.profile_id != spec.device.profile_id:
        raise InvalidInput(_("采集方案不属于该设备的型号"), field="plan")
    if not SHORTEST_CYCLE_S <= spec.every_s <= 86400:
        raise InvalidInput(_("轮询周期须在 5 秒到一天之间"), field="every_s")
    if gateway.protocol == Protocol.MODBUS and not (
        spec.address.isdecimal() and 0 <= int(spec.address) <= 247
    ):
        raise InvalidInput(_("Modbus 单元号须为 0 到 247 的整数"), field="address")
    if gateway.protocol == Protocol.HTTP and not _is_path(spec.address):
        raise InvalidInput(_("HTTP 路径须以 / 开头，不含空格和反斜杠"), field="address")


def _is_path(text: str) -> bool:
    return text.startswith("/") and not any(c <= " " or c in "\\\x7f" for c in text)


def _note(actor: Actor, action: str, gateway: Gateway, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="poll_gateway",
        object_id=gateway.pk,
        object_label=gateway.name,
        data=data,
    )
