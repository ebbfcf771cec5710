"""NTP: how far a time server is from our clock. Source: RFC 4330 (SNTP), section 5."""

import asyncio
import struct
import time
from typing import Any

from django.utils.translation import gettext as _

from apps.monitoring.probes.wire import Answer, Question, Silent

_SINCE_1900 = 2_208_988_800
_SERVER_MODE, _UNSYNCHRONISED = 4, 3
_SIZE = 48


class _Talk(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, address: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


async def ask(question: Question) -> Answer:
    """Will ask for the time once. Figures: offset_ms (theirs less ours), stratum.

    Raises: Silent.
    """
    loop = asyncio.get_running_loop()
    transport, talk = await loop.create_datagram_endpoint(
        _Talk, remote_addr=(question.host, question.port)
    )
    try:
        sent = time.time()
        transport.sendto(struct.pack("!B39xII", 0b00_100_011, *_stamp(sent)))
        packet = await talk.answer
        received = time.time()
    except OSError as error:
        raise Silent(_("时间服务没有应答")) from error
    finally:
        transport.close()
    return _read(packet, sent, received)


def _read(packet: bytes, sent: float, received: float) -> Answer:
    if len(packet) < _SIZE:
        raise Silent(_("应答过短"))
    first, stratum = packet[0], packet[1]
    echoed, came, left = (struct.unpack_from("!II", packet, place) for place in (24, 32, 40))
    if first & 7 != _SERVER_MODE or echoed != _stamp(sent):
        raise Silent(_("不是对本次询问的应答"))
    if first >> 6 == _UNSYNCHRONISED or stratum == 0:
        raise Silent(_("时间服务自身尚未对时"))
    offset = ((_seconds(came) - sent) + (_seconds(left) - received)) / 2
    values = {"offset_ms": round(offset * 1000, 3), "stratum": float(stratum)}
    return Answer(values, skew_s=offset)


def _stamp(moment: float) -> tuple[int, int]:
    whole = int(moment)
    return (whole + _SINCE_1900) & 0xFFFFFFFF, int((moment - whole) * 2**32)


def _seconds(stamp: tuple[int, ...]) -> float:
    return stamp[0] - _SINCE_1900 + stamp[1] / 2**32
