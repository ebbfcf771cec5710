"""Map services of others: written down, looked at, taken out. Source: GE-01, GE-08."""

import re
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound
from apps.common.http import CallFailed, check_outgoing, get_bytes
from apps.gateway.sealing import seal
from apps.onemap.models import OutsideCheck, OutsideService, ServiceKind, ServiceState
from apps.onemap.sharing import permissions
from apps.onemap.sharing.addresses import MARKS, address_of, sample_tile
from apps.places.coordinates import normal_name

CHECK_TIMEOUT_S = 5.0
#: What people say of a service, as the log tells it; the key is a secret.
_STATED = (
    "name", "kind", "url", "crs", "min_zoom", "max_zoom", "attribution", "approval_number",
    "is_base", "is_public",
)  # fmt: skip
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NEEDED = {
    ServiceKind.XYZ: ({"z", "x", "y"},),
    ServiceKind.WMTS: ({"z", "x", "y"},),
    ServiceKind.WMS: ({"bbox"},),
    ServiceKind.ARCGIS: ({"z", "x", "y"}, {"L", "R", "C"}),
}


@dataclass(frozen=True)
class ServiceData:
    """What people say of a service. key: "" leaves the kept one as it is."""

    name: str
    kind: str
    url: str
    crs: str = "EPSG:3857"
    key: str = ""
    min_zoom: int = 0
    max_zoom: int = 18
    attribution: str = ""
    approval_number: str = ""
    is_base: bool = True
    is_public: bool = False


@transaction.atomic
def register_service(
    actor: User, *, code: str, tenant: Tenant, data: ServiceData
) -> OutsideService:
    """Will write down a map service of others; audited, the key sealed.

    Raises: NotAllowed; InvalidInput (fields ``code``, ``name``, ``url``: it may not be called,
    or does not name the tile; ``crs``, ``max_zoom``).
    """
    permissions.require_keep(actor, tenant.pk)
    if not _CODE.fullmatch(code):
        raise InvalidInput(_("代码只能用小写字母、数字和短横线"), field="code")
    service = OutsideService(code=code, tenant=tenant)
    _fill(service, data)
    try:
        with transaction.atomic():
            service.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput(_("这个代码已被使用"), field="code") from error
    _record(actor, "outside_service.registered", service)
    return service


@transaction.atomic
def edit_service(actor: User, *, service_id: int, data: ServiceData) -> OutsideService:
    """Will change what is said of a service; its state is unknown until the next look.

    Locks the service. Raises: as ``register_service``; NotFound.
    """
    service = _lock(actor, service_id)
    before = audit.snapshot(service, *_STATED)
    _fill(service, data)
    service.state = ServiceState.UNKNOWN
    service.save()
    changed = audit.changes(before, audit.snapshot(service, *_STATED))
    has_new_key = bool(data.key.strip())
    _record(actor, "outside_service.edited", service, has_new_key=has_new_key, **changed)
    return service


@transaction.atomic
def retire_service(actor: User, *, service_id: int) -> OutsideService:
    """Will take a service out of use. Twice changes nothing. Locks the service.

    Raises: NotFound; NotAllowed.
    """
    service = _lock(actor, service_id)
    if service.retired_at is None:
        service.retired_at = clock.now()
        service.save(update_fields=["retired_at"])
        _record(actor, "outside_service.retired", service)
    return service


def check_service(actor: User, *, service_id: int) -> OutsideCheck:
    """Will look at a service now. Raises: NotFound; NotAllowed."""
    service = OutsideService.objects.filter(pk=service_id, retired_at=None).first()
    if service is None:
        raise NotFound(_("没有这个服务"))
    permissions.require_keep(actor, service.tenant_id)
    return _look(service)


def check_services() -> int:
    """Will look at every service in use, outside any transaction, and drop old looks."""
    found = list(OutsideService.objects.filter(retired_at=None))
    for service in found:
        _look(service)
    before = clock.now() - timedelta(days=settings.SERVICE_CHECK_KEEP_DAYS)
    OutsideCheck.objects.filter(at__lt=before).delete()
    return len(found)


def _look(service: OutsideService) -> OutsideCheck:
    began = time.monotonic()
    note = ""
    try:
        answer = get_bytes(
            address_of(service, *sample_tile(service)),
            headers={"Accept": "*/*"},
            timeout_s=CHECK_TIMEOUT_S,
        )
        if answer.status != 200:
            note = _("返回状态 %(status)d") % {"status": answer.status}
    except (DomainError, CallFailed) as error:
        note = str(error)
    check = OutsideCheck(
        service=service,
        at=clock.now(),
        is_well=not note,
        milliseconds=int(1000 * (time.monotonic() - began)),
        note=note[:200],
    )
    with transaction.atomic():
        check.save()
        OutsideService.objects.filter(pk=service.pk).update(
            state=ServiceState.ILL if note else ServiceState.WELL, checked_at=check.at
        )
    return check


def _fill(service: OutsideService, data: ServiceData) -> None:
    if not data.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if data.kind not in ServiceKind.values:
        raise InvalidInput(_("没有这种服务类型"), field="kind")
    if not 0 <= data.min_zoom <= data.max_zoom <= 22:
        raise InvalidInput(_("级别应在 0 至 22 之间，最小级别不大于最大级别"), field="max_zoom")
    _check_url(data)
    service.name, service.kind, service.url = data.name.strip()[:80], data.kind, data.url.strip()
    service.crs = normal_name(data.crs)
    if data.key.strip():
        service.sealed_key = seal(data.key.strip())
    service.min_zoom, service.max_zoom = data.min_zoom, data.max_zoom
    service.attribution = data.attribution.strip()[:200]
    service.approval_number = data.approval_number.strip()[:40]
    service.is_base = data.is_base and data.kind != ServiceKind.FEATURE
    service.is_public = data.is_public


def _check_url(data: ServiceData) -> None:
    url = data.url.strip()
    marks = set(re.findall(r"\{([^{}]*)\}", url))
    if unknown := marks - MARKS:
        raise InvalidInput(
            _("地址中有不认识的占位符 {%(mark)s}") % {"mark": min(unknown)}, field="url"
        )
    ways = _NEEDED.get(ServiceKind(data.kind), ())
    if ways and not any(way <= marks for way in ways):
        raise InvalidInput(
            _("地址中须有 {z}、{x}、{y}（WMS 用 {bbox}，ArcGIS 也可用 {L}、{R}、{C}）"), field="url"
        )
    authority = url.split("://", 1)[-1].split("/", 1)[0]
    if "{" in authority:
        raise InvalidInput(_("主机名中不能有占位符"), field="url")
    try:
        check_outgoing(re.sub(r"\{[^{}]*\}", "0", url))
    except CallFailed as error:
        raise InvalidInput(_("地址中的主机名无法解析"), field="url") from error


def _lock(actor: User, service_id: int) -> OutsideService:
    service = OutsideService.objects.select_for_update().filter(pk=service_id).first()
    if service is None:
        raise NotFound(_("没有这个服务"))
    permissions.require_keep(actor, service.tenant_id)
    return service


def _record(actor: User, action: str, service: OutsideService, **more: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="onemap.outside_service",
        object_id=service.pk,
        object_label=service.name,
        data={"code": service.code, "kind": service.kind, "url": service.url, **more},
    )
