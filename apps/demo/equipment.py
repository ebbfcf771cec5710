"""An equipment room that answers over the network, with faults on demand.

Small real servers: a plain TCP port, a web page, an exporter of figures, an SNMP agent, a time
server, an encrypted port whose certificate runs out, an ONVIF camera with a clock of its own. Of
use to the demo and to the tests; nothing of it runs in production. Source: OP-04.
"""

import asyncio
import contextlib
import ssl
import struct
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.common import clock
from apps.demo.room_pages import PAGES, Asked, Platforms
from apps.demo.simulators import HOME, serve_snmp

_SINCE_1900 = 2_208_988_800
COMMUNITY = "citybrain-room"
#: Ports of the demo's room; 0: any free one.
PORTS = {
    "tcp": 19022, "web": 18088, "metrics": 19100, "snmp": 16161, "ntp": 11230, "tls": 18443,
    "onvif": 18091, "vcenter": 18092, "docker": 18093, "hyperv": 18094, "xen": 18095,
    "haproxy": 18096, "nginx": 18097, "hadoop": 18098, "isapi": 18099,
}  # fmt: skip
_DATE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:d="http://www.onvif.org/ver10/device/wsdl" xmlns:t="http://www.onvif.org/ver10/schema">
<s:Body><d:GetSystemDateAndTimeResponse><d:SystemDateAndTime><t:UTCDateTime>
<t:Time><t:Hour>{0.hour}</t:Hour><t:Minute>{0.minute}</t:Minute><t:Second>{0.second}</t:Second>
</t:Time><t:Date><t:Year>{0.year}</t:Year><t:Month>{0.month}</t:Month><t:Day>{0.day}</t:Day>
</t:Date></t:UTCDateTime></d:SystemDateAndTime></d:GetSystemDateAndTimeResponse></s:Body>
</s:Envelope>"""


@dataclass
class Room:
    """What the room says; changed in place while it answers.

    dead: names of services that take no word; hanging: that take the call and never answer.
    cpu_percent: of the server, from 0 to 100; days: the certificate is still good for;
    skew_s: how far the room's clocks are ahead. objects: of the SNMP agent. platforms: what those
    of machines and the boxes beside them say.
    """

    dead: set[str] = field(default_factory=set)
    hanging: set[str] = field(default_factory=set)
    page: str = "<h1>办事大厅</h1>"
    status: int = 200
    cpu_percent: float = 20.0
    memory_percent: float = 40.0
    disk_percent: float = 50.0
    days: float = 20.0
    skew_s: float = 0.0
    objects: dict[int, Any] = field(default_factory=lambda: {1: 35, 2: 1200})
    platforms: Platforms = field(default_factory=Platforms)
    _cpu: list[float] = field(default_factory=lambda: [0.0, 0.0])
    _told_at: float = 0.0

    def metrics(self) -> str:
        """Will give the exporter's text; the counters of the CPU go on since it was last told."""
        now = time.monotonic()
        passed = max(0.01, now - (self._told_at or now - 10)) * 2
        self._told_at = now
        self._cpu[0] += passed * (1 - self.cpu_percent / 100)
        self._cpu[1] += passed * self.cpu_percent / 100
        return (
            "# TYPE node_cpu_seconds_total counter\n"
            f'node_cpu_seconds_total{{cpu="0",mode="idle"}} {self._cpu[0]:.4f}\n'
            f'node_cpu_seconds_total{{cpu="0",mode="user"}} {self._cpu[1]:.4f}\n'
            "node_memory_MemTotal_bytes 8e+09\n"
            f"node_memory_MemAvailable_bytes {8e9 * (1 - self.memory_percent / 100):.0f}\n"
            'node_filesystem_size_bytes{device="sda",mountpoint="/"} 1e+12\n'
            'node_filesystem_avail_bytes{device="sda",mountpoint="/"} '
            f"{1e12 * (1 - self.disk_percent / 100):.0f}\n"
            "node_load1 0.42\n"
        )


async def open_room(room: Room, *, ports: dict[str, int] | None = None) -> dict[str, int]:
    """Will have the room answer on the running loop and give the port of each service."""
    wanted = ports or dict.fromkeys(PORTS, 0)
    loop = asyncio.get_running_loop()
    transport, _protocol = await loop.create_datagram_endpoint(
        lambda: _TimeServer(room), local_addr=(HOME, wanted["ntp"])
    )
    return {
        "tcp": await _serve(room, "tcp", wanted["tcp"]),
        "web": await _serve(room, "web", wanted["web"]),
        "metrics": await _serve(room, "metrics", wanted["metrics"]),
        "onvif": await _serve(room, "onvif", wanted["onvif"]),
        **{name: await _serve(room, name, wanted[name]) for name in PAGES},
        "tls": await _serve(room, "tls", wanted["tls"], context=_context(room.days)),
        "snmp": await serve_snmp(room.objects, port=wanted["snmp"], community=COMMUNITY),
        "ntp": int(transport.get_extra_info("sockname")[1]),
    }


async def _serve(room: Room, name: str, port: int, *, context: ssl.SSLContext | None = None) -> int:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            if name in room.hanging:
                await asyncio.sleep(60)
            elif name not in room.dead and name not in ("tcp", "tls"):
                await _answer(room, name, reader, writer)
        writer.close()

    server = await asyncio.start_server(talk, HOME, port, ssl=context)
    return int(server.sockets[0].getsockname()[1])


async def _answer(
    room: Room, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    said = b""
    for line in head.decode("latin-1").lower().splitlines():
        if line.startswith("content-length:"):
            said = await reader.readexactly(int(line.split(":")[1]))
    body, status, more = room.page, room.status, ""
    if name == "metrics":
        body, status = room.metrics(), 200
    if name == "onvif":
        told = clock.now().astimezone(UTC) + timedelta(seconds=room.skew_s)
        body, status = _DATE.format(told), 200
    if name in PAGES:
        asked = Asked(head.decode("latin-1"), said.decode())
        body, status, more = PAGES[name](room.platforms, asked)
    raw = body.encode()
    start = f"HTTP/1.1 {status} Said\r\n{more}Content-Length: {len(raw)}\r\nConnection: close"
    writer.write(f"{start}\r\n\r\n".encode() + raw)
    await writer.drain()


class _TimeServer(asyncio.DatagramProtocol):
    """Answers SNTP. Source: RFC 4330."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        if "ntp" in self._room.dead or len(data) < 48:
            return
        now = time.time() + self._room.skew_s
        stamp = struct.pack("!II", int(now) + _SINCE_1900, int((now % 1) * 2**32))
        head = struct.pack("!BBBb", 0b00_100_100, 2, 6, -20) + b"\0" * 12
        self._transport.sendto(head + stamp + data[40:48] + stamp + stamp, address)


def _context(days: float) -> ssl.SSLContext:
    """A self-made certificate that is good for so many days more (negative: over)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "equipment-room")])
    ends = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(ends, datetime.now(UTC)) - timedelta(days=30))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "room.pem"
        plain = serialization.NoEncryption()
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.write_bytes(key.private_bytes(pem, pkcs8, plain) + made.public_bytes(pem))
        context.load_cert_chain(file)
    return context


async def run_for_ever(room: Room) -> None:
    """Will answer until the process ends."""
    await open_room(room, ports=PORTS)
    await asyncio.Event().wait()
