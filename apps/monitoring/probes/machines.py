"""Virtual machines and containers as their platforms tell of them: how many there are and run.

A platform is one small adapter that gives ``Machine`` rows; the figures are counted alike for
all. VMware by the vSphere Automation API (session, vcenter/vm), Docker by the Engine API 1.24
(containers/json). Source: OP-05, OP-06.
"""

import asyncio
import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.common.http import Answer as Page
from apps.common.http import CallFailed, Target, get_bytes, post_bytes, send_json
from apps.monitoring.probes.web import reason_of
from apps.monitoring.probes.wire import Answer, Question, Silent

MOST = 20_000


@dataclass(frozen=True)
class Machine:
    """One virtual machine or container. cpus, memory_gb: allotted; None where not told."""

    name: str
    is_running: bool
    cpus: float | None = None
    memory_gb: float | None = None


#: Blocking: asks a platform for its machines. Raises: CallFailed; Silent.
Platform = Callable[[Question], Sequence[Machine]]


async def vcenter(question: Question) -> Answer:
    """Will count the machines of a VMware vCenter. Raises: Silent."""
    return await _ask(list_vcenter, question)


async def docker(question: Question) -> Answer:
    """Will count the containers of a Docker Engine. Raises: Silent."""
    return await _ask(list_docker, question)


async def _ask(platform: Platform, question: Question) -> Answer:
    try:
        machines = await asyncio.to_thread(platform, question)
    except CallFailed as error:
        raise Silent(reason_of(error)) from error
    running = [one for one in machines if one.is_running]
    values: dict[str, float] = {
        "total": len(machines), "running": len(running), "stopped": len(machines) - len(running),
    }  # fmt: skip
    for code in ("cpus", "memory_gb"):
        told = [value for one in running if (value := getattr(one, code)) is not None]
        if told:
            values[code] = float(sum(told))
    return Answer(values)


def list_vcenter(question: Question) -> list[Machine]:
    """Will sign in, list the machines and sign out again. Raises: CallFailed; Silent."""
    secret = question.secret
    given = f"{secret.get('user', '')}:{secret.get('password', '')}".encode()
    basic = {"Authorization": f"Basic {base64.b64encode(given).decode()}"}
    place = _target(question, "/api/session")
    signed = post_bytes("", b"", headers=basic, timeout_s=question.timeout_s, target=place)
    token = _document(signed, 200, 201)
    if not isinstance(token, str):
        raise Silent(_("应答无法解析"))
    session = {"vmware-api-session-id": token}
    try:
        found = get_bytes(
            "", headers=session, timeout_s=question.timeout_s,
            target=_target(question, "/api/vcenter/vm"),
        )  # fmt: skip
    finally:  # a session left open stays for minutes, and their number is bounded
        send_json("DELETE", "", {}, headers=session, timeout_s=question.timeout_s, target=place)
    return [
        Machine(
            str(row.get("name", ""))[:120], row.get("power_state") == "POWERED_ON",
            _number(row.get("cpu_count")), _number(row.get("memory_size_MiB"), 1 / 1024),
        )
        for row in _rows(found)
    ]  # fmt: skip


def list_docker(question: Question) -> list[Machine]:
    """Will list the containers, running or not. Raises: CallFailed; Silent."""
    place = _target(question, "/v1.24/containers/json?all=1")
    found = get_bytes("", timeout_s=question.timeout_s, target=place)
    return [
        Machine(str((row.get("Names") or [""])[0])[:120], row.get("State") == "running")
        for row in _rows(found)
    ]


def _target(question: Question, path: str) -> Target:
    # The address was judged by ``common.networks``; as a checked target it is not judged again.
    scheme = str(question.settings.get("scheme", "http"))
    return Target(scheme, question.host, question.port, path, question.host)


def _rows(page: Page) -> list[dict[str, Any]]:
    found = _document(page, 200)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Silent(_("应答无法解析"))
    return found[:MOST]


def _document(page: Page, *fine: int) -> Any:
    if page.status == 401:
        raise Silent(_("用户名或口令不对"))
    if page.status not in fine:
        raise Silent(f"HTTP {page.status}")
    try:
        return page.json()
    except (ValueError, RecursionError) as error:
        raise Silent(_("应答不是有效的 JSON")) from error


def _number(value: Any, scale: float = 1) -> float | None:
    return value * scale if isinstance(value, int | float) else None
