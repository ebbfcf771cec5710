"""What takes two people: registering a client, and giving one more than it has. Source: AC-09.

Filed by whoever manages clients, checked by a security administrator. No secret passes
through here: the key is made afterwards by whoever filed, and shown to them alone.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.approvals.registry import Act, Difference, Execution, Proposal, Result
from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.phrases import series
from apps.gateway.enums import PersonalField
from apps.gateway.models import ApiClient
from apps.gateway.permissions import EVERYTHING
from apps.gateway.registry import scope_labels
from apps.gateway.services.clients import ClientData, edit_client, register_client, stated
from apps.gateway.services.guarding import MANAGE_CLIENTS

REGISTER = "gateway-register-client"
WIDEN = "gateway-widen-client"
CHECKS = "accounts.manage_roles"
_NONE = "—"


def registering(*, tenant: Tenant, service_user: User, data: ClientData) -> Proposal:
    """Will propose to register a client. data.owner: the unit it concerns, required."""
    assert data.owner is not None
    payload = {
        "tenant_id": tenant.pk,
        "service_user_id": service_user.pk,
        "service_user": service_user.display_name,
        "before": _nothing(),
        "after": _plain(data),
    }
    return Proposal(
        act=REGISTER,
        subject_type="gateway.client",
        subject_id=f"new:{data.name}"[:60],
        subject_label=data.name,
        organization=data.owner,
        payload=payload,
    )


def widening(*, client: ApiClient, data: ClientData) -> Proposal:
    """Will propose to change a client so that it may do more than now."""
    assert data.owner is not None
    payload = {"client_id": client.pk, "before": stated(client), "after": _plain(data)}
    return Proposal(
        act=WIDEN,
        subject_type="gateway.client",
        subject_id=client.pk,
        subject_label=client.name,
        organization=data.owner,
        payload=payload,
    )


def _may_make(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return scope_for(maker, MANAGE_CLIENTS).covers_tenant(organization.tenant_id)


def _version_of_new(payload: dict[str, Any]) -> str:
    user = User.objects.select_for_update().get(pk=payload["service_user_id"])
    return _token(user.is_active, user.is_superuser, user.tenant_id)


def _version_of_client(payload: dict[str, Any]) -> str:
    client = ApiClient.objects.select_for_update().get(pk=payload["client_id"])
    return _token(sorted(stated(client).items(), key=lambda pair: pair[0]), client.revoked_at)


def _register(execution: Execution) -> Result:
    payload = execution.payload
    client = register_client(
        execution.maker,
        tenant=Tenant.objects.get(pk=payload["tenant_id"]),
        service_user=User.objects.get(pk=payload["service_user_id"]),
        data=_data(payload["after"]),
        checker=execution.checker,
    )
    return Result(_("已登记接口客户端“%(client)s”，由提交人签发密钥。") % {"client": client})


def _widen(execution: Execution) -> Result:
    client = edit_client(
        execution.maker,
        client_id=execution.payload["client_id"],
        data=_data(execution.payload["after"]),
        # The rehearsal has no checker yet; who files stands in, and it is taken back.
        checker=execution.checker or execution.maker,
    )
    return Result(_("已变更接口客户端“%(client)s”。") % {"client": client})


def _describe(payload: dict[str, Any]) -> list[Difference]:
    before, after = payload["before"], payload["after"]
    lines = [
        Difference(label, show(before), show(after))
        for label, name, show in _lines()
        if before.get(name) != after.get(name)
    ]
    if account := payload.get("service_user"):
        lines.insert(0, Difference(_("服务账号"), _NONE, account))
    return lines


def _lines() -> list[tuple[str, str, Any]]:
    return [
        (_("名称"), "name", lambda d: d["name"] or _NONE),
        (_("授权范围"), "scopes", lambda d: _scopes(d["scopes"])),
        (_("来源地址范围"), "allowed_ranges", _ranges),
        (_("频率上限"), "rate", lambda d: d["rate"] or _("按全市默认")),
        (_("每日配额"), "daily_quota", lambda d: str(d["daily_quota"] or _("不限"))),
        (_("必须签名"), "requires_signature", lambda d: _yes(d["requires_signature"])),
        (_("有效至"), "expires_at", lambda d: d["expires_at"] or _("长期")),
        (_("责任人"), "owner_person", lambda d: _person(d.get("owner_person"))),
        (
            _("必须使用客户端证书"),
            "requires_certificate",
            lambda d: _yes(d.get("requires_certificate", False)),
        ),
        (_("试用"), "is_trial", lambda d: _yes(d.get("is_trial", False))),
        (_("未脱敏字段"), "clear_fields", lambda d: _fields(d.get("clear_fields", []))),
        (_("查看目的"), "clear_purpose", lambda d: d.get("clear_purpose") or _NONE),
        (_("未脱敏有效至"), "clear_until", lambda d: d.get("clear_until") or _NONE),
    ]


def _person(pk: int | None) -> str:
    found = User.objects.filter(pk=pk).first() if pk else None
    return found.display_name if found else _NONE


def _fields(codes: Iterable[str]) -> str:
    return series(PersonalField(code).label for code in codes) or str(_("全部脱敏"))


def _scopes(codes: Iterable[str]) -> str:
    labels = scope_labels()
    words = [
        str(_("全部（服务账号所能）")) if code == EVERYTHING else str(labels.get(code, code))
        for code in codes
    ]
    return series(words) or _NONE


def _ranges(said: dict[str, Any]) -> str:
    if not said["name"]:
        return _NONE
    return series(said["allowed_ranges"]) or str(_("任何地址"))


def _yes(value: bool) -> str:
    return str(_("是") if value else _("否"))


def _nothing() -> dict[str, Any]:
    return _plain(ClientData(name=""))


def _plain(data: ClientData) -> dict[str, Any]:
    return {
        "name": data.name,
        "owner": data.owner.pk if data.owner else None,
        "scopes": sorted(set(data.scopes)),
        "rate": data.rate,
        "daily_quota": data.daily_quota,
        "allowed_ranges": list(data.allowed_ranges),
        "requires_signature": data.requires_signature,
        "is_trial": data.is_trial,
        "expires_at": data.expires_at.isoformat() if data.expires_at else None,
        "owner_person": data.owner_person.pk if data.owner_person else None,
        "requires_certificate": data.requires_certificate,
        "clear_fields": sorted(set(data.clear_fields)),
        "clear_purpose": data.clear_purpose,
        "clear_until": data.clear_until.isoformat() if data.clear_until else None,
    }


def _data(said: dict[str, Any]) -> ClientData:
    owner = Organization.objects.get(pk=said["owner"]) if said["owner"] else None
    person = said.get("owner_person")  # changes filed before there were owners have none
    return ClientData(
        **{
            **said,
            "owner": owner,
            "owner_person": User.objects.get(pk=person) if person else None,
            "expires_at": _moment(said["expires_at"]),
            "clear_until": _moment(said.get("clear_until")),
        }
    )


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def _token(*facts: Any) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()


REGISTER_ACT = Act(
    code=REGISTER,
    label=gettext_lazy("登记接口客户端"),
    checker_permission=CHECKS,
    may_make=_may_make,
    version=_version_of_new,
    describe=_describe,
    execute=_register,
    link=lambda change_id, payload: reverse("clients:client-list"),
)
WIDEN_ACT = Act(
    code=WIDEN,
    label=gettext_lazy("放宽接口客户端"),
    checker_permission=CHECKS,
    may_make=_may_make,
    version=_version_of_client,
    describe=_describe,
    execute=_widen,
    link=lambda change_id, payload: reverse("clients:client-detail", args=[payload["client_id"]]),
)
