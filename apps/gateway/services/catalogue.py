"""The catalogue of services: kept in step with what there is, and looked at. Source: GW-03.

Own APIs come from the register of resources, connectors from the connectors; what others
offer is written down by the people who manage connectors.
"""

import re
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.accounts.models import Organization, Tenant, User
from apps.audit import services as audit
from apps.common import clock, health
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.common.http import CallFailed, check_outgoing, get_bytes
from apps.gateway.enums import ConnectorState, ServiceHealth, ServiceKind
from apps.gateway.models import Connector, Service, ServiceCheck
from apps.gateway.registry import all_resources
from apps.gateway.services.connectors import require_manager

CHECK_TIMEOUT_S = 5.0
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True)
class ServiceData:
    """What people say of somebody else's service."""

    name: str
    description: str
    version: str
    endpoint: str
    health_url: str = ""
    owner: Organization | None = None


@transaction.atomic
def register_service(actor: User, *, code: str, tenant: Tenant, data: ServiceData) -> Service:
    """Will write down a service of others; audited.

    Raises: NotAllowed; InvalidInput (code, name, an address that may not be called).
    """
    require_manager(actor, tenant_id=tenant.pk)
    if not _CODE.fullmatch(code):
        raise InvalidInput(_("代码只能用小写字母、数字、短横线和下划线"), field="code")
    if not data.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if data.owner is not None and data.owner.tenant_id != tenant.pk:
        raise InvalidInput(_("责任单位须属于同一租户"), field="owner")
    _check_address(data.health_url, "health_url")
    service = Service(
        code=code,
        name=data.name.strip()[:80],
        description=data.description.strip()[:500],
        kind=ServiceKind.OUTSIDE,
        version=data.version.strip()[:20] or "1",
        endpoint=data.endpoint.strip()[:500],
        health_url=data.health_url.strip(),
        tenant=tenant,
        owner=data.owner,
    )
    try:
        with transaction.atomic():
            service.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput(_("这个代码已被使用"), field="code") from error
    _record(actor, "service.registered", service)
    return service


@transaction.atomic
def retire_service(actor: User, *, service_id: int) -> Service:
    """Will take a service of others out of the catalogue; a second time changes nothing.

    Locks the service; audited. Raises: NotFound; NotAllowed; Refused (not one of others).
    """
    service = Service.objects.select_for_update().filter(pk=service_id).first()
    if service is None:
        raise NotFound(_("没有这个服务"))
    if service.kind != ServiceKind.OUTSIDE or service.tenant_id is None:
        raise Refused(_("本系统接口和对接系统随其本身上线、下线"))
    require_manager(actor, tenant_id=service.tenant_id)
    if service.retired_at is None:
        service.retired_at = clock.now()
        service.save(update_fields=["retired_at"])
        _record(actor, "service.retired", service)
    return service


@transaction.atomic
def keep_catalogue() -> None:
    """Will bring the entries of own APIs and connectors in step with what there is now."""
    with override("zh-hans"):
        for resource in all_resources():
            Service.objects.update_or_create(
                code=resource.code,
                defaults={
                    "name": str(resource.label),
                    "description": str(resource.description),
                    "kind": ServiceKind.OWN,
                    "version": resource.version,
                    "endpoint": (resource.paths or resource.whole)[0],
                    "scopes": resource.needed,
                    "retired_at": None,
                },
            )
    for connector in Connector.objects.all():
        Service.objects.update_or_create(
            connector=connector,
            defaults={
                "code": f"connector-{connector.code}"[:60],
                "name": connector.name,
                "kind": ServiceKind.CONNECTOR,
                "endpoint": connector.url,
                "tenant_id": connector.tenant_id,
            },
        )


def fill_catalogue() -> None:
    """Will write the first entries on a new installation; later ``check_services`` keeps them."""
    if not Service.objects.filter(kind=ServiceKind.OWN).exists():
        keep_catalogue()


def check_services() -> int:
    """Will look at every service in the catalogue and keep how it did; gives the number.

    One look at a time, none in a transaction: a service that does not answer holds up nobody.
    """
    keep_catalogue()
    found = Service.objects.filter(retired_at=None).select_related("connector").order_by("pk")
    for service in list(found):
        begun = time.perf_counter()
        state, reason = _look_at(service)
        duration_ms = round((time.perf_counter() - begun) * 1000)
        with transaction.atomic():
            moment = clock.now()
            ServiceCheck.objects.create(
                service=service, at=moment, health=state, duration_ms=duration_ms, reason=reason
            )
            Service.objects.filter(pk=service.pk).update(health=state, checked_at=moment)
    return len(found)


def purge_checks(*, older_than: timedelta) -> int:
    """Will drop looks longer ago and give their number."""
    return ServiceCheck.objects.filter(at__lt=clock.now() - older_than).delete()[0]


def _look_at(service: Service) -> tuple[ServiceHealth, str]:
    if service.kind == ServiceKind.OWN:
        ready = health.check().ready
        return (ServiceHealth.UP, "") if ready else (ServiceHealth.DOWN, "database")
    if service.connector is not None:
        return _look_at_connector(service.connector)
    if not service.health_url:
        return ServiceHealth.UNKNOWN, ""
    try:
        answer = get_bytes(service.health_url, timeout_s=CHECK_TIMEOUT_S)
    except (CallFailed, DomainError) as error:
        return ServiceHealth.DOWN, str(error)[:300]
    if 200 <= answer.status < 300:
        return ServiceHealth.UP, ""
    return ServiceHealth.DOWN, f"HTTP {answer.status}"


def _look_at_connector(connector: Connector) -> tuple[ServiceHealth, str]:
    """Judged by its deliveries: nobody is asked whether it is well who was just spoken to."""
    if connector.state == ConnectorState.PAUSED:
        return ServiceHealth.UNKNOWN, str(_("已暂停"))
    if connector.open_until is not None and connector.open_until > clock.now():
        return ServiceHealth.DOWN, str(_("连续 %d 次未能送达") % connector.failures)
    if connector.failures:
        return ServiceHealth.DOWN, str(_("最近一次未能送达"))
    return ServiceHealth.UP, ""


def _check_address(url: str, field: str) -> None:
    if not url.strip():
        return
    try:
        check_outgoing(url.strip())
    except InvalidInput as error:
        raise InvalidInput(str(error), field=field, code=error.code) from error
    except CallFailed as error:
        raise InvalidInput(_("该地址的域名无法解析"), field=field) from error


def _record(actor: User, action: str, service: Service) -> None:
    audit.record(
        actor,
        action,
        object_type="gateway.service",
        object_id=service.pk,
        object_label=service.name,
        data={"code": service.code, "endpoint": service.endpoint},
    )
