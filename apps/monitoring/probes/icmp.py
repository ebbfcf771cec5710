"""ICMP echo over an unprivileged ping socket, where the system grants one. Source: RFC 792, 4443.

Linux grants it to the groups in ``net.ipv4.ping_group_range``; elsewhere the check says that it
could not be made, and the thing is not blamed.
"""

import asyncio
import os
import socket
import struct
import time

from django.utils.translation import gettext as _

from apps.monitoring.probes.wire import Answer, Hindered, Question, Silent

_ECHO, _ECHO_6 = 8, 128


async def ask(question: Question) -> Answer:
    """Will send one echo request and wait for its reply. Figure: time_ms.

    Raises: Hindered (no ping socket for us); Silent.
    """
    is_six = ":" in question.host
    try:
        sock = ping_socket(is_six)
    except OSError as error:
        raise Hindered(_("系统不允许发送 ping（net.ipv4.ping_group_range）")) from error
    with sock:
        sock.setblocking(False)
        mark = os.urandom(16)
        # The kernel writes identifier and checksum of a ping socket.
        packet = struct.pack("!BBHHH", _ECHO_6 if is_six else _ECHO, 0, 0, 0, 1) + mark
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        try:
            await loop.sock_sendto(sock, packet, (question.host, 0))
            while mark not in await loop.sock_recv(sock, 1024):
                continue
        except OSError as error:
            raise Silent(_("无法到达：%(why)s") % {"why": error.strerror or error}) from error
        return Answer({"time_ms": round((time.perf_counter() - began) * 1000, 3)})


def ping_socket(is_six: bool) -> socket.socket:
    """Will give a ping socket. Raises: OSError (the system grants us none)."""
    if is_six:
        return socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6)
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
