"""SNMP v2c and v3: objects asked by GET, some at a time. Source: RFC 3416, RFC 3414."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.utils.translation import gettext as _
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    USM_AUTH_HMAC96_SHA,
    USM_AUTH_HMAC192_SHA256,
    USM_AUTH_NONE,
    USM_PRIV_CFB128_AES,
    USM_PRIV_NONE,
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    get_cmd,
)
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from apps.polling.enums import SnmpVersion
from apps.polling.wire import Asked, Endpoint, Problem, Raw, Reader, Unanswered, Unreachable

AT_ONCE = 20
AUTH = {"": USM_AUTH_NONE, "SHA": USM_AUTH_HMAC96_SHA, "SHA256": USM_AUTH_HMAC192_SHA256}


@asynccontextmanager
async def connect(endpoint: Endpoint) -> AsyncIterator[Reader]:
    """Will give what asks the agent; nothing is sent yet. Raises: Unreachable."""
    engine = SnmpEngine()
    kind = Udp6TransportTarget if ":" in endpoint.host else UdpTransportTarget
    try:
        try:
            target = await kind.create(
                (endpoint.host, endpoint.port), timeout=endpoint.timeout_s, retries=0
            )
            user = _user(endpoint)
        except (PySnmpError, OSError) as error:
            raise Unreachable(str(error)[:100]) from error

        async def read(asked: Asked) -> Raw:
            raw: Raw = {}
            for start in range(0, len(asked.lines), AT_ONCE):
                part = asked.lines[start : start + AT_ONCE]
                raw |= await _get(engine, user, target, {line.field: line.address for line in part})
            return raw

        yield read
    finally:
        engine.close_dispatcher()


def _user(endpoint: Endpoint) -> Any:
    secret = endpoint.secret
    if endpoint.snmp_version == SnmpVersion.V2C:
        return CommunityData(secret.get("community", "public"), mpModel=1)  # noqa: S508  what most agents of the field speak
    auth = secret.get("auth", "")
    keys = {"authKey": secret["auth_key"]} if auth else {}
    has_privacy = bool(auth and secret.get("priv_key"))
    if has_privacy:
        keys["privKey"] = secret["priv_key"]
    return UsmUserData(
        secret.get("user", ""),
        authProtocol=AUTH[auth],
        privProtocol=USM_PRIV_CFB128_AES if has_privacy else USM_PRIV_NONE,
        **keys,
    )


async def _get(engine: Any, user: Any, target: Any, wanted: dict[str, str]) -> Raw:
    objects = [ObjectType(ObjectIdentity(oid)) for oid in wanted.values()]
    try:
        silent, status, index, bound = await get_cmd(
            engine, user, target, ContextData(), *objects, lookupMib=False
        )
    except PySnmpError as error:
        raise Unanswered(str(error)[:100]) from error
    if silent:
        raise Unanswered(_("没有有效应答：%(why)s") % {"why": str(silent)[:80]})
    if int(status):
        told = {"why": status.prettyPrint(), "n": int(index)}
        raise Unanswered(_("代理拒绝第 %(n)d 项：%(why)s") % told)
    values = [value for _oid, value in bound]
    found = {field: _plain(value) for field, value in zip(wanted, values, strict=False)}
    return {field: found.get(field, Problem(_("应答中没有该对象"))) for field in wanted}


def _plain(value: Any) -> Any:
    if isinstance(value, NoSuchObject | NoSuchInstance | EndOfMibView):
        return Problem(_("没有该对象"))
    try:
        return int(value)
    except (TypeError, ValueError):
        return bytes(value).decode("utf-8", "replace").strip()
