"""Clients of the API: issued, rotated, revoked by people; recognised at every call."""

import ipaddress
import logging
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Tenant, User
from apps.audit import services as audit
from apps.common import clock, tokens
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.memory import Memory
from apps.gateway.models import ApiClient
from apps.gateway.throttling import parse_rate

logger = logging.getLogger(__name__)

OVERLAP = timedelta(days=7)  # how long a rotated key stays valid beside the new one
USE_NOTED_EVERY = timedelta(minutes=5)
# The service account carries its posts and permissions along, hence their models.
_clients: Memory[ApiClient | None] = Memory(
    of=(
        "gateway.ApiClient",
        "accounts.User",
        "accounts.Tenant",
        "accounts.Organization",
        "accounts.Appointment",
        "accounts.Post",
        "accounts.Post_roles",
        "accounts.Role",
        "accounts.Role_permissions",
        "places.Area",
        "places.AreaSuccession",
    )
)
_PREFIX_CHARACTERS = string.ascii_lowercase + string.digits


@transaction.atomic
def issue_client(
    actor: User,
    *,
    name: str,
    tenant: Tenant,
    service_user: User,
    scopes: Sequence[str],
    rate: str = "",
    allowed_ranges: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiClient, str]:
    """Will register a client and give it with its key, which is never shown again; audited.

    scopes: for example ``cases.report``; ``*`` is everything its service account may.
    rate: ``600/min`` (empty: the general one); allowed_ranges: addresses or CIDR ranges.
    Raises: NotAllowed; InvalidInput (rate, range or service account cannot be accepted).
    """
    _require_manager(actor)
    if service_user.is_superuser or not service_user.is_active:
        raise InvalidInput(_("服务账号须为启用的普通账号，不能是超级用户"), field="service_user")
    check_rate(rate)
    secret = tokens.new_token()
    client = ApiClient.objects.create(
        name=name,
        tenant=tenant,
        service_user=service_user,
        key_prefix="".join(secrets.choice(_PREFIX_CHARACTERS) for _n in range(10)),
        key_hash=tokens.digest(secret),
        scopes=sorted(set(scopes)),
        rate=rate,
        allowed_ranges=check_ranges(allowed_ranges),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    _record(actor, "api_client.issued", client)
    return client, f"{client.key_prefix}.{secret}"


@transaction.atomic
def rotate_key(actor: User, *, client_id: int, overlap: timedelta = OVERLAP) -> str:
    """Will give a new key; the old one stays valid for ``overlap`` (zero: ends now); audited.

    Locks the client. Raises: NotAllowed; NotFound; Refused (revoked).
    """
    client = _lock(actor, client_id)
    if client.revoked_at is not None:
        raise Refused(_("该客户端已吊销"))
    secret = tokens.new_token()
    client.previous_key_hash, client.key_hash = client.key_hash, tokens.digest(secret)
    client.previous_key_until = clock.now() + overlap
    client.save(update_fields=["key_hash", "previous_key_hash", "previous_key_until"])
    _record(actor, "api_client.key_rotated", client)
    return f"{client.key_prefix}.{secret}"


@transaction.atomic
def revoke_client(actor: User, *, client_id: int) -> ApiClient:
    """Will end a client at once and for good; a second time changes nothing; audited.

    Locks the client. Raises: NotAllowed; NotFound.
    """
    client = _lock(actor, client_id)
    if client.revoked_at is None:
        client.revoked_at = clock.now()
        client.save(update_fields=["revoked_at"])
        _record(actor, "api_client.revoked", client)
    return client


def identify(key: str, *, address: str | None) -> ApiClient | None:
    """Will give the client a key belongs to, if it may call from this address now.

    Compares digests in constant time. Notes the use at most every five minutes.
    Who a key belongs to, and what its service account may, is remembered for two seconds
    (``common.memory``): a client revoked in one process is refused by all after that. Secret,
    dates and address are judged at every call.
    """
    prefix, _dot, secret = key.partition(".")
    client = _clients.get(prefix, lambda: _find_client(prefix))
    if client is None:
        tokens.matches(secret, "0" * 64)  # takes as long as for a known prefix
        return None
    reason = _why_not(client, secret, address)
    if reason:
        logger.warning("API key refused", extra={"client": client.pk, "reason": reason})
        return None
    _note_use(client)
    return client


def _find_client(prefix: str) -> ApiClient | None:
    return (
        ApiClient.objects.filter(key_prefix=prefix)
        .select_related("service_user", "tenant__area")
        .defer("tenant__area__boundary")
        .first()
    )


def _why_not(client: ApiClient, secret: str, address: str | None) -> str:
    moment = clock.now()
    current = tokens.matches(secret, client.key_hash)
    previous = tokens.matches(secret, client.previous_key_hash or "0" * 64)
    still_valid = client.previous_key_until is not None and moment < client.previous_key_until
    if not (current or (previous and still_valid)):
        return "wrong secret"
    return why_unusable(client, address)


def why_unusable(client: ApiClient, address: str | None) -> str:
    """Will say why a client may not call from this address now, whatever it proved; "" if not."""
    moment = clock.now()
    if client.revoked_at is not None:
        return "revoked"
    if client.expires_at is not None and moment >= client.expires_at:
        return "expired"
    if not client.service_user.is_active:
        return "service account is inactive"
    if client.allowed_ranges and not _is_inside(address, client.allowed_ranges):
        return "address"
    return ""


def _is_inside(address: str | None, ranges: Sequence[str]) -> bool:
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    networks = [ipaddress.ip_network(text) for text in ranges]
    return any(n.version == found.version and found in n for n in networks)


def _note_use(client: ApiClient) -> None:
    moment = clock.now()
    if client.last_used_at is None or moment - client.last_used_at > USE_NOTED_EVERY:
        ApiClient.objects.filter(pk=client.pk).update(last_used_at=moment)
        client.last_used_at = moment


def _require_manager(actor: User) -> None:
    if not actor.has_perm("gateway.manage_clients"):
        raise NotAllowed(_("需要“管理接口客户端”权限"))


def _lock(actor: User, client_id: int) -> ApiClient:
    _require_manager(actor)
    client = ApiClient.objects.select_for_update().filter(pk=client_id).first()
    if client is None:
        raise NotFound(_("没有这个接口客户端"))
    return client


def check_rate(rate: str) -> None:
    """Raises: InvalidInput (not of the form ``600/min``); empty is the general rate."""
    try:
        if rate:
            parse_rate(rate)
    except ValueError as error:
        raise InvalidInput(_("频率上限应形如 600/min"), field="rate") from error


def check_ranges(ranges: Sequence[str]) -> list[str]:
    """Will give addresses and ranges in their usual form. Raises: InvalidInput."""
    try:
        return [str(ipaddress.ip_network(text.strip(), strict=False)) for text in ranges]
    except ValueError as error:
        raise InvalidInput(_("来源地址范围应形如 10.20.0.0/16"), field="allowed_ranges") from error


def _record(actor: User, action: str, client: ApiClient) -> None:
    audit.record(
        actor,
        action,
        object_type="gateway.client",
        object_id=client.pk,
        object_label=client.name,
        data={"prefix": client.key_prefix, "scopes": client.scopes},
    )
