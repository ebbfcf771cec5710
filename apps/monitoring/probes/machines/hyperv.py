"""Microsoft Hyper-V by WS-Management: machines of ``root/virtualization/v2``, events of its log.

Asked with HTTP Basic, which Windows offers where ``winrm`` is told so, over HTTPS; Kerberos and
NTLM are not spoken. Source: DMTF DSP0226 (WS-Management), DSP0227; Msvm_SummaryInformation,
Win32_NTLogEvent.
"""

import base64
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from apps.common import clock
from apps.common.http import CallFailed
from apps.monitoring.probes.calling import Caller, local, number, require_status, tree_of
from apps.monitoring.probes.machines.counting import (
    MOST,
    MOST_EVENTS,
    Machine,
    RunState,
    Seen,
    newest,
)
from apps.monitoring.probes.wire import Happening, Question, Silent

PATH = "/wsman"
FIRST = timedelta(hours=24)
MOST_PULLS = 20
AT_ONCE = 1000
_CIM = "http://schemas.microsoft.com/wbem/wsman/1/wmi/"
_ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#: EnabledState of a machine: 2 on, 3 off, 6 saved, 9 paused (also 32768, 32769 of old servers).
_STATES: dict[str, RunState] = {
    "2": "running", "6": "paused", "9": "paused", "32768": "paused", "32769": "paused",
}  # fmt: skip
#: HealthState: 20 a major failure, 25 a critical one.
_ILL = {"20", "25"}
_ENVELOPE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:n="{enumeration}" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header>
<a:To>http://localhost/wsman</a:To>
<w:ResourceURI s:mustUnderstand="true">{cim}{space}/*</w:ResourceURI><a:ReplyTo>
<a:Address s:mustUnderstand="true">{anonymous}</a:Address></a:ReplyTo>
<a:Action s:mustUnderstand="true">{enumeration}/{action}</a:Action>
<w:MaxEnvelopeSize s:mustUnderstand="true">4194304</w:MaxEnvelopeSize>
<a:MessageID>uuid:{message}</a:MessageID></s:Header><s:Body>{body}</s:Body></s:Envelope>"""
_ENUMERATE = (
    "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>{most}</w:MaxElements>"
    '<w:Filter Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL">{query}</w:Filter>'
    "</n:Enumerate>"
)
_PULL = (
    "<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext>"
    "<n:MaxElements>{most}</n:MaxElements></n:Pull>"
)
_MACHINES = "select * from Msvm_SummaryInformation"
_EVENTS = (
    "select RecordNumber, TimeGenerated, EventType, Message from Win32_NTLogEvent"
    " where Logfile = 'System' and SourceName like 'Microsoft-Windows-Hyper-V%'"
    " and TimeGenerated >= '{since}'"
)


def look(question: Question, call: Caller) -> Seen:
    """Will list the machines, then the events since the last look. Raises: CallFailed; Silent."""
    secret = question.secret
    given = f"{secret.get('user', '')}:{secret.get('password', '')}".encode()
    basic = f"Basic {base64.b64encode(given).decode()}"
    rows = _rows(call, basic, "root/virtualization/v2", _MACHINES)
    machines = [_machine(row) for row in rows][:MOST]
    since = str(question.memo.get("since") or _stamp(clock.now() - FIRST))
    try:
        query = _EVENTS.format(since=since.replace("'", ""))
        told = [_event(row) for row in _rows(call, basic, "root/cimv2", query)]
    except (CallFailed, Silent) as error:
        return Seen(machines, missing={"events": str(error)[:80]}, memo={"since": since})
    events = sorted((one for one in told if one is not None), key=lambda one: one.at)
    last = newest(events)
    return Seen(machines, events[-MOST_EVENTS:], memo={"since": _stamp(last) if last else since})


def _machine(row: dict[str, str]) -> Machine:
    state = _STATES.get(row.get("EnabledState", ""), "stopped")
    if row.get("HealthState") in _ILL:
        state = "failed"
    return Machine(
        row.get("ElementName", "")[:120], state, number(row.get("NumberOfProcessors")),
        number(row.get("MemoryUsage"), 1 / 1024), cpu_percent=number(row.get("ProcessorLoad")),
    )  # fmt: skip


def _event(row: dict[str, str]) -> Happening | None:
    """EventType 1 is an error."""
    at = _moment(row.get("TimeGenerated", ""))
    number_of = row.get("RecordNumber", "")
    if at is None or not number_of:
        return None
    text = row.get("Message", "").strip()[:300] or "Hyper-V"
    return Happening(f"System/{number_of}"[:80], at, text, row.get("EventType") == "1")


def _rows(call: Caller, basic: str, space: str, query: str) -> Iterator[dict[str, str]]:
    body = _ENUMERATE.format(most=AT_ONCE, query=escape(query))
    action = "Enumerate"
    for _turn in range(MOST_PULLS):
        answer = _said(call, basic, space, action, body)
        context = ""
        for element in answer.iter():
            name = local(element.tag)
            if name == "EnumerationContext":
                context = (element.text or "").strip()
            elif name == "Items":
                for item in element:
                    yield {local(child.tag): _text(child) for child in item}
        ended = any(local(element.tag) == "EndOfSequence" for element in answer.iter())
        if ended or not context:
            return
        action, body = "Pull", _PULL.format(context=escape(context), most=AT_ONCE)


def _said(call: Caller, basic: str, space: str, action: str, body: str) -> Element:
    sent = _ENVELOPE.format(
        enumeration=_ENUMERATION, anonymous=_ANONYMOUS, cim=_CIM, space=space, action=action,
        message=uuid.uuid4(), body=body,
    )  # fmt: skip
    headers = {"Content-Type": "application/soap+xml;charset=UTF-8", "Authorization": basic}
    page = call.post(PATH, sent.encode(), headers)
    if page.status == 500:
        words = [e.text for e in tree_of(page).iter() if local(e.tag) == "Text" and e.text]
        raise Silent((words[0] if words else _("查询被拒绝"))[:100])
    require_status(page, 200)
    root = tree_of(page)
    if not any(local(element.tag) == f"{action}Response" for element in root.iter()):
        raise Silent(_("应答无法解析"))
    return root


def _text(element: Element) -> str:
    """The text of a value; of a moment it stands one step deeper."""
    if element.text and element.text.strip():
        return element.text.strip()
    return next((inner.text.strip() for inner in element if inner.text), "")


def _moment(text: str) -> datetime | None:
    """Reads ISO 8601, or 20261122083000.000000+480 with minutes ahead of UTC (CIM datetime)."""
    plain = text.strip()
    try:
        if "T" in plain:
            found = datetime.fromisoformat(plain)
            return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        ahead = timedelta(minutes=int(plain[21:25]))
        return datetime.strptime(plain[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC) - ahead
    except ValueError:
        return None


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}.000000+000"
