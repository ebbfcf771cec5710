"""VMware vCenter: machines by the vSphere Automation API, events by the vim25 Web Services.

The Automation API has no events, so they are asked of ``EventManager`` at ``/sdk`` with the same
name and password; where that does not answer the machines are told all the same.
Source: vSphere Automation API (session, vcenter/vm), vSphere Web Services API (QueryEvents).
"""

import base64
from contextlib import suppress
from datetime import timedelta
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
_QUERY = (
    '<QueryEvents xmlns="urn:vim25"><_this type="EventManager">EventManager</_this><filter>'
    "<time><beginTime>{}</beginTime></time>{}<maxCount>{}</maxCount></filter></QueryEvents>"
)


def look(question: Question, call: Caller) -> Seen:
    """Will list the machines, then the events since the last look. Raises: CallFailed; Silent."""
    machines = _machines(question, call)
    since = str(question.memo.get("since") or (clock.now() - FIRST).isoformat())
    try:
        events = _events(question, call, since)
    except (CallFailed, Silent) as error:
        why = str(error)[:80]
        return Seen(machines, missing={"events": why}, memo={"since": since})
    last = newest(events)
    return Seen(machines, events, memo={"since": last.isoformat() if last else since})


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
        )
        for row in rows[:MOST]
    ]  # fmt: skip


def _events(question: Question, call: Caller, since: str) -> list[Happening]:
    """Newest within the bound; those of the category "error" are grave."""
    secret = question.secret
    login = _LOGIN.format(escape(secret.get("user", "")), escape(secret.get("password", "")))
    signed = _sdk(call, login, {})
    cookie = signed.headers.get("set-cookie", "").split(";")[0]
    session = {"Cookie": cookie} if cookie.isprintable() else {}
    try:
        grave = _asked(call, since, "<category>error</category>", session)
        every = grave | _asked(call, since, "", session)
    finally:
        call.allow_good_bye()
        with suppress(CallFailed, Silent):
            _sdk(call, _LOGOUT, session)
    return [
        Happening(uid, event.at, event.text, uid in grave)
        for uid, event in sorted(every.items(), key=lambda pair: pair[1].at)[-MOST_EVENTS:]
    ]


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
