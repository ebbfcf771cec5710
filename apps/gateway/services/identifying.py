"""Who calls: by key or by signature, from where, and why not. Source: GW-01, GW-02.

A caller that has not proved anything learns only which key it named. One that has proved to
hold the key learns what else is wrong: ended, revoked, from the wrong address, unsigned.
Refusals are written to the audit log, so many a minute for each key and address.
"""

import base64
import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock, ratelimit, tokens
from apps.common.errors import DomainError, TooMany
from apps.common.memory import Memory
from apps.gateway import httpsig
from apps.gateway.enums import SignatureAlgorithm
from apps.gateway.models import ApiClient, ApiKey, ClientCertificate, SigningKey
from apps.gateway.sealing import unseal
from apps.gateway.services.nonces import is_new

logger = logging.getLogger(__name__)

USE_NOTED_EVERY = timedelta(minutes=5)
#: Refusals of one key from one address a minute that are written to the audit log, and that
#: are answered at all; a caller above the second one is told to wait.
AUDITED, ANSWERED = 20, 120
_UNPROVED = frozenset({"unknown", "malformed", "forged"})
NAMED = 20  # characters of a key's name that are repeated

# The service account carries its posts and permissions along, hence their models.
_PROOF = (
    "gateway.ApiClient",
    "gateway.ApiKey",
    "gateway.ClientCertificate",
    "gateway.SigningKey",
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
_keys: Memory[tuple[ApiKey, ...]] = Memory(of=_PROOF)
_signing_keys: Memory[SigningKey | None] = Memory(of=_PROOF)


@dataclass(frozen=True)
class Caller:
    """Who proved to be whom. key: the prefix or number of what it was proved with."""

    client: ApiClient
    key: str


class KeyRefused(DomainError):
    """The caller is not let in (401). data: ``key`` it named and ``reason``, a code."""

    status = 401
    code = "authentication_failed"

    def __init__(self, key: str, reason: str) -> None:
        said = key[:NAMED]
        super().__init__(_sentence(said, reason), data={"key": said, "reason": reason})
        self.reason = reason


def identify(key: str, *, address: str | None, certificate: str = "") -> Caller:
    """Will give whose key this is, if it may call from this address now.

    Digests are compared in constant time; the use is noted at most every five minutes. Who a
    key belongs to, and what its service account may, is remembered for two seconds
    (``common.memory``): a client revoked in one process is refused by all after that. Secret,
    dates, address and certificate are judged at every call. certificate: thumbprint of the one
    the caller came with, as a trusted proxy told it; "" for none.
    Raises: KeyRefused; TooMany (too many refusals of this key and address).
    """
    prefix, _dot, secret = key.partition(".")
    found = _keys.get(prefix, lambda: _find_keys(prefix))
    proved = [each for each in found if tokens.matches(secret, each.digest)]
    if not found:
        tokens.matches(secret, "0" * 64)  # takes as long as for a known prefix
    if not proved:
        raise refuse(prefix, "unknown", address, found[0].client if found else None)
    client = proved[0].client
    if reason := _why_ended(proved[0]) or why_unusable(client, address, certificate):
        raise refuse(prefix, reason, address, client)
    if client.requires_signature:
        raise refuse(prefix, "unsigned", address, client)
    _note_use(proved[0])
    return Caller(client, prefix)


def identify_signature(
    request: httpsig.Request, *, address: str | None, certificate: str = ""
) -> Caller:
    """Will give whose signature a request carries (RFC 9421), if it may call now.

    The nonce counts as used only once the signature has proved right.
    Raises: KeyRefused; TooMany.
    """
    keyid, client = "", None
    try:
        signed = httpsig.parse(request.headers)
        keyid = signed.keyid
        key = _signing_keys.get(keyid, lambda: _find_signing_key(keyid))
        base = httpsig.base_of(signed, request)
        if key is None or not _is_right(key, signed, base):
            raise refuse(keyid, "unknown", address, key.client if key else None)
        client = key.client
        httpsig.require_covered(signed, request)
    except httpsig.Malformed as error:
        raise refuse(keyid, "malformed", address, client, detail=str(error)) from error
    reason = _why_ended(key) or why_unusable(client, address, certificate)
    if not reason and not httpsig.is_fresh(signed, at=clock.now().timestamp()):
        reason = "stale"
    if not reason and not is_new(keyid, signed.nonce):
        reason = "replayed"
    if reason:
        raise refuse(keyid, reason, address, client)
    _note_use(key)
    return Caller(client, keyid)


def why_unusable(client: ApiClient, address: str | None, certificate: str = "") -> str:
    """Will say why a client may not call from this address now, whatever it proved; "" if not.

    certificate: as with ``identify``. Its use is noted at most every five minutes.
    """
    moment = clock.now()
    if client.revoked_at is not None:
        return "revoked"
    if client.expires_at is not None and moment >= client.expires_at:
        return "expired"
    if client.suspended_at is not None:
        return "suspended"
    if not client.service_user.is_active:
        return "inactive"
    if client.allowed_ranges and not _is_inside(address, client.allowed_ranges):
        return "address"
    return _why_certificate(client, certificate) if client.requires_certificate else ""


def refuse(
    key: str, reason: str, address: str | None, client: ApiClient | None, *, detail: str = ""
) -> DomainError:
    """Will write a refusal to the log and give what to raise."""
    # Whoever proved nothing may name a new key every time: one address is one caller.
    whose = f"{address}" if reason in _UNPROVED else f"{key[:NAMED]}|{address}"
    try:
        left = ratelimit.hit("gateway.refusals", whose, limit=ANSWERED, per_seconds=60)
    except TooMany as error:
        return error
    if ANSWERED - left <= AUDITED:
        logger.warning("API caller refused", extra={"key": key[:NAMED], "reason": reason})
        data: dict[str, Any] = {"key": key[:NAMED], "reason": reason, "address": address or ""}
        audit.record(
            SYSTEM,
            "api_client.refused",
            object_type="gateway.client",
            object_id=client.pk if client else "",
            object_label=client.name if client else key[:NAMED],
            data=data | ({"detail": detail} if detail else {}),
        )
    return KeyRefused(key, reason)


def refuse_certificate(address: str | None, *, detail: str) -> DomainError:
    """Will log a certificate header that no trusted proxy sent, and give what to raise."""
    return refuse("", "forged", address, None, detail=detail)


def _sentence(key: str, reason: str) -> str:
    words = {"key": key}
    match reason:
        case "ended":
            return _("密钥 %(key)s 已停用或到期，请更换密钥") % words
        case "revoked":
            return _("密钥 %(key)s 所属的客户端已吊销") % words
        case "expired":
            return _("密钥 %(key)s 所属的客户端已过有效期") % words
        case "suspended":
            return _("密钥 %(key)s 所属的客户端已暂停：责任单位须重新指定责任人") % words
        case "uncertified":
            return _("密钥 %(key)s 所属的客户端必须使用客户端证书（双向 TLS）调用") % words
        case "certificate":
            return _("客户端证书未登记、已停用或已过期，不能与密钥 %(key)s 一起使用") % words
        case "inactive":
            return _("密钥 %(key)s 所属客户端的服务账号已停用") % words
        case "address":
            return _("不允许从当前来源地址使用密钥 %(key)s") % words
        case "unsigned":
            return _("密钥 %(key)s 所属的客户端必须对请求签名") % words
        case "stale":
            return _("签名 %(key)s 的时间与当前时间相差过大或已过期") % words
        case "replayed":
            return _("签名 %(key)s 的随机数已用过，请求不得重放") % words
        case "forged":
            return _("请求自带客户端证书头，但不是来自受信任的代理，已拒绝并记录")
        case "malformed":
            return _("请求签名的格式、覆盖内容或摘要不符合要求")
    return _("密钥 %(key)s 无效") % words if key else _("接口密钥无效")


def _find_keys(prefix: str) -> tuple[ApiKey, ...]:
    return tuple(
        ApiKey.objects.filter(prefix=prefix)
        .select_related("client__service_user", "client__tenant__area")
        .defer("client__tenant__area__boundary")
    )


def _find_signing_key(keyid: str) -> SigningKey | None:
    return (
        SigningKey.objects.filter(keyid=keyid)
        .select_related("client__service_user", "client__tenant__area")
        .defer("client__tenant__area__boundary")
        .first()
    )


def _is_right(key: SigningKey, signed: httpsig.Signed, base: bytes) -> bool:
    if signed.algorithm and signed.algorithm != key.algorithm:
        return False
    shared = key.algorithm == SignatureAlgorithm.HMAC_SHA256
    material = base64.b64decode(unseal(key.material) if shared else key.material)
    return httpsig.is_valid(signed, base, algorithm=key.algorithm, key=material)


def _why_ended(key: ApiKey | SigningKey | ClientCertificate) -> str:
    return "ended" if key.ends_at is not None and clock.now() >= key.ends_at else ""


def _why_certificate(client: ApiClient, thumbprint: str) -> str:
    if not thumbprint:
        return "uncertified"
    moment = clock.now()
    for known in client.certificates.all():
        is_live = known.not_after > moment and not _why_ended(known)
        if is_live and constant_time_compare(known.thumbprint, thumbprint):
            _note_use(known)
            return ""
    return "certificate"


def _is_inside(address: str | None, ranges: Sequence[str]) -> bool:
    if address is None:
        return False
    found = ipaddress.ip_address(address)
    networks = [ipaddress.ip_network(text) for text in ranges]
    return any(n.version == found.version and found in n for n in networks)


def _note_use(key: ApiKey | SigningKey | ClientCertificate) -> None:
    moment = clock.now()
    if key.last_used_at is None or moment - key.last_used_at > USE_NOTED_EVERY:
        type(key).objects.filter(pk=key.pk).update(last_used_at=moment)
        key.last_used_at = moment
