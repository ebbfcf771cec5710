"""SNMP v2c and v3: objects asked by GET in one request. Source: RFC 3416, RFC 3414."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
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
    bulk_cmd,
    get_cmd,
)
from pysnmp.proto.rfc1905 import EndOfMibView

from apps.monitoring.probes.wire import Answer, Question, Silent

#: sysUpTime: every agent has it; asked where no object is wanted.
UPTIME = "1.3.6.1.2.1.1.3.0"


async def ask(question: Question) -> Answer:
    """Will ask the agent for every wanted object. Figures: by code. Raises: Silent.

    secret: community (v2c), or user, auth_key (SHA-256) and priv_key (AES-128) for v3.
    """
    engine = SnmpEngine()
    kind = Udp6TransportTarget if ":" in question.host else UdpTransportTarget
    wants = dict(question.wants) or {"uptime": UPTIME}
    try:
        target = await kind.create(
            (question.host, question.port), timeout=question.timeout_s, retries=0
        )
        objects = [ObjectType(ObjectIdentity(oid)) for oid in wants.values()]
        silent, status, _index, bound = await get_cmd(
            engine, _user(question), target, ContextData(), *objects, lookupMib=False
        )
    except (PySnmpError, OSError) as error:
        raise Silent(str(error)[:100]) from error
    finally:
        engine.close_dispatcher()
    if silent or int(status):
        why = str(silent) if silent else status.prettyPrint()
        raise Silent(_("没有有效应答：%(why)s") % {"why": why[:80]})
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    for code, (_oid, value) in zip(wants, bound, strict=False):
        try:
            values[code] = float(int(value))
        except (TypeError, ValueError):
            missing[code] = _("没有该对象，或不是数值")
    return Answer(values, missing)


def _user(question: Question) -> Any:
    secret = question.secret
    if "user" not in secret:
        return CommunityData(secret.get("community", "public"), mpModel=1)  # noqa: S508  what most agents of the field speak
    keys = {name: secret[key] for name, key in _KEYS.items() if secret.get(key)}
    return UsmUserData(
        secret["user"],
        authProtocol=USM_AUTH_HMAC192_SHA256 if "authKey" in keys else USM_AUTH_NONE,
        privProtocol=USM_PRIV_CFB128_AES if "privKey" in keys else USM_PRIV_NONE,
        **keys,
    )


_KEYS = {"authKey": "auth_key", "privKey": "priv_key"}

_ROWS_AT_ONCE, _MOST_ROWS = 6, 200


async def walk(
    question: Question, table: str, *, columns: Sequence[int]
) -> dict[str, dict[int, str]]:
    """Will read columns of a table, 200 rows at most. Rows by index, values as text.

    Raises: Silent.
    """
    engine = SnmpEngine()
    rows: dict[str, dict[int, str]] = defaultdict(dict)
    last = {column: f"{table}.{column}" for column in columns}
    ended: set[int] = set()
    try:
        while last and len(rows) < _MOST_ROWS:
            told = await _next_rows(engine, question, list(last.values()))
            for place, column in enumerate(list(last)):
                begin, mine = f"{table}.{column}.", told[place :: len(last)]
                here = [one for one in mine if one is not None and one[0].startswith(begin)]
                for oid, value in here:
                    rows[oid.removeprefix(begin)][column] = value
                # An agent may send fewer rows than asked for; past the column's end it is over,
                # and so it is where the same object comes again.
                if len(here) < len(mine) or not here or here[-1][0] == last[column]:
                    ended.add(column)
                else:
                    last[column] = here[-1][0]
            last = {column: oid for column, oid in last.items() if column not in ended}
    except (PySnmpError, OSError) as error:
        raise Silent(str(error)[:100]) from error
    finally:
        engine.close_dispatcher()
    return rows


async def _next_rows(
    engine: Any, question: Question, objects: Sequence[str]
) -> list[tuple[str, str] | None]:
    """Names and values in turn of the objects; None past the end of what the agent has."""
    kind = Udp6TransportTarget if ":" in question.host else UdpTransportTarget
    target = await kind.create(
        (question.host, question.port), timeout=question.timeout_s, retries=0
    )
    silent, status, _index, bound = await bulk_cmd(
        engine, _user(question), target, ContextData(), 0, _ROWS_AT_ONCE,
        *[ObjectType(ObjectIdentity(oid)) for oid in objects], lookupMib=False,
    )  # fmt: skip
    if silent or int(status):
        why = str(silent) if silent else status.prettyPrint()
        raise Silent(_("没有有效应答：%(why)s") % {"why": why[:80]})
    return [None if isinstance(v, EndOfMibView) else (str(o), _plain(v)) for o, v in bound]


def _plain(value: Any) -> str:
    raw = value.asOctets() if hasattr(value, "asOctets") else None
    text = raw.decode("utf-8", "replace") if raw is not None else str(value)
    return "".join(sign for sign in text if sign.isprintable())[:120]
