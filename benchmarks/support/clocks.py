"""Time servers for benchmarks: one port that answers every question after a while."""

import asyncio
import struct
import sys
import time
from typing import Any

_SINCE_1900 = 2_208_988_800


class Clocks(asyncio.DatagramProtocol):
    """Answers SNTP after so many seconds. Source: RFC 4330."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        asyncio.get_running_loop().call_later(self._delay_s, self._answer, data, address)

    def _answer(self, data: bytes, address: Any) -> None:
        now = time.time()
        stamp = struct.pack("!II", int(now) + _SINCE_1900, int((now % 1) * 2**32))
        head = struct.pack("!BBBb", 0b00_100_100, 2, 6, -20) + b"\0" * 12
        self._transport.sendto(head + stamp + data[40:48] + stamp + stamp, address)


async def serve(port: int, delay_s: float) -> None:
    """Will answer until the process ends."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Clocks(delay_s), local_addr=("127.0.0.1", port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
