"""Calls to outside systems, only to addresses the operators listed.

Adapters use ``post_json``, ``send_json``, ``post_bytes`` or ``get_bytes``; whoever stores an
address given by a user asks ``check_outgoing`` first. An address is resolved once, checked, and
the connection goes to the checked address, so a name cannot point elsewhere between check and
use: who judges a ``Target`` and then calls hands that same target on. No redirects, no proxies,
bounded time and size. Source: PF-05, GW-01.

``settings.OUTGOING_HOSTS`` lists names (``sms.example.gov.cn``, with ``:8443`` for one port
only) and address ranges (``10.20.0.0/16``). A name that resolves to an address which is not
public is refused unless a range listed there holds that address. Ports of databases, mail,
shells and the like are refused unless listed with the name.
"""

import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.common.errors import InvalidInput

MAX_ANSWER_BYTES = 1024 * 1024
MAX_URL = 2000
_PORTS = {"http": 80, "https": 443}
# No web service of anybody answers there; what does answer must not be spoken to by accident.
_BAD_PORTS = frozenset(range(1, 80)) | frozenset(range(81, 443)) | frozenset(range(444, 1024)) | {
    1433, 1521, 2049, 2181, 2375, 2376, 2379, 3306, 3389, 4369, 5432, 5672, 5900, 6379, 6443,
    9042, 9092, 9200, 9300, 10250, 11211, 27017,
}  # fmt: skip
# Addresses that carry an IPv4 address inside lead where that one leads, through a gateway.
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Target:
    """A checked address to call: what was asked for and where the connection goes.

    authority: file of the certificates (PEM) an ``https`` side must be signed by; "" for those
    the system trusts.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: str
    authority: str = ""

    @property
    def is_inside(self) -> bool:
        """Whether the connection stays within an address range the operators listed."""
        return _in_listed_range(ipaddress.ip_address(self.address))


@dataclass(frozen=True)
class Answer:
    """What the other side said; ``body`` is at most 1 MB. headers: names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Will parse the body. Raises: ValueError."""
        return json.loads(self.body)


class CallFailed(Exception):
    """The other side could not be reached or did not answer properly in time."""


class AnswerTooLong(CallFailed):
    """It answered more than was to be read."""


def check_outgoing(url: str) -> Target:
    """Will resolve an address and tell where to connect, if the operators allow it.

    Raises: InvalidInput (field ``url``, code ``url_refused``: scheme, name, port or resolved
        address not listed, or a user name in the address); CallFailed (name unknown).
    """
    if len(url) > MAX_URL or any(c <= " " or c in "\\\x7f" for c in url):
        raise _refused()
    try:
        parts = urlsplit(url)
        port = _PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        host = _plain_name(parts.hostname or "")
    except ValueError as error:
        raise _refused() from error
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        raise _refused()
    if port == 0 or (port in _BAD_PORTS and f"{host}:{port}" not in _listed_names()):
        raise _refused()
    addresses = _resolve(host, port)
    if not _is_listed(host, port, addresses):
        raise _refused()
    if not all(_is_bearable(address) for address in addresses):
        raise _refused()
    return Target(parts.scheme, host, port, _path(parts), str(addresses[0]))


def is_web_port(port: int) -> bool:
    """Will tell whether a web service may answer there, and no database, shell or mail server."""
    return 0 < port <= 65535 and port not in _BAD_PORTS


def post_json(
    url: str, data: Any, *, headers: Mapping[str, str] | None = None, timeout_s: float = 5.0
) -> Answer:
    """Will send a JSON body and give the answer, whatever its status.

    timeout_s: for connecting and for each read.
    Raises: InvalidInput (see ``check_outgoing``); CallFailed (unreachable, too slow, too long).
    """
    body = json.dumps(data, ensure_ascii=False).encode()
    return post_bytes(url, body, headers=headers, timeout_s=timeout_s)


def post_bytes(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
    total_s: float | None = None,
    target: Target | None = None,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Will send exactly these bytes (JSON unless headers say otherwise) and give the answer.

    timeout_s: for connecting and for each read; total_s (else twice that): for everything, so
    that an answer that drips in byte by byte holds nobody. target: what ``check_outgoing``
    gave for the address, if it was asked already. most_bytes: a longer answer is not read.
    Raises: InvalidInput (see ``check_outgoing``); CallFailed (unreachable, too slow, too long).
    """
    sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    return _call(
        "POST",
        target or check_outgoing(url),
        body=body,
        headers=sent,
        timeout_s=timeout_s,
        total_s=total_s,
        most_bytes=most_bytes,
    )


def send_json(
    method: str,
    url: str,
    data: Any,
    *,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
    target: Target | None = None,
) -> Answer:
    """Will send a JSON body by PUT, PATCH or another method and give the answer.

    timeout_s: for connecting and for each read; twice that for everything. target: what
    ``check_outgoing`` gave for the address, if it was asked already.
    Raises: InvalidInput (see ``check_outgoing``); CallFailed (unreachable, too slow, too long).
    """
    body = json.dumps(data, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    checked = target or check_outgoing(url)
    return _call(method, checked, body=body, headers=sent, timeout_s=timeout_s)


def get_bytes(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 5.0,
    target: Target | None = None,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Will ask for an address and give the answer, whatever its status.

    timeout_s: for connecting and for each read; twice that for everything. target: what
    ``check_outgoing`` gave for the address, if it was asked already. most_bytes: a longer
    answer is not read (pictures are longer than documents).
    Raises: InvalidInput (see ``check_outgoing``); CallFailed (unreachable, too slow, too long).
    """
    sent = {"Accept": "application/json", **(headers or {})}
    checked = target or check_outgoing(url)
    return _call(
        "GET", checked, body=None, headers=sent, timeout_s=timeout_s, most_bytes=most_bytes
    )


@contextmanager
def connect_bounded(
    target: Target, *, timeout_s: float = 5.0
) -> Iterator[http.client.HTTPConnection]:
    """Will lend a connection to a judged address that is cut after twice ``timeout_s``.

    For an answer without end, of which only the head or a beginning is read.
    Raises: CallFailed (too slow); OSError, http.client.HTTPException (of the connection).
    """
    connection = _connect(target, timeout_s)
    try:
        with _deadline(connection, 2 * timeout_s):
            connection.connect()
            yield connection
    finally:
        connection.close()


def _call(
    method: str,
    target: Target,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
    timeout_s: float,
    total_s: float | None = None,
    most_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    connection = _connect(target, timeout_s)
    try:
        with _deadline(connection, 2 * timeout_s if total_s is None else total_s):
            connection.connect()
            connection.request(
                method, target.path, body=body, headers={"Host": _host_header(target), **headers}
            )
            response = connection.getresponse()
            answer = response.read(most_bytes + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallFailed(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if len(answer) > most_bytes:
        raise AnswerTooLong(f"the answer is longer than {most_bytes // 1024} kB")
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, answer, found)


@contextmanager
def _deadline(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Cuts the connection when the time is over: a read time-out begins anew with every byte."""
    is_over = threading.Event()
    timer = threading.Timer(seconds, _cut, [connection, is_over])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if is_over.is_set():  # a head that breaks off reads like a short, whole one
        raise CallFailed("too slow")


def _cut(connection: http.client.HTTPConnection, is_over: threading.Event) -> None:
    is_over.set()
    with contextlib.suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)


class _PinnedHTTPS(http.client.HTTPSConnection):
    """Connects to a checked address and still asks for the certificate of the name."""

    def __init__(self, target: Target, timeout_s: float) -> None:
        self._context_checked = ssl.create_default_context(cafile=target.authority or None)
        super().__init__(
            target.address, target.port, timeout=timeout_s, context=self._context_checked
        )
        self._name = target.host

    def connect(self) -> None:
        # Kept at once, so that a deadline can cut a handshake that never ends.
        self.sock = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._context_checked.wrap_socket(self.sock, server_hostname=self._name)


def _connect(target: Target, timeout_s: float) -> http.client.HTTPConnection:
    if target.scheme == "https":
        return _PinnedHTTPS(target, timeout_s)
    return http.client.HTTPConnection(target.address, target.port, timeout=timeout_s)


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CallFailed(f"name not known: {host}") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    return [_unwrapped(address) for address in addresses]


def _unwrapped(address: Address) -> Address:
    """::ffff:127.0.0.1, 2002:7f00:1:: and 64:ff9b::7f00:1 are 127.0.0.1 in disguise."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    hidden = address.ipv4_mapped or address.sixtofour
    return hidden or (address.teredo[1] if address.teredo else address)


def _plain_name(host: str) -> str:
    """Gives a name as it is asked for: no final dot, ASCII. Raises: ValueError (no such name)."""
    plain = host.rstrip(".").lower()
    return plain if plain.isascii() else plain.encode("idna").decode("ascii").lower()


def _is_listed(host: str, port: int, addresses: list[Address]) -> bool:
    names = _listed_names()
    if host in names or f"{host}:{port}" in names:
        return True
    literal = _as_network(host) is not None
    return literal and all(_in_listed_range(address) for address in addresses)


def _listed_names() -> set[str]:
    return {entry.lower() for entry in settings.OUTGOING_HOSTS}


def _is_bearable(address: Address) -> bool:
    public = address.is_global and not address.is_multicast
    return public or _in_listed_range(address)


def _in_listed_range(address: Address) -> bool:
    ranges = (_as_network(entry) for entry in settings.OUTGOING_HOSTS)
    return any(r is not None and r.version == address.version and address in r for r in ranges)


def _as_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"


def _refused() -> InvalidInput:
    return InvalidInput(
        _("该地址不在允许外呼的名单中，请联系管理员"), field="url", code="url_refused"
    )
