"""Citrix Hypervisor and XenServer by XAPI over XML-RPC: machines, their use, messages.

Source: XenServer Management API (session, VM, VM_metrics, message).
"""

import xmlrpc.client
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser
from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.http import CallFailed
from apps.monitoring.probes.calling import Caller, number, require_status
from apps.monitoring.probes.machines.counting import (
    MOST,
    MOST_EVENTS,
    Machine,
    RunState,
    Seen,
    newest,
)
from apps.monitoring.probes.wire import Happening, Question, Silent

FIRST = timedelta(hours=24)
_STATES: dict[str, RunState] = {"Running": "running", "Paused": "paused", "Suspended": "paused"}
_GB = 1 / 1024**3
#: Priority of a message: 1 data may be lost, 2 service lost; 3 degraded and less are told only.
_GRAVE = 2


def look(question: Question, call: Caller) -> Seen:
    """Will sign in, list machines and messages, and sign out. Raises: CallFailed; Silent."""
    secret = question.secret
    session = _ask(
        call, "session.login_with_password", secret.get("user", ""), secret.get("password", ""),
        "1.0", "citybrain",
    )  # fmt: skip
    since = str(question.memo.get("since") or f"{clock.now() - FIRST:%Y%m%dT%H:%M:%SZ}")
    try:
        records = _records(_ask(call, "VM.get_all_records", session))
        metrics = _records(_ask(call, "VM_metrics.get_all_records", session))
        machines = [
            _machine(row, metrics.get(str(row.get("metrics")), {}))
            for row in list(records.values())[:MOST]
            if not row.get("is_a_template") and not row.get("is_control_domain")
        ]
        try:
            told = _ask(call, "message.get_since", session, xmlrpc.client.DateTime(since))
        except (CallFailed, Silent) as error:
            return Seen(machines, missing={"events": str(error)[:80]}, memo={"since": since})
    finally:
        call.allow_good_bye()
        with suppress(CallFailed, Silent):
            _ask(call, "session.logout", session)
    events = sorted(_events(_records(told)), key=lambda one: one.at)
    last = newest(events)
    stamp = f"{last:%Y%m%dT%H:%M:%SZ}" if last else since
    return Seen(machines, events[-MOST_EVENTS:], memo={"since": stamp})


def _machine(row: Mapping[str, Any], metrics: Mapping[str, Any]) -> Machine:
    use = metrics.get("VCPUs_utilisation")
    loads = [one for value in use.values() if (one := number(value)) is not None] if isinstance(
        use, dict
    ) else []  # fmt: skip
    return Machine(
        str(row.get("name_label", ""))[:120], _STATES.get(str(row.get("power_state")), "stopped"),
        number(row.get("VCPUs_at_startup")), number(row.get("memory_dynamic_max"), _GB),
        used_gb=number(metrics.get("memory_actual"), _GB),
        cpu_percent=100 * sum(loads) / len(loads) if loads else None,
    )  # fmt: skip


def _events(rows: Mapping[str, Mapping[str, Any]]) -> list[Happening]:
    found = []
    for row in rows.values():
        at, uid = _moment(row.get("timestamp")), str(row.get("uuid", ""))[:80]
        if at is None or not uid:
            continue
        text = f"{row.get('name', '')} {row.get('body', '')}".strip()[:300]
        grave = (number(row.get("priority")) or 9) <= _GRAVE
        found.append(Happening(uid, at, text, grave))
    return found


def _moment(value: Any) -> datetime | None:
    """20261122T08:30:00Z, with or without the last letter; XAPI means UTC."""
    plain = str(value).replace("-", "").removesuffix("Z")
    try:
        return datetime.strptime(plain, "%Y%m%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _records(value: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict) or not all(isinstance(row, dict) for row in value.values()):
        raise Silent(_("应答无法解析"))
    return value


def _ask(call: Caller, method: str, *given: Any) -> Any:
    body = xmlrpc.client.dumps(given, method).encode()
    page = call.post("/", body, {"Content-Type": "text/xml"})
    require_status(page, 200)
    [answer] = _read(page.body)
    if not isinstance(answer, dict):
        raise Silent(_("应答无法解析"))
    if answer.get("Status") == "Success":
        return answer.get("Value")
    why = [str(part) for part in answer.get("ErrorDescription") or []][:2]
    if why[:1] == ["SESSION_AUTHENTICATION_FAILED"]:
        raise Silent(_("用户名或口令不对"))
    if why[:1] == ["HOST_IS_SLAVE"]:
        raise Silent(_("这是资源池的成员，请填写池主机：%s") % why[-1][:60])
    raise Silent(" ".join(why)[:100] or _("应答无法解析"))


def _read(body: bytes) -> tuple[Any, ...]:
    reader = xmlrpc.client.Unmarshaller(use_builtin_types=False)
    try:
        parser = DefusedExpatParser(reader, forbid_dtd=True)
        parser.feed(body)
        parser.close()
        found: tuple[Any, ...] = reader.close()
    except xmlrpc.client.Fault as error:
        raise Silent(error.faultString[:100]) from error
    except (
        ExpatError, DefusedXmlException, xmlrpc.client.ResponseError, ValueError, TypeError,
        IndexError, AttributeError, RecursionError,
    ) as error:  # fmt: skip
        raise Silent(_("应答不是有效的 XML")) from error
    if len(found) != 1:
        raise Silent(_("应答无法解析"))
    return found
