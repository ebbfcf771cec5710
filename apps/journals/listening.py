"""Syslog over UDP and TCP: datagrams and framed streams into lines, bounded in every way.

No database here: what came is handed on in batches (``take``) on a thread, so that a slow database
fills a bounded queue and never the memory; what does not fit is counted and told as a line of our
own. Only addresses of the device networks are heard. Sources: RFC 5424; RFC 5426 (UDP); RFC 6587
(TCP: counted octets, or lines).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from apps.common.errors import InvalidInput
from apps.common.networks import device_address
from apps.journals.parsing import LINE_MAX

logger = logging.getLogger(__name__)

BATCH, PAUSE_S = 500, 1.0
QUEUE_MAX, CONNECTIONS_MAX = 20_000, 200
SILENT_S = 300.0
_COUNT_DIGITS = 6
#: Takes (address, lines) of one sender; on a thread.
Take = Callable[[str, Sequence[bytes]], object]


class Listener(asyncio.DatagramProtocol):
    """One listener: both ports, one queue, one who writes."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(QUEUE_MAX)
        self._lost = 0
        self._connections = 0

    async def serve(self, host: str, udp: int, tcp: int) -> None:
        """Will listen until it is cancelled; what has come is written before it ends.

        Raises: OSError (a port is taken).
        """
        loop = asyncio.get_running_loop()
        transport, _protocol = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(host, udp)
        )
        server = await asyncio.start_server(self._hear, host, tcp, limit=LINE_MAX)
        try:
            async with server:
                await self._write_on()
        finally:
            transport.close()
            await self._write(self._waiting())

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        """Will take one message of one datagram."""
        self._put(str(address[0]), data)

    def _put(self, address: str, line: bytes) -> None:
        if not line or len(line) > LINE_MAX or not _is_known(address):
            return
        try:
            self._queue.put_nowait((address, line))
        except asyncio.QueueFull:
            self._lost += 1

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = str(writer.get_extra_info("peername")[0])
        self._connections += 1
        try:
            if self._connections <= CONNECTIONS_MAX and _is_known(address):
                while line := await asyncio.wait_for(_message(reader), SILENT_S):
                    self._put(address, line)
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError):
            logger.info("a sender of logs was cut off", extra={"address": address})
        finally:
            self._connections -= 1
            writer.close()

    async def _write_on(self) -> None:
        while True:
            batch = [await self._queue.get()]
            await asyncio.sleep(PAUSE_S)
            await self._write(batch + self._waiting())

    def _waiting(self) -> list[tuple[str, bytes]]:
        return [self._queue.get_nowait() for _place in range(self._queue.qsize())]

    async def _write(self, batch: Sequence[tuple[str, bytes]]) -> None:
        senders: dict[str, list[bytes]] = {}
        for address, line in batch:
            senders.setdefault(address, []).append(line)
        for address, lines in senders.items():
            for start in range(0, len(lines), BATCH):
                try:
                    await asyncio.to_thread(self._take, address, lines[start : start + BATCH])
                except Exception:  # the loop's edge: the next batch may be kept
                    self._lost += len(lines[start : start + BATCH])
                    logger.exception("lines of logs were not kept")
        if self._lost:
            logger.warning("%d lines of logs were lost", self._lost)
            self._lost = 0


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One message, b"" at the end. Raises: ValueError (no frame, or too long)."""
    first = await reader.read(1)
    if not first.isdigit():
        return first + (await reader.readline()).rstrip(b"\r\n") if first else b""
    count = first
    while (digit := await reader.readexactly(1)) != b" ":
        count += digit
        if not digit.isdigit() or len(count) > _COUNT_DIGITS:
            raise ValueError(count)
    if int(count) > LINE_MAX:
        raise ValueError(count)
    return await reader.readexactly(int(count))


def _is_known(address: str) -> bool:
    try:
        device_address(address)
    except InvalidInput:
        return False
    return True
