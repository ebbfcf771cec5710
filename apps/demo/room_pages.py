"""What platforms and boxes of the demo's equipment room answer over HTTP, in their own forms.

VMware (vSphere Automation and vim25 SOAP), Hyper-V (WS-Management), XenServer (XAPI over
XML-RPC), Docker, HAProxy, nginx, Hadoop, a recorder's storage page. Source: OP-05, OP-06, PF-08.
"""

import base64
import json
import re
import xmlrpc.client
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

#: What every platform of the room is signed in to with, and what the vCenter hands out.
USER, PASSWORD, TOKEN = "monitor", "citybrain-room", "simulated-session"
_BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class Platforms:
    """What they say; changed in place while the room answers.

    machines: with whether they run. events: uid, moment, text, whether grave. sessions: open
    ones. servers: behind the balancer, with their states. disks: name, state of the recorder's
    own words, capacity and room in MB.
    """

    machines: list[tuple[str, bool]] = field(
        default_factory=lambda: [("门户前端", True), ("门户后端", True), ("备份任务", False)]
    )
    events: list[tuple[str, datetime, str, bool]] = field(default_factory=list)
    sessions: int = 0
    servers: list[tuple[str, str]] = field(
        default_factory=lambda: [("web1", "UP"), ("web2", "UP"), ("web3", "MAINT")]
    )
    disks: list[tuple[str, str, int, int]] = field(
        default_factory=lambda: [("hdda", "ok", 3815447, 912384), ("hddb", "ok", 3815447, 81920)]
    )
    requests: int = 100
    nodes_lost: int = 0


def troubled(until: datetime) -> Platforms:
    """Will give platforms with a failed disk, a lost server and an event of each sort.

    until: aware; the events happened in the hour before.
    """
    return Platforms(
        events=[
            ("e-1", until - timedelta(minutes=40), "VM 门户后端 迁移到 host-2", False),
            ("e-2", until - timedelta(minutes=12), "主机 host-1 与存储断开", True),
        ],
        servers=[("web1", "UP"), ("web2", "DOWN"), ("web3", "MAINT")],
        disks=[("hdda", "ok", 3815447, 912384), ("hddb", "smartFailed", 3815447, 0)],
    )


@dataclass(frozen=True)
class Asked:
    """One request. head: as it came, body: its text."""

    head: str
    body: str

    @property
    def method(self) -> str:
        """The method."""
        return self.head.split(" ")[0]

    @property
    def path(self) -> str:
        """The path with its query."""
        return self.head.split(" ")[1]


#: Gives body, status and more lines of the head.
Page = Callable[[Platforms, Asked], tuple[str, int, str]]


def vcenter(room: Platforms, asked: Asked) -> tuple[str, int, str]:
    """The calls of the Automation API and of vim25 that monitoring makes."""
    if asked.path == "/sdk":
        return _vim25(room, asked)
    if (asked.method, asked.path) == ("POST", "/api/session"):
        if _BASIC not in asked.head:
            return "{}", 401, ""
        room.sessions += 1
        return json.dumps(TOKEN), 201, ""
    if f"vmware-api-session-id: {TOKEN}" not in asked.head.lower():
        return "{}", 401, ""
    if asked.method == "DELETE":
        room.sessions -= 1
        return "", 204, ""
    rows = [
        {
            "vm": f"vm-{number}", "name": name, "cpu_count": 4, "memory_size_MiB": 8192,
            "power_state": "POWERED_ON" if is_running else "POWERED_OFF",
        }
        for number, (name, is_running) in enumerate(room.machines)
    ]  # fmt: skip
    return json.dumps(rows), 200, ""


def _soap(inside: str) -> str:
    return (
        '<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/'
        'envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        f"{inside}</soapenv:Body></soapenv:Envelope>"
    )


def _vim25(room: Platforms, asked: Asked) -> tuple[str, int, str]:
    if "<Login " in asked.body:
        if f"<password>{PASSWORD}</password>" not in asked.body:
            return _soap(
                "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>Cannot complete"
                " login due to an incorrect user name or password.</faultstring><detail>"
                '<InvalidLoginFault xmlns="urn:vim25" xsi:type="InvalidLogin"/></detail>'
                "</soapenv:Fault>"
            ), 500, ""  # fmt: skip
        room.sessions += 1
        answer = _soap('<LoginResponse xmlns="urn:vim25"><returnval><key>1</key></returnval>'
                       "</LoginResponse>")  # fmt: skip
        return answer, 200, 'Set-Cookie: vmware_soap_session="1"; Path=/; HttpOnly\r\n'
    if 'vmware_soap_session="1"' not in asked.head:
        return _soap("<soapenv:Fault><faultstring>The session is not authenticated."
                     "</faultstring></soapenv:Fault>"), 500, ""  # fmt: skip
    if "<Logout " in asked.body:
        room.sessions -= 1
        return _soap('<LogoutResponse xmlns="urn:vim25"/>'), 200, ""
    if "<QueryEvents " not in asked.body:
        return _soap(_use(room, asked)), 200, ""
    begin = re.search(r"<beginTime>([^<]+)</beginTime>", asked.body)
    since = datetime.fromisoformat(begin.group(1)) if begin else datetime.min.replace(tzinfo=UTC)
    wanted = [e for e in room.events if e[1] >= since and (e[3] or "<category>" not in asked.body)]
    rows = "".join(
        f'<returnval xsi:type="EventEx"><key>{uid}</key><chainId>{uid}</chainId>'
        f"<createdTime>{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}</createdTime><userName/>"
        f"<fullFormattedMessage>{escape(text)}</fullFormattedMessage></returnval>"
        for uid, at, text, _grave in wanted
    )
    return _soap(f'<QueryEventsResponse xmlns="urn:vim25">{rows}</QueryEventsResponse>'), 200, ""


def _use(room: Platforms, asked: Asked) -> str:
    """Where things are, a view of all machines, and what those that run use."""
    if "<RetrieveServiceContent " in asked.body:
        return (
            '<RetrieveServiceContentResponse xmlns="urn:vim25"><returnval><rootFolder type='
            '"Folder">group-d1</rootFolder><propertyCollector type="PropertyCollector">'
            'propertyCollector</propertyCollector><viewManager type="ViewManager">ViewManager'
            "</viewManager></returnval></RetrieveServiceContentResponse>"
        )
    if "<CreateContainerView " in asked.body:
        return (
            '<CreateContainerViewResponse xmlns="urn:vim25"><returnval type="ContainerView">'
            "session-1</returnval></CreateContainerViewResponse>"
        )
    told: dict[str, Any] = {"name": "", "summary.runtime.maxCpuUsage": 9600}
    told |= {
        "summary.quickStats.overallCpuUsage": 2880,
        "summary.quickStats.guestMemoryUsage": 6144,
    }
    # Two machines at a time, the rest by the token.
    is_first = "<token>" not in asked.body
    part = slice(0, 2) if is_first else slice(2, None)
    token = "<token>1</token>" if is_first and len(room.machines) > 2 else ""
    rows = "".join(
        f'<objects><obj type="VirtualMachine">vm-{number}</obj>'
        + "".join(
            f'<propSet><name>{path}</name><val xsi:type="xsd:int">{value}</val></propSet>'
            for path, value in (told | {"name": escape(name)}).items()
            if is_running or path == "name"
        )
        + "</objects>"
        for number, (name, is_running) in list(enumerate(room.machines))[part]
    )
    return (
        '<RetrievePropertiesExResponse xmlns="urn:vim25" xmlns:xsd="http://www.w3.org/2001/'
        f'XMLSchema"><returnval>{token}{rows}</returnval></RetrievePropertiesExResponse>'
    )


def hyperv(room: Platforms, asked: Asked) -> tuple[str, int, str]:
    """WS-Management: Enumerate of two classes, two items at a time, the rest by Pull."""
    if _BASIC not in asked.head:
        return "", 401, 'WWW-Authenticate: Basic realm="WSMAN"\r\n'
    is_events = "root/cimv2" in asked.body
    items = _log_items(room, asked.body) if is_events else _summary_items(room)
    pulled = re.search(r"<n:EnumerationContext>at-(\d+)</n:EnumerationContext>", asked.body)
    begin = int(pulled.group(1)) if pulled else 0
    rest = begin + 2 < len(items)
    kind = "Pull" if pulled else "Enumerate"
    space = "n" if pulled else "w"
    context = f"<n:EnumerationContext>at-{begin + 2}</n:EnumerationContext>" if rest else ""
    end = "" if rest else f"<{space}:EndOfSequence/>"
    inside = "".join(items[begin : begin + 2])
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration"'
        ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"'
        ' xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common"><s:Body>'
        f"<n:{kind}Response>{context}<{space}:Items>{inside}</{space}:Items>{end}"
        f"</n:{kind}Response></s:Body></s:Envelope>"
    ), 200, ""  # fmt: skip


def _summary_items(room: Platforms) -> list[str]:
    return [
        '<p:Msvm_SummaryInformation xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/'
        f'virtualization/v2/Msvm_SummaryInformation"><p:ElementName>{escape(name)}'
        f"</p:ElementName><p:EnabledState>{2 if on else 3}</p:EnabledState><p:HealthState>5"
        "</p:HealthState><p:NumberOfProcessors>4</p:NumberOfProcessors><p:MemoryUsage>"
        f"{8192 if on else 0}</p:MemoryUsage><p:ProcessorLoad>{30 if on else 0}"
        "</p:ProcessorLoad></p:Msvm_SummaryInformation>"
        for name, on in room.machines
    ]


def _log_items(room: Platforms, body: str) -> list[str]:
    found = re.search(r"TimeGenerated &gt;= '(\d{14})", body)
    since = found.group(1) if found else ""
    return [
        '<p:Win32_NTLogEvent xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/'
        f'Win32_NTLogEvent"><p:EventType>{1 if grave else 3}</p:EventType><p:Message>'
        f"{escape(text)}</p:Message><p:RecordNumber>{uid}</p:RecordNumber><p:TimeGenerated>"
        f"<cim:Datetime>{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</cim:Datetime></p:TimeGenerated>"
        "</p:Win32_NTLogEvent>"
        for uid, at, text, grave in room.events
        if f"{at.astimezone(UTC):%Y%m%d%H%M%S}" >= since
    ]


def xen(room: Platforms, asked: Asked) -> tuple[str, int, str]:
    """The methods of XAPI that monitoring calls."""
    given, method = xmlrpc.client.loads(asked.body)
    if method == "session.login_with_password":
        if tuple(given[:2]) != (USER, PASSWORD):
            return _xapi_failure("SESSION_AUTHENTICATION_FAILED", USER), 200, ""
        room.sessions += 1
        return _xapi("OpaqueRef:session"), 200, ""
    if given[0] != "OpaqueRef:session":
        return _xapi_failure("SESSION_INVALID", str(given[0])), 200, ""
    if method == "session.logout":
        room.sessions -= 1
        return _xapi(""), 200, ""
    return _xapi(_XAPI[str(method)](room, given)), 200, ""


def _xapi(value: Any) -> str:
    told = {"Status": "Success", "Value": value}
    return xmlrpc.client.dumps((told,), methodresponse=True)


def _xapi_failure(*why: str) -> str:
    told = {"Status": "Failure", "ErrorDescription": list(why)}
    return xmlrpc.client.dumps((told,), methodresponse=True)


def _xapi_machines(room: Platforms, _given: Any) -> dict[str, Any]:
    plain = {
        "is_a_template": False, "is_control_domain": False, "VCPUs_at_startup": "4",
        "memory_dynamic_max": str(8 * 1024**3),
    }  # fmt: skip
    rows = {
        f"OpaqueRef:{n}": plain | {
            "name_label": name, "power_state": "Running" if on else "Halted",
            "metrics": f"OpaqueRef:m{n}",
        }
        for n, (name, on) in enumerate(room.machines)
    }  # fmt: skip
    rows["OpaqueRef:dom0"] = plain | {
        "name_label": "Control domain", "power_state": "Running", "is_control_domain": True,
    }  # fmt: skip
    return rows


def _xapi_metrics(room: Platforms, _given: Any) -> dict[str, Any]:
    used = {"memory_actual": str(6 * 1024**3), "VCPUs_utilisation": {"0": 0.2, "1": 0.4}}
    return {f"OpaqueRef:m{n}": used for n in range(len(room.machines))}


def _xapi_messages(room: Platforms, given: Any) -> dict[str, Any]:
    since = str(given[1])
    return {
        f"OpaqueRef:e{uid}": {
            "uuid": uid, "name": "VM_CRASHED" if grave else "VM_STARTED", "body": text,
            "priority": "1" if grave else "5", "cls": "VM", "obj_uuid": "",
            "timestamp": xmlrpc.client.DateTime(f"{at.astimezone(UTC):%Y%m%dT%H:%M:%SZ}"),
        }
        for uid, at, text, grave in room.events
        if f"{at.astimezone(UTC):%Y%m%dT%H:%M:%SZ}" >= since
    }  # fmt: skip


_XAPI: dict[str, Callable[[Platforms, Any], Any]] = {
    "VM.get_all_records": _xapi_machines,
    "VM_metrics.get_all_records": _xapi_metrics,
    "message.get_since": _xapi_messages,
}


def docker(room: Platforms, _asked: Asked) -> tuple[str, int, str]:
    """The list of containers."""
    rows = [
        {"Id": f"{n:012x}", "Names": [f"/{name}"], "State": "running" if on else "exited"}
        for n, (name, on) in enumerate(room.machines)
    ]
    return json.dumps(rows), 200, ""


def haproxy(room: Platforms, _asked: Asked) -> tuple[str, int, str]:
    """The statistics, the columns that are read and some beside them."""
    up = any(state == "UP" for _name, state in room.servers)
    rows = ["# pxname,svname,qcur,qmax,scur,smax,slim,stot,status,weight"]
    rows.append("portal,FRONTEND,,,40,90,200,9000,OPEN,")
    rows += [f"portal,{name},0,0,20,45,,4500,{state},1" for name, state in room.servers]
    rows.append(f"portal,BACKEND,0,0,40,90,20,9000,{'UP' if up else 'DOWN'},1")
    return "\n".join(rows) + "\n", 200, ""


def nginx(room: Platforms, _asked: Asked) -> tuple[str, int, str]:
    """``stub_status``; ten requests more each time."""
    room.requests += 10
    return (
        f"Active connections: 3 \nserver accepts handled requests\n 50 50 {room.requests} \n"
        "Reading: 0 Writing: 1 Waiting: 2 \n"
    ), 200, ""  # fmt: skip


def hadoop(room: Platforms, asked: Asked) -> tuple[str, int, str]:
    """YARN's figures, and the beans of a name node at /jmx."""
    if asked.path.startswith("/jmx"):
        beans = [
            {
                "name": "Hadoop:service=NameNode,name=FSNamesystem", "MissingBlocks": 0,
                "UnderReplicatedBlocks": 4, "CapacityTotal": 4000, "CapacityUsed": 1000,
            },
            {
                "name": "Hadoop:service=NameNode,name=FSNamesystemState", "FSState": "Operational",
                "NumLiveDataNodes": 3, "NumDeadDataNodes": room.nodes_lost,
                "VolumeFailuresTotal": 0,
            },
        ]  # fmt: skip
        return json.dumps({"beans": beans}), 200, ""
    figures = {
        "activeNodes": 3, "lostNodes": room.nodes_lost, "unhealthyNodes": 0, "appsRunning": 2,
        "appsPending": 1, "allocatedMB": 6144, "totalMB": 24576, "allocatedVirtualCores": 6,
        "totalVirtualCores": 24,
    }  # fmt: skip
    return json.dumps({"clusterMetrics": figures}), 200, ""


def isapi(room: Platforms, asked: Asked) -> tuple[str, int, str]:
    """A recorder's storage page, behind a Digest question."""
    if f'username="{USER}"' not in asked.head:
        asks = 'WWW-Authenticate: Digest realm="recorder", qop="auth", nonce="0a0b"\r\n'
        return "", 401, asks
    rows = "".join(
        f"<hdd><id>{ord(name[-1]) - 96}</id><hddName>{name}</hddName>"
        f"<hddType>SATA</hddType><status>{state}</status><capacity>{total}</capacity>"
        f"<freeSpace>{free}</freeSpace></hdd>"
        for name, state, total, free in room.disks
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><storage version="2.0"'
        f' xmlns="http://www.isapi.org/ver20/XMLSchema"><hddList size="16">{rows}</hddList>'
        "</storage>"
    ), 200, ""  # fmt: skip


PAGES: dict[str, Page] = {
    "vcenter": vcenter, "hyperv": hyperv, "xen": xen, "docker": docker, "haproxy": haproxy,
    "nginx": nginx, "hadoop": hadoop, "isapi": isapi,
}  # fmt: skip
