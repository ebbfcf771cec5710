"""Clients of the API: registered, widened, narrowed, revoked. Keys: ``keys``.

Registering a client and giving one more than it has takes two people (``gateway.proposals``);
taking away takes one. Source: MT-13, GW-02, AC-09.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import appointments_in_force
from apps.accounts.services.sensitive import (
    acts_for_system,
    checked_by,
    require_no_second_person,
)
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.phrases import series
from apps.gateway.enums import PersonalField
from apps.gateway.models import ApiClient
from apps.gateway.permissions import EVERYTHING
from apps.gateway.registry import scope_labels
from apps.gateway.services.guarding import (
    lock_client,
    lock_usable_client,
    note_client,
    require_client_manager,
)
from apps.gateway.services.keys import end_all_keys, make_key
from apps.gateway.throttling import parse_rate

MOST_RANGES = 50
LONGEST_CLEAR = timedelta(days=366)  # then somebody must say again what it is for
PURPOSE_LEAST = 5  # characters


@dataclass(frozen=True)
class ClientData:
    """What is said of a client and may be changed; see ``models.ApiClient`` for the meaning."""

    name: str
    owner: Organization | None = None
    scopes: Sequence[str] = ()
    rate: str = ""
    daily_quota: int = 0
    allowed_ranges: Sequence[str] = ()
    requires_signature: bool = False
    expires_at: datetime | None = None
    owner_person: User | None = None
    requires_certificate: bool = False
    clear_fields: Sequence[str] = ()
    clear_purpose: str = ""
    clear_until: datetime | None = None
    is_trial: bool = False


@transaction.atomic
def issue_client(
    actor: Actor,
    *,
    name: str,
    tenant: Tenant,
    service_user: User,
    scopes: Sequence[str],
    owner: Organization | None = None,
    owner_person: User | None = None,
    rate: str = "",
    allowed_ranges: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiClient, str]:
    """Will register a client and give it with its first key, which is never shown again; audited.

    For the installation itself: the command on the server, the demo city. People file a
    proposal (``gateway.proposals``).
    Raises: SecondPersonNeeded (the actor is a person); InvalidInput.
    """
    if not acts_for_system(actor):
        require_no_second_person([_("登记接口客户端")])
    data = ClientData(
        name,
        owner=owner,
        owner_person=owner_person,
        scopes=scopes,
        rate=rate,
        allowed_ranges=allowed_ranges,
        expires_at=expires_at,
    )
    client = register_client(actor, tenant=tenant, service_user=service_user, data=data)
    return client, make_key(client, by_name=actor.display_name)


@transaction.atomic
def register_client(
    actor: Actor,
    *,
    tenant: Tenant,
    service_user: User,
    data: ClientData,
    checker: User | None = None,
) -> ApiClient:
    """Will register a client without a key, once a second person has agreed; audited.

    checker: who agreed, for the log. Called by the approved act and by ``issue_client``.
    Raises: NotAllowed (not a manager of this body); InvalidInput (field by field).
    """
    require_client_manager(actor, tenant_id=tenant.pk)
    if service_user.is_superuser or not service_user.is_active:
        raise InvalidInput(_("服务账号须为启用的普通账号，不能是超级用户"), field="service_user")
    if service_user.tenant_id not in (None, tenant.pk):
        raise InvalidInput(_("服务账号须属于同一租户"), field="service_user")
    client = ApiClient(tenant=tenant, service_user=service_user, created_at=clock.now())
    if data.owner_person is None and not acts_for_system(actor):
        raise InvalidInput(_("请指定责任人"), field="owner_person")
    _fill(client, data)
    client.save(force_insert=True)
    note_client(actor, "api_client.issued", client, **checked_by(checker))
    return client


@transaction.atomic
def edit_client(
    actor: Actor, *, client_id: int, data: ClientData, checker: User | None = None
) -> ApiClient:
    """Will change a client; audited. Locks it.

    checker: who agreed; without one nothing may be given that the client does not have yet.
    Raises: NotAllowed; NotFound; Refused (revoked); InvalidInput; SecondPersonNeeded.
    """
    client = lock_usable_client(actor, client_id)
    if checker is None and not acts_for_system(actor):
        require_no_second_person(why_wider(client, data))
    before = stated(client)
    if data.owner_person is None and client.owner_person_id is not None:
        raise InvalidInput(_("请指定责任人"), field="owner_person")
    _fill(client, data)
    client.save()
    after = stated(client)
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    note_client(actor, "api_client.changed", client, changed=changed, **checked_by(checker))
    return client


@transaction.atomic
def revoke_client(actor: Actor, *, client_id: int) -> ApiClient:
    """Will end a client and all its keys at once and for good; a second time changes nothing.

    Locks the client; audited. Raises: NotAllowed; NotFound.
    """
    client = lock_client(actor, client_id)
    if client.revoked_at is None:
        client.revoked_at = clock.now()
        client.save(update_fields=["revoked_at"])
        end_all_keys(client)
        note_client(actor, "api_client.revoked", client)
    return client


def why_wider(client: ApiClient, data: ClientData) -> list[str]:
    """Will say what the change would give the client that it does not have; empty: nothing."""
    found = []
    if EVERYTHING not in client.scopes and set(data.scopes) - set(client.scopes):
        found.append(_("增加授权范围"))
    if _admits_more(client.allowed_ranges, check_ranges(data.allowed_ranges)):
        found.append(_("放宽来源地址"))
    check_rate(data.rate)
    if _per_second(data.rate) > _per_second(client.rate):
        found.append(_("提高频率上限"))
    if client.daily_quota and not 0 < data.daily_quota <= client.daily_quota:
        found.append(_("提高每日配额"))
    if client.requires_signature and not data.requires_signature:
        found.append(_("取消必须签名"))
    if client.expires_at and not (data.expires_at and data.expires_at <= client.expires_at):
        found.append(_("延长有效期"))
    if client.requires_certificate and not data.requires_certificate:
        found.append(_("取消必须使用客户端证书"))
    if client.is_trial and not data.is_trial:
        found.append(_("由试用转为正式"))
    if clear := _clearer(client, data):
        found.append(_("查看未脱敏的%s") % series(PersonalField(name).label for name in clear))
    return found


def stated(client: ApiClient) -> dict[str, object]:
    """Will give what is said of a client as plain values, for the log and for comparing."""
    return {
        "name": client.name,
        "owner": client.owner_id,
        "scopes": list(client.scopes),
        "rate": client.rate,
        "daily_quota": client.daily_quota,
        "allowed_ranges": list(client.allowed_ranges),
        "requires_signature": client.requires_signature,
        "expires_at": client.expires_at.isoformat() if client.expires_at else None,
        "owner_person": client.owner_person_id,
        "requires_certificate": client.requires_certificate,
        "is_trial": client.is_trial,
        "clear_fields": list(client.clear_fields),
        "clear_purpose": client.clear_purpose,
        "clear_until": client.clear_until.isoformat() if client.clear_until else None,
    }


def check_rate(rate: str) -> None:
    """Raises: InvalidInput (not of the form ``600/min``); empty is the general rate."""
    try:
        if rate and parse_rate(rate)[0] < 1:
            raise ValueError
    except ValueError as error:
        raise InvalidInput(_("频率上限应形如 600/min"), field="rate") from error


def check_ranges(ranges: Sequence[str]) -> list[str]:
    """Will give addresses and ranges in their usual form. Raises: InvalidInput."""
    if len(ranges) > MOST_RANGES:
        raise InvalidInput(_("来源地址范围最多 50 项"), field="allowed_ranges")
    try:
        return [str(ipaddress.ip_network(text.strip(), strict=False)) for text in ranges]
    except ValueError as error:
        raise InvalidInput(_("来源地址范围应形如 10.20.0.0/16"), field="allowed_ranges") from error


def check_scopes(scopes: Sequence[str]) -> list[str]:
    """Will give scopes in order, once each. Raises: InvalidInput (not registered)."""
    wanted = sorted(set(scopes))
    if unknown := [s for s in wanted if s != EVERYTHING and s not in scope_labels()]:
        raise InvalidInput(_("没有登记的授权范围：%s") % unknown[0], field="scopes")
    return wanted


def _fill(client: ApiClient, data: ClientData) -> None:
    if not data.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if data.owner is not None and data.owner.tenant_id != client.tenant_id:
        raise InvalidInput(_("责任单位须属于同一租户"), field="owner")
    check_rate(data.rate)
    client.name, client.owner = data.name.strip()[:80], data.owner
    client.scopes = check_scopes(data.scopes)
    client.rate, client.daily_quota = data.rate, data.daily_quota
    client.allowed_ranges = check_ranges(data.allowed_ranges)
    client.requires_signature = data.requires_signature
    client.expires_at = data.expires_at
    client.requires_certificate = data.requires_certificate
    client.is_trial = data.is_trial
    _fill_clear(client, data)
    _name_owner(client, data.owner_person)


def _fill_clear(client: ApiClient, data: ClientData) -> None:
    """What stays as it is was agreed to before; a grant that ran out may stand until changed."""
    wanted = sorted(set(data.clear_fields))
    if not wanted:
        client.clear_fields, client.clear_purpose, client.clear_until = [], "", None
        return
    purpose = data.clear_purpose.strip()[:200]
    if (wanted, purpose, data.clear_until) == (
        sorted(client.clear_fields),
        client.clear_purpose,
        client.clear_until,
    ):
        return
    if unknown := [name for name in wanted if name not in PersonalField.values]:
        raise InvalidInput(_("没有这个个人信息字段：%s") % unknown[0], field="clear_fields")
    if len(purpose) < PURPOSE_LEAST:
        raise InvalidInput(
            _("查看未脱敏的个人信息须写明目的（至少%d字）") % PURPOSE_LEAST, field="clear_purpose"
        )
    moment = clock.now()
    if data.clear_until is None or not moment < data.clear_until <= moment + LONGEST_CLEAR:
        raise InvalidInput(_("请填写未脱敏的截止日期：今天以后、一年以内"), field="clear_until")
    client.clear_fields, client.clear_purpose = wanted, purpose
    client.clear_until = data.clear_until


def _clearer(client: ApiClient, data: ClientData) -> list[str]:
    """What the change would show that is not shown now, or not so long, or for another end."""
    wanted = sorted(name for name in set(data.clear_fields) if name in PersonalField.values)
    new = [name for name in wanted if name not in client.clear_now]
    if new:
        return new
    is_longer = bool(
        data.clear_until and client.clear_until and data.clear_until > client.clear_until
    )
    return wanted if is_longer or data.clear_purpose.strip() != client.clear_purpose else []


def _name_owner(client: ApiClient, person: User | None) -> None:
    """Whoever is named answers from now on; a client that waited for it works again."""
    if person is not None and person.pk != client.owner_person_id:
        if not person.is_active or not _works_for(person, client.tenant_id):
            raise InvalidInput(_("责任人须是本租户在岗的人员"), field="owner_person")
        client.ownerless_since, client.suspended_at = None, None
    client.owner_person = person


def _works_for(person: User, tenant_id: int) -> bool:
    return appointments_in_force(person).filter(post__organization__tenant_id=tenant_id).exists()


def _per_second(rate: str) -> float:
    """Compares rates; no rate of its own counts as the city's general one."""
    number, seconds = parse_rate(rate or settings.API_RATE)
    return number / seconds


def _admits_more(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether somebody may call from an address who may not now; an empty list admits all."""
    if not before:
        return False
    if not after:
        return True
    old = [ipaddress.ip_network(text) for text in before]
    new = [ipaddress.ip_network(text) for text in after]
    return any(
        not any(n.version == o.version and n.subnet_of(o) for o in old)  # type: ignore[arg-type]  # same version
        for n in new
    )
