"""VMware vCenter: machines by the vSphere Automation API, use and events by vim25.

The Automation API tells neither use nor events, so they are asked of the Web Services at ``/sdk``
with the same name and password: quick statistics of all machines by the property collector, and
``EventManager``. Where that does not answer the machines are told all the same.
Source: vSphere Automation API (session, vcenter/vm), vSphere Web Services API (QueryEvents,
RetrievePropertiesEx, VirtualMachineQuickStats).
"""

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from math import isfinite
from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.http import Answer as Page
from apps.common.http import CallFailed
from apps.monitoring.probes.calling import Caller, document_of, local, number, tree_of
from apps.monitoring.probes.machines.counting import (
    MOST,
    MOST_EVENTS,
    Machine,
    RunState,
    Seen,
    moment_of,
    newest,
)
from apps.monitoring.probes.wire import Happening, Question, Silent

#: How far back the first look goes.
FIRST = timedelta(hours=24)
_STATES: dict[str, RunState] = {"POWERED_ON": "running", "SUSPENDED": "paused"}
_ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body>'
    "</s:Envelope>"
)
_LOGIN = (
    '<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this>'
    "<userName>{}</userName><password>{}</password></Login>"
)
_LOGOUT = '<Logout xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></Logout>'
_CONTENT = (
    '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance'
    "</_this></RetrieveServiceContent>"
)
_VIEW = (
    '<CreateContainerView xmlns="urn:vim25"><_this type="ViewManager">{}</_this>'
    '<container type="Folder">{}</container><type>VirtualMachine</type><recursive>true</recursive>'
    "</CreateContainerView>"
)
_OF_MACHINE = ("name", "summary.runtime.maxCpuUsage", "summary.quickStats.overallCpuUsage",
               "summary.quickStats.guestMemoryUsage")  # fmt: skip
_USE = (
    '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">{}</_this><specSet>'
    "<propSet><type>VirtualMachine</type>"
    + "".join(f"<pathSet>{path}</pathSet>" for path in _OF_MACHINE)
    + '</propSet><objectSet><obj type="ContainerView">{}</obj><skip>true</skip><selectSet'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="TraversalSpec">'
    "<type>ContainerView</type><path>view</path><skip>false</skip></selectSet></objectSet>"
    "</specSet><options><maxObjects>{}</maxObjects></options></RetrievePropertiesEx>"
)
_MORE = (
    '<ContinueRetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">{}</_this>'
    "<token>{}</token></ContinueRetrievePropertiesEx>"
)
_QUERY = (
    '<QueryEvents xmlns="urn:vim25"><_this type="EventManager">EventManager</_this><filter>'
    "<time><beginTime>{}</beginTime></time>{}<maxCount>{}</maxCount></filter></QueryEvents>"
)


class _Use(NamedTuple):
    """What a machine uses; None where not told."""

    cpu_percent: float | None = None
    used_gb: float | None = None


def look(question: Question, call: Caller) -> Seen:
    """Will list the machines, then the events since the last look. Raises: CallFailed; Silent."""
    machines = _machines(question, call)
    since = str(question.memo.get("since") or (clock.now() - FIRST).isoformat())
    try:
        events, used = _beside(question, call, since)
    except (CallFailed, Silent) as error:
        why = str(error)[:80]
        return Seen(machines, missing={"events": why, "use": why}, memo={"since": since})
    last = newest(events)
    return Seen(
        [_with_use(one, used.get(one.uid, _Use())) for one in machines],
        events,
        memo={"since": last.isoformat() if last else since},
    )


def _machines(question: Question, call: Caller) -> list[Machine]:
    secret = question.secret
    given = f"{secret.get('user', '')}:{secret.get('password', '')}".encode()
    basic = {"Authorization": f"Basic {base64.b64encode(given).decode()}"}
    token = document_of(call.post("/api/session", b"", basic), 200, 201)
    if not isinstance(token, str) or not token.isprintable():
        raise Silent(_("应答无法解析"))
    session = {"vmware-api-session-id": token}
    try:
        rows = document_of(call.get("/api/vcenter/vm", session), 200)
    finally:  # a session left open stays for minutes, and their number is bounded
        with suppress(CallFailed):
            call.delete("/api/session", session)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Silent(_("应答无法解析"))
    return [
        Machine(
            str(row.get("name", ""))[:120], _STATES.get(str(row.get("power_state")), "stopped"),
            number(row.get("cpu_count")), number(row.get("memory_size_MiB"), 1 / 1024),
            uid=str(row.get("vm", "")),
        )
        for row in rows[:MOST]
    ]  # fmt: skip


def _beside(
    question: Question, call: Caller, since: str
) -> tuple[list[Happening], dict[str, _Use]]:
    """The newest events within the bound, and what each machine uses, in one session."""
    secret = question.secret
    login = _LOGIN.format(escape(secret.get("user", "")), escape(secret.get("password", "")))
    signed = _sdk(call, login, {})
    cookie = signed.headers.get("set-cookie", "").split(";")[0]
    session = {"Cookie": cookie} if cookie.isprintable() else {}
    try:
        return _events(call, since, session), _used(call, session)
    finally:
        call.allow_good_bye()
        with suppress(CallFailed, Silent):
            _sdk(call, _LOGOUT, session)


def _events(call: Caller, since: str, session: dict[str, str]) -> list[Happening]:
    """Those of the category "error" are grave."""
    grave = _asked(call, since, "<category>error</category>", session)
    every = grave | _asked(call, since, "", session)
    return [
        Happening(uid, event.at, event.text, uid in grave)
        for uid, event in sorted(every.items(), key=lambda pair: pair[1].at)[-MOST_EVENTS:]
    ]


def _used(call: Caller, session: dict[str, str]) -> dict[str, _Use]:
    """Share of the processors and memory in use, by the machine's own key."""
    places = {
        local(row.tag): row.text or ""
        for row in tree_of(_sdk(call, _CONTENT, session)).iter()
        if local(row.tag) in {"rootFolder", "viewManager", "propertyCollector"}
    }
    if len(places) < 3:
        raise Silent(_("应答无法解析"))
    wanted = escape(places["viewManager"]), escape(places["rootFolder"])
    made = tree_of(_sdk(call, _VIEW.format(*wanted), session))
    view = next((row.text or "" for row in made.iter() if local(row.tag) == "returnval"), "")
    collector = escape(places["propertyCollector"])
    found: dict[str, _Use] = {}
    ask = _USE.format(collector, escape(view), MOST)
    while ask and len(found) < MOST:
        page = tree_of(_sdk(call, ask, session))
        before = len(found)
        found |= _read_use(page)
        token = next((row.text for row in page.iter("{urn:vim25}token")), None)
        goes_on = token and len(found) > before  # a far end that repeats itself is left
        ask = _MORE.format(collector, escape(token or "")) if goes_on else ""
    return found


def _read_use(page: Element) -> dict[str, _Use]:
    found = {}
    for row in page.iter("{urn:vim25}objects"):
        key = next((child.text or "" for child in row if local(child.tag) == "obj"), "")
        told = {
            parts["name"]: _number_in(parts.get("val", ""))
            for prop in row
            if local(prop.tag) == "propSet"
            and "name" in (parts := {local(part.tag): part.text or "" for part in prop})
        }
        found[key] = _use_of(told)
    return found


def _use_of(told: Mapping[str, float | None]) -> _Use:
    """Of megahertz, a share; of megabytes, gigabytes."""
    most, now = told.get(_OF_MACHINE[1]), told.get(_OF_MACHINE[2])
    memory = told.get(_OF_MACHINE[3])
    return _Use(
        min(100.0, 100 * now / most) if most and now is not None else None,
        memory / 1024 if memory is not None else None,
    )


def _with_use(machine: Machine, use: _Use) -> Machine:
    return replace(machine, cpu_percent=use.cpu_percent, used_gb=use.used_gb)


def _number_in(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if isfinite(found) and found >= 0 else None


def _asked(
    call: Caller, since: str, category: str, session: dict[str, str]
) -> dict[str, Happening]:
    page = _sdk(call, _QUERY.format(escape(since), category, MOST_EVENTS), session)
    found: dict[str, Happening] = {}
    for row in tree_of(page).iter("{urn:vim25}returnval"):
        told = {local(child.tag): (child.text or "") for child in row}
        at = moment_of(told.get("createdTime", ""))
        if at is not None and told.get("key"):
            text = told.get("fullFormattedMessage") or told.get("userName") or "Event"
            found[told["key"][:80]] = Happening(told["key"][:80], at, text[:300])
    return found


def _sdk(call: Caller, body: str, headers: dict[str, str]) -> Page:
    said = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": "urn:vim25/8.0"} | headers
    page = call.post("/sdk", _ENVELOPE.format(body).encode(), said)
    if page.status == 500:
        raise Silent(_fault(page))
    if page.status != 200:
        raise Silent(f"HTTP {page.status}")
    return page


def _fault(page: Page) -> str:
    for element in tree_of(page).iter():
        if local(element.tag) == "InvalidLoginFault":
            return str(_("用户名或口令不对"))
    return str(_("事件查询被拒绝"))
